/**
 * Several whole gateways on one PostgreSQL and one provider, all of them with more to ask than they may: what the
 * provider's journal says is what counts. Who may ask in every other case is tried in a model (sharing.test.ts).
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { systemClock } from "../../src/clock.ts";
import { cleengAccess } from "../../src/datasources/cleeng-access/index.ts";
import { connectRedis } from "../../src/redis.ts";
import { type RunningSandbox, startSandbox } from "../../src/sandbox/index.ts";
import { startAccess } from "../simulators/cleeng.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { hasRedisServer, startRedisServer } from "../support/redis-server.ts";
import { postgresEngines, type TestDatabase } from "../support/store.ts";
import { startProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";
import { busiest, promised } from "./promised.ts";

const ask = `{ access(offerId: "S580476507", customerToken: "sandbox-customer-1") {
  __typename ... on Problem { code } ... on RateLimited { retryAfterSeconds } } }`;
const rate = 5;

const disposals: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const dispose of disposals.splice(0).reverse()) await dispose();
}, 120_000);

function disposed<T extends { dispose(): Promise<void> }>(one: T): T {
  disposals.push(() => one.dispose());
  return one;
}

/** Asks from several callers at a time, as soon as each has its answer, until it is stopped. */
function saturate(gateway: TestGateway): { stop(): Promise<void>; last(): string } {
  let stopped = false;
  let last = "";
  const callers = Array.from({ length: 6 }, async () => {
    while (!stopped) {
      const { data } = await gateway.request(ask);
      last = data.access.code ?? data.access.__typename;
    }
  });
  return {
    last: () => last,
    stop: async () => {
      stopped = true;
      await Promise.all(callers);
    },
  };
}

