/** Which document a request means, in each mode: the table that both doors obey. */
import { describe, expect, test } from "@jest/globals";
import { parse } from "graphql";
import { type Asked, createPersisted, type Persisted } from "../../src/server/persisted/documents.ts";
import type { PersistedDocuments } from "../../src/server/persisted/manifest.ts";

const hash = "0123456789abcdef".repeat(4);
const documents: PersistedDocuments = new Map(
  [
    [hash, "query Hash { a }"],
    ["sha256:marked", "query Marked { a }"],
    ["plain", "query Plain { a }"],
  ].map(([id = "", text = ""]) => [id, { id, text, document: parse(text) }]),
);
const off = createPersisted({ mode: "off" });
const on = createPersisted({ mode: "on", documents });
const only = createPersisted({ mode: "only", documents });

/** The text, the code of a refusal, or "absent". */
function meant(persisted: Persisted, asked: Asked): string {
  const resolved = persisted.resolve(asked);
  if (resolved.type === "absent") return "absent";
  if (resolved.type === "document") return resolved.text;
  const { message, extensions } = resolved.error;
  expect(message).toMatch(/^Expected .*\.$/);
  return String(extensions.code);
}

const query = "{ a }";
const [notFound, required, badInput] = [
  "PERSISTED_DOCUMENT_NOT_FOUND",
  "PERSISTED_DOCUMENT_REQUIRED",
  "BAD_USER_INPUT",
];
const table: ReadonlyArray<readonly [name: string, asked: Asked, off: string, on: string, only: string]> = [
  ["a document", { query }, query, query, required],
  ["a document, and no id in words", { query, documentId: null }, query, query, required],
  ["a known id", { documentId: "plain" }, notFound, "query Plain { a }", "query Plain { a }"],
  ["a known id and null", { documentId: "plain", query: null }, notFound, "query Plain { a }", "query Plain { a }"],
  ["a known id and nothing", { documentId: "plain", query: "" }, notFound, "query Plain { a }", "query Plain { a }"],
  ["a marked hash", { documentId: `sha256:${hash}` }, notFound, "query Hash { a }", "query Hash { a }"],
  ["a hash", { documentId: hash }, notFound, "query Hash { a }", "query Hash { a }"],
  [
    "an id of the manifest with the mark",
    { documentId: "sha256:marked" },
    notFound,
    "query Marked { a }",
    "query Marked { a }",
  ],
  ["an id without the mark that it has", { documentId: "marked" }, notFound, notFound, notFound],
  ["a mark twice", { documentId: `sha256:sha256:${hash}` }, notFound, notFound, notFound],
  ["an unknown id", { documentId: "unknown" }, notFound, notFound, notFound],
  ["an empty id", { documentId: "" }, notFound, notFound, notFound],
  ["an id in other letters", { documentId: hash.toUpperCase() }, notFound, notFound, notFound],
  ["__proto__", { documentId: "__proto__" }, notFound, notFound, notFound],
  ["constructor", { documentId: "constructor" }, notFound, notFound, notFound],
  ["both", { query, documentId: "plain" }, badInput, badInput, badInput],
  ["both, the id unknown", { query, documentId: "unknown" }, badInput, badInput, badInput],
  ["both, the document a number", { query: 1, documentId: "plain" }, badInput, badInput, badInput],
  ["an id that is a number", { documentId: 1 }, badInput, badInput, badInput],
  ["an id that is a list", { documentId: ["plain"] }, badInput, badInput, badInput],
  ["an id that is an object", { documentId: { toString: "plain" } }, badInput, badInput, badInput],
  ["a document that is a number", { query: 1 }, "absent", "absent", required],
  ["a document that is an object", { query: { kind: "Document" } }, "absent", "absent", required],
  ["nothing", {}, "absent", "absent", required],
  ["an empty document", { query: "" }, "absent", "absent", required],
  ["an automatic one's hash", { extensions: { persistedQuery: {} } }, "absent", "absent", "absent"],
  ["an automatic one whole", { query, extensions: { persistedQuery: {} } }, query, query, required],
  [
    "a hash and an id",
    { documentId: "plain", extensions: { persistedQuery: {} } },
    notFound,
    "query Plain { a }",
    "query Plain { a }",
  ],
];

describe.each([
  ["off", off, 2],
  ["on", on, 3],
  ["only", only, 4],
] as const)("with persisted documents %s", (_mode, persisted, column) => {
  test.each(table)("%s", (...row) => {
    expect(meant(persisted, row[1])).toBe(row[column]);
  });
});

test("what is found is the manifest's own entry, parsed already; what was brought is none", () => {
  expect(on.resolve({ documentId: "plain" })).toEqual({
    type: "document",
    text: "query Plain { a }",
    persisted: documents.get("plain"),
  });
  expect(on.resolve({ query })).toEqual({ type: "document", text: query, persisted: null });
});

test("of an unknown id no more than 100 characters come back, and off says that there are none", () => {
  const wordsOf = (persisted: Persisted, documentId: string) => {
    const resolved = persisted.resolve({ documentId });
    return resolved.type === "refused" ? resolved.error.message : "";
  };
  expect(wordsOf(on, "mine\n")).toContain('"mine\\n"');
  const long = wordsOf(on, "x".repeat(10_000));
  expect([long.includes("x".repeat(99)), long.includes("x".repeat(100))]).toEqual([true, false]);
  expect(wordsOf(off, "plain")).toContain("no persisted documents are served here");
  expect(wordsOf(off, "plain")).not.toContain("plain");
});
