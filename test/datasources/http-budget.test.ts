import { afterEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createBudget, type Entry, type Gate } from "../../src/datasources/budget.ts";
import type { Exchange, Priority } from "../../src/datasources/contract.ts";
import type { ManagedUpstream, UpstreamOptions } from "../../src/datasources/http.ts";
import { createRate, type Grant, localTurns, shapeOf, type Turns, type Wanted } from "../../src/datasources/rate.ts";
import { parseRetryAfter } from "../../src/datasources/retry-after.ts";
import { ManualClock } from "../support/clock.ts";
import { type Handler, sendJson, startServer, type TestServer } from "../support/http-server.ts";
import { until } from "../support/until.ts";
import { testUpstream } from "../support/upstream.ts";

const open: Gate<null> = { barred: () => false, begin: () => null };
const never = new AbortController().signal;

/** Calls that hold their place until they are released by name, and what became of each, in order. */
function harness(ratePerSecond: number, concurrency: number, turns?: Turns) {
  const clock = new ManualClock();
  const budget = createBudget({ ratePerSecond, concurrency, clock, turns });
  const begun: string[] = [];
  const ended = new Map<string, Entry<null>>();
  const enter = (name: string, priority: Priority, signal = never, gate: Partial<Gate<null>> = {}): void => {
    const begin = (): null => {
      begun.push(name);
      return null;
    };
    void budget.enter(priority, signal, { ...open, begin, ...gate }).then((entry) => ended.set(name, entry));
  };
  const release = (name: string): void => {
    const entry = ended.get(name);
    if (entry?.type !== "place") throw new Error(`${name} has no place`);
    entry.release();
  };
  return { clock, budget, begun, ended, enter, release };
}

describe("the rate", () => {
  const within = (starts: readonly number[], from: number, ms: number): number =>
    starts.filter((start) => start >= from && start < from + ms).length;

  test("holds in every stretch of time, whatever arrives", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(0.05, 0.5, 1, 1.08, 1.35, 2.5, 3, 10),
        fc.array(fc.tuple(fc.nat({ max: 3000 }), fc.integer({ min: 1, max: 25 }), fc.nat({ max: 400 })), {
          minLength: 1,
          maxLength: 10,
        }),
        fc.constantFrom(1, 3, 100),
        async (perSecond, arrivals, concurrency) => {
          const clock = new ManualClock();
          const budget = createBudget({ ratePerSecond: perSecond, concurrency, clock });
          const { size, stretchMs } = shapeOf(perSecond);
          const starts: number[] = [];
          let expected = 0;
          for (const [pause, count, duration] of arrivals) {
            await clock.advance(pause);
            for (let call = 0; call < count; call += 1) {
              expected += 1;
              void budget
                .enter("background", never, { barred: () => false, begin: () => starts.push(clock.now()) })
                .then(async (entry) => {
                  await clock.sleep(duration);
                  if (entry.type === "place") entry.release();
                });
            }
          }
          await clock.advance(expected * (stretchMs / size + 400) + 10_000);
          expect(starts).toHaveLength(expected);
          for (const start of starts) {
            expect(within(starts, start, 10_000)).toBeLessThanOrEqual(Math.max(1, 11 * perSecond));
            expect(within(starts, start, stretchMs)).toBeLessThanOrEqual(size);
          }
          expect(clock.sleeping).toBe(0);
        },
      ),
      { numRuns: 25 },
    );
  });

  test("of any fraction keeps what is promised of 10 s, also where a call arrives 250 ms late", () => {
    const rate = fc.oneof(fc.double({ min: 0.01, max: 3, noNaN: true }), fc.double({ min: 1, max: 300, noNaN: true }));
    fc.assert(
      fc.property(rate, (perSecond) => {
        const { size, stretchMs } = shapeOf(perSecond);
        expect(size / stretchMs).toBeLessThanOrEqual(perSecond / 1000 + 1e-12);
        // Of a small rate eleven times that is rarely whole: just below 2/11, two starts in 10 s would be one too many.
        const used = Math.floor(11 * perSecond) / (11 * perSecond);
        if (used > 0) expect(size / stretchMs).toBeGreaterThan((Math.min(0.97, used) * perSecond) / 1000);
        // As many as can be: a stretch's worth at once, as soon as may be. The first are late, the last are not.
        const most = size * Math.ceil(10_250 / stretchMs - 1e-9);
        expect(most).toBeLessThanOrEqual(Math.max(1, 11 * perSecond) + 1e-6);
      }),
      { numRuns: 2000 },
    );
  });

  test("is used in full where calls wait", async () => {
    for (const [perSecond, expected] of [
      [0.5, 5],
      [2.5, 26],
      [10, 100],
    ] as const) {
      const { clock, begun, enter } = harness(perSecond, 1000);
      for (let call = 0; call < 200; call += 1) enter(`${call}`, "watched");
      await clock.advance(9999);
      expect(begun).toHaveLength(expected);
    }
  });

  test.each([-3_600_000, 3_600_000])("is the same when the machine's time is set by %d ms", async (step) => {
    const { clock, begun, enter } = harness(1, 10);
    for (const name of ["a", "b"]) enter(name, "watched");
    clock.set(step);
    enter("c", "watched");
    await clock.advance(999);
    expect(begun).toEqual(["a"]);
    await clock.advance(1);
    expect(begun).toEqual(["a", "b"]);
    await clock.advance(1000);
    expect(begun).toEqual(["a", "b", "c"]);
  });

  test("counts what was started in the shape that holds now", () => {
    let now = 0;
    const rate = createRate(10, { monotonic: () => now });
    for (let start = 0; start < 5; start += 1) rate.take();
    rate.reshape({ size: 3, stretchMs: 900 });
    expect([rate.left(), rate.wait()]).toEqual([0, 900]);
    now = 900;
    rate.take();
    rate.reshape({ size: 10, stretchMs: 1000 });
    expect(rate.left()).toBe(4);
    now = 1000;
    expect(rate.left()).toBe(9);
    expect(() => rate.reshape({ size: 11, stretchMs: 1000 })).toThrow("can't be reshaped to 11");
  });
});

