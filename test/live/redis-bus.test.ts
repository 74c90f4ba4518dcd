/** Announcements between gateways: by Redis at once, and by the log where Redis is away. */
import { EventEmitter } from "node:events";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
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
    let warned: Array<readonly [facts: unknown, sentence: unknown]>;
    const lines = { warn: (...line: unknown[]) => void warned.push([line[0], line[1]]) };

    beforeAll(async () => {
      server = await startRedisServer();
      here = await openTestStore(engine, { onChange: (hint) => announcing.announce(hint) });
      there = await openStore({ database: here.database.config });
    });
    beforeEach(async () => {
      redis = await Promise.all([1, 2].map(() => connectRedis({ url: server.url, log })));
      const [first, second] = redis;
      if (!first || !second) throw new Error("Expected two connections.");
      announcing = redisBus(first, installation, log);
      const listening = redisBus(second, installation, lines);
      announced = [];
      heard = [];
      warned = [];
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
      if (first) redisBus(first, "4567", log).announce({ operationId: id, tenant: "default", place: 1e9 });
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

    test("a right to subscribe that is missing is said once, without an id, and is used once it is given", async () => {
      await connected();
      expect(warned).toEqual([]);
      const allow = (right: string) => redis[0]?.commands.sendCommand(["ACL", "SETUSER", "default", right]);
      await allow("-subscribe");
      const leaves: Array<() => void> = [];
      const passing = (one: string) => ({
        ...{ tenant: "default", operationIds: new Set([one]), hear: () => {}, miss: () => {} },
      });
      for (const one of ["refused-1", "refused-2"]) leaves.push(await hub.join(passing(one)));
      await until(() => warned.length > 0);
      await allow("+subscribe");
      leaves.push(await hub.join(passing("granted")));
      const channels = ["refused-1", "refused-2", "granted"].map(
        (one) => `statusgraph:${installation}:operation:${one}`,
      );
      await until(async () => {
        const listeners = (await redis[0]?.commands.pubSubNumSub(channels)) ?? {};
        return channels.every((channel) => listeners[channel] === 1);
      });
      expect(warned).toEqual([[{ code: "NOPERM" }, expect.stringContaining("lets nobody subscribe")]]);
      for (const one of leaves) one();
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

/** A Redis that takes every subscription at once, and counts them. */
function takingAll() {
  const asked = { subscribe: [] as string[][], unsubscribe: [] as string[][] };
  const subscriber = Object.assign(new EventEmitter(), {
    isReady: true,
    subscribe: async (channels: string[]) => void asked.subscribe.push(channels),
    unsubscribe: async (channels: string[]) => void asked.unsubscribe.push(channels),
  });
  // The bus uses nothing else of the connections than what is here.
  const redis = { commands: {}, subscriber, isReady: () => true } as unknown as RedisConnections;
  return { redis, subscriber, asked };
}

describe("a bus of many channels", () => {
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  test("looks at one name for each that comes or goes, not at all that are watched", async () => {
    const { redis, asked } = takingAll();
    const bus = redisBus(redis, installation, log);
    const looks = jest.spyOn(Set.prototype, "has");
    const leaves: Array<() => void> = [];
    for (let name = 0; name < 1_000; name += 1) {
      leaves.push(bus.listen({ operationId: `${name}` }, () => {}));
      await settled();
    }
    for (const leave of leaves) {
      leave();
      await settled();
    }
    const counted = looks.mock.calls.length;
    looks.mockRestore();
    expect([asked.subscribe.flat(), asked.unsubscribe.flat()].map(({ length }) => length)).toEqual([1_000, 1_000]);
    expect(counted).toBeLessThan(50_000);
  });

  test("looks at all of them once after its connection broke", async () => {
    const { redis, subscriber, asked } = takingAll();
    const bus = redisBus(redis, installation, log);
    const channel = (name: string) => `statusgraph:${installation}:operation:${name}`;
    const leave = bus.listen({ operationId: "gone" }, () => {});
    bus.listen({ operationId: "kept" }, () => {});
    await settled();
    subscriber.isReady = false;
    leave();
    bus.listen({ operationId: "new" }, () => {});
    await settled();
    expect(asked).toEqual({ subscribe: [[channel("gone")], [channel("kept")]], unsubscribe: [] });
    subscriber.isReady = true;
    subscriber.emit("ready");
    await settled();
    expect(asked.subscribe.slice(2)).toEqual([[channel("new")]]);
    expect(asked.unsubscribe).toEqual([[channel("gone")]]);
  });
});
