/** The code in docs/resuming.md is the code in docs/resuming, which test/clients runs. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { buildSchema, parse, validate } from "graphql";

const docs = new URL("../../docs/", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, docs), "utf8");
const files = readdirSync(new URL("resuming/", docs)).sort();
const blocksOf = (text: string) => [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block = ""]) => block);
const blocks = blocksOf(read("resuming.md"));

test("every file is shown whole, and what is shown beside them is one use of them", () => {
  expect(files.filter((file) => !blocks.includes(read(`resuming/${file}`)))).toEqual([]);
  expect(files).toHaveLength(7);
  expect(blocks).toHaveLength(files.length + 1);
});

test("its documents fit the schema", () => {
  const schema = buildSchema(readFileSync(new URL("../schema.graphql", docs), "utf8"));
  const documents = files.flatMap((file) => {
    const text = read(`resuming/${file}`);
    return [...text.matchAll(/\/\* GraphQL \*\/ `(.*?)`/gs)].map(([, document = ""]) => document);
  });
  expect(documents.flatMap((document) => validate(schema, parse(document)))).toEqual([]);
  expect(documents).toHaveLength(2);
});