describe("turns", () => {
  test("go to writes, then look-ups, then watched, then the rest, each in order of arrival", async () => {
    const { clock, begun, enter } = harness(1, 100);
    enter("first", "background");
    for (const priority of ["background", "watched", "lookup", "write"] as const) {
      enter(`${priority} 1`, priority);
      enter(`${priority} 2`, priority);
    }
    await clock.advance(4000);
    expect(begun).toEqual(["first", "write 1", "write 2", "lookup 1", "lookup 2"]);
    await clock.advance(4000);
    expect(begun.slice(5)).toEqual(["watched 1", "watched 2", "background 1", "background 2"]);
  });

  test("are given to as many at a time as may be, and passed on when a place is free", async () => {
    const { clock, budget, begun, enter, release } = harness(100, 2);
    for (const name of ["a", "b", "c"]) enter(name, "watched");
    await clock.advance(1000);
    expect(begun).toEqual(["a", "b"]);
    expect(budget.free).toBe(0);
    release("a");
    release("a");
    expect(begun).toEqual(["a", "b", "c"]);
    expect(budget.free).toBe(0);
  });

  test("are not kept for a caller that gave up, and cost nothing then", async () => {
    const { clock, begun, ended, enter, budget } = harness(1, 100);
    const stop = new AbortController();
    enter("a", "watched");
    enter("b", "watched", stop.signal);
    stop.abort();
    enter("c", "watched");
    await clock.advance(999);
    expect(ended.get("b")).toEqual({ type: "aborted" });
    expect(begun).toEqual(["a"]);
    await clock.advance(1);
    expect(begun).toEqual(["a", "c"]);
    await clock.advance(1000);
    expect(budget.left).toBe(1);
    expect(clock.sleeping).toBe(0);
  });

  test("are not waited for longer than 5 s by look-ups and writes; the others wait", async () => {
    const { clock, begun, ended, enter, release } = harness(100, 1);
    enter("a", "watched");
    for (const priority of ["lookup", "write", "watched", "background"] as const) enter(priority, priority);
    await clock.advance(4999);
    expect(ended.size).toBe(1);
    await clock.advance(1);
    expect(ended.get("lookup")).toEqual({ type: "exhausted", retryAfterSeconds: 1 });
    expect(ended.get("write")).toEqual({ type: "exhausted", retryAfterSeconds: 1 });
    await clock.advance(3_600_000);
    release("a");
    await clock.advance(0);
    release("watched");
    await clock.advance(0);
    expect(begun).toEqual(["a", "watched", "background"]);
  });

  test("that the gate bars cost nothing, and are refused at once by a sweep", async () => {
    const { clock, budget, begun, ended, enter } = harness(1, 100);
    let barred = false;
    enter("a", "watched");
    enter("b", "watched", never, { barred: () => barred });
    enter("c", "watched");
    barred = true;
    budget.sweep();
    await clock.advance(0);
    expect(ended.get("b")).toEqual({ type: "barred" });
    await clock.advance(1000);
    expect(begun).toEqual(["a", "c"]);
  });

  test("end when the budget is closed, and nothing sleeps on", async () => {
    const { clock, budget, ended, enter } = harness(1, 100);
    for (const name of ["a", "b", "c"]) enter(name, "lookup");
    budget.close();
    enter("d", "lookup");
    await clock.advance(0);
    expect([...ended].map(([name, { type }]) => [name, type])).toEqual([
      ["a", "place"],
      ["b", "closed"],
      ["c", "closed"],
      ["d", "closed"],
    ]);
    expect(clock.sleeping).toBe(0);
  });
});

