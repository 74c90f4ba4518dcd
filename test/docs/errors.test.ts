/** What docs/errors.md says is given, is given somewhere in the code; what it says is reserved, nowhere. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { type CodeDoc, ownCodes } from "../../src/datasources/problems.ts";
import { errorCodes } from "../../src/resolvers/errors.ts";

const src = new URL("../../src/", import.meta.url);
const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
// A table's keys bear no quotes, so a quoted code is one that is given.
const code = files.map((file) => readFileSync(new URL(file, src), "utf8")).join("\n");

test.each<[string, Readonly<Record<string, CodeDoc>>, number]>([
  ["problems", ownCodes, 18],
  ["GraphQL errors", errorCodes, 14],
])("the codes of %s are reserved if and only if nothing gives them", (_name, codes, count) => {
  expect(files.length).toBeGreaterThan(100);
  const names = Object.keys(codes);
  expect(names).toHaveLength(count);
  expect(names.filter((name) => codes[name]?.reserved)).toEqual(names.filter((name) => !code.includes(`"${name}"`)));
});
