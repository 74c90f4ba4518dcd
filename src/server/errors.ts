/**
 * What a GraphQL error looks like when it leaves, on both doors: a code from the table, and nothing of our insides.
 */
import { randomUUID } from "node:crypto";
import { GraphQLError, type GraphQLFormattedError, Kind } from "graphql";
import type { Logger } from "pino";
import { type ErrorCode, errorCodes } from "../resolvers/errors.ts";
import { isStoreFailure, messageOf } from "../store/errors.ts";
import { withoutQuotes } from "./quotes.ts";

/** Names from the field's vocabulary that libraries use, and the code that stands for them here. */
const synonyms: ReadonlyMap<unknown, ErrorCode> = new Map([
  ["BAD_REQUEST", "BAD_USER_INPUT"],
  ["OPERATION_RESOLUTION_FAILURE", "BAD_USER_INPUT"],
  ["PERSISTED_QUERY_NOT_FOUND", "PERSISTED_DOCUMENT_NOT_FOUND"],
  ["PERSISTED_QUERY_NOT_SUPPORTED", "PERSISTED_DOCUMENT_NOT_FOUND"],
]);

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === "string" && Object.hasOwn(errorCodes, code);
}

export const tooDeep = "Expected a document of at most some hundred levels; this one is nested too deeply to be read.";

export interface ErrorOptions {
  readonly log: Pick<Logger, "warn" | "error">;
  /** Whether an error may name what the schema has in the place of what was misspelt. */
  readonly suggestions: boolean;
}

/** graphql-js' own words where it gives up, which say neither what was expected nor what to do. */
const unsaid: ReadonlyMap<string, string> = new Map([
  [
    "Maximum introspection depth exceeded",
    "Expected a question about the schema to ask for lists (fields, types, interfaces …) within one another at most 3 times; it does so more often. Ask in several requests.",
  ],
  ["Validation aborted.", "The document repeats too much to be compared in full. Ask for each field once."],
  [
    "Too many validation errors, error limit reached. Validation aborted.",
    "More is wrong with the document than is told here. Mend these first.",
  ],
]);

/** `original` is what was thrown; `formatted` bears what a library would call it, where it knows. */
export function formatError(
  original: unknown,
  formatted: GraphQLFormattedError,
  { log, suggestions }: ErrorOptions,
): GraphQLFormattedError {
  const told = formatWhole(original, formatted, log);
  return suggestions ? told : { ...told, message: told.message.replace(/ ?Did you mean [^?]*\?/g, "") };
}

function formatWhole(
  original: unknown,
  formatted: GraphQLFormattedError,
  log: ErrorOptions["log"],
): GraphQLFormattedError {
  const { message, locations, path, extensions } = formatted;
  const place = { ...(locations ? { locations } : {}), ...(path ? { path } : {}) };
  const cause = causeOf(original);
  if (isStoreFailure(cause)) {
    // In an outage each request comes by here: what is wrong is worth a line, its stack is not.
    log.warn({ reason: messageOf(cause) }, "The store could not be used for a request.");
    const text = "The gateway can't use its database at the moment. Try again.";
    return { message: text, ...place, extensions: { code: "STORE_UNAVAILABLE" } };
  }
  const named = extensions?.code;
  const code = isErrorCode(named) ? named : synonyms.get(named);
  // What carries a code was meant to be read.
  if (code !== undefined && code !== "INTERNAL_SERVER_ERROR") {
    const { stacktrace: _stack, http: _http, ...rest } = extensions ?? {};
    // What ends the stack is the document's depth; V8's words on it are no sentence.
    const words = unsaid.get(message) ?? withoutQuotes(message, original);
    return {
      message: cause instanceof RangeError || /call stack/.test(message) ? tooDeep : words,
      ...place,
      extensions: { ...rest, code },
    };
  }
  if (isAboutTheRequest(original, path)) {
    return { message: withoutQuotes(message, original), ...place, extensions: { code: "BAD_USER_INPUT" } };
  }
  const id = randomUUID();
  log.error({ err: cause, errorId: id }, "A resolver failed.");
  const text = "The gateway met a fault of its own. Its log has more under extensions.errorId.";
  return { message: text, ...place, extensions: { code: "INTERNAL_SERVER_ERROR", errorId: id } };
}

function causeOf(original: unknown): unknown {
  const thrown = original instanceof GraphQLError ? (original.originalError ?? original) : original;
  // What graphql-js doesn't take for an error, because it comes from another realm, is inside one of graphql-js' own.
  return thrown instanceof Error && "thrownValue" in thrown ? thrown.thrownValue : thrown;
}

/**
 * graphql-js' own words on variables and arguments, to which it gives no code. Without a path the error came before any
 * resolver ran (a variable); with one, when a field's turn came (a variable that is null where its argument may not be).
 */
function isAboutTheRequest(error: unknown, path: GraphQLFormattedError["path"]): boolean {
  if (!(error instanceof GraphQLError)) return false;
  const { originalError: cause } = error;
  if (path === undefined) return cause === undefined || cause instanceof GraphQLError;
  // Of an answer that breaks the schema the node is the field; of an argument it is the argument's value.
  const nodes = (cause instanceof GraphQLError && cause.nodes) || [];
  return nodes.length > 0 && nodes.every(({ kind }) => kind !== Kind.FIELD);
}
