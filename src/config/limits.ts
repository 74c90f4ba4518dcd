/** What one request, connection or viewer may ask for at the most: the variables LIMIT_*. What they are held against is src/server/limits. */
import { type Variable, type VariableReader, wholeNumber } from "./variable.ts";

export interface Limits {
  /** Of an HTTP body, and of a message over WebSocket. */
  readonly requestBytes: number;
  readonly tokens: number;
  readonly depth: number;
  readonly aliases: number;
  readonly directives: number;
  readonly repeatedFields: number;
  readonly cost: number;
  readonly pageSize: number;
  readonly offers: number;
  /** Of `nodes`, and of one subscription. */
  readonly ids: number;
  /** Of a subscription's document and variables together, which are kept for as long as it runs. */
  readonly subscriptionBytes: number;
  readonly subscriptionsPerConnection: number;
  readonly subscriptionsPerViewer: number;
  readonly connectionsPerViewer: number;
  readonly connectionInitSeconds: number;
  readonly requestsPerMinute: number;
}

/** All are whole numbers, and an example that is not the default would only invite to copy it. */
function limit(name: string, [from, to]: readonly [number, number], value: number, description: string) {
  const text = `${value}`;
  const schema = wholeNumber(from, to);
  return { name, group: "Limits", schema, default: text, description, example: text } satisfies Variable<number>;
}

const many = 1_000_000;

export const limits = {
  requestBytes: limit(
    "LIMIT_REQUEST_BYTES",
    [1, 67_108_864],
    1_048_576,
    "How many bytes one request may have: the body over HTTP, a message over WebSocket.",
  ),
  tokens: limit(
    "LIMIT_TOKENS",
    [1, 20_000],
    4_000,
    "How many tokens a document may have: names, values and punctuation; spaces, commas and comments don't count.",
  ),
  depth: limit(
    "LIMIT_DEPTH",
    [1, 1_000],
    12,
    "How many levels of fields an operation may have. Fragments are no levels of their own. What lies under `__schema` and `__type` doesn't count: INTROSPECTION decides on that.",
  ),
  aliases: limit(
    "LIMIT_ALIASES",
    [0, 100_000],
    100,
    "How many aliases an operation may have. Those of a fragment count each time that it is spread.",
  ),
  directives: limit(
    "LIMIT_DIRECTIVES",
    [0, 100_000],
    50,
    "How many directives an operation may have. Those of a fragment count each time that it is spread.",
  ),
  repeatedFields: limit(
    "LIMIT_REPEATED_FIELDS",
    [0, 100_000],
    50,
    "How many fields of a document may ask again for what stands in the same braces already.",
  ),
  cost: limit(
    "LIMIT_COST",
    [1, 1_000_000_000],
    50_000,
    "How much an operation may cost: how many values its answer can hold, where each list is as long as its `first` or its ids allow; 20 more for each page, 10 for each decision about access and 100 for each look-up and mutation, which may ask a provider. `__schema` and `__type` cost nothing.",
  ),
  pageSize: limit("LIMIT_PAGE_SIZE", [1, 10_000], 500, "How many entries a page may have: the largest `first`."),
  offers: limit(
    "LIMIT_OFFERS",
    [1, 10_000],
    200,
    "How many offers accessMany and accessChanged take. Each 25 are one request of Cleeng.",
  ),
  ids: limit("LIMIT_IDS", [1, 10_000], 500, "How many ids the query `nodes` takes, and one subscription."),
  subscriptionBytes: limit(
    "LIMIT_SUBSCRIPTION_BYTES",
    [1, 67_108_864],
    65_536,
    "How many bytes the document and the variables of one subscription may have together: they are kept for as long as it runs.",
  ),
  subscriptionsPerConnection: limit(
    "LIMIT_SUBSCRIPTIONS_PER_CONNECTION",
    [1, many],
    100,
    "How many subscriptions may be open at once on one WebSocket.",
  ),
  subscriptionsPerViewer: limit(
    "LIMIT_SUBSCRIPTIONS_PER_VIEWER",
    [1, many],
    1_000,
    "How many subscriptions one viewer may have open at once, on all WebSockets of one gateway: each gateway counts its own. Under AUTH=none everybody is one viewer.",
  ),
  connectionsPerViewer: limit(
    "LIMIT_CONNECTIONS_PER_VIEWER",
    [1, many],
    100,
    "How many WebSockets one viewer may have open at once on one gateway: each gateway counts its own. Under AUTH=none everybody is one viewer.",
  ),
  connectionInitSeconds: limit(
    "LIMIT_CONNECTION_INIT_SECONDS",
    [1, 3_600],
    3,
    "How many seconds a WebSocket may take to say who it is (connection_init) before it is closed.",
  ),
  requestsPerMinute: limit(
    "LIMIT_REQUESTS_PER_MINUTE",
    [1, many],
    3_000,
    "How many GraphQL requests one viewer may send a minute, over HTTP and WebSocket together: on all gateways together through Redis (REDIS_URL); without it, or while it is away, each gateway counts its own.",
  ),
} as const satisfies { readonly [Name in keyof Limits]: Variable<number> };

/** Null where a value is wrong, which has been complained of. */
export function readLimits(reader: VariableReader): Limits | null {
  const read = {
    requestBytes: reader.read(limits.requestBytes),
    tokens: reader.read(limits.tokens),
    depth: reader.read(limits.depth),
    aliases: reader.read(limits.aliases),
    directives: reader.read(limits.directives),
    repeatedFields: reader.read(limits.repeatedFields),
    cost: reader.read(limits.cost),
    pageSize: reader.read(limits.pageSize),
    offers: reader.read(limits.offers),
    ids: reader.read(limits.ids),
    subscriptionBytes: reader.read(limits.subscriptionBytes),
    subscriptionsPerConnection: reader.read(limits.subscriptionsPerConnection),
    subscriptionsPerViewer: reader.read(limits.subscriptionsPerViewer),
    connectionsPerViewer: reader.read(limits.connectionsPerViewer),
    connectionInitSeconds: reader.read(limits.connectionInitSeconds),
    requestsPerMinute: reader.read(limits.requestsPerMinute),
  };
  return isComplete(read) ? read : null;
}

function isComplete(read: { readonly [Name in keyof Limits]: number | null }): read is Limits {
  return Object.values(read).every((value) => value !== null);
}
