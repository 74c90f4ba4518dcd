/**
 * Persisted documents over WebSocket. graphql-ws closes the socket of who subscribes without a query, so one that names
 * its document gets an empty one on its way in, as its own client sends it. What the two mean together is judged where all documents are (onSubscribe,
 * by documents.ts): nothing is decided here, and a message that is not understood here is refused there.
 */

/** A text that a message without a documentId does not have in it; keys that are written with escapes are left alone. */
const mark = '"documentId"';

/**
 * The text of a message as it came; with `"query": ""` where it subscribes by documentId alone. Never throws. Costs a look
 * for a word in all messages but these.
 */
export function withQuery(text: string): string {
  if (!text.includes(mark)) return text;
  try {
    const message: unknown = JSON.parse(text);
    if (!isObject(message) || message.type !== "subscribe" || !isObject(message.payload)) return text;
    const { payload } = message;
    if (!Object.hasOwn(payload, "documentId")) return text;
    if (payload.query !== undefined && payload.query !== null) return text;
    return JSON.stringify({ ...message, payload: { ...payload, query: "" } }, asItWasRead);
  } catch {
    // No JSON, or nested so deeply that it can't be written again: graphql-ws says no to both.
    return text;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Of Node since 22; TypeScript does not know of it. */
const { rawJSON } = JSON as JSON & { readonly rawJSON: (text: string) => unknown };

/**
 * JSON.stringify turns numbers too large for JavaScript, which are read as Infinity, into null, and -0 into 0. A variable
 * that would be refused must not become one that is left out.
 */
function asItWasRead(_key: string, value: unknown): unknown {
  if (typeof value !== "number") return value;
  if (Object.is(value, -0)) return rawJSON("-0");
  return Number.isFinite(value) ? value : rawJSON(value > 0 ? "1e999" : "-1e999");
}
