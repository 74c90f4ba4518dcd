/** A whole gateway on a free port, and a client for it. */
import { expect } from "@jest/globals";
import { readConfig } from "../../src/config.ts";
import { providers } from "../../src/datasources/index.ts";
import { type Gateway, type GatewayOptions, startGateway } from "../../src/gateway.ts";
import { createLogger } from "../../src/log.ts";
import { keepLog, noteGateway } from "./logged.ts";
import { type Engine, engines, type TestDatabase } from "./store.ts";
import { until } from "./until.ts";

export interface TestGatewayOptions extends Partial<Omit<GatewayOptions, "config" | "log" | "store">> {
  /** Environment variables; HOST, PORT and DATABASE_URL are set, and it stops at once unless DRAIN_SECONDS says otherwise. */
  readonly env?: Readonly<Record<string, string>>;
  /** The embedded one unless given. */
  readonly engine?: Engine;
  /** A database that the test made and disposes of; a new one unless given. */
  readonly database?: TestDatabase;
}

export interface GraphQLAnswer {
  readonly status: number;
  // Answers are as various as the documents: each test reads what it asked for.
  // biome-ignore lint/suspicious/noExplicitAny: see above.
  readonly data: any;
  readonly errors?: ReadonlyArray<{ readonly message: string; readonly extensions: Readonly<Record<string, unknown>> }>;
}

export interface TestGateway extends Gateway {
  /**
   * Resolves when so many subscriptions hear of changes. One without a cursor tells what comes after that, and nothing says
   * when it has begun.
   */
  begun(subscriptions: number): Promise<void>;
  /** Everything that was logged, as one text. */
  logged(): string;
  request(query: string, variables?: Record<string, unknown>, headers?: Record<string, string>): Promise<GraphQLAnswer>;
}

export async function startTestGateway({
  env = {},
  engine = engines[0],
  providers: given = providers,
  clock,
  database: existing,
  ...options
}: TestGatewayOptions = {}): Promise<TestGateway> {
  if (!engine) throw new Error("There is no engine to test on.");
  const database = existing ?? (await engine.createDatabase());
  const read = readConfig({ HOST: "127.0.0.1", PORT: "0", DRAIN_SECONDS: "0", ...env }, given);
  if (!read.ok) throw new Error(`The test's environment is wrong: ${read.complaints.join(" ")}`);
  let lines = "";
  const log = createLogger({
    level: "debug",
    format: "json",
    destination: {
      write(line: string) {
        lines += line;
      },
    },
  });
  const suite = expect.getState().testPath ?? "no suite";
  noteGateway(suite);
  const gateway = await startGateway({
    config: { ...read.config, database: database.config },
    log,
    providers: given,
    // One time for all: what is due by the store's is due by the poller's.
    store: { ...database.options, ...(clock ? { clock: () => clock.now() } : {}) },
    ...(clock ? { clock } : {}),
    ...options,
  });
  return {
    ...gateway,
    logged: () => lines,
    begun: (subscriptions) =>
      until(async () => {
        const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
        return metrics.includes(`\nstatusgraph_streams ${subscriptions}\n`);
      }),
    async request(query, variables = {}, headers = {}) {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify({ query, variables }),
      });
      const body = (await response.json()) as Omit<GraphQLAnswer, "status">;
      return { ...body, status: response.status };
    },
    async dispose() {
      await gateway.dispose().finally(() => keepLog(suite, lines));
      if (!existing) await database.dispose();
    },
  };
}
