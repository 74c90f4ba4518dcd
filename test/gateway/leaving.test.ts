/** How a gateway leaves: step by step, so that nobody who waits for an answer goes without, and nothing stays leased. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { WebSocket } from "ws";
import { openStore } from "../../src/store/store.ts";
import { type CleengSimulator, granted, processing, startCleeng } from "../simulators/cleeng.ts";
import { type FloliveSimulator, startFlolive } from "../simulators/flolive.ts";
import { fastClock } from "../support/fast-clock.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { openSockets, type Sockets } from "../support/sockets.ts";
import { postgresEngines, type TestDatabase } from "../support/store.ts";
import { until } from "../support/until.ts";

const testOnPostgres = postgresEngines.length > 0 ? test : test.skip;
let cleeng: CleengSimulator;
let flolive: FloliveSimulator;
let database: TestDatabase | null = null;
const sockets: Sockets[] = [];
const raws: Socket[] = [];

beforeAll(async () => {
  [cleeng, flolive] = await Promise.all([startCleeng(), startFlolive()]);
});
beforeEach(async () => {
  database = (await postgresEngines[0]?.createDatabase()) ?? null;
});
afterEach(async () => {
  cleeng.release();
  flolive.release();
  for (const raw of raws.splice(0)) raw.destroy();
  await Promise.all(sockets.splice(0).map((one) => one.dispose()));
  await database?.dispose();
});
afterAll(() => Promise.all([cleeng.dispose(), flolive.dispose()]));

const start = (drainSeconds: number, clock = fastClock()): Promise<TestGateway> =>
  startTestGateway({
    ...(database ? { database } : {}),
    clock,
    env: {
      ...cleeng.env,
      ...flolive.env,
      DRAIN_SECONDS: String(drainSeconds),
      CLEENG_TIMEOUT_MS: "60000",
      FLOLIVE_TIMEOUT_MS: "60000",
    },
  });

async function register(gateway: TestGateway, correlationId: string): Promise<string> {
  const { data } = await gateway.request(
    `mutation ($c: String!) { registerPurchase(input: { customerId: "123456789", transactionId: $c, ipAddress: "8.8.8.8",
       correlationId: $c }) { ... on PurchaseSync { id } } }`,
    { c: correlationId },
  );
  return data.registerPurchase.id;
}

interface End {
  readonly code: number;
  readonly at: number;
}

/** A subscription to what never ends; gives the code that its socket closes with, and when. */
async function subscribe(gateway: TestGateway, id: string): Promise<{ readonly end: Promise<End> }> {
  const { promise: end, resolve } = Promise.withResolvers<End>();
  const client = openSockets(gateway, {
    on: { closed: (event) => resolve({ code: (event as { code: number }).code, at: performance.now() }) },
  });
  sockets.push(client);
  const watch = client.watch("subscription ($ids: [ID!]!) { operationChanged(ids: $ids) { kind } }", { ids: [id] });
  expect((await watch.next()).operationChanged.kind).toBe("SNAPSHOT");
  void watch.rest().catch(() => {});
  return { end };
}

const readiness = async ({ url }: TestGateway) => (await fetch(`${url}/readyz`)).status;

/** The operation as the store has it once the gateway is gone. */
async function leftBehind(id: string) {
  if (!database) throw new Error("Expected a database that outlives the gateway.");
  const store = await openStore({ database: database.config });
  try {
    return await store.db.selectFrom("operations").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
  } finally {
    await store.dispose();
  }
}

