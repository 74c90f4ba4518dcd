import { afterEach, describe, expect, test } from "@jest/globals";
import type { Answer, Exchange, UpstreamRequest } from "../../src/datasources/contract.ts";
import type { ExchangeEvent, ManagedUpstream, UpstreamOptions } from "../../src/datasources/http.ts";
import { notFound } from "../../src/datasources/problems.ts";
import { createLastMinute } from "../../src/datasources/window.ts";
import { ManualClock } from "../support/clock.ts";
import { type Handler, sendJson, startServer, type TestServer } from "../support/http-server.ts";
import { testUpstream } from "../support/upstream.ts";

const started: Array<{ dispose(): Promise<void> }> = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.dispose();
});

async function start(handler: Handler, overrides: Partial<UpstreamOptions> = {}) {
  const clock = new ManualClock();
  const server = await startServer(handler);
  const lines: Array<{ level: string; facts: unknown; text: unknown }> = [];
  const at =
    (level: string) =>
    (facts: unknown, text?: unknown): void =>
      void lines.push({ level, facts, text });
  const log = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  const events: ExchangeEvent[] = [];
  const upstream = testUpstream({ clock, log, observe: (event) => events.push(event), ...overrides });
  started.push(server, upstream);
  return { clock, server, upstream, lines, events };
}

function write(
  { server, upstream }: { server: TestServer; upstream: ManagedUpstream },
  more: Partial<UpstreamRequest> = {},
): Promise<Exchange<Answer>> {
  const request = { method: "POST", url: new URL("/", server.origin), effect: "write", ...more } as const;
  return upstream.exchange(request, { priority: "write" }, (answer) => ({ type: "answered", value: answer }));
}

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};

describe("the last minute", () => {
  test("forgets what is older, and has no latency where nothing was answered", async () => {
    const clock = new ManualClock();
    const window = createLastMinute(clock);
    expect(window.summary()).toEqual({ requests: 0, errors: 0, p95LatencyMs: null });
    window.add({ failed: true, latencyMs: null });
    await clock.advance(30_000);
    for (let ms = 100; ms >= 1; ms -= 1) window.add({ failed: false, latencyMs: ms });
    expect(window.summary()).toEqual({ requests: 101, errors: 1, p95LatencyMs: 95 });
    await clock.advance(30_000);
    expect(window.summary()).toEqual({ requests: 100, errors: 0, p95LatencyMs: 95 });
    await clock.advance(30_000);
    window.add({ failed: false, latencyMs: 7 });
    expect(window.summary()).toEqual({ requests: 1, errors: 0, p95LatencyMs: 7 });
  });
});

describe("health", () => {
  test("counts attempts, errors and what is left of the budget", async () => {
    let status = 200;
    const it = await start((_, response) => sendJson(response, {}, status), { ratePerSecond: 10 });
    expect(it.upstream.health()).toEqual({
      circuit: "CLOSED",
      budgetLeft: 10,
      requestsLastMinute: 0,
      errorsLastMinute: 0,
      p95LatencyMs: null,
    });
    await write(it);
    await write(it);
    status = 429;
    await write(it);
    const { p95LatencyMs, ...health } = it.upstream.health();
    expect(health).toEqual({ circuit: "CLOSED", budgetLeft: 0, requestsLastMinute: 3, errorsLastMinute: 1 });
    expect(p95LatencyMs).toBeGreaterThanOrEqual(0);
    await it.clock.advance(1000);
    expect(it.upstream.health().budgetLeft).toBe(10);
    await it.clock.advance(59_000);
    expect(it.upstream.health()).toMatchObject({ requestsLastMinute: 0, errorsLastMinute: 0, p95LatencyMs: null });
  });
});

