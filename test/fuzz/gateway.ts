/**
 * A whole gateway for what is thrown at its doors. As test/support/gateway.ts, but that it keeps of its log only what says
 * that it has a fault: the rest of some ten thousand requests would look like a leak.
 */
import type { Clock } from "../../src/clock.ts";
import { readConfig } from "../../src/config.ts";
import { providers } from "../../src/datasources/index.ts";
import { type Gateway, startGateway } from "../../src/gateway.ts";
import { createLogger } from "../../src/log.ts";
import { engines, type TestDatabase } from "../support/store.ts";
import { dumpVariable } from "../support/variables.ts";

export interface FuzzedGateway extends Gateway {
  /** What was logged at the levels error and fatal since it was last asked for. */
  faults(): readonly string[];
  request(query: string, variables?: Readonly<Record<string, unknown>>): Promise<GraphQLAnswer>;
}

export interface GraphQLAnswer {
  // Answers are as various as the documents: each caller reads what it asked for.
  // biome-ignore lint/suspicious/noExplicitAny: see above.
  readonly data?: any;
  readonly errors?: ReadonlyArray<{
    readonly message: string;
    readonly extensions?: Readonly<Record<string, unknown>>;
  }>;
}

/** Nobody is turned away for asking too often: that is not what is looked for. */
const roomy = {
  LIMIT_REQUESTS_PER_MINUTE: "1000000",
  LIMIT_CONNECTIONS_PER_VIEWER: "100000",
  LIMIT_SUBSCRIPTIONS_PER_VIEWER: "100000",
};

export async function startFuzzedGateway(env: Readonly<Record<string, string>>, clock?: Clock): Promise<FuzzedGateway> {
  const database = await createDatabase();
  const read = readConfig({ HOST: "127.0.0.1", PORT: "0", DRAIN_SECONDS: "0", ...roomy, ...env }, providers);
  if (!read.ok) throw new Error(`The environment is wrong: ${read.complaints.join(" ")}`);
  let faults: string[] = [];
  const destination = { write: (line: string) => void faults.push(line) };
  const gateway = await startGateway({
    config: { ...read.config, database: database.config },
    log: createLogger({ level: "error", format: "json", destination }),
    store: { ...database.options, ...(clock ? { clock: () => clock.now() } : {}) },
    ...(clock ? { clock } : {}),
  });
  return {
    ...gateway,
    faults() {
      const seen = faults;
      faults = [];
      return seen;
    },
    async request(query, variables = {}) {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query, variables }),
      });
      return (await response.json()) as GraphQLAnswer;
    },
    async dispose() {
      await gateway.dispose();
      await database.dispose();
    },
  };
}

/**
 * Fills what the gateway keeps of documents that it has read, some ten MB: until that is full it grows, and that is no leak.
 * These are read and not carried out.
 */
export async function fillCaches({ request }: FuzzedGateway): Promise<void> {
  const ids = Array.from({ length: 400 }, (_, n) => `"${n}"`).join(" ");
  for (let n = 0; n < 1_200; n += 1) {
    const { data } = await request(`{ __typename nodes(ids: ["cache-${n}" ${ids}]) @skip(if: true) { id } }`);
    if (!data) throw new Error("Expected documents that fit the schema and its limits; one does not.");
  }
}

/** The suites start from a dump; the long form makes its store itself. */
async function createDatabase(): Promise<TestDatabase> {
  const [embedded] = engines;
  if (process.env[dumpVariable] && embedded) return embedded.createDatabase();
  return { config: { type: "memory" }, options: {}, dispose: async () => {} };
}
