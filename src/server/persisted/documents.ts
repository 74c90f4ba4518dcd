/**
 * Which document a request means: the one that it brings, or the one that it names. Both doors ask here, with what the
 * request said and before anything is parsed, so that a mode holds on the one as on the other. Knows neither HTTP nor sockets.
 */
import type { GraphQLError } from "graphql";
import { codedError } from "../../resolvers/errors.ts";
import type { PersistedDocument, PersistedDocuments } from "./manifest.ts";

/** The parts of a request that choose its document, as they came. */
export interface Asked {
  readonly query?: unknown;
  readonly documentId?: unknown;
  readonly extensions?: unknown;
}

export type Resolved =
  /** `persisted` is null where the request brought the document itself. */
  | { readonly type: "document"; readonly text: string; readonly persisted: PersistedDocument | null }
  | { readonly type: "refused"; readonly error: GraphQLError }
  /** Neither a document nor an id: there is nothing to execute, which each door says in its own way. */
  | { readonly type: "absent" };

export interface Persisted {
  resolve(asked: Asked): Resolved;
}

export type PersistedOptions =
  | { readonly mode: "off" }
  | { readonly mode: "on" | "only"; readonly documents: PersistedDocuments };

/** A mark that GraphQL over HTTP gives to ids that are hashes; manifests have them with it, or without. */
const hashMark = "sha256:";
const longestShown = 100;

export function createPersisted(options: PersistedOptions): Persisted {
  const { mode } = options;
  const documents: PersistedDocuments = options.mode === "off" ? new Map() : options.documents;
  const find = (id: string) =>
    documents.get(id) ?? (id.startsWith(hashMark) ? documents.get(id.slice(hashMark.length)) : undefined);

  function named(documentId: unknown): Resolved {
    if (typeof documentId !== "string") return refused("BAD_USER_INPUT", notText);
    if (mode === "off") return refused("PERSISTED_DOCUMENT_NOT_FOUND", noneServed);
    const persisted = find(documentId);
    if (persisted) return { type: "document", text: persisted.text, persisted };
    return refused("PERSISTED_DOCUMENT_NOT_FOUND", unknownId(documentId));
  }

  return {
    resolve({ query, documentId, extensions }) {
      // GraphQL over HTTP: null is as good as absent. Of an empty document nobody could tell what it asks.
      const brings = query !== undefined && query !== null && query !== "";
      if (documentId !== undefined && documentId !== null) {
        return brings ? refused("BAD_USER_INPUT", both) : named(documentId);
      }
      if (mode === "only" && (brings || !isAutomatic(extensions)))
        return refused("PERSISTED_DOCUMENT_REQUIRED", required);
      return brings && typeof query === "string"
        ? { type: "document", text: query, persisted: null }
        : { type: "absent" };
    },
  };
}

const both = "Expected either a document (query) or the id of one (documentId); both came. Send one of them.";
const notText = "Expected documentId to be a text; something else came. Send the id as the manifest has it.";
const noneServed =
  "Expected a document (query); a documentId came, and no persisted documents are served here. Send the whole document.";
const required =
  "Expected the id of a persisted document (documentId); these alone are served here. Add the document to the manifest, and send its id.";

function unknownId(id: string): string {
  const named = JSON.stringify(id.length > longestShown ? `${id.slice(0, longestShown - 1)}…` : id);
  return `Expected the id of a persisted document; the manifest has none with the id ${named}. Send one that it has.`;
}

/** Automatic persisted queries are off, and Apollo says so in the words that their clients look for. */
export function isAutomatic(extensions: unknown): boolean {
  return typeof extensions === "object" && extensions !== null && Object.hasOwn(extensions, "persistedQuery");
}

function refused(code: Parameters<typeof codedError>[0], message: string): Resolved {
  return { type: "refused", error: codedError(code, message) };
}