describe("a hold", () => {
  test("lets nothing start before its end, to the millisecond", async () => {
    const { clock, budget, begun, enter } = harness(100, 100);
    budget.hold(2000);
    budget.hold(500);
    enter("a", "write");
    expect(budget.left).toBe(0);
    await clock.advance(1999);
    expect(begun).toEqual([]);
    await clock.advance(1);
    expect(begun).toEqual(["a"]);
  });

  test("tells those at once who can't wait for its end, and when to come again", async () => {
    const { clock, budget, begun, ended, enter } = harness(100, 1);
    enter("a", "watched");
    enter("waiting", "lookup");
    budget.hold(29_500);
    enter("new", "write");
    enter("patient", "background");
    await clock.advance(0);
    expect(ended.get("waiting")).toEqual({ type: "exhausted", retryAfterSeconds: 30 });
    expect(ended.get("new")).toEqual({ type: "exhausted", retryAfterSeconds: 30 });
    expect(begun).toEqual(["a"]);
    expect(ended.has("patient")).toBe(false);
  });

  test.each([-3_600_000, 3_600_000])("is as long as it was told, also where the time is set by %d ms", async (step) => {
    const { clock, budget, begun, ended, enter } = harness(100, 100);
    budget.hold(29_500);
    enter("patient", "background");
    clock.set(step);
    enter("hasty", "write");
    await clock.advance(0);
    expect(ended.get("hasty")).toEqual({ type: "exhausted", retryAfterSeconds: 30 });
    expect(budget.left).toBe(0);
    await clock.advance(29_499);
    enter("waiting", "lookup");
    expect(begun).toEqual([]);
    await clock.advance(1);
    expect(begun).toEqual(["waiting", "patient"]);
  });
});

/** Turns that somebody else gives: each question is answered when the test says so. */
function askedTurns() {
  const questions: Array<{ wanted: Wanted; most: number; answer: (grant: Grant) => void }> = [];
  const told: number[] = [];
  let hold: (ms: number) => void = () => {};
  const turns: Turns = {
    take: (wanted) =>
      new Promise((answer) => {
        const most = Object.values(wanted).reduce((sum, count) => sum + count, 0);
        questions.push({ wanted, most, answer });
      }),
    left: () => 7,
    hold: async (ms) => void told.push(ms),
    onHold: (listener) => {
      hold = listener;
    },
  };
  return { turns, questions, told, hold: (ms: number) => hold(ms) };
}

