import { expect, test } from "@jest/globals";
import { parseInput } from "../../../src/datasources/input.ts";
import { purespectrum, setStatusInput, surveyIdentity } from "../../../src/datasources/purespectrum/index.ts";

const good = { surveyId: "100", transactionId: "t-1", status: "COMPLETE", quotaIds: ["1", "2"] };

function badPaths(value: unknown): string[] {
  const parsed = parseInput(setStatusInput, value, "input");
  return parsed.ok ? [] : parsed.problem.fields.map(({ path }) => path);
}

test("good input passes as it is, without what is the gateway's own", () => {
  expect(parseInput(setStatusInput, { ...good, tags: ["a"] })).toEqual({ ok: true, value: good });
});

test.each([undefined, null, []])("quota ids of %j name none", (quotaIds) => {
  expect(parseInput(setStatusInput, { ...good, quotaIds })).toEqual({ ok: true, value: { ...good, quotaIds: null } });
});

test.each(["", ".", "..", "a\u0000b", "a\nb", "\ud800", "x".repeat(129), null, 7])("%j is no id", (id) => {
  expect(badPaths({ ...good, surveyId: id })).toEqual(["input.surveyId"]);
  expect(badPaths({ ...good, transactionId: id })).toEqual(["input.transactionId"]);
});

test.each(["x".repeat(128), "...", "a/b", "a b", "ü", "%2e%2e"])("%j is an id", (id) => {
  expect(badPaths({ ...good, surveyId: id, transactionId: id })).toEqual([]);
});

test("a look-up's ids are judged too", () => {
  const parsed = parseInput(surveyIdentity, { surveyId: "..", transactionId: "" });
  expect(parsed.ok ? [] : parsed.problem.fields.map(({ path }) => path)).toEqual(["surveyId", "transactionId"]);
});

test("every bad quota id is named by its place", () => {
  const quotaIds = ["1", "2,3", "", "x".repeat(65), "y".repeat(64)];
  expect(badPaths({ ...good, quotaIds })).toEqual(["input.quotaIds.1", "input.quotaIds.2", "input.quotaIds.3"]);
  expect(badPaths({ ...good, quotaIds: Array(101).fill("1") })).toEqual(["input.quotaIds"]);
});

test.each(["BUYER_DROP", "toString", "", null, 21])("%j can't be set", (status) => {
  expect(badPaths({ ...good, status })).toEqual(["input.status"]);
});

const url = "https://api.example.com/buyers/v2";

test("the settings are documented by their shape", () => {
  expect(Object.keys(purespectrum.settings.shape)).toEqual([
    "PURESPECTRUM_URL",
    "PURESPECTRUM_READ_URL",
    "PURESPECTRUM_ACCESS_TOKEN",
  ]);
});

test.each([
  [{ PURESPECTRUM_URL: url }],
  [{ PURESPECTRUM_URL: `${url}/` }],
  [{ PURESPECTRUM_URL: "https://example.com/x", PURESPECTRUM_READ_URL: "https://example.com/y" }],
])("%j are settings", (values) => {
  expect(purespectrum.settings.parse(values)).toEqual(values);
});

test.each([
  [{}, "PURESPECTRUM_URL"],
  [{ PURESPECTRUM_URL: "ftp://example.com/v2" }, "PURESPECTRUM_URL"],
  [{ PURESPECTRUM_URL: `${url}?a=b` }, "PURESPECTRUM_URL"],
  [{ PURESPECTRUM_URL: "https://example.com/buyers" }, "PURESPECTRUM_READ_URL"],
  [{ PURESPECTRUM_URL: url, PURESPECTRUM_READ_URL: "v3" }, "PURESPECTRUM_READ_URL"],
  [{ PURESPECTRUM_URL: url, PURESPECTRUM_ACCESS_TOKEN: "a\nb" }, "PURESPECTRUM_ACCESS_TOKEN"],
])("%j are refused because of %s", (values, name) => {
  const result = purespectrum.settings.safeParse(values);
  expect(result.error?.issues.map((issue) => issue.path.join("."))).toEqual([name]);
});
