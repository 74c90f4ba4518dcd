/** The settings: what is needed, and what is said where it is missing. */
import { describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { liberis } from "../../../src/datasources/liberis/index.ts";

const oauth = {
  LIBERIS_TOKEN_URL: "https://login.example/token",
  LIBERIS_CLIENT_ID: "id",
  LIBERIS_CLIENT_SECRET: "secret",
};
const LIBERIS_URL = "https://api.example/base";

function complaints(values: object): string[] {
  const { error } = liberis.settings.safeParse(values);
  return (error?.issues ?? []).map(({ path }) => path.join("."));
}

test("the address alone is enough, and so is all of OAuth2 with it", () => {
  expect(complaints({ LIBERIS_URL })).toEqual([]);
  expect(complaints({ LIBERIS_URL, ...oauth })).toEqual([]);
});

describe("part of OAuth2 is refused, naming what is missing:", () => {
  const names = Object.keys(oauth);
  test.each(names)("%s alone", (name) => {
    const given = Object.fromEntries(
      Object.entries({ LIBERIS_URL, ...oauth }).filter(([key]) => key === name || key === "LIBERIS_URL"),
    );
    expect(complaints(given).sort()).toEqual(names.filter((other) => other !== name).sort());
  });

  test.each(names)("all but %s", (name) => {
    const given = Object.fromEntries(Object.entries({ LIBERIS_URL, ...oauth }).filter(([key]) => key !== name));
    expect(complaints(given)).toEqual([name]);
  });
});

test.each(["", "api.example", "ftp://api.example", "https://user:pass@api.example", "https://user@api.example"])(
  "the address %j is refused",
  (value) => {
    expect(complaints({ LIBERIS_URL: value })).toContain("LIBERIS_URL");
  },
);

test("every setting is described, with an example that it accepts", () => {
  const { shape } = liberis.settings;
  expect(Object.keys(shape)).toEqual(["LIBERIS_URL", ...Object.keys(oauth)]);
  const examples = Object.entries(shape).map(([name, schema]) => {
    const meta = z.globalRegistry.get(schema);
    expect(typeof meta?.description).toBe("string");
    return [name, meta?.example];
  });
  expect(complaints(Object.fromEntries(examples))).toEqual([]);
  expect(liberis.secrets.every((name) => Object.hasOwn(shape, name))).toBe(true);
});