describe("turns that are shared with others", () => {
  const grant = (starts: number, waitMs = 0): Grant => ({ starts, waitMs });

  test("are asked for once at a time, and go to whoever is first when the answer comes", async () => {
    const asked = askedTurns();
    const { clock, begun, enter } = harness(1, 10, asked.turns);
    enter("background", "background");
    enter("watched", "watched");
    expect(asked.questions.map(({ most }) => most)).toEqual([1]);
    enter("write", "write");
    expect(asked.questions).toHaveLength(1);
    asked.questions[0]?.answer(grant(1));
    await clock.advance(0);
    expect(begun).toEqual(["write"]);
    expect(asked.questions.map(({ most }) => most)).toEqual([1, 2]);
    asked.questions[1]?.answer(grant(2));
    await clock.advance(0);
    expect(begun).toEqual(["write", "watched", "background"]);
    expect(asked.questions).toHaveLength(2);
  });

  test("are asked for by priority, for as many as have a place", async () => {
    const asked = askedTurns();
    const { enter } = harness(1, 4, asked.turns);
    enter("first", "background");
    for (const priority of ["background", "watched", "lookup", "write", "write"] as const) enter(priority, priority);
    asked.questions[0]?.answer(grant(0));
    await until(() => asked.questions.length === 2);
    expect(asked.questions.map(({ wanted }) => wanted)).toEqual([
      { write: 0, lookup: 0, watched: 0, background: 1 },
      { write: 2, lookup: 1, watched: 1, background: 0 },
    ]);
  });

  test("are asked for again after the wait that was told", async () => {
    const asked = askedTurns();
    const { clock, begun, enter } = harness(1, 10, asked.turns);
    enter("a", "watched");
    asked.questions[0]?.answer(grant(0, 300));
    await clock.advance(299);
    expect(asked.questions).toHaveLength(1);
    await clock.advance(1);
    asked.questions[1]?.answer(grant(1));
    await clock.advance(0);
    expect(begun).toEqual(["a"]);
  });

  test("are never more than there are places, and are lost where nobody wants them any more", async () => {
    const asked = askedTurns();
    const { clock, begun, enter } = harness(1, 2, asked.turns);
    const stop = new AbortController();
    for (const name of ["a", "b", "c"]) enter(name, "watched", stop.signal);
    asked.questions[0]?.answer(grant(0, 10));
    await clock.advance(10);
    expect(asked.questions[1]?.most).toBe(2);
    stop.abort();
    asked.questions[1]?.answer(grant(2));
    await clock.advance(0);
    enter("later", "write");
    await clock.advance(0);
    expect(begun).toEqual([]);
    expect(asked.questions[2]?.most).toBe(1);
  });

  test("begin nothing that is held by the time they are granted, and a hold is told to the others", async () => {
    const asked = askedTurns();
    const { clock, budget, begun, enter } = harness(1, 10, asked.turns);
    enter("a", "watched");
    budget.hold(1000);
    expect(asked.told).toEqual([1000]);
    asked.questions[0]?.answer(grant(1));
    await clock.advance(999);
    expect(begun).toEqual([]);
    expect(asked.questions).toHaveLength(1);
    await clock.advance(1);
    expect(asked.questions).toHaveLength(2);
  });

  test("are held from elsewhere as well, which is told to nobody again", async () => {
    const asked = askedTurns();
    const { clock, budget, ended, enter } = harness(1, 10, asked.turns);
    expect(budget.left).toBe(7);
    asked.hold(29_500);
    enter("a", "write");
    await clock.advance(0);
    expect(ended.get("a")).toEqual({ type: "exhausted", retryAfterSeconds: 30 });
    expect(budget.left).toBe(0);
    expect([asked.told, asked.questions]).toEqual([[], []]);
  });
});

