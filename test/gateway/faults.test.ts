/**
 * Faults of our own: a resolver that throws, and a database that goes away and comes back. Coded errors on both doors, and
 * nothing of our insides in them; streams wait, lose nothing, and all of it mends by itself.
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Query, Resolver, Subscription } from "type-graphql";
import { resolvers } from "../../src/resolvers/index.ts";
import { Needs } from "../../src/schema/rules.ts";
import { type CleengSimulator, granted, processing, retrying, startCleeng } from "../simulators/cleeng.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { openSockets, type Sockets } from "../support/sockets.ts";
import { postgresEngines, type TestDatabase } from "../support/store.ts";
import { startProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";

@Resolver()
class Faulty {
  @Needs([])
  @Query(() => String, { nullable: true })
  broken(): string {
    throw new TypeError("an inside story with a hidden-detail");
  }

  @Needs([])
  @Subscription(() => String, {
    subscribe: async function* () {
      yield "one";
      throw new TypeError("an inside story with a hidden-detail");
    },
  })
  breaking(): string {
    return "one";
  }
}

describe("a resolver that throws", () => {
  let gateway: TestGateway;
  let sockets: Sockets;
  beforeAll(async () => {
    gateway = await startTestGateway({ resolvers: [...resolvers, Faulty], env: { SANDBOX: "off" } });
    sockets = openSockets(gateway);
  });
  afterAll(async () => {
    await sockets.dispose();
    await gateway.dispose();
  });

  const fault = {
    message: expect.stringContaining("errorId"),
    extensions: { code: "INTERNAL_SERVER_ERROR", errorId: expect.any(String) },
  };

  test("is a fault with an id over both doors; the log has the story under it, the client has not", async () => {
    const byHttp = await gateway.request("{ broken providers { provider } }");
    expect(byHttp).toMatchObject({
      status: 200,
      data: { broken: null, providers: expect.any(Array) },
      errors: [fault],
    });
    const bySocket = await sockets.watch("{ broken }").result();
    expect(bySocket).toMatchObject({ data: { broken: null }, errors: [fault] });
    const stream = sockets.watch("subscription { breaking }");
    expect(await stream.next()).toEqual({ breaking: "one" });
    const ended = await stream.failure();
    expect(ended).toEqual([fault]);
    const told = [...(byHttp.errors ?? []), ...(bySocket.errors ?? []), ...ended];
    expect(JSON.stringify(told)).not.toContain("hidden-detail");
    for (const { extensions } of told as typeof ended) {
      const line = gateway
        .logged()
        .split("\n")
        .find((text) => text.includes(String(extensions.errorId)));
      expect(line).toContain("hidden-detail");
    }
  });
});

for (const engine of postgresEngines) {
  describe(`${engine.name} that goes away`, () => {
    let gateway: TestGateway;
    let sockets: Sockets;
    let proxy: TcpProxy;
    let cleeng: CleengSimulator;
    let database: TestDatabase;

    beforeAll(async () => {
      cleeng = await startCleeng();
      const created = await engine.createDatabase();
      if (created.config.type !== "postgres") throw new Error("Expected a database on a PostgreSQL server.");
      database = created;
      const url = new URL(created.config.url);
      proxy = await startProxy({ host: url.hostname, port: Number(url.port || 5432) });
      url.host = `127.0.0.1:${proxy.port}`;
      const behind: TestDatabase = {
        config: { type: "postgres", url: url.href },
        options: {},
        dispose: async () => {},
      };
      gateway = await startTestGateway({ database: behind, env: { ...cleeng.env, CLEENG_RATE_PER_SECOND: "1000" } });
      sockets = openSockets(gateway);
    });
    afterAll(async () => {
      await sockets.dispose();
      await gateway.dispose();
      await proxy.dispose();
      await database.dispose();
      await cleeng.dispose();
    });

    const ready = async () => (await fetch(`${gateway.url}/readyz`)).status;
    const unavailable = { message: expect.stringContaining("database"), extensions: { code: "STORE_UNAVAILABLE" } };

    test("an outage is told with its code, loses nothing, and mends by itself", async () => {
      cleeng.statuses.set("through", [processing, retrying, granted]);
      const { data } = await gateway.request(
        `mutation { followPurchaseSync(synchronizationId: "through") { ... on PurchaseSync { id } } }`,
      );
      const { id } = data.followPurchaseSync;
      const stream = sockets.watch("subscription ($id: ID!) { operationChanged(ids: [$id]) { kind revision state } }", {
        id,
      });
      expect((await stream.next()).operationChanged).toMatchObject({ kind: "SNAPSHOT" });
      expect(await ready()).toBe(200);

      proxy.cut();
      const writes = cleeng.writes().length;
      const byHttp = await gateway.request(`{ node(id: "${id}") { id } providers { provider } }`);
      expect(byHttp.errors).toEqual([expect.objectContaining(unavailable)]);
      expect(byHttp.data).toMatchObject({ node: null, providers: expect.any(Array) });
      const mutation = await gateway.request(
        `mutation { registerPurchase(input: { customerId: "123456789", transactionId: "t", ipAddress: "8.8.8.8" }) { __typename } }`,
      );
      expect(mutation.errors).toEqual([expect.objectContaining(unavailable)]);
      // What could not be noted is not sent.
      expect(cleeng.writes()).toHaveLength(writes);
      const bySocket = await sockets.watch(`{ node(id: "${id}") { id } }`).result();
      expect(bySocket).toMatchObject({ data: { node: null }, errors: [unavailable] });
      // A stream that begins now waits for the database, as one that was there already does.
      const late = sockets.watch(`subscription { operationChanged(ids: ["${id}"]) { kind } }`);
      const begun = late.next();
      expect(await ready()).toBe(503);
      expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);

      proxy.mend();
      await until(async () => (await ready()) === 200);
      expect((await begun).operationChanged).toEqual({ kind: "SNAPSHOT" });
      await late.leave();
      expect((await stream.rest()).map(({ operationChanged }) => operationChanged)).toEqual([
        { kind: "CHANGED", revision: 2, state: "RETRYING" },
        { kind: "CHANGED", revision: 3, state: "SETTLED" },
      ]);
      expect(gateway.logged()).not.toMatch(/postgres:\/\/[^[]/);
    }, 120_000);

    test("connections that break at work end no process: each request is told, and the next is served", async () => {
      const asked = Array.from({ length: 20 }, (_, one) =>
        gateway.request(`mutation { followPurchaseSync(synchronizationId: "broken-${one}") { __typename } }`),
      );
      proxy.cut();
      for (const { data, errors = [] } of await Promise.all(asked)) {
        // A mutation's result is never null, so its error takes all of the data.
        if (data === null) expect(errors).toEqual([expect.objectContaining(unavailable)]);
        else expect(errors).toEqual([]);
      }
      proxy.mend();
      expect((await gateway.request("{ operations(first: 1) { totalCount } }")).errors).toBeUndefined();
    }, 120_000);
  });
}
