/** What can't be expected, or has no union to be a member of: GraphQL errors, with a code from one table (docs/errors.md). */
import { GraphQLError } from "graphql";
import type { CodeDoc, InvalidInput } from "../datasources/problems.ts";

/** Every code that a GraphQL error can bear. A further one needs its line here. */
export const errorCodes = {
  UNAUTHENTICATED: {
    means:
      "The request bears no valid credentials; the message says what is wrong with them (HTTP status 401; over WebSocket " +
      "the connection is closed with 4403 and that sentence).",
    advice: "Sign in, and come again with a new token; streams resume with their last cursor.",
  },
  FORBIDDEN: {
    means:
      "The viewer may not do this, for its token's scope lacks a right that the message names; or the request comes from a " +
      "page of an origin that is not let in (HTTP status 403).",
    advice: "Ask with a token that has the right. Nothing a repeat would change.",
  },
  BAD_USER_INPUT: {
    means:
      "An argument, a variable or the request itself does not fit; the message says which, and what was expected. " +
      "extensions.fields name bad parts by their path, where there are several.",
    advice: "Mend the request. The same one fails again.",
  },
  GRAPHQL_PARSE_FAILED: {
    means: "The document is not GraphQL.",
    advice: "Mend the document.",
  },
  GRAPHQL_VALIDATION_FAILED: {
    means: "The document does not fit the schema.",
    advice: "Hold the document against schema.graphql; a client may be older than the schema.",
  },
  INVALID_CURSOR: {
    means:
      "`after` is no cursor that a gateway gave out. One that is only too old, or of another log, is none of these: then " +
      "a stream tells of every operation anew (RESET).",
    advice: "Leave `after` out: a stream then begins with the state now, a list with its first page.",
  },
  NOT_FOUND: {
    means: "The subscription names ids that do not exist, or that the viewer may not see; extensions.ids lists them.",
    advice: "Subscribe again without them.",
  },
  LIMIT_EXCEEDED: {
    means:
      "A limit was passed; extensions say which (limit), its value (value) and, where it was counted, what came (asked).",
    advice: "Ask for less, several times.",
  },
  RATE_LIMITED: {
    means:
      "Too many requests of this viewer within a minute; extensions.retryAfterSeconds says when to come back (HTTP status " +
      "429, with the headers RateLimit-* and Retry-After).",
    advice: "Wait so long.",
  },
  PERSISTED_DOCUMENT_NOT_FOUND: {
    means:
      "No persisted document has this id, or none are served here. Hashes of automatic persisted queries never have one.",
    advice: "Send the whole document, where these are served; else an id of the manifest.",
  },
  PERSISTED_DOCUMENT_REQUIRED: {
    means: "Only persisted documents are served here, and the request names none by its documentId.",
    advice: "Send the id of one.",
  },
  STORE_UNAVAILABLE: {
    means: "The gateway can't reach its database, or can't write to it for want of room.",
    advice:
      "Try again in a moment. A write may have been sent: repeat it with the same idempotency key, or look it up.",
  },
  SHUTTING_DOWN: {
    means: "The gateway is about to stop, and did nothing with the request (HTTP status 503).",
    advice: "Send it again: another gateway will answer.",
  },
  INTERNAL_SERVER_ERROR: {
    means: "A fault of the gateway's own. Its log has more under extensions.errorId.",
    advice: "Give the operator the errorId.",
  },
} as const satisfies Readonly<Record<string, CodeDoc>>;
export type ErrorCode = keyof typeof errorCodes;

export function codedError(code: ErrorCode, message: string, extensions: Record<string, unknown> = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...extensions } });
}

/** `hint` says what to do instead. */
export function limitExceeded(limit: string, value: number, asked: number, hint: string): GraphQLError {
  const message = `Expected ${limit} to be at most ${value}; got ${asked}. ${hint}`;
  return codedError("LIMIT_EXCEEDED", message, { limit, value, asked });
}

export function badUserInput(problem: InvalidInput): GraphQLError {
  return codedError("BAD_USER_INPUT", problem.message, { fields: problem.fields });
}

export function invalidCursor(): GraphQLError {
  return codedError(
    "INVALID_CURSOR",
    "Expected a cursor that this gateway gave out, handed back unchanged; this is none. Leave `after` out to begin anew.",
  );
}
