/** A gateway is killed while it writes. What it left is taken up as a write whose answer was lost, and never sent again. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { openStore, type Store } from "../../src/store/store.ts";
import { sendJson, startServer } from "../support/http-server.ts";
import { type Build, buildProgram, type Program, runProgram } from "../support/program.ts";
import { postgresEngines, type TestDatabase } from "../support/store.ts";
import { startProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";
import {
  answer,
  type Name,
  names,
  outcomes,
  type Providers,
  scriptOutcomes,
  send,
  startProviders,
} from "./crash-support.ts";

let build: Build;
let providers: Providers;
const started: Program[] = [];

beforeAll(async () => {
  build = await buildProgram();
}, 120_000);
afterAll(() => build.dispose());
afterEach(async () => {
  for (const { process, ended } of started.splice(0)) {
    process.kill("SIGKILL");
    await ended;
  }
  await providers.dispose();
});

function run(database: string, env: Readonly<Record<string, string>> = {}): Program {
  const program = runProgram(build, {
    PORT: "0",
    DATABASE_URL: database,
    LOG_LEVEL: "debug",
    ...providers.env,
    ...env,
  });
  started.push(program);
  return program;
}

async function kill({ process, ended }: Program): Promise<void> {
  process.kill("SIGKILL");
  await ended;
}

const everyFate = () => [
  ...[providers.cleeng, providers.cleeng, providers.flolive, providers.liberis].map(({ fates }) => fates),
  ...Array(3).fill(providers.purespectrum.fates),
];

/** Sends all, and resolves once each provider has received its writes and answered none. */
async function sendUnanswered(url: string): Promise<void> {
  for (const fates of everyFate()) fates.push("silent");
  for (const name of names) void send(url, name);
  await until(() => providers.writes() === names.length);
  for (const { fates } of [providers.cleeng, providers.flolive, providers.liberis, providers.purespectrum]) {
    expect(fates).toEqual([]);
  }
}

/** All keys answer as they should, again and again, and nothing was sent for it. */
async function expectOutcomes(url: string, sent = names.length): Promise<void> {
  const first = await Promise.all(names.map(async (name) => [name, await answer(url, name)] as const));
  for (const [name, came] of first) expect({ name, ...came }).toMatchObject({ name, ...outcomes[name] });
  for (const [name, { id, __typename }] of first) {
    expect(await send(url, name)).toMatchObject(id === undefined ? { __typename } : { __typename, id });
  }
  expect(await send(url, "bulk", { tags: ["other"] })).toMatchObject({ code: "IDEMPOTENCY_KEY_REUSED" });
  expect(providers.writes()).toBe(sent);
}

async function expectSettled(url: string, name: Name): Promise<void> {
  await until(async () => (await send(url, name)).state === "SETTLED");
  expect(await send(url, name)).toMatchObject({ outcome: "SUCCEEDED", problem: null });
}

function expectDiscreet(program: Program): void {
  expect(program.output()).toContain("taken up");
  for (const secret of ["8.8.4.4", "123456789", "001010000000001", "private-1", "token-secret"]) {
    expect(program.output()).not.toContain(secret);
  }
}

test("embedded: killed between call and answer, started again on the same directory", async () => {
  providers = await startProviders(1500);
  scriptOutcomes(providers);
  const directory = await mkdtemp(join(tmpdir(), "statusgraph-crash-"));
  const store = join(directory, "store");
  const before = run(store);
  await sendUnanswered(await before.url);
  await kill(before);
  const after = run(store);
  const url = await after.url;
  await expectOutcomes(url);
  await expectSettled(url, "register");
  await expectSettled(url, "transfer");
  expectDiscreet(after);
  expect(providers.writes()).toBe(names.length);
  await rm(directory, { recursive: true, force: true });
}, 120_000);

