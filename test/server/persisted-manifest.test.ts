/** The manifest of persisted documents: judged whole before anything is served. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { buildSchema, NoSchemaIntrospectionCustomRule } from "graphql";
import { ManifestError, readManifest } from "../../src/server/persisted/manifest.ts";

const schema = buildSchema("type Query { a: String b(id: ID!): String }");
let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "manifests-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function manifest(content: unknown): Promise<string> {
  files += 1;
  const path = join(folder, `${files}.json`);
  await writeFile(path, Buffer.isBuffer(content) || typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

/** The lines of what it says no with. */
async function faultsOf(path: string): Promise<string[]> {
  try {
    await readManifest(path, schema, [], 4_000);
  } catch (error) {
    if (error instanceof ManifestError) return error.message.split("\n");
    throw error;
  }
  throw new Error("Expected the manifest to be refused; it was taken.");
}

describe("a manifest", () => {
  test("gives each document by its id, word for word and parsed", async () => {
    const hash = "a".repeat(64);
    const texts = { [hash]: "query A { a }", "sha256:x": "{ a }", "Grüße/1": "query ($id: ID!) { b(id: $id) }" };
    const documents = await readManifest(await manifest(texts), schema, [], 4_000);
    expect([...documents.values()].map(({ id, text }) => [id, text])).toEqual(Object.entries(texts));
    expect(documents.get(hash)?.document.definitions).toHaveLength(1);
  });

  test("may use the names that every object has, and has them only then", async () => {
    const named = await readManifest(await manifest('{"__proto__": "{ a }"}'), schema, [], 4_000);
    expect(named.get("__proto__")?.text).toBe("{ a }");
    const other = await readManifest(await manifest({ x: "{ a }" }), schema, [], 4_000);
    for (const id of ["__proto__", "constructor", "toString"]) expect(other.get(id)).toBeUndefined();
  });

  test("is held against the rules that are handed in beside graphql-js' own", async () => {
    const path = await manifest({ look: "{ __schema { types { name } } }" });
    expect((await readManifest(path, schema, [], 4_000)).size).toBe(1);
    const refused = readManifest(path, schema, [NoSchemaIntrospectionCustomRule], 4_000);
    await expect(refused).rejects.toThrow(/^PERSISTED_MANIFEST: expected the document "look" to fit the schema; got: /);
  });
});

describe("a manifest that is refused", () => {
  test.each<[string, unknown, RegExp]>([
    ["is no JSON", "{", /expected JSON .*; got something else/],
    ["is empty", "", /expected JSON/],
    ["is a list", [{ id: "a", body: "{ a }" }], /expected one JSON object.*; got a list/],
    ["is null", "null", /got null/],
    ["is a text", '"x"', /got a string/],
    ["has no document", {}, /at least one document; got an empty object/],
    ["is no UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), /expected a file of UTF-8; got other bytes/],
    ["has an empty id", { "": "{ a }" }, /ids of 1 to 255 visible characters without spaces; got ""/],
    ["has an id with a space", { "a b": "{ a }" }, /got "a b"/],
    ["has an id with a control character", { "a\u0007": "{ a }" }, /got "a\\u0007"/],
    ["has an id that is too long", { ["x".repeat(256)]: "{ a }" }, /got "x{100}…"/],
    ["has a document that is none", { a: 1 }, /the document "a" to be a text; got a number/],
    ["is another tool's", { format: "apollo", operations: [] }, /the document "operations" to be a text; got a list/],
    [
      "has a document that is no GraphQL",
      { a: "{ a" },
      /"a" to be GraphQL; got: Syntax Error.*\(line 1, column 4\)\.$/,
    ],
    ["has an empty document", { a: "" }, /"a" to be GraphQL; got: Syntax Error/],
    [
      "has a document that does not fit",
      { a: "{ c }" },
      /"a" to fit the schema; got: Cannot query field "c".*\(line 1,/,
    ],
    ["has one nested too deeply", { a: `${"{a".repeat(20_000)}${"}".repeat(20_000)}` }, /got one nested deeper/],
  ])("%s", async (_name, content, sentence) => {
    const faults = await faultsOf(await manifest(content));
    for (const fault of faults) expect(fault).toMatch(/^PERSISTED_MANIFEST: .*\.$/);
    expect(faults.join("\n")).toMatch(sentence);
  });

  test("can't be read", async () => {
    expect(await faultsOf(join(folder, "nowhere.json"))).toEqual([
      expect.stringMatching(/ENOENT for ".*nowhere\.json"/),
    ]);
    expect(await faultsOf(folder)).toEqual([expect.stringMatching(/EISDIR/)]);
  });

  test("has one line a document, however much is wrong with it", async () => {
    const faults = await faultsOf(await manifest({ a: "{ c d e f }", good: "{ a }", b: "{ b }" }));
    expect(faults).toHaveLength(2);
    expect(faults[0]).toContain('"a"');
    expect(faults[1]).toContain('"b"');
  });

  test("has at most 20 lines, and says how many more there would be", async () => {
    const many = (count: number) =>
      manifest(Object.fromEntries(Array.from({ length: count }, (_, n) => [`d${n}`, "{ c }"])));
    const all = await faultsOf(await many(20));
    expect([all.length, all.at(-1)]).toEqual([20, expect.stringContaining('"d19"')]);
    const cut = await faultsOf(await many(50));
    expect([cut.length, cut.at(-2), cut.at(-1)]).toEqual([
      20,
      expect.stringContaining('"d18"'),
      "PERSISTED_MANIFEST: and 31 more faults like these.",
    ]);
  });
});
