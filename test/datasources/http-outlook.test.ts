/** What a check in the background would meet: the poller claims by it. */
import { afterEach, expect, test } from "@jest/globals";
import type { Answer, Exchange } from "../../src/datasources/contract.ts";
import type { UpstreamOptions } from "../../src/datasources/http.ts";
import { unavailable } from "../../src/datasources/problems.ts";
import { createSharedTurns } from "../../src/nodes/turns.ts";
import { ManualClock } from "../support/clock.ts";
import { type Handler, sendJson, startServer } from "../support/http-server.ts";
import { until } from "../support/until.ts";
import { testUpstream } from "../support/upstream.ts";

const started: Array<{ dispose(): Promise<void> }> = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.dispose();
});

const answers: Handler = (_request, response) => sendJson(response, {});

async function start(overrides: Partial<UpstreamOptions> = {}, handler = answers) {
  const clock = new ManualClock();
  const server = await startServer(handler);
  const upstream = testUpstream({ clock, ...overrides });
  started.push(server, upstream);
  let begun = 0;
  const call = (path = "/"): Promise<Exchange<Answer>> => {
    const request = { method: "GET", url: new URL(path, server.origin), effect: "read" } as const;
    const onBegin = () => {
      begun += 1;
    };
    return upstream.exchange(request, { priority: "background", onBegin }, (answer) =>
      answer.status === 200
        ? { type: "answered", value: answer }
        : { type: "refused", problem: unavailable("TEST", "PROVIDER_ERROR", "It can't.") },
    );
  };
  return { clock, upstream, call, begun: () => begun };
}

test("so many calls begin as the rate and the places have left within a second, less those that wait", async () => {
  const { clock, upstream, call, begun } = await start({ ratePerSecond: 0.5, concurrency: 3 });
  expect(upstream.outlook()).toEqual({ type: "open", calls: 1 });
  await call();
  expect(begun()).toBe(1);
  // The next start is a little more than two seconds away.
  expect(upstream.outlook()).toEqual({ type: "open", calls: 0 });
  await clock.advance(1049);
  expect(upstream.outlook()).toEqual({ type: "open", calls: 0 });
  await clock.advance(1);
  expect(upstream.outlook()).toEqual({ type: "open", calls: 1 });
  const waiting = call();
  expect(upstream.outlook()).toEqual({ type: "open", calls: 0 });
  expect(begun()).toBe(1);
  await clock.advance(1000);
  await waiting;
  expect(begun()).toBe(2);

  const wide = await start({ ratePerSecond: 50, concurrency: 3 });
  expect(wide.upstream.outlook()).toEqual({ type: "open", calls: 3 });
});

test("none begins during a hold, until a second before its end; a long one is told as such", async () => {
  const { clock, upstream, call } = await start({}, (_request, response) => {
    response.writeHead(429, { "retry-after": "20" }).end();
  });
  await call();
  const problem = expect.objectContaining({ code: "BUDGET_EXHAUSTED", retryAfterSeconds: 20 });
  expect(upstream.outlook()).toEqual({ type: "barred", problem });
  await clock.advance(10_000);
  expect(upstream.outlook()).toEqual({ type: "open", calls: 0 });
  await clock.advance(8_999);
  expect(upstream.outlook()).toEqual({ type: "open", calls: 0 });
  await clock.advance(1);
  expect(upstream.outlook()).toEqual({ type: "open", calls: 50 });
});

test("an open circuit bars all, and after its pause lets one through", async () => {
  let status = 500;
  const { clock, upstream, call } = await start({}, (_request, response) => sendJson(response, {}, status));
  for (let index = 0; index < 5; index += 1) {
    const failing = call(`/${index}`);
    let over = false;
    void failing.then(() => {
      over = true;
    });
    // It is asked twice, after a pause.
    await until(async () => {
      await clock.advance(100);
      return over;
    });
  }
  expect(upstream.outlook()).toEqual({ type: "barred", problem: expect.objectContaining({ code: "CIRCUIT_OPEN" }) });
  await clock.advance(10_000);
  expect(upstream.outlook()).toEqual({ type: "open", calls: 1 });
  status = 200;
  const probe = call();
  expect(upstream.outlook()).toEqual({ type: "barred", problem: expect.objectContaining({ code: "CIRCUIT_OPEN" }) });
  await probe;
  const outlook = upstream.outlook();
  // All places, and those that answers as quick as the last ones free within the second.
  expect(outlook.type === "open" && outlook.calls).toBeGreaterThanOrEqual(50);
});

test("none begins on a gateway without a part of the rate, and some once it has one", async () => {
  const clock = new ManualClock();
  let isFirst = false;
  const turns = createSharedTurns({
    upstream: "test",
    ratePerSecond: 0.2,
    clock,
    now: () => clock.monotonic(),
    sharing: () => ({ type: "share", since: 0, switched: false, among: () => ({ nodes: 3, isFirst }) }),
    counter: null,
    holds: async () => new Map(),
    tell: async () => {},
  });
  const { upstream } = await start({ clock, turns, ratePerSecond: 0.2 });
  for (let minute = 0; minute < 5; minute += 1) {
    expect(upstream.outlook()).toEqual({ type: "open", calls: 0 });
    await clock.advance(60_000);
  }
  isFirst = true;
  // The one that was first before may have made its starts just now.
  expect(upstream.outlook()).toEqual({ type: "open", calls: 0 });
  await clock.advance(15_000);
  expect(upstream.outlook()).toEqual({ type: "open", calls: 1 });
});

test("where a counter shares the rate one call may always ask it, until it has said when", async () => {
  const clock = new ManualClock();
  const nothing = async () => {};
  const told = { starts: 0, waitMs: 5000, left: 0, heldMs: 0 };
  const turns = createSharedTurns({
    upstream: "test",
    ratePerSecond: 3,
    clock,
    now: () => clock.monotonic(),
    sharing: () => ({
      type: "redis",
      since: 0,
      switched: false,
      peers: null,
      among: () => ({ nodes: 3, isFirst: false }),
    }),
    counter: { take: async () => told, hold: nothing, attend: nothing, leave: nothing },
    holds: async () => new Map(),
    tell: nothing,
  });
  expect(turns.left(1000)).toBe(3);
  await turns.take({ write: 0, lookup: 1, watched: 0, background: 0 });
  expect([turns.left(), turns.left(1000)]).toEqual([0, 0]);
  await clock.advance(4000);
  expect([turns.left(), turns.left(1000)]).toEqual([0, 1]);
});

test("places that are taken count where calls as quick as the last ones free them within the second", async () => {
  const { clock, upstream, call } = await start({ ratePerSecond: 1000, concurrency: 2 }, async (_request, response) => {
    await clock.advance(100);
    sendJson(response, {});
  });
  expect(upstream.outlook()).toEqual({ type: "open", calls: 2 });
  await call();
  // Two places, each ten times.
  expect(upstream.outlook()).toEqual({ type: "open", calls: 22 });
});
