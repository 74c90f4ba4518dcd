import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Priority } from "../../src/datasources/contract.ts";
import type { Wanted } from "../../src/datasources/rate.ts";
import { type Counter, createCounter } from "../../src/nodes/counter.ts";
import { connectRedis, type RedisConnections } from "../../src/redis.ts";
import { hasRedisServer, type RedisServer, startRedisServer } from "../support/redis-server.ts";
import { until } from "../support/until.ts";

const silent = { info: () => {}, warn: () => {} };

(hasRedisServer() ? describe : describe.skip)("the counter in Redis", () => {
  let server: RedisServer;
  let one: RedisConnections;
  let other: RedisConnections;
  beforeAll(async () => {
    server = await startRedisServer();
    one = await connectRedis({ url: server.url, log: silent });
    other = await connectRedis({ url: server.url, log: silent });
  });
  afterAll(async () => {
    await one.dispose();
    await other.dispose();
    await server.dispose();
  });

  const ownPrefix = () => `test:${randomBytes(6).toString("hex")}`;
  /** Two gateways of one installation that nobody else is of. What is kept for one is kept until the test is over. */
  function counters(prefix = ownPrefix(), keptMs = 60_000): [Counter, Counter] {
    const a = createCounter({ redis: one, prefix, node: "a", keptMs });
    return [a, createCounter({ redis: other, prefix, node: "b", keptMs })];
  }
  const some = (count: number, priority: Priority = "watched"): Wanted => ({
    ...{ write: 0, lookup: 0, watched: 0, background: 0 },
    [priority]: count,
  });
  const day = { size: 5, stretchMs: 86_400_000 };

  test("gives no more starts in a stretch than there are, whoever asks", async () => {
    const [a, b] = counters();
    expect(await a.take("up", day, some(3), null)).toEqual({ starts: 3, waitMs: 0, heldMs: 0, left: 2 });
    expect(await b.take("up", day, some(0), null)).toMatchObject({ starts: 0, left: 2 });
    const granted = await Promise.all(
      Array.from({ length: 20 }, (_, call) => (call % 2 ? a : b).take("up", day, some(1), null)),
    );
    expect(granted.reduce((sum, { starts }) => sum + starts, 0)).toBe(2);
    const { starts, waitMs, left } = await a.take("up", day, some(1), null);
    expect([starts, left]).toEqual([0, 0]);
    expect(waitMs).toBeGreaterThan(86_000_000);
    expect(waitMs).toBeLessThanOrEqual(86_400_000);
  });

  test("keeps within every stretch, not only in aligned ones, by its own clock", async () => {
    const [a, b] = counters();
    const shape = { size: 4, stretchMs: 200 };
    // Redis tells its own time right after each start: the start was made before, and after the one before it.
    const starts: number[] = [];
    while (starts.length < 30) {
      for (const counter of [a, b]) {
        const { starts: granted } = await counter.take("up", shape, some(2), null);
        const [seconds, microseconds] = (await one.ask((client) => client.sendCommand(["TIME"]))) as string[];
        for (let start = 0; start < granted; start += 1)
          starts.push(Number(seconds) * 1e3 + Number(microseconds) / 1e3);
      }
    }
    // The fifth after a start was noted at least a stretch after it, less the time between a start and its reading.
    const gaps = starts.slice(4).map((start, index) => start - (starts[index] ?? 0));
    gaps.sort((x, y) => x - y);
    expect(gaps[Math.floor(gaps.length / 2)]).toBeGreaterThanOrEqual(190);
  });

  test("does not wait for starts that lie ahead, for the clock of Redis was set back", async () => {
    const prefix = ownPrefix();
    const [a] = counters(prefix);
    const shape = { size: 3, stretchMs: 300 };
    const ahead = `${Date.now() + 3_600_000}`;
    await one.ask((client) => client.rPush(`{${prefix}}:starts:up`, [ahead, ahead, ahead]));
    const { starts, waitMs, left } = await a.take("up", shape, some(1), null);
    expect([starts, left]).toEqual([0, 0]);
    expect(waitMs).toBeGreaterThan(0);
    expect(waitMs).toBeLessThanOrEqual(300);
    await until(async () => (await a.take("up", shape, some(3), null)).starts === 3);
  });

  test("holds for everybody, and is never held shorter than it was", async () => {
    const [a, b] = counters();
    await a.hold("up", 60_000);
    await a.hold("up", 10);
    const { starts, heldMs, waitMs } = await b.take("up", day, some(1), null);
    expect(starts).toBe(0);
    expect(waitMs).toBe(heldMs);
    expect(heldMs).toBeGreaterThan(30_000);
    expect(await b.take("elsewhere", day, some(1), null)).toMatchObject({ starts: 1, heldMs: 0 });
    await a.hold("briefly", 50);
    await until(async () => (await b.take("briefly", day, some(1), null)).starts === 1);
  });

  test("does not mix two installations", async () => {
    const [a] = counters();
    const [b] = counters();
    await a.take("up", day, some(5), null);
    await a.hold("up", 60_000);
    expect(await b.take("up", day, some(5), null)).toMatchObject({ starts: 5 });
  });

  test("gives nothing to one without a database, unless all that it knows of go by it as well", async () => {
    const prefix = ownPrefix();
    const [a, b] = counters(prefix);
    const alone = (peers: string[]) => a.take("up", day, some(0), peers).then(({ left }) => left > 0);
    await a.attend(true, false);
    expect(await alone(["a"])).toBe(true);
    expect(await alone(["a", "b"])).toBe(false);
    await b.attend(true, false);
    expect(await alone(["a", "b"])).toBe(true);
    // Somebody that it doesn't know of, and that goes by its part.
    const c = createCounter({ redis: other, prefix, node: "c" });
    await c.attend(false, false);
    expect(await alone(["a", "b"])).toBe(false);
    await c.leave();
    expect(await alone(["a", "b"])).toBe(true);
    // One that is not heard of any more may go by its part, too.
    await until(async () => {
      await a.attend(true, true);
      return !(await alone(["a", "b"]));
    });
  });

  describe("where more is wanted than there is", () => {
    function contested() {
      const prefix = ownPrefix();
      const [a, b] = counters(prefix);
      const ask = (counter: Counter) => (count: number, priority: Priority) =>
        counter.take("up", day, some(count, priority), null);
      /** As after a day: all starts are free again. */
      const dayPasses = () => one.ask((client) => client.del(`{${prefix}}:starts:up`));
      return { a: ask(a), b: ask(b), dayPasses };
    }

    test("keeps what is left for the highest priority, whoever comes first", async () => {
      const { a, b, dayPasses } = contested();
      await a(5, "lookup");
      expect(await b(2, "write")).toMatchObject({ starts: 0 });
      await dayPasses();
      expect(await a(8, "lookup")).toMatchObject({ starts: 3, left: 2 });
      expect(await a(5, "lookup")).toMatchObject({ starts: 0, left: 2, waitMs: 20 });
      expect(await b(2, "write")).toMatchObject({ starts: 2, left: 0 });
    });

    test("keeps it among equals for the one that has had the fewest, and then deals it out", async () => {
      const { a, b, dayPasses } = contested();
      await a(5, "watched");
      await b(8, "watched");
      await dayPasses();
      expect(await a(8, "watched")).toMatchObject({ starts: 0, left: 5, waitMs: 20 });
      expect(await b(8, "watched")).toMatchObject({ starts: 5, left: 0 });
      await dayPasses();
      expect(await a(8, "watched")).toMatchObject({ starts: 3, left: 2 });
      expect(await a(5, "watched")).toMatchObject({ starts: 0, left: 2 });
      expect(await b(8, "watched")).toMatchObject({ starts: 2, left: 0 });
    });

    test("gives no more back to one that had nothing to ask than a stretch's worth", async () => {
      const { a, b, dayPasses } = contested();
      for (let days = 0; days < 4; days += 1) {
        expect(await a(5, "watched")).toMatchObject({ starts: 5 });
        await dayPasses();
      }
      expect(await b(8, "watched")).toMatchObject({ starts: 5 });
      await dayPasses();
      expect(await a(8, "watched")).toMatchObject({ starts: 3 });
    });

    test("keeps nothing for one that has not come back in time", async () => {
      const [a, b] = counters(undefined, 50);
      await a.hold("up", 50);
      expect(await b.take("up", day, some(8, "write"), null)).toMatchObject({ starts: 0 });
      let given = 0;
      await until(async () => {
        given += (await a.take("up", day, some(5 - given), null)).starts;
        return given === 5;
      });
    });

    test("keeps nothing for a note that lies ahead, for the clock of Redis was set back", async () => {
      const prefix = ownPrefix();
      const [a] = counters(prefix);
      const ahead = { from: Date.now() + 3_600_000, till: Date.now() + 3_601_000, had: 0, wants: [8, 0, 0, 0] };
      await one.ask((client) => client.hSet(`{${prefix}}:waiting:up`, "b", JSON.stringify(ahead)));
      expect(await a.take("up", day, some(5), null)).toMatchObject({ starts: 5 });
    });

    test("forgets who has not waited for a minute", async () => {
      const prefix = ownPrefix();
      const [a] = counters(prefix);
      const waiting = `{${prefix}}:waiting:up`;
      const [now, wants] = [Date.now(), [0, 0, 0, 0]];
      for (const [node, ago] of [
        ["long", 120_000],
        ["lately", 1_000],
      ] as const) {
        const note = JSON.stringify({ from: now - ago, till: now - ago, had: 0, wants });
        await one.ask((client) => client.hSet(waiting, node, note));
      }
      await a.take("up", day, some(1), null);
      expect((await one.ask((client) => client.hKeys(waiting))).sort()).toEqual(["a", "lately"]);
    });
  });

  test("rejects where Redis does not answer", async () => {
    const [a] = counters();
    server.freeze();
    await expect(a.take("up", day, some(1), null)).rejects.toThrow("did not answer");
    server.thaw();
    await until(() => one.isReady() && other.isReady());
    expect(await a.take("up", day, some(1), null)).toMatchObject({ heldMs: 0 });
  });
});
