/** What can't be expected, or has no union to be a member of: GraphQL errors, with a code from one table (docs/errors.md). */
import { GraphQLError } from "graphql";
import type { InvalidInput } from "../datasources/problems.ts";

export const errorCodes = {
  UNAUTHENTICATED: "The request bears no valid credentials.",
  FORBIDDEN: "The viewer may not do this.",
  BAD_USER_INPUT: "An argument or variable does not fit; the message says which, and what was expected.",
  GRAPHQL_PARSE_FAILED: "The document is not GraphQL.",
  GRAPHQL_VALIDATION_FAILED: "The document does not fit the schema.",
  INVALID_CURSOR: "`after` is no cursor that this gateway gave out.",
  NOT_FOUND: "The subscription names ids that do not exist, or that the viewer may not see; extensions.ids lists them.",
  LIMIT_EXCEEDED: "A limit was passed; extensions say which (limit), its value (value) and what came (asked).",
  RATE_LIMITED: "Too many requests; extensions.retryAfterSeconds says when to come back.",
  PERSISTED_DOCUMENT_NOT_FOUND: "No persisted document has this id.",
  PERSISTED_DOCUMENT_REQUIRED: "Only persisted documents are served here.",
  STORE_UNAVAILABLE: "The gateway can't reach its database. Try again.",
  SHUTTING_DOWN: "The gateway is about to stop. Try again: another one will answer.",
  INTERNAL_SERVER_ERROR: "A fault of the gateway's own. Its log has more under the request's id.",
} as const;
export type ErrorCode = keyof typeof errorCodes;

export function codedError(code: ErrorCode, message: string, extensions: Record<string, unknown> = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...extensions } });
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
