/** Announcements between gateways: by Redis at once, and by the log where Redis is away. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import type { Bus } from "../../src/live/bus.ts";
import { createHub, type Hub } from "../../src/live/hub.ts";
import { redisBus } from "../../src/live/redis-bus.ts";
import { connectRedis, type RedisConnections } from "../../src/redis.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { read, snapshot } from "../store/learning.ts";
import { ManualClock } from "../support/clock.ts";
import { hasRedisServer, type RedisServer, startRedisServer } from "../support/redis-server.ts";
import { openTestStore, postgresEngines, type TestStore } from "../support/store.ts";
import { until } from "../support/until.ts";

const log = pino({ level: "silent" });
const installation = "0123";

for (const engine of hasRedisServer() ? postgresEngines : []) {
  describe(`${engine.name} and Redis`, () => {
    let server: RedisServer;
    let here: TestStore;
    let there: Store;
    let redis: RedisConnections[];
    let announcing: Bus;
    let hub: Hub;
    /** The listening gateway's: as long as nobody turns it, only announcements are heard. */
    let clock: ManualClock;
    /** Every place that was announced to the listening gateway. */
    let announced: number[];
    let heard: number[];
    let leave: () => void;
    let id: string;
    let count = 0;

    beforeAll(async () => {
      server = await startRedisServer();
      here = await openTestStore(engine, { onChange: (hint) => announcing.announce(hint) });
      there = await openStore({ database: here.database.config });
    });
    beforeEach(async () => {
      redis = await Promise.all([1, 2].map(() => connectRedis({ url: server.url, log })));
      const [first, second] = redis;
      if (!first || !second) throw new Error("Expected two connections.");
      announcing = redisBus(first, installation);
      const listening = redisBus(second, installation);
      announced = [];
      heard = [];
      clock = new ManualClock();
      const noted: Bus = {
        ...listening,
        listen: (channel, listener) =>
          listening.listen(channel, (place) => {
            announced.push(place);
            listener(place);
          }),
      };
      hub = createHub({ store: there, bus: noted, clock, log });
      id = (await change(`watched-${++count}`)).id;
      leave = await hub.join({
        tenant: "default",
        operationIds: new Set([id]),
        hear: ({ place }) => heard.push(place),
        miss: () => {},
      });
    });
    afterEach(async () => {
      leave();
      await hub.dispose();
      for (const one of redis) await one.dispose();
    });
    afterAll(async () => {
      await there.dispose();
      await here.dispose();
      await server.dispose();
    });

    const change = async (name = `watched-${count}`) =>
      (await read(here, name, snapshot("RUNNING", { providerStatus: `${Math.random()}` }))).operation;
    /** How often the server was asked to subscribe or unsubscribe since it was started. */
    async function subscribings(): Promise<number> {
      const stats = (await redis[0]?.commands.info("commandstats")) ?? "";
      const calls = [...stats.matchAll(/cmdstat_(?:un)?subscribe:calls=(\d+)/g)].map(([, count]) => Number(count));
      return calls.reduce((sum, one) => sum + one, 0);
    }
    /** Subscribing takes its time, so the first announcements may be missed: change until one is heard. */
    async function connected(): Promise<void> {
      await until(async () => {
        await change();
        await new Promise((resolve) => setTimeout(resolve, 20));
        return heard.length > 0;
      });
      await until(() => clock.sleeping === 1);
    }

    test("a change of one gateway is heard by another without waiting for the heartbeat", async () => {
      await connected();
      const { place } = await change();
      await until(() => heard.includes(place));
      expect(heard).toEqual(heard.toSorted((a, b) => a - b));
      expect(new Set(heard).size).toBe(heard.length);
    });

    test("a gateway is told only of what its clients watch", async () => {
      await connected();
      const before = [...announced];
      for (let step = 0; step < 5; step += 1) await change("somebody else's");
      const { place } = await change();
      await until(() => heard.includes(place));
      expect(announced.slice(before.length)).toEqual([place]);
      // Nobody watches any more: nothing is told.
      leave();
      await until(
        async () =>
          (await redis[0]?.commands.pubSubNumSub(`statusgraph:${installation}:operation:${id}`))?.[
            `statusgraph:${installation}:operation:${id}`
          ] === 0,
      );
    });

    test("what another installation announces is not heard", async () => {
      await connected();
      const [first] = redis;
      const before = announced.length;
      if (first) redisBus(first, "4567").announce({ operationId: id, tenant: "default", place: 1e9 });
      const { place } = await change();
      await until(() => heard.includes(place));
      expect(announced.slice(before)).toEqual([place]);
    });

    test("with Redis gone a change is found by the heartbeat; with Redis back, announcements are heard again", async () => {
      await connected();
      await server.kill();
      await until(() => redis.every((one) => !one.isReady()));
      const { place } = await change();
      expect(heard).not.toContain(place);
      await clock.advance(1_000);
      await until(() => heard.includes(place));
      await server.start();
      await until(() => redis.every((one) => one.isReady()));
      heard.length = 0;
      await until(() => clock.sleeping === 1);
      await connected();
      const next = await change();
      await until(() => heard.includes(next.place));
    });

    test("while Redis is away, who comes and goes leaves nothing to be asked of it later", async () => {
      await connected();
      await server.kill();
      await until(() => redis.every((one) => !one.isReady() && !one.subscriber.isReady));
      const ids = Array.from({ length: 50 }, (_, index) => `passing-${index}`);
      const leaves: Array<() => void> = [];
      for (const one of ids) {
        const passing = { tenant: "default", operationIds: new Set([one]), hear: () => {}, miss: () => {} };
        leaves.push(await hub.join(passing));
      }
      for (const one of leaves.slice(1)) one();
      await server.start();
      const channel = (one: string) => `statusgraph:${installation}:operation:${one}`;
      const listeners = async () => (await redis[0]?.commands.pubSubNumSub(ids.map(channel))) ?? {};
      await until(() => redis.every((one) => one.isReady()));
      await until(async () => (await listeners())[channel("passing-0")] === 1);
      expect(Object.values(await listeners()).reduce((sum, one) => sum + one, 0)).toBe(1);
      expect(await subscribings()).toBeLessThan(10);
      leaves[0]?.();
      await until(async () => (await listeners())[channel("passing-0")] === 0);
    });

    test("a message that is no place is passed over", async () => {
      await connected();
      for (const message of ["", "x", "1e999", "-", "[]"]) {
        await redis[0]?.commands.publish(`statusgraph:${installation}:operation:${id}`, message);
      }
      const { place } = await change();
      await until(() => heard.includes(place));
    });
  });
}
