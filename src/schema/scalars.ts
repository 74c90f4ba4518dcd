/**
 * The scalars of the public schema. Judging whether a cursor is one of this log is the store's work: here it is only a string.
 */
import { GraphQLError, GraphQLScalarType, Kind } from "graphql";
import { GraphQLDateTimeISO, GraphQLJSONObject } from "graphql-scalars";

/** A `Date` inside, `2026-11-21T09:30:00.000Z` outside. */
export const DateTime = new GraphQLScalarType<Date, string>({
  ...GraphQLDateTimeISO.toConfig(),
  name: "DateTime",
  description: "An instant, RFC 3339, UTC.",
});

export const JSONObject = new GraphQLScalarType<object, object>({
  ...GraphQLJSONObject.toConfig(),
  name: "JSONObject",
  description: "A JSON object of any shape.",
});

/** Any text passes: that one is no cursor is for the log to say (INVALID_CURSOR). */
function readCursor(value: unknown): string {
  if (typeof value === "string") return value;
  throw new GraphQLError("Expected a Cursor, a string that this API gave out. Hand it back unchanged.");
}

export const Cursor = new GraphQLScalarType<string, string>({
  name: "Cursor",
  description:
    'A place in the change log: "I have seen everything up to here". Opaque; hand it back unchanged as `after`. ' +
    "It survives restarts, is valid on every node, and serves any subscription or timeline, not only the one that gave it.",
  serialize: readCursor,
  parseValue: readCursor,
  parseLiteral: (node) => readCursor(node.kind === Kind.STRING ? node.value : null),
});
