/**
 * Three gateways are restarted one after the other, under load, with their clients told to come back elsewhere: nobody
 * misses a change or hears one twice, and nowhere do they all come at once. The figures are printed.
 */
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { WebSocket } from "ws";
import { connect } from "../../docs/resuming/connect.ts";
import { openStore } from "../../src/store/store.ts";
import { type Build, buildProgram, type Program, post, runProgram, startProgram } from "../support/program.ts";
import { postgresEngines, type TestDatabase } from "../support/store.ts";
import { until } from "../support/until.ts";

const testOnPostgres = postgresEngines.length > 0 ? test : test.skip;
const clientCount = 60;
const nodeCount = 3;
let build: Build;
let database: TestDatabase;
const started: Array<Pick<Program, "process" | "ended">> = [];

beforeAll(async () => {
  build = await buildProgram();
}, 120_000);
afterEach(async () => {
  for (const { process, ended } of started.splice(0)) {
    process.kill("SIGKILL");
    await ended;
  }
  await database?.dispose();
});
afterAll(() => build.dispose());

/** The environment that makes gateways share one sandbox. */
async function startSandbox(): Promise<Record<string, string>> {
  const program = startProgram(build, "sandbox/main.js", { SANDBOX_PORT: "0", SANDBOX_SPEED: "10" });
  started.push(program);
  await until(() => /PURESPECTRUM_ACCESS_TOKEN=.*\n/.test(program.output()));
  return Object.fromEntries(
    [...program.output().matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
  );
}

interface Node {
  url: string;
  restart(): Promise<void>;
}

async function startNode(env: Readonly<Record<string, string>>): Promise<Node> {
  let program: Program;
  const run = async (port: string) => {
    program = runProgram(build, { ...env, PORT: port, LOG_LEVEL: "info" });
    started.push(program);
    return program.url;
  };
  const url = await run("0");
  return {
    url,
    async restart() {
      program.process.kill("SIGTERM");
      expect((await program.ended).code).toBe(0);
      await run(new URL(url).port);
    },
  };
}

/** Purchases one after the other, each at the next node, and at another one where that is leaving. */
function startWork(nodes: readonly Node[]) {
  let [count, refused, goesOn] = [0, 0, true];
  const register = async (id: string) => {
    for (let attempt = 0; ; attempt += 1) {
      const node = nodes[(count + attempt) % nodes.length];
      const document = `mutation ($id: String!) { registerPurchase(input: { customerId: "123456789", transactionId: $id,
        ipAddress: "203.0.113.7", idempotencyKey: $id }) { ... on PurchaseSync { id } } }`;
      const data = await post(node?.url ?? "", document, { id }).catch(() => null);
      if (data?.registerPurchase?.id) return;
      refused += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const run = async () => {
    while (goesOn) {
      await register(`rolling-${count}`);
      count += 1;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  };
  const ended = run();
  return {
    async stop() {
      goesOn = false;
      await ended;
      return { count, refused };
    },
  };
}

const nameOf = ({ operation, revision }: { operation: { id: string }; revision: number }) =>
  `${operation.id} ${revision}`;

/** Follows everything after `after`, at first at one node, and wherever else once that closes. */
function follow(nodes: readonly Node[], first: number, after: string, onConnect: () => void) {
  let at = first;
  const heard: string[] = [];
  const failures: unknown[] = [];
  const client = connect({
    url: () => `${(nodes[at++ % nodes.length]?.url ?? "").replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    on: { connected: onConnect },
  });
  // biome-ignore lint/suspicious/noExplicitAny: the document says what comes.
  client.subscribe<any>(
    {
      query:
        "subscription ($after: Cursor) { operationsChanged(after: $after) { kind cursor revision operation { id } } }",
      variables: { after },
    },
    {
      next: ({ data, errors }) => {
        if (errors || data.operationsChanged.kind !== "CHANGED") failures.push(errors ?? data);
        else heard.push(nameOf(data.operationsChanged));
      },
      error: (error) => failures.push(error),
      complete: () => failures.push("completed"),
    },
  );
  return { heard, failures, leave: () => client.dispose() };
}

/** The most that happened in any second. */
function peakOf(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return Math.max(0, ...sorted.map((from, index) => sorted.slice(index).filter((time) => time < from + 1_000).length));
}

testOnPostgres(
  "a rolling restart under load loses nothing, repeats nothing, and brings no crowd",
  async () => {
    database = (await postgresEngines[0]?.createDatabase()) as TestDatabase;
    if (database.config.type !== "postgres") throw new Error("Expected PostgreSQL.");
    const { url: databaseUrl } = database.config;
    const env = {
      ...(await startSandbox()),
      DATABASE_URL: databaseUrl,
      CLEENG_RATE_PER_SECOND: "60",
    };
    const nodes = [await startNode(env)];
    while (nodes.length < nodeCount) nodes.push(await startNode(env));

    // A cursor from which everybody begins.
    const begun = await post(
      nodes[0]?.url ?? "",
      `mutation { registerPurchase(input: { customerId: "123456789", transactionId: "t", ipAddress: "203.0.113.7" }) {
         ... on PurchaseSync { timeline { nodes { cursor } } } } }`,
    );
    const after: string = begun.registerPurchase.timeline.nodes[0].cursor;
    const work = startWork(nodes);
    const connections: number[] = [];
    let watched = false;
    const clients = Array.from({ length: clientCount }, (_, index) =>
      follow(nodes, index, after, () => {
        if (watched) connections.push(performance.now());
      }),
    );
    await until(() => clients.every(({ heard }) => heard.length > 0));
    watched = true;
    const from = performance.now();
    for (const node of nodes) await node.restart();
    const seconds = (performance.now() - from) / 1_000;
    const { count, refused } = await work.stop();

    const store = await openStore({ database: database.config });
    const unsettled = store.db.selectFrom("operations").select("id").where("state", "<>", "SETTLED");
    await until(async () => (await unsettled.execute()).length === 0);
    const log = await store.db.selectFrom("changes").select(["operationId", "revision"]).orderBy("place").execute();
    await store.dispose();
    const truth = log.map(({ operationId, revision }) => `${operationId} ${revision}`).slice(1);
    const missing = () => Math.max(...clients.map(({ heard }) => truth.length - heard.length));
    const patience = performance.now() + 20_000;
    await until(() => missing() <= 0 || performance.now() > patience);

    const lost = clients.reduce((sum, { heard }) => sum + truth.filter((one) => !heard.includes(one)).length, 0);
    const twice = clients.reduce((sum, { heard }) => sum + heard.length - new Set(heard).size, 0);
    const peak = peakOf(connections);
    process.stderr.write(
      `Rolling restart: ${nodeCount} nodes in ${seconds.toFixed(1)} s, ${count} operations (${refused} calls sent again), ` +
        `${truth.length} changes to ${clientCount} clients: ${lost} lost, ${twice} twice; ` +
        `${connections.length} reconnects, at most ${peak} in a second.\n`,
    );
    await Promise.all(clients.map(({ leave }) => leave()));
    expect(clients.flatMap(({ failures }) => failures)).toEqual([]);
    expect({ lost, twice }).toEqual({ lost: 0, twice: 0 });
    for (const { heard } of clients) expect(heard).toEqual(truth);
    expect(connections.length).toBeGreaterThanOrEqual(clientCount);
    // A bar of time: a busy machine stalls, and lets those of seconds come back in one. That sockets are told evenly is
    // held by test/server/drain.test.ts, with a clock of its own.
    if (process.env.STATUSGRAPH_BARS === "on") expect(peak).toBeLessThanOrEqual(clientCount / 3);
  },
  180_000,
);