for (const engine of postgresEngines) {
  describe("gateways on one database", () => {
    async function begin() {
      const database = disposed(await engine.createDatabase());
      const sandbox = disposed(await startSandbox(cleengAccess, { clock: systemClock, random: Math.random, speed: 1 }));
      return { database, sandbox };
    }

    function start(database: TestDatabase, address: string, env: Readonly<Record<string, string>> = {}) {
      return startTestGateway({
        database,
        env: {
          SANDBOX: "off",
          CLEENG_API_URL: `${address}/api/3.0/json-rpc`,
          CLEENG_RATE_PER_SECOND: `${rate}`,
          ...env,
        },
      });
    }

    const starts = ({ journal }: RunningSandbox) => journal.requests().map(({ at }) => at);
    /** Waits until so many more have been asked. */
    const more = async (sandbox: RunningSandbox, count: number) => {
      const before = starts(sandbox).length;
      await until(() => starts(sandbox).length >= before + count);
    };
    const sharing = async (gateway: TestGateway) =>
      /statusgraph_budget_sharing\{by="(\w+)"\} 1/.exec(await (await fetch(`${gateway.url}/metrics`)).text())?.[1];

    (hasRedisServer() ? test : test.skip)(
      "stay within the rate together, while Redis is up, killed in the middle, and back empty",
      async () => {
        const { database, sandbox } = await begin();
        const redis = disposed(await startRedisServer());
        const env = { REDIS_URL: redis.url };
        const gateways: TestGateway[] = [];
        for (let node = 0; node < 3; node += 1) gateways.push(disposed(await start(database, sandbox.origin, env)));
        const loads = gateways.map(saturate);
        await more(sandbox, 40);
        for (const gateway of gateways) expect(await sharing(gateway)).toBe("redis");
        await redis.kill();
        await until(async () => (await sharing(gateways[0] as TestGateway)) === "share");
        await more(sandbox, 40);
        await redis.start();
        await until(async () => (await sharing(gateways[0] as TestGateway)) === "redis");
        await more(sandbox, 40);
        for (const load of loads) await load.stop();
        expect(busiest(starts(sandbox))).toBeLessThanOrEqual(promised(rate));
        const logged = gateways[0]?.logged() ?? "";
        expect(logged).toContain("Budgets are shared by Redis.");
        expect(logged).toContain("Budgets are divided by 3, the number of gateways.");
      },
      120_000,
    );

    (hasRedisServer() ? test : test.skip)(
      "divide the rate where Redis answers, but will not count",
      async () => {
        const { database, sandbox } = await begin();
        const redis = disposed(await startRedisServer());
        const admin = disposed(await connectRedis({ url: redis.url, log: { info: () => {}, warn: () => {} } }));
        await admin.ask((client) => client.sendCommand(["ACL", "SETUSER", "default", "-eval"]));
        const gateway = disposed(await start(database, sandbox.origin, { REDIS_URL: redis.url }));
        expect((await gateway.request(ask)).data.access.__typename).toBe("AccessCheck");
        expect(await sharing(gateway)).toBe("share");
        expect(gateway.logged().split("Redis answers, but does not count.")).toHaveLength(2);
      },
      120_000,
    );

    test("stay within the rate together without Redis, while one joins and one leaves", async () => {
      const { database, sandbox } = await begin();
      const [a, b] = [await start(database, sandbox.origin), disposed(await start(database, sandbox.origin))];
      const loads = [saturate(a), saturate(b)];
      await more(sandbox, 40);
      const c = disposed(await start(database, sandbox.origin));
      loads.push(saturate(c));
      await more(sandbox, 40);
      await loads[0]?.stop();
      await a.dispose();
      await more(sandbox, 60);
      for (const load of loads) await load.stop();
      expect(busiest(starts(sandbox))).toBeLessThanOrEqual(promised(rate));
    }, 120_000);

    test("one that reaches neither PostgreSQL nor Redis asks nobody, until it does again", async () => {
      const { database, sandbox } = await begin();
      if (database.config.type !== "postgres") throw new Error("This is about PostgreSQL.");
      const url = new URL(database.config.url);
      const proxy = disposed(await startProxy({ host: url.hostname, port: Number(url.port || 5432) }));
      url.host = `127.0.0.1:${proxy.port}`;
      const gateway = disposed(
        await start({ ...database, config: { type: "postgres", url: url.href } }, sandbox.origin),
      );
      const load = saturate(gateway);
      await more(sandbox, 10);
      proxy.cut();
      await until(async () => (await sharing(gateway)) === "none");
      const asked = starts(sandbox).length;
      await until(() => load.last() === "BUDGET_EXHAUSTED");
      // One may have been on its way to the provider.
      expect(starts(sandbox).length).toBeLessThanOrEqual(asked + 1);
      proxy.mend();
      await more(sandbox, 10);
      await load.stop();
    }, 120_000);

    (hasRedisServer() ? test : test.skip)(
      "one that has lost PostgreSQL goes on through Redis",
      async () => {
        const { database, sandbox } = await begin();
        if (database.config.type !== "postgres") throw new Error("This is about PostgreSQL.");
        const redis = disposed(await startRedisServer());
        const url = new URL(database.config.url);
        const proxy = disposed(await startProxy({ host: url.hostname, port: Number(url.port || 5432) }));
        url.host = `127.0.0.1:${proxy.port}`;
        const through = { ...database, config: { type: "postgres", url: url.href } } as const;
        const env = { REDIS_URL: redis.url };
        const gateway = disposed(await start(through, sandbox.origin, env));
        const other = disposed(await start(through, sandbox.origin, env));
        const loads = [saturate(gateway), saturate(other)];
        await until(async () => (await sharing(gateway)) === "redis" && (await sharing(other)) === "redis");
        proxy.cut();
        // For longer than a view counts.
        await more(sandbox, 30);
        expect(await sharing(gateway)).toBe("redis");
        for (const load of loads) await load.stop();
        expect(busiest(starts(sandbox))).toBeLessThanOrEqual(promised(rate));
        proxy.mend();
      },
      120_000,
    );

    for (const byRedis of [false, true]) {
      const testWhereItCan = byRedis && !hasRedisServer() ? test.skip : test;
      testWhereItCan(
        `keep to a Retry-After that another was told, by ${byRedis ? "Redis" : "their parts"}, and after a new start`,
        async () => {
          const database = disposed(await engine.createDatabase());
          const access = disposed(await startAccess());
          const redis = byRedis ? disposed(await startRedisServer()) : null;
          const env = redis ? { REDIS_URL: redis.url } : {};
          const a = disposed(await start(database, access.origin, env));
          const b = disposed(await start(database, access.origin, env));
          const way = byRedis ? "redis" : "share";
          await until(async () => (await sharing(a)) === way && (await sharing(b)) === way);
          await until(async () => (await b.request(ask)).data.access.__typename === "AccessCheck");
          await until(async () => (await a.request(ask)).data.access.__typename === "AccessCheck");
          access.fates.push({ status: 429, body: {}, headers: { "retry-after": "600" } });
          expect((await a.request(ask)).data.access.code).toBe("THROTTLED");
          const asked = access.received.length;
          const held = { __typename: "RateLimited", code: "BUDGET_EXHAUSTED", retryAfterSeconds: expect.any(Number) };
          const answer = (await b.request(ask)).data.access;
          expect(answer).toEqual(held);
          expect(answer.retryAfterSeconds).toBeGreaterThan(500);
          const c = disposed(await start(database, access.origin));
          expect((await c.request(ask)).data.access).toEqual(held);
          expect(access.received).toHaveLength(asked);
        },
        120_000,
      );
    }
  });
}

test("a Retry-After outlasts a new start on the embedded store, too", async () => {
  const access = disposed(await startAccess());
  const directory = await mkdtemp(join(tmpdir(), "statusgraph-hold-"));
  disposals.push(() => rm(directory, { recursive: true, force: true }));
  const database: TestDatabase = { config: { type: "embedded", directory }, options: {}, dispose: async () => {} };
  const env = { SANDBOX: "off", ...access.env };
  const before = await startTestGateway({ database, env });
  access.fates.push({ status: 429, body: {}, headers: { "retry-after": "600" } });
  expect((await before.request(ask)).data.access.code).toBe("THROTTLED");
  await before.dispose();
  const after = disposed(await startTestGateway({ database, env }));
  expect((await after.request(ask)).data.access).toMatchObject({ code: "BUDGET_EXHAUSTED" });
  expect(access.received).toHaveLength(1);
}, 120_000);