test("while sockets end one after the other it is not ready, takes no new ones, and still answers", async () => {
  cleeng.statuses.set("stays", [processing]);
  const gateway = await start(2);
  const id = await register(gateway, "stays");
  const ends = await Promise.all(Array.from({ length: 8 }, () => subscribe(gateway, id)));
  const all = Promise.all(ends.map(({ end }) => end));

  const begun = performance.now();
  const left = gateway.dispose();
  expect(await readiness(gateway)).toBe(503);
  const refused = new WebSocket(`${gateway.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  refused.on("error", () => {});
  const [, response] = await once(refused, "unexpected-response");
  expect(response.statusCode).toBe(503);
  response.resume();
  expect((await gateway.request("query ($id: ID!) { node(id: $id) { id } }", { id })).data.node).toEqual({ id });

  const closed = await all;
  expect(closed.map(({ code }) => code)).toEqual(Array(8).fill(1012));
  const times = closed.map(({ at }) => at - begun).sort((a, b) => a - b);
  // The last of eight is told after 1.75 s; none before its turn, however slow the machine is.
  expect(times[7]).toBeGreaterThan(1_700);
  expect(times[4]).toBeGreaterThan(950);
  await left;
  await expect(fetch(`${gateway.url}/healthz`)).rejects.toThrow();
}, 120_000);

const bulk = `mutation ($key: String) { submitBulkCall(input: { action: RESET_ACTIVATION_TIME, idempotencyKey: $key,
  nodes: [{ identifierType: IMSI, identifier: "001010000000001" }] }) {
  __typename ... on BulkCall { id requestId outcome problem { code } } ... on Problem { message } } }`;

/** A gateway with a write that floLIVE has got and not answered, and what its caller will be told. */
async function writing() {
  flolive.hold("writes");
  const sent = flolive.writes().length;
  const gateway = await start(0);
  const told = gateway.request(bulk).then(({ data }) => data.submitBulkCall);
  await flolive.heard(({ method }) => method === "POST", sent + 1);
  return { gateway, told };
}

test("a write that was sent gets the time that its answer needs, and its caller the answer", async () => {
  const { gateway, told } = await writing();
  const left = gateway.dispose();
  await until(async () => (await readiness(gateway).catch(() => 503)) === 503);
  // Longer than any other request may take; floLIVE's id is told once, and never again.
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  flolive.release();
  const operation = await told;
  expect(operation).toMatchObject({ __typename: "BulkCall", requestId: "call-1" });
  await left;
  if (database) expect(await leftBehind(operation.id)).toMatchObject({ naturalId: "call-1", outcome: null });
}, 120_000);

test("one that takes longer than that is broken off, and its caller told what is known of it", async () => {
  const { gateway, told } = await writing();
  await gateway.dispose();
  expect(await told).toMatchObject({
    __typename: "BulkCall",
    requestId: null,
    outcome: "ABANDONED",
    problem: { code: "WRITE_UNCONFIRMED" },
  });
}, 120_000);

test("a write of which nobody could tell what became is not begun any more; a repeat, and one that can be followed, is answered", async () => {
  const gateway = await start(5);
  const first = await gateway.request(bulk, { key: "first" });
  const ids = [await register(gateway, "one"), await register(gateway, "two")];
  await Promise.all(ids.map((id) => subscribe(gateway, id)));
  const sent = flolive.writes().length;
  const left = gateway.dispose();
  expect(await readiness(gateway)).toBe(503);
  const { data } = await gateway.request(bulk, { key: "second" });
  expect(data.submitBulkCall).toEqual({
    __typename: "ProviderUnavailable",
    message: "This gateway is shutting down. Nothing was sent to floLIVE.",
  });
  const repeat = await gateway.request(bulk, { key: "first" });
  expect(repeat.data.submitBulkCall.id).toBe(first.data.submitBulkCall.id);
  expect(flolive.writes()).toHaveLength(sent);
  expect(await register(gateway, "three")).toEqual(expect.any(String));
  await left;
}, 120_000);

test("a peer that answers no close frame holds the end for a moment only", async () => {
  const gateway = await start(0);
  const { hostname, port } = new URL(gateway.url);
  const raw = connect(Number(port), hostname);
  raws.push(raw);
  raw.on("error", () => {});
  raw.write(
    "GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n",
  );
  await once(raw, "data");
  await gateway.dispose();
}, 120_000);

testOnPostgres(
  "a check under way may end: what it learned is kept, and its lease is given back",
  async () => {
    cleeng.statuses.set("ends", [granted]);
    cleeng.hold();
    const gateway = await start(5, undefined);
    const id = await register(gateway, "ends");
    await cleeng.heard(({ method, url }) => method === "GET" && url.endsWith("/ends"));
    const left = gateway.dispose();
    await until(async () => (await readiness(gateway).catch(() => 503)) === 503);
    cleeng.release();
    await left;
    expect(await leftBehind(id)).toMatchObject({ state: "SETTLED", leaseNode: null, leaseUntil: null });
  },
  120_000,
);

testOnPostgres(
  "one that does not end is aborted, leaves no trace, and its lease is given back",
  async () => {
    cleeng.statuses.set("hangs", [granted]);
    cleeng.hold();
    const gateway = await start(1);
    const id = await register(gateway, "hangs");
    await cleeng.heard(({ method, url }) => method === "GET" && url.endsWith("/hangs"));
    await gateway.dispose();
    expect(await leftBehind(id)).toMatchObject({ state: "PENDING", checkProblem: null, leaseNode: null });
  },
  120_000,
);

testOnPostgres(
  "nothing is asked for any more from then on, while sockets still drain",
  async () => {
    cleeng.statuses.set("goes-on", [processing]);
    const gateway = await start(1, fastClock(100));
    const id = await register(gateway, "goes-on");
    await Promise.all([subscribe(gateway, id), subscribe(gateway, id)]);
    await until(() => cleeng.statuses.reads("goes-on") > 3);
    const left = gateway.dispose();
    // What was claimed before may still be asked once.
    await until(async () => (await readiness(gateway)) === 503);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const reads = cleeng.statuses.reads("goes-on");
    await left;
    expect(cleeng.statuses.reads("goes-on")).toBe(reads);
    expect(await leftBehind(id)).toMatchObject({ leaseNode: null, followed: true });
  },
  120_000,
);