describe("the log", () => {
  test("has one warning for each failure, with facts and without address, header, body or answer", async () => {
    const it = await start((_, response) => {
      response.writeHead(200, { "content-length": "4096", "x-answer": "hunter3" });
      response.write("hunter4", () => response.destroy());
    });
    const url = new URL("/hunter0", it.server.origin);
    await write(it, { url, headers: { authorization: "Bearer hunter1" }, body: "hunter2" });
    expect(it.server.received).toHaveLength(1);
    expect(it.lines).toMatchObject([
      {
        level: "warn",
        facts: { upstream: "test", method: "POST", type: "lost", status: 200, code: "UNREADABLE_ANSWER", attempt: 1 },
      },
    ]);
    expect(JSON.stringify([it.lines, it.events])).not.toMatch(/hunter|127\.0\.0\.1/);
  });

  test("has no warning for an answer, nor for one that is a plain no", async () => {
    const it = await start((_, response) => sendJson(response, {}, 404));
    const request = { method: "GET", url: new URL("/", it.server.origin), effect: "read" } as const;
    await it.upstream.exchange(request, { priority: "lookup" }, () => ({ type: "refused", problem: notFound("No.") }));
    await write(it);
    expect(it.lines.map(({ level }) => level)).toEqual(["debug", "debug"]);
  });

  test("says when the circuit changes, and is quiet about each call that it bars", async () => {
    const it = await start((_, response) => void response.destroy());
    for (let count = 0; count < 9; count += 1) await write(it);
    expect(it.lines.filter(({ facts }) => JSON.stringify(facts).includes("circuit"))).toHaveLength(1);
    expect(it.lines).toHaveLength(6);
  });
});

describe("the observer", () => {
  test("is told of each attempt", async () => {
    let count = 0;
    const it = await start((_, response) => {
      count += 1;
      sendJson(response, {}, count === 1 ? 500 : 200);
    });
    const request = { method: "GET", url: new URL("/", it.server.origin), effect: "read" } as const;
    const call = it.upstream.exchange(request, { priority: "watched" }, ({ status }) => ({
      type: "answered",
      value: status,
    }));
    await until(() => it.clock.sleeping > 0);
    await it.clock.advance(99);
    expect(it.server.received).toHaveLength(1);
    await it.clock.advance(1);
    expect(await call).toEqual({ type: "answered", value: 200 });
    const common = {
      upstream: "test",
      method: "GET",
      effect: "read",
      priority: "watched",
      type: "answered",
      code: null,
    };
    expect(it.events).toEqual([
      { ...common, attempt: 1, status: 500, ms: expect.any(Number) },
      { ...common, attempt: 2, status: 200, ms: expect.any(Number) },
    ]);
  });
});

describe("dispose", () => {
  test("aborts calls under way, sends waiting ones away, and leaves no socket and no sleeper", async () => {
    let closed = 0;
    const it = await start((_, response) => void response.on("close", () => (closed += 1)), { concurrency: 2 });
    const calls = [write(it), write(it), write(it)];
    await until(() => it.server.received.length === 2);
    await it.upstream.dispose();
    expect((await Promise.all(calls)).map(({ type }) => type)).toEqual(["lost", "lost", "unsent"]);
    await until(() => closed === 2);
    expect(it.clock.sleeping).toBe(0);
    expect(await write(it)).toMatchObject({ type: "unsent", problem: { type: "ProviderUnavailable" } });
    expect(it.server.received).toHaveLength(2);
  });

  test("ends the pause before a retry, with what the first attempt gave", async () => {
    const it = await start((_, response) => sendJson(response, {}, 500));
    const request = { method: "GET", url: new URL("/", it.server.origin), effect: "read" } as const;
    const call = it.upstream.exchange(request, { priority: "lookup" }, ({ status }) => ({
      type: "answered",
      value: status,
    }));
    await until(() => it.clock.sleeping > 0);
    await it.upstream.dispose();
    expect(await call).toEqual({ type: "answered", value: 500 });
    expect(it.clock.sleeping).toBe(0);
    expect(it.server.received).toHaveLength(1);
  });

  test("may be asked for twice", async () => {
    const it = await start((_, response) => sendJson(response, {}));
    await write(it);
    await Promise.all([it.upstream.dispose(), it.upstream.dispose()]);
    await it.upstream.dispose();
    expect(it.upstream.free).toBeGreaterThan(0);
  });
});
