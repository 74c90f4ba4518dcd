/**
 * The manifest of persisted documents: a file, read once and judged whole at the start, so that no document of it can fail
 * to parse or to fit the schema when a client names it.
 */
import { isUtf8 } from "node:buffer";
import { readFile } from "node:fs/promises";
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  parse,
  specifiedRules,
  type ValidationRule,
  validate,
} from "graphql";
import { withoutQuotes } from "../quotes.ts";

export interface PersistedDocument {
  readonly id: string;
  readonly text: string;
  readonly document: DocumentNode;
}

/** By documentId. A Map: an id such as "constructor" finds what the manifest has, or nothing. */
export type PersistedDocuments = ReadonlyMap<string, PersistedDocument>;

/** What is wrong with the manifest; the message is one line a fault. */
export class ManifestError extends Error {
  override readonly name = "ManifestError";
  constructor(faults: readonly string[]) {
    const shown = faults.slice(0, mostLines);
    const rest = faults.length - shown.length;
    if (rest > 0) shown.splice(-1, 1, `and ${rest + 1} more faults like these`);
    super(shown.map((fault) => `PERSISTED_MANIFEST: ${fault}.`).join("\n"));
  }
}

const mostLines = 20;
const longestShown = 100;
/** Visible, of any script, and no spaces: what a query string and a log line can bear. */
const idForm = /^[^\s\p{C}]{1,255}$/u;

/** Rejects with a ManifestError. `rules` are those that every document is held against beside graphql-js' own. */
export async function readManifest(
  path: string,
  schema: GraphQLSchema,
  rules: readonly ValidationRule[],
  maxTokens: number,
): Promise<PersistedDocuments> {
  const documents = new Map<string, PersistedDocument>();
  const faults: string[] = [];
  for (const [id, text] of entriesOf(await readText(path))) {
    const read = readDocument(id, text, schema, rules, maxTokens);
    if (typeof read === "string") faults.push(read);
    else documents.set(id, read);
  }
  if (faults.length > 0) throw new ManifestError(faults);
  return documents;
}

async function readText(path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new ManifestError([`expected the path of a file that can be read; got ${codeOf(error)} for "${path}"`]);
  });
  if (!isUtf8(bytes)) throw new ManifestError(["expected a file of UTF-8; got other bytes"]);
  return bytes.toString("utf8");
}

/** Not by `instanceof`: errors of Node's own may come from another realm. */
function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "a failure";
}

function entriesOf(text: string): ReadonlyArray<readonly [id: string, document: unknown]> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ManifestError(['expected JSON such as {"documentId": "query { … }"}; got something else']);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const got = value === null ? "null" : Array.isArray(value) ? "a list" : `a ${typeof value}`;
    throw new ManifestError([`expected one JSON object, from documentId to document; got ${got}`]);
  }
  const entries = Object.entries(value);
  if (entries.length === 0) throw new ManifestError(["expected at least one document; got an empty object"]);
  return entries;
}

/** The document, or a sentence without its full stop. */
function readDocument(
  id: string,
  text: unknown,
  schema: GraphQLSchema,
  rules: readonly ValidationRule[],
  maxTokens: number,
): PersistedDocument | string {
  const name = `the document ${shown(id)}`;
  if (!idForm.test(id)) {
    return `expected ids of 1 to 255 visible characters without spaces; got ${shown(id)}`;
  }
  if (typeof text !== "string") return `expected ${name} to be a text; got ${kindOf(text)}`;
  try {
    const document = parse(text, { maxTokens });
    const [error] = validate(schema, document, [...specifiedRules, ...rules], { maxErrors: 1 });
    return error === undefined ? { id, text, document } : `expected ${name} to fit the schema; got: ${wordsOf(error)}`;
  } catch (error) {
    if (error instanceof GraphQLError) return `expected ${name} to be GraphQL; got: ${wordsOf(error)}`;
    // graphql-js recurses, so a document of some thousand levels ends its stack.
    if (error instanceof RangeError)
      return `expected ${name} to have at most some hundred levels; got one nested deeper`;
    throw error;
  }
}

/** One line, with its place in the document and without its full stop. */
function wordsOf(error: GraphQLError): string {
  const [place] = error.locations ?? [];
  const text = withoutQuotes(error.message, error).replace(/\s+/g, " ").replace(/\.$/, "");
  return place ? `${text} (line ${place.line}, column ${place.column})` : text;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function shown(id: string): string {
  return JSON.stringify(id.length > longestShown ? `${id.slice(0, longestShown)}…` : id);
}
