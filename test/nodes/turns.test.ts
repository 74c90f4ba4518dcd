import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, test } from "@jest/globals";
import { type Clock, systemClock } from "../../src/clock.ts";
import { type Budget, createBudget } from "../../src/datasources/budget.ts";
import type { Priority } from "../../src/datasources/contract.ts";
import type { Wanted } from "../../src/datasources/rate.ts";
import { type Counted, type Counter, createCounter } from "../../src/nodes/counter.ts";
import type { Sharing } from "../../src/nodes/sharing.ts";
import { createSharedTurns, type SharedTurnsOptions } from "../../src/nodes/turns.ts";
import { connectRedis } from "../../src/redis.ts";
import { commandLimitMs } from "../../src/redis-limit.ts";
import { hasRedisServer, type RedisServer, startRedisServer } from "../support/redis-server.ts";
import { until } from "../support/until.ts";

const silent = { info: () => {}, warn: () => {} };
const byRedis: Sharing = {
  type: "redis",
  since: Number.NEGATIVE_INFINITY,
  switched: false,
  peers: null,
  among: () => ({ nodes: 2, isFirst: true }),
};

function turnsOf(options: Pick<SharedTurnsOptions, "counter" | "now"> & { ratePerSecond: number }) {
  return createSharedTurns({
    upstream: "up",
    clock: systemClock,
    sharing: () => byRedis,
    holds: async () => new Map(),
    tell: async () => {},
    ...options,
  });
}

describe("turns by the counter", () => {
  const wanted = (priority: Priority): Wanted => ({
    ...{ write: 0, lookup: 0, watched: 0, background: 0 },
    [priority]: 3,
  });

  /** A counter whose every question the test answers, at a time that the test moves. */
  function setUp() {
    const time = { now: 0 };
    const questions: Array<{ wanted: Wanted; answer: (told: Counted) => void }> = [];
    const counter: Counter = {
      take: (_upstream, _shape, asked) => new Promise((answer) => questions.push({ wanted: asked, answer })),
      hold: async () => {},
      attend: async () => {},
      leave: async () => {},
    };
    return { time, questions, turns: turnsOf({ ratePerSecond: 5, counter, now: () => time.now }) };
  }

  test.each([
    ["in time is used", commandLimitMs, { starts: 3, waitMs: 0 }],
    ["that was not read for longer than it may take is lost", commandLimitMs + 1, { starts: 0, waitMs: 250 }],
  ])("a grant %s", async (_, ms, expected) => {
    const { time, questions, turns } = setUp();
    const grant = turns.take(wanted("watched"));
    time.now += ms;
    questions[0]?.answer({ starts: 3, waitMs: 0, heldMs: 0, left: 2 });
    expect(await grant).toMatchObject(expected);
  });

  test("after a refusal the counter is asked no sooner than it said, unless for what is more urgent", async () => {
    const { time, questions, turns } = setUp();
    const refused = { starts: 0, waitMs: 1000, heldMs: 0, left: 0 };
    const first = turns.take(wanted("watched"));
    questions[0]?.answer(refused);
    await first;
    time.now += 100;
    for (const priority of ["watched", "background"] as const) {
      expect(turns.take(wanted(priority))).toEqual({ starts: 0, waitMs: 900 });
    }
    const second = turns.take(wanted("write"));
    questions[1]?.answer(refused);
    await second;
    for (const priority of ["write", "lookup"] as const) {
      expect(turns.take(wanted(priority))).toEqual({ starts: 0, waitMs: 1000 });
    }
    time.now += 1000;
    void turns.take(wanted("background"));
    expect(questions.map((question) => question.wanted)).toEqual([
      wanted("watched"),
      wanted("write"),
      wanted("background"),
    ]);
  });
});

(hasRedisServer() ? describe : describe.skip)("two gateways by one Redis, one of them farther away", () => {
  const ratePerSecond = 10;
  const never = new AbortController().signal;
  /** Nobody gives up: how long a turn took is told by what others got meanwhile, however slow the machine is. */
  const patient: Clock = {
    ...systemClock,
    sleep: (ms, signal) => systemClock.sleep(ms >= 5000 ? 3_600_000 : ms, signal),
  };
  const disposals: Array<() => Promise<void>> = [];
  afterEach(async () => {
    for (const dispose of disposals.splice(0).reverse()) await dispose();
  });

  async function gateway(server: RedisServer, prefix: string, node: string, delayMs: number) {
    const redis = await connectRedis({ url: server.url, log: silent });
    disposals.push(() => redis.dispose());
    const near = createCounter({ redis, prefix, node });
    let questions = 0;
    const counter: Counter = {
      ...near,
      take: async (...asked) => {
        questions += 1;
        if (delayMs > 0) await systemClock.sleep(delayMs);
        return near.take(...asked);
      },
    };
    const turns = turnsOf({ ratePerSecond, counter, now: () => performance.now() });
    const budget = createBudget({ ratePerSecond, concurrency: 8, clock: patient, turns });
    const starts: number[] = [];
    const load = keepAsking(budget, () => starts.push(performance.now()));
    disposals.push(async () => {
      budget.close();
      await load;
    });
    const write = async () => {
      const entry = await budget.enter("write", never, { barred: () => false, begin: () => null });
      if (entry.type === "place") entry.release();
      return entry.type;
    };
    return { starts, write, questions: () => questions };
  }

  /** Eight that wait, always, until the budget is closed. */
  async function keepAsking(budget: Budget, begin: () => void): Promise<void> {
    const one = async () => {
      for (;;) {
        const entry = await budget.enter("background", never, { barred: () => false, begin });
        if (entry.type !== "place") return;
        entry.release();
      }
    };
    await Promise.all(Array.from({ length: 8 }, one));
  }

  test("have as many starts each, and a write of the farther one has the next", async () => {
    const server = await startRedisServer();
    disposals.push(() => server.dispose());
    const prefix = `test:${randomBytes(6).toString("hex")}`;
    const near = await gateway(server, prefix, "near", 0);
    const far = await gateway(server, prefix, "far", 8);
    const all = () => near.starts.length + far.starts.length;
    await until(() => all() >= 60);
    const shares = [near.starts.length, far.starts.length];
    expect(Math.min(...shares)).toBeGreaterThan(18);

    const passed: number[] = [];
    for (let write = 0; write < 9; write += 1) {
      const before = all();
      expect(await far.write()).toBe("place");
      passed.push(all() - before);
    }
    // Those that were free at the same time count as passed: a second's worth at the most.
    expect(passed.sort((a, b) => a - b)[4]).toBeLessThanOrEqual(ratePerSecond);
    // Each start is a question, and so is each wait of at least 20 ms; a write is one more.
    const seconds = (Math.max(...near.starts, ...far.starts) - Math.min(...near.starts, ...far.starts)) / 1000;
    for (const { starts, questions } of [near, far]) {
      expect(questions()).toBeLessThan(starts.length + 60 * seconds + 60);
    }
  }, 120_000);
});
