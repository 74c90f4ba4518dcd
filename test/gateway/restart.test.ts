/** A gateway that stops and comes back on the same store goes on where it was: followed, settled, and no change lost. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type CleengSimulator, granted, processing, retrying, startCleeng } from "../simulators/cleeng.ts";
import { fastClock } from "../support/fast-clock.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { openSockets } from "../support/sockets.ts";
import { postgresEngines, type TestDatabase } from "../support/store.ts";

let cleeng: CleengSimulator;
let directory: string;
const clock = fastClock();

beforeAll(async () => {
  cleeng = await startCleeng();
  directory = await mkdtemp(join(tmpdir(), "statusgraph-restart-"));
});
afterAll(async () => {
  await cleeng.dispose();
  await rm(directory, { recursive: true, force: true });
});

const start = (database: TestDatabase): Promise<TestGateway> =>
  startTestGateway({ database, clock, env: { ...cleeng.env, LEASE_SECONDS: "600", CLEENG_TIMEOUT_MS: "1500" } });

const register = async (gateway: TestGateway, correlationId: string): Promise<string> => {
  const { data } = await gateway.request(
    `mutation ($c: String!) { registerPurchase(input: { customerId: "123456789", transactionId: $c, ipAddress: "8.8.8.8",
       correlationId: $c, idempotencyKey: $c }) { ... on PurchaseSync { id } } }`,
    { c: correlationId },
  );
  return data.registerPurchase.id;
};
const timeline = async (gateway: TestGateway, id: string) => {
  const query =
    "query ($id: ID!) { node(id: $id) { ... on Operation { timeline { nodes { cursor revision state } } } } }";
  return (await gateway.request(query, { id })).data.node.timeline.nodes;
};
const watch = "subscription ($ids: [ID!]!) { operationChanged(ids: $ids) { kind state revision } }";

const databases: ReadonlyArray<readonly [name: string, create: () => Promise<TestDatabase>]> = [
  [
    "an embedded directory",
    async () => ({
      config: { type: "embedded", directory: join(directory, "store") },
      options: {},
      dispose: async () => {},
    }),
  ],
  ...postgresEngines.map(({ name, createDatabase }) => [name, createDatabase] as const),
];

test.each(databases)("on %s: stopped while work is followed, and started again", async (name, create) => {
  const database = await create();
  const id = `${name}-running`.replaceAll(" ", "-");
  cleeng.statuses.set(id, [processing]);
  const before = await start(database);
  const operation = await register(before, id);
  const sockets = openSockets(before, { shouldRetry: () => false });
  const stream = sockets.watch(watch, { ids: [operation] });
  for (let state = ""; state !== "RUNNING"; ) state = (await stream.next()).operationChanged.state;
  const seen = await timeline(before, operation);
  await before.dispose();
  // The stream was told to come back, not that it is over.
  await expect(stream.rest()).rejects.toMatchObject({ code: 1012 });
  await sockets.dispose();

  const writes = cleeng.writes().length;
  cleeng.hold();
  cleeng.statuses.set(id, [retrying, granted]);
  const after = await start(database);
  const again = openSockets(after);
  const second = again.watch(watch, { ids: [operation] });
  expect((await second.next()).operationChanged).toEqual({ kind: "SNAPSHOT", state: "RUNNING", revision: 2 });
  cleeng.release();
  expect(await second.rest()).toEqual([
    { operationChanged: { kind: "CHANGED", state: "RETRYING", revision: 3 } },
    { operationChanged: { kind: "CHANGED", state: "SETTLED", revision: 4 } },
  ]);
  const whole = await timeline(after, operation);
  expect(whole.slice(0, 2)).toEqual(seen);
  expect(whole.map(({ revision }: { revision: number }) => revision)).toEqual([1, 2, 3, 4]);
  // The key of a write is remembered, too.
  expect(await register(after, id)).toBe(operation);
  expect(cleeng.writes()).toHaveLength(writes);
  await again.dispose();
  await after.dispose();
  await database.dispose();
});

test("stopped while a write is under way: it ends soon, and the write is followed afterwards", async () => {
  const database = databases[0]?.[1];
  if (!database) throw new Error("There is always the embedded one.");
  const store = await database();
  const before = await start(store);
  cleeng.fates.push("silent");
  const writes = cleeng.writes().length;
  cleeng.statuses.set("cut-short", [processing, granted]);
  const answer = register(before, "cut-short");
  await cleeng.heard(({ headers }) => headers["correlation-id"] === "cut-short");
  await before.dispose();
  // It got its answer first.
  expect(await answer).toEqual(expect.any(String));

  const after = await start(store);
  const { data } = await after.request(
    `{ operations(filter: { correlationId: "cut-short" }) { nodes { id followed } } }`,
  );
  const sockets = openSockets(after);
  const ids = data.operations.nodes.map(({ id }: { id: string }) => id);
  expect(ids).toHaveLength(1);
  expect((await sockets.watch(watch, { ids }).rest()).at(-1)).toMatchObject({ operationChanged: { state: "SETTLED" } });
  expect(cleeng.writes()).toHaveLength(writes + 1);
  await sockets.dispose();
  await after.dispose();
});
