/** The variables that belong to the gateway and to no provider: names, defaults, and what the documentation says of them. */
import { databaseUrl, redisUrl } from "./database.ts";
import { oneOf, onOff, positiveNumber, type Variable, wholeNumber, word } from "./variable.ts";

const group = {
  server: "Server",
  store: "Store",
  sandbox: "Sandbox",
  graphql: "GraphQL",
  upstream: "Providers, all of them",
  logging: "Logging",
} as const;

/** Lets the compiler infer what each variable reads to. */
function variable<T>(one: Variable<T>): Variable<T> {
  return one;
}

export const own = {
  host: variable({
    name: "HOST",
    group: group.server,
    schema: word("a host name or an IP address without a port", /^[\w.:-]+$/),
    default: "127.0.0.1",
    description: "The address to listen at. 0.0.0.0 listens at every one.",
    example: "0.0.0.0",
  }),
  port: variable({
    name: "PORT",
    group: group.server,
    schema: wholeNumber(0, 65_535),
    default: "4000",
    description: "The port to listen at. 0 takes any free one.",
    example: "4000",
  }),
  trustProxy: variable({
    name: "TRUST_PROXY",
    group: group.server,
    schema: wholeNumber(0, 32),
    default: "0",
    description:
      "How many proxies stand in front of the gateway. So many entries of X-Forwarded-For are believed, from the right; with 0 the header is not read.",
    example: "1",
  }),
  drainSeconds: variable({
    name: "DRAIN_SECONDS",
    group: group.server,
    schema: wholeNumber(0, 3_600),
    default: "5",
    description:
      "Over how long the WebSockets are closed once the gateway is told to stop, so that their clients don't all come back elsewhere at once.",
    example: "30",
  }),
  nodeEnv: variable({
    name: "NODE_ENV",
    group: group.server,
    schema: word("one word", /^\S+$/),
    default: null,
    description:
      "`production` changes the defaults of SANDBOX, GRAPHIQL and INTROSPECTION. No other value has a meaning.",
    example: "production",
  }),
  database: variable({
    name: "DATABASE_URL",
    group: group.store,
    schema: databaseUrl,
    default: "./.statusgraph",
    description:
      "Where operations and their changes are kept: a directory for the embedded store, `memory:` to keep nothing, or `postgres://…` for a server.",
    example: "postgres://statusgraph:password@localhost:5432/statusgraph",
    secret: true,
  }),
  redisUrl: variable({
    name: "REDIS_URL",
    group: group.store,
    schema: redisUrl,
    default: null,
    description:
      "A Redis that the gateways on one PostgreSQL share: it carries announcements of changes and the providers' budgets. Without it they read the log once a second and divide the budgets by their number.",
    example: "redis://localhost:6379",
    secret: true,
  }),
  retentionSeconds: variable({
    name: "RETENTION_SECONDS",
    group: group.store,
    schema: wholeNumber(1, 3_153_600_000),
    default: "2592000",
    description:
      "How long operations are kept, with their changes, items and idempotency keys: after they have settled or last changed or, for those that are open and not followed, after their provider last answered, if that is later. Being read from the store, as by `node(id)` or a look-up that is fresh enough, doesn't count; what is followed stays. Under a day (86400) a key may go before the 24 hours for which a repeat of its write is else known again: that is for trying.",
    example: "2592000",
  }),
  leaseSeconds: variable({
    name: "LEASE_SECONDS",
    group: group.store,
    schema: wholeNumber(1, 3_600),
    default: "30",
    description:
      "How long a node that died keeps the operations that it was asking about, before another takes them. A check is cut off when it ends, and may wait for its turn for a third of it: it should be at least one and a half times as long as the longest `*_TIMEOUT_MS`.",
    example: "30",
  }),
  sandbox: variable({
    name: "SANDBOX",
    group: group.sandbox,
    schema: onOff(),
    default: null,
    rule: "on while no provider is configured, else off; off with NODE_ENV=production",
    description: "Serves a sandbox in place of each provider that is not configured.",
    example: "on",
  }),
  sandboxSpeed: variable({
    name: "SANDBOX_SPEED",
    group: group.sandbox,
    schema: positiveNumber(100_000),
    default: "1",
    description: "Divides every time of the sandboxes: 10 settles ten times sooner.",
    example: "10",
  }),
  graphiql: variable({
    name: "GRAPHIQL",
    group: group.graphql,
    schema: onOff(),
    default: null,
    rule: "on; off with NODE_ENV=production",
    description: "Serves GraphiQL at /graphiql.",
    example: "off",
  }),
  introspection: variable({
    name: "INTROSPECTION",
    group: group.graphql,
    schema: onOff(),
    default: null,
    rule: "on; off with NODE_ENV=production",
    description: "Answers questions about the schema itself. GraphiQL needs it.",
    example: "off",
  }),
  maxAnswerBytes: variable({
    name: "MAX_ANSWER_BYTES",
    group: group.upstream,
    schema: wholeNumber(1, 1_073_741_824),
    default: "10485760",
    description: "The largest answer of a provider that is read, in bytes. A larger one counts as no answer.",
    example: "10485760",
  }),
  maxBatchStatusBytes: variable({
    name: "MAX_BATCH_STATUS_BYTES",
    group: group.upstream,
    schema: wholeNumber(1, 1_073_741_824),
    default: "16777216",
    description:
      "The same for an answer about many items, such as the status of a partner batch, which repeats every client.",
    example: "16777216",
  }),
  accessWatchSeconds: variable({
    name: "ACCESS_WATCH_SECONDS",
    group: group.upstream,
    schema: wholeNumber(1, 86_400),
    default: "300",
    description: "How often watched access is asked for. Each check that succeeds counts in Cleeng's reports.",
    example: "300",
  }),
  logLevel: variable({
    name: "LOG_LEVEL",
    group: group.logging,
    schema: oneOf("trace", "debug", "info", "warn", "error", "fatal", "silent"),
    default: "info",
    description: "The least important line that is written.",
    example: "debug",
  }),
  logFormat: variable({
    name: "LOG_FORMAT",
    group: group.logging,
    schema: oneOf("pretty", "json"),
    default: null,
    rule: "pretty on a terminal, else json",
    description: "Lines for people, or one JSON object a line.",
    example: "json",
  }),
} as const;

export const production = "production";
