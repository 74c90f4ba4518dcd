/**
 * A PostgreSQL that goes away in every way there is: what is asked is answered with a code and in time, nothing is sent
 * that could not be noted, and all of it mends by itself.
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type CleengSimulator, granted, processing, retrying, startCleeng } from "../simulators/cleeng.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { hasPostgresPrograms, type PostgresServer, startPostgresServer } from "../support/postgres-server.ts";
import { openSockets, type Sockets } from "../support/sockets.ts";
import { startProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";

/** Twice what the limits of src/store/postgres.ts add up to, for a machine that has other things to do. */
const patienceMs = 25_000;

(hasPostgresPrograms() ? describe : describe.skip)("a PostgreSQL that is away", () => {
  let server: PostgresServer;
  let proxy: TcpProxy;
  let cleeng: CleengSimulator;
  let gateway: TestGateway;
  let sockets: Sockets;

  beforeAll(async () => {
    [server, cleeng] = await Promise.all([startPostgresServer(), startCleeng()]);
    proxy = await startProxy(server);
    const { config } = await server.createDatabase();
    if (config.type !== "postgres") throw new Error("Expected a database on a PostgreSQL server.");
    const url = new URL(config.url);
    url.port = String(proxy.port);
    gateway = await startTestGateway({
      database: { config: { type: "postgres", url: url.href }, options: {}, dispose: async () => {} },
      env: { ...cleeng.env, CLEENG_RATE_PER_SECOND: "1000" },
    });
    sockets = openSockets(gateway);
  }, 120_000);
  afterAll(async () => {
    await sockets?.dispose();
    await gateway?.dispose();
    await proxy?.dispose();
    await server?.dispose();
    await cleeng?.dispose();
  }, 120_000);

  const unavailable = { message: expect.stringContaining("database"), extensions: { code: "STORE_UNAVAILABLE" } };
  const write = (transactionId: string) =>
    gateway.request(
      `mutation ($id: String!) { registerPurchase(input: { customerId: "123456789", transactionId: $id, ipAddress: "8.8.8.8" }) {
         __typename ... on PurchaseSync { id state } } }`,
      { id: transactionId },
    );
  const readiness = async () => {
    const response = await fetch(`${gateway.url}/readyz`);
    return { status: response.status, ...((await response.json()) as object) };
  };
  const inTime = async <T>(answer: Promise<T>): Promise<T> => {
    const begun = performance.now();
    const value = await answer;
    expect(performance.now() - begun).toBeLessThan(patienceMs);
    return value;
  };

  test.each([
    ["stopped", () => server.stop(), () => server.start()],
    ["killed", () => server.kill(), () => server.start()],
    ["standing still", async () => server.freeze(), async () => server.thaw()],
    ["behind a network that swallows everything", async () => proxy.freeze(), async () => proxy.mend()],
  ])(
    "%s: all that is asked is told so, and afterwards all goes on by itself",
    async (name, away, back) => {
      cleeng.statuses.set(name, [processing]);
      const followed = await gateway.request(
        `mutation ($id: ID!) { followPurchaseSync(synchronizationId: $id) { ... on PurchaseSync { id } } }`,
        { id: name },
      );
      const { id } = followed.data.followPurchaseSync;
      const stream = sockets.watch("subscription ($id: ID!) { operationChanged(ids: [$id]) { kind revision state } }", {
        id,
      });
      expect((await stream.next()).operationChanged).toMatchObject({ kind: "SNAPSHOT", revision: 1 });
      expect(await readiness()).toEqual({ status: 200, ready: true });
      const sent = cleeng.writes().length;

      // What it is told from here on waits until the database is back: else it may have changed before that went.
      cleeng.hold();
      cleeng.statuses.set(name, [retrying, granted]);
      await away();
      const [byHttp, bySocket, written, ready, alive] = await Promise.all([
        inTime(gateway.request(`{ node(id: "${id}") { id } }`)),
        inTime(sockets.watch(`{ node(id: "${id}") { id } }`).result()),
        inTime(write(`${name}-away`)),
        inTime(readiness()),
        fetch(`${gateway.url}/healthz`),
      ]);
      expect(byHttp).toMatchObject({ data: { node: null }, errors: [unavailable] });
      expect(bySocket).toMatchObject({ data: { node: null }, errors: [unavailable] });
      expect(written.errors).toEqual([expect.objectContaining(unavailable)]);
      expect(cleeng.writes()).toHaveLength(sent);
      expect(ready).toEqual({ status: 503, ready: false, reason: "The store can't be reached." });
      expect(alive.status).toBe(200);

      await back();
      await until(async () => (await readiness()).status === 200);
      cleeng.release();
      expect((await stream.rest()).map(({ operationChanged }) => operationChanged)).toEqual([
        { kind: "CHANGED", revision: 2, state: "RETRYING" },
        { kind: "CHANGED", revision: 3, state: "SETTLED" },
      ]);
      const again = await write(`${name}-back`);
      expect(again.errors).toBeUndefined();
      expect(again.data.registerPurchase).toMatchObject({ __typename: "PurchaseSync", state: "PENDING" });
    },
    120_000,
  );
});