describe.each(postgresEngines)("on $name", (engine) => {
  let database: TestDatabase;
  let store: Store;
  let address: string;
  let proxy: TcpProxy;

  beforeAll(async () => {
    database = await engine.createDatabase();
    if (database.config.type !== "postgres") throw new Error("Only PostgreSQL serves several gateways.");
    address = database.config.url;
    store = await openStore({ database: database.config });
    const { hostname, port } = new URL(address);
    proxy = await startProxy({ host: hostname, port: Number(port || 5432) });
  });
  afterEach(async () => {
    proxy.mend();
    for (const table of ["intents", "idempotencyKeys", "operations"] as const) {
      await store.db.deleteFrom(table).execute();
    }
  });
  afterAll(async () => {
    await store.dispose();
    await proxy.dispose();
    await database.dispose();
  });

  const proxied = () => {
    const url = new URL(address);
    url.hostname = "127.0.0.1";
    url.port = String(proxy.port);
    return url.href;
  };
  const intents = async () => (await store.db.selectFrom("intents").selectAll().execute()).length;
  const operations = () => store.db.selectFrom("operations").selectAll().execute();

  test("killed between call and answer: one of two others takes up each write, and repeats wait", async () => {
    providers = await startProviders(1500);
    scriptOutcomes(providers);
    const [first, second, third] = [run(address), run(address), run(address)];
    const [url, other] = await Promise.all([first.url, second.url, third.url]).then(([a, b]) => [a, b] as const);
    await sendUnanswered(url);
    expect(JSON.stringify(await store.db.selectFrom("intents").selectAll().execute())).not.toMatch(/8\.8\.4\.4|secret/);
    await kill(first);
    expect(await send(other, "bulk")).toMatchObject({ __typename: "AlreadyRunning", code: "ALREADY_RUNNING" });
    await expectOutcomes(other);
    await expectOutcomes(await third.url);
    await expectSettled(other, "register");
    await expectSettled(other, "transfer");
    expect(await intents()).toBe(0);
    // Cleeng's two, the unconfirmed two, and three transactions that were read, each once.
    expect(await operations()).toHaveLength(names.length);
    expect(providers.writes()).toBe(names.length);
  }, 120_000);

  test("killed after the intent and before the request: it is taken for lost, and not sent", async () => {
    providers = await startProviders(1500);
    const { flolive } = providers;
    // Liberis gives no token, and floLIVE's one place is taken by a read that is not answered.
    const tokens = await startServer(() => {});
    const patient = { FLOLIVE_TIMEOUT_MS: "60000", LIBERIS_TIMEOUT_MS: "60000" };
    const [first, second] = [
      run(address, { FLOLIVE_CONCURRENCY: "1", LIBERIS_TOKEN_URL: `${tokens.origin}/token`, ...patient }),
      run(address),
    ];
    const url = await first.url;
    const other = await second.url;
    flolive.hold();
    void fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: '{ bulkCall(requestId: "x") { __typename } }' }),
    }).catch(() => {});
    await flolive.heard(({ method }) => method === "GET");
    void send(url, "bulk");
    void send(url, "batch");
    await until(async () => (await intents()) === 2 && tokens.received.length === 1);
    await kill(first);
    for (const name of ["bulk", "batch"] as const) expect(await answer(other, name)).toMatchObject(outcomes[name]);
    expect(providers.writes()).toBe(0);
    await tokens.dispose();
  }, 120_000);

  test("killed after the answer, before it was recorded: as if it had never come", async () => {
    providers = await startProviders(1500);
    scriptOutcomes(providers);
    const [first, second] = [run(proxied()), run(address)];
    const url = await first.url;
    const other = await second.url;
    void providers.flolive.heard(({ method }) => method !== "GET").then(() => proxy.freeze());
    void send(url, "bulk");
    await until(() => /"upstream":"flolive"[^\n]*"effect":"write"[^\n]*"type":"answered"/.test(first.output()));
    await kill(first);
    expect(await answer(other, "bulk")).toMatchObject(outcomes.bulk);
    expect(providers.writes()).toBe(1);
    expect(await intents()).toBe(0);
  }, 120_000);

  test("cut off from the database over its answer, it records that when it can: the operation that others gave up is followed", async () => {
    providers = await startProviders(1500);
    const { flolive } = providers;
    const [first, second] = [run(proxied()), run(address)];
    const url = await first.url;
    const other = await second.url;
    const frozen = flolive.heard(({ method }) => method !== "GET").then(() => proxy.freeze());
    void send(url, "bulk");
    // Else the other may be the first to come with this key, and the one who sends.
    await frozen;
    const { id, ...given } = await answer(other, "bulk");
    expect(given).toMatchObject(outcomes.bulk);
    flolive.hold();
    proxy.mend();
    await until(async () => (await send(other, "bulk")).requestId !== null);
    expect(await send(other, "bulk")).toMatchObject({ id, requestId: "call-1", followed: true, problem: null });
    flolive.release();
    await expectSettled(other, "bulk");
    expect(await operations()).toHaveLength(1);
    expect(flolive.writes()).toHaveLength(1);
  }, 120_000);

  test("stopped and gone on after others took up its writes: nothing is sent twice, and every key keeps its operation", async () => {
    providers = await startProviders(1500);
    scriptOutcomes(providers);
    const [first, second] = [run(address), run(address)];
    const url = await first.url;
    const other = await second.url;
    await sendUnanswered(url);
    first.process.kill("SIGSTOP");
    await expectOutcomes(other);
    const ids = async () => Promise.all(names.map(async (name) => (await send(other, name)).id));
    const before = await ids();
    first.process.kill("SIGCONT");
    // Each of its calls ends as lost, and finds what was made of its intent.
    expect((await send(url, "bulk")).id).toBe(before[names.indexOf("bulk")]);
    await expectOutcomes(url);
    expect(await ids()).toEqual(before);
    expect(await operations()).toHaveLength(names.length);
    expect(providers.writes()).toBe(names.length);
  }, 120_000);

  test("stopped before it had sent, and gone on after others took that for lost: it is not sent any more", async () => {
    providers = await startProviders(1500);
    const token = Promise.withResolvers<void>();
    const tokens = await startServer(async (_received, response) => {
      await token.promise;
      sendJson(response, { access_token: "a-token-secret", expires_in: 3600 });
    });
    const slow = { LIBERIS_TOKEN_URL: `${tokens.origin}/token`, LIBERIS_TIMEOUT_MS: "60000" };
    const [first, second] = [run(address, slow), run(address)];
    const url = await first.url;
    const other = await second.url;
    const ended = send(url, "batch");
    await until(() => tokens.received.length === 1);
    first.process.kill("SIGSTOP");
    const made = await answer(other, "batch");
    expect(made).toMatchObject(outcomes.batch);
    // Before it goes on, what it was waiting for is there.
    token.resolve();
    first.process.kill("SIGCONT");
    expect(await ended).toMatchObject({ __typename: "PartnerBatch", id: made.id });
    expect(await send(other, "batch")).toMatchObject({ id: made.id });
    expect(providers.liberis.writes()).toHaveLength(0);
    await tokens.dispose();
  }, 120_000);
});