describe("Retry-After", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  test.each([
    ["2", 2000],
    [" 0 ", 0],
    ["1.5", 1500],
    ["Thu, 01 Jan 2026 00:00:07 GMT", 7000],
    ["Wed, 31 Dec 2025 00:00:00 GMT", 0],
    ["99999999999", 86_400_000],
    ["Fri, 01 Jan 2100 00:00:00 GMT", 86_400_000],
  ])("%j is read", (value, ms) => {
    expect(parseRetryAfter(value, now)).toBe(now + ms);
  });
  test.each([undefined, "", "-5", "soon", "1e3", "2,3"])("%j is not guessed at", (value) => {
    expect(parseRetryAfter(value, now)).toBeNull();
  });
});

describe("an upstream", () => {
  const started: Array<{ dispose(): Promise<void> }> = [];
  afterEach(async () => {
    for (const one of started.splice(0).reverse()) await one.dispose();
  });

  async function start(handler: Handler, overrides: Partial<UpstreamOptions> = {}) {
    const clock = new ManualClock();
    const server = await startServer(handler);
    const upstream = testUpstream({ clock, ...overrides });
    started.push(server, upstream);
    return { clock, server, upstream };
  }

  function ask(
    { server, upstream }: { server: TestServer; upstream: ManagedUpstream },
    path: string,
    priority: Priority = "lookup",
  ): Promise<Exchange<number>> {
    const request = { method: "GET", url: new URL(path, server.origin), effect: "read" } as const;
    return upstream.exchange(request, { priority }, ({ status }) => ({ type: "answered", value: status }));
  }

  function writeTo({ server, upstream }: { server: TestServer; upstream: ManagedUpstream }, path: string) {
    const request = { method: "POST", url: new URL(path, server.origin), effect: "write", body: "{}" } as const;
    return upstream.exchange(request, { priority: "write" }, ({ status }) => ({ type: "answered", value: status }));
  }

  test("that throttles is not called before its Retry-After, by anybody", async () => {
    const it = await start(({ url }, response) =>
      url === "/throttled" ? sendJson(response, {}, 429, { "retry-after": "2" }) : sendJson(response, {}),
    );
    expect(await ask(it, "/throttled")).toEqual({
      type: "refused",
      problem: {
        type: "RateLimited",
        provider: "TEST",
        code: "THROTTLED",
        message: "The test provider refuses calls for now: too many were made. Try again in 2 s.",
        retryAfterSeconds: 2,
      },
    });
    const held = [ask(it, "/a", "write"), ask(it, "/b", "background")];
    await it.clock.advance(1999);
    expect(it.server.received.map(({ url }) => url)).toEqual(["/throttled"]);
    expect(it.upstream.health().budgetLeft).toBe(0);
    await it.clock.advance(1);
    expect(await Promise.all(held)).toEqual([
      { type: "answered", value: 200 },
      { type: "answered", value: 200 },
    ]);
  });

  test("that throttles until a date is not called before it", async () => {
    const it = await start((_, response) =>
      sendJson(response, {}, 429, { "retry-after": new Date(it.clock.now() + 3000).toUTCString() }),
    );
    expect(await ask(it, "/a")).toMatchObject({ problem: { code: "THROTTLED", retryAfterSeconds: 3 } });
    const held = ask(it, "/b");
    await it.clock.advance(2999);
    expect(it.server.received).toHaveLength(1);
    await it.clock.advance(1);
    await held;
    expect(it.server.received).toHaveLength(2);
  });

  test("that throttles without a word is left alone for 1 s", async () => {
    const it = await start((_, response) => sendJson(response, {}, 429));
    expect(await ask(it, "/a")).toMatchObject({ problem: { retryAfterSeconds: 1 } });
    const held = ask(it, "/b");
    await it.clock.advance(999);
    expect(it.server.received).toHaveLength(1);
    await it.clock.advance(1);
    await held;
    expect(it.server.received).toHaveLength(2);
  });

  test.each([500, 502, 503, 504])(
    "that answers %i and when to ask again is left alone until then, and its answer is still read",
    async (status) => {
      const it = await start((_, response) => sendJson(response, {}, status, { "retry-after": "3" }));
      expect(await ask(it, "/a")).toEqual({ type: "answered", value: status });
      const held = ask(it, "/b");
      await it.clock.advance(2999);
      expect(it.server.received).toHaveLength(1);
      await it.clock.advance(1);
      await held;
      expect(it.server.received).toHaveLength(2);
    },
  );

  test.each([
    [429, "refused"],
    [502, "lost"],
  ])("that says when to ask again with a %i that breaks off is left alone until then, too", async (status, type) => {
    const it = await start(({ url }, response) => {
      if (url !== "/broken") return sendJson(response, {});
      response.writeHead(status, { "content-length": "100", "retry-after": "3" });
      response.write("{", () => response.destroy());
    });
    expect(await writeTo(it, "/broken")).toMatchObject({ type });
    const held = ask(it, "/b");
    await it.clock.advance(2999);
    expect(it.server.received).toHaveLength(1);
    await it.clock.advance(1);
    await held;
    expect(it.server.received).toHaveLength(2);
  });

  test.each([202, 404])(
    "that answers %i and when to ask again for that one thing is asked for others",
    async (status) => {
      const it = await start((_, response) => sendJson(response, {}, status, { "retry-after": "60" }));
      for (const path of ["/a", "/b"]) expect(await ask(it, path)).toEqual({ type: "answered", value: status });
    },
  );

  test("whose hold outlasts a look-up's patience leaves it unsent at once", async () => {
    const it = await start((_, response) => sendJson(response, {}, 429, { "retry-after": "60" }));
    await ask(it, "/a");
    expect(await ask(it, "/b")).toMatchObject({
      type: "unsent",
      problem: { type: "RateLimited", code: "BUDGET_EXHAUSTED", retryAfterSeconds: 60 },
    });
    expect(it.server.received).toHaveLength(1);
  });

  test("whose hold others have to be told of answers once they can know of it", async () => {
    const telling = Promise.withResolvers<void>();
    const told: number[] = [];
    const clock = new ManualClock();
    const turns: Turns = {
      ...localTurns(1000, clock),
      hold: (ms) => {
        told.push(ms);
        return telling.promise;
      },
    };
    const it = await start((_, response) => sendJson(response, {}, 429, { "retry-after": "60" }), { clock, turns });
    const order: string[] = [];
    const answer = ask(it, "/a").then(() => order.push("answered"));
    await until(() => told.length > 0);
    // Nobody asks here in the meantime, and what could be answered already would be within some turns of the loop.
    expect(it.upstream.health().budgetLeft).toBe(0);
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    order.push("told");
    telling.resolve();
    await answer;
    expect(order).toEqual(["told", "answered"]);
    expect(told).toEqual([60_000]);
  });

  test("is called by no more at a time than allowed, over as many connections", async () => {
    let now = 0;
    let most = 0;
    const sockets = new Set<unknown>();
    const it = await start(
      async (_, response, request) => {
        sockets.add(request.socket);
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setTimeout(resolve, 5));
        now -= 1;
        sendJson(response, {});
      },
      { concurrency: 3 },
    );
    const calls = Array.from({ length: 20 }, (_, call) => ask(it, `/${call}`));
    expect(it.upstream.free).toBe(0);
    expect((await Promise.all(calls)).every(({ type }) => type === "answered")).toBe(true);
    expect(most).toBe(3);
    expect(sockets.size).toBeLessThanOrEqual(3);
    expect(it.server.received.map(({ url }) => url).sort()).toEqual(calls.map((_, call) => `/${call}`).sort());
    expect(it.upstream.free).toBe(3);
  });

  test("has its retry wait for the budget too", async () => {
    const it = await start((_, response) => sendJson(response, {}, 500), { ratePerSecond: 1, random: () => 0.5 });
    const answer = ask(it, "/a");
    while (it.clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
    await it.clock.advance(999);
    expect(it.server.received).toHaveLength(1);
    await it.clock.advance(1);
    expect(await answer).toEqual({ type: "answered", value: 500 });
    expect(it.server.received).toHaveLength(2);
  });
});
