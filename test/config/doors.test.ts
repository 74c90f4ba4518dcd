/** The variables of the ways in, each by itself and against the others. */
import { describe, expect, test } from "@jest/globals";
import { doors, readDoors } from "../../src/config/doors.ts";
import { createReader, type Environment } from "../../src/config/variable.ts";

function read(env: Environment, host: string | null = "127.0.0.1") {
  const reader = createReader(env);
  const result = readDoors(reader, host);
  return { ...result, complaints: reader.complaints };
}

test("with nothing set, no page elsewhere, no persisted documents, and the figures on the same port", () => {
  expect(read({})).toEqual({
    doors: { allowedOrigins: [], persisted: { mode: "off" }, metrics: { type: "samePort" } },
    warnings: [],
    complaints: [],
  });
});

test("every example can be read", () => {
  const env = Object.fromEntries(Object.values(doors).map(({ name, example }) => [name, example]));
  expect(Object.keys(env).length).toBeGreaterThanOrEqual(5);
  expect(read(env).complaints).toEqual([]);
});

describe("ALLOWED_ORIGINS", () => {
  test("is a list in one form, each once", () => {
    const env = { ALLOWED_ORIGINS: "https://App.Example.com, https://app.example.com:443,http://localhost:5173" };
    expect(read(env).doors.allowedOrigins).toEqual(["https://app.example.com", "http://localhost:5173"]);
  });

  test.each([
    "*",
    "null",
    "https://a.example,",
    "https://a.example/",
    "https://*.a.example",
    "a.example",
    "https://a.example https://b.example",
  ])("can't be %j", (text) => {
    expect(read({ ALLOWED_ORIGINS: text }).complaints).toEqual([
      expect.stringMatching(/^ALLOWED_ORIGINS: expected origins such as https:\/\/app\.example\.com/),
    ]);
  });
});

describe("PERSISTED_DOCUMENTS", () => {
  test.each(["on", "only"] as const)("%s needs a manifest", (mode) => {
    const PERSISTED_MANIFEST = "./documents.json";
    expect(read({ PERSISTED_DOCUMENTS: mode, PERSISTED_MANIFEST })).toMatchObject({
      doors: { persisted: { mode, manifest: PERSISTED_MANIFEST } },
      warnings: [],
      complaints: [],
    });
    expect(read({ PERSISTED_DOCUMENTS: mode }).complaints).toEqual([
      `PERSISTED_MANIFEST: expected the path of a file, for PERSISTED_DOCUMENTS is ${mode}. Example: PERSISTED_MANIFEST=./persisted-documents.json`,
    ]);
  });

  test("off beside a manifest is told, for nobody means it", () => {
    const { doors: got, warnings, complaints } = read({ PERSISTED_MANIFEST: "./documents.json" });
    expect([got.persisted, complaints]).toEqual([{ mode: "off" }, []]);
    expect(warnings).toEqual([expect.stringMatching(/^PERSISTED_MANIFEST is set, and PERSISTED_DOCUMENTS is off/)]);
  });

  test("is one of three words", () => {
    expect(read({ PERSISTED_DOCUMENTS: "yes" }).complaints).toEqual([
      expect.stringMatching(/^PERSISTED_DOCUMENTS: expected off or on or only; got "yes"/),
    ]);
  });
});

describe("METRICS_PORT", () => {
  test("is listened at by HOST, unless METRICS_HOST says otherwise", () => {
    expect(read({ METRICS_PORT: "9464" }, "10.0.0.7").doors.metrics).toEqual({
      type: "ownPort",
      host: "10.0.0.7",
      port: 9464,
    });
    expect(read({ METRICS_PORT: "0", METRICS_HOST: "::1" }).doors.metrics).toEqual({
      type: "ownPort",
      host: "::1",
      port: 0,
    });
  });

  test("without it METRICS_HOST means nothing", () => {
    expect(read({ METRICS_HOST: "::1" }).doors.metrics).toEqual({ type: "samePort" });
  });

  test("and its host are judged", () => {
    expect(read({ METRICS_PORT: "65536", METRICS_HOST: "a b" }).complaints).toEqual([
      expect.stringMatching(/^METRICS_PORT: expected a whole number from 0 to 65535/),
      expect.stringMatching(/^METRICS_HOST: expected a host name/),
    ]);
  });
});
