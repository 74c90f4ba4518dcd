import { connect } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { request } from "undici";
import type { Clock } from "../../src/clock.ts";
import { type Fault, faults } from "../../src/sandbox/faults.ts";
import { type RunningSandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/index.ts";
import { ManualClock } from "../support/clock.ts";
import { tiny } from "./tiny.ts";

const start = Date.parse("2026-01-01T00:00:00Z");
const running: RunningSandbox[] = [];

async function started(options: Partial<SandboxOptions> = {}): Promise<RunningSandbox> {
  const sandbox = await startSandbox(tiny, {
    clock: new ManualClock(start),
    random: () => 0.5,
    speed: 1,
    ...options,
  });
  running.push(sandbox);
  return sandbox;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((sandbox) => sandbox.dispose()));
});

async function ask(url: string, method: "GET" | "POST" = "GET") {
  const { statusCode, headers, body } = await request(url, { method });
  return { status: statusCode, headers, text: await body.text() };
}

async function askJson(url: string, method: "GET" | "POST" = "GET"): Promise<{ status: number; body: unknown }> {
  const { status, headers, text } = await ask(url, method);
  expect(headers["content-type"]).toContain("application/json");
  return { status, body: JSON.parse(text) };
}

/** Waits for what the other end of a real socket does a moment later. */
async function eventually<T>(read: () => T, good: (value: T) => boolean): Promise<T> {
  for (let tries = 0; tries < 500; tries += 1) {
    const value = read();
    if (good(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`It did not come: ${JSON.stringify(read())}`);
}

describe("a sandbox", () => {
  test("serves the provider's routes on a free loopback port, and notes each request", async () => {
    const clock = new ManualClock(start);
    const { id, origin, journal } = await started({ clock });
    expect(id).toBe("tiny");
    expect(origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await askJson(`${origin}/work/a`, "POST")).toEqual({ status: 202, body: { id: "a" } });
    expect(await askJson(`${origin}/work/a?token=hush`)).toEqual({ status: 200, body: { status: "open" } });
    const noted = await eventually(
      () => journal.requests(),
      (all) => all.every(({ end }) => end !== "open"),
    );
    expect(noted).toEqual([
      { at: start, method: "POST", path: "/work/a", end: "answered", status: 202, ms: 0 },
      { at: start, method: "GET", path: "/work/a?token=[redacted]", end: "answered", status: 200, ms: 0 },
    ]);
  });

  test.each([
    { speed: 1, random: 0, ms: 3_000 },
    { speed: 1, random: 0.5, ms: 11_500 },
    { speed: 10, random: 0.5, ms: 1_150 },
    { speed: 0.5, random: 0, ms: 6_000 },
  ])("work settles after $ms ms at speed $speed and a random number of $random", async ({ speed, random, ms }) => {
    const clock = new ManualClock(start);
    const { origin, journal } = await started({ clock, speed, random: () => random });
    await ask(`${origin}/work/a`, "POST");
    await clock.advance(ms - 1);
    expect((await askJson(`${origin}/work/a`)).body).toEqual({ status: "open" });
    await clock.advance(1);
    expect((await askJson(`${origin}/work/a`)).body).toEqual({ status: "done" });
    expect(journal.changes()).toEqual([
      { at: start, entity: "a", value: "open" },
      { at: start + ms, entity: "a", value: "done" },
    ]);
  });

  test("shows its journal over HTTP, without the requests for it", async () => {
    const clock = new ManualClock(start);
    const { origin, journal } = await started({ clock });
    await ask(`${origin}/work/a`, "POST");
    await clock.advance(20_000);
    await ask(`${origin}/work/b`, "POST");
    await eventually(
      () => journal.requests(),
      (all) => all.every(({ end }) => end === "answered"),
    );
    expect(await askJson(`${origin}/__sandbox/journal`)).toEqual({
      status: 200,
      body: { requests: journal.requests(), changes: journal.changes() },
    });
    expect(journal.requests().map(({ path }) => path)).toEqual(["/work/a", "/work/b"]);
    expect(await askJson(`${origin}/__sandbox/journal?since=${start + 20_000}&entity=b`)).toEqual({
      status: 200,
      body: {
        requests: [{ at: start + 20_000, method: "POST", path: "/work/b", end: "answered", status: 202, ms: 0 }],
        changes: [{ at: start + 20_000, entity: "b", value: "open" }],
      },
    });
  });

  test("shows its magic ids", async () => {
    const { origin } = await started();
    expect(await askJson(`${origin}/__sandbox/magic`)).toEqual({
      status: 200,
      body: { sandbox: "tiny", magic: tiny.sandbox.magic },
    });
  });

  test("a speed that divides nothing is refused", async () => {
    await expect(started({ speed: 0 })).rejects.toThrow("A sandbox's speed must be a number above 0; got 0.");
    await expect(started({ speed: Number.NaN })).rejects.toThrow("got NaN");
  });

  test("a taken port is refused with a sentence", async () => {
    const { origin } = await started();
    await expect(started({ port: Number(new URL(origin).port) })).rejects.toThrow(
      /^The sandbox of Tiny could not be started at 127\.0\.0\.1:\d+ \(EADDRINUSE\)\. Name another address/,
    );
  });
});

describe("what it refuses, it refuses in JSON", () => {
  test.each([
    ["/nowhere?token=hush", 404, "The sandbox of Tiny has nothing at GET /nowhere."],
    ["/__sandbox/journal?since=yesterday", 400, "since: expected milliseconds since 1970, such as 0."],
    ["/__sandbox/journal?entity=a&entity=b", 400, "entity: expected one name; several came."],
    ["/work/%zz", 400, "'/work/%zz' is not a valid url component"],
  ])("%s", async (path, status, error) => {
    const { origin } = await started();
    expect(await askJson(`${origin}${path}`)).toEqual({ status, body: { error } });
  });

  test("a body that is no JSON", async () => {
    const { origin, journal } = await started();
    const { statusCode, body } = await request(`${origin}/work/a`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{",
    });
    expect([statusCode, Object.keys((await body.json()) as object)]).toEqual([400, ["error"]]);
    expect(journal.changes()).toEqual([]);
  });

  test("its own mistake: the caller hears that it was one, the log hears which", async () => {
    const errors: unknown[] = [];
    const log = { info: () => {}, error: (details: object) => errors.push(details) };
    const { origin } = await started({ log });
    expect(await askJson(`${origin}/broken`)).toEqual({
      status: 500,
      body: { error: "The sandbox itself failed; its log says why." },
    });
    expect(errors).toEqual([
      { err: expect.objectContaining({ message: "a mistake in the sandbox, with a detail for the log alone" }) },
    ]);
  });
});

describe("faults, over real HTTP", () => {
  interface Seen {
    readonly status?: number;
    readonly retryAfter?: string;
    readonly type?: string;
    readonly text?: string;
    /** Where no whole answer came. */
    readonly error?: RegExp;
    readonly journal: { readonly end: string; readonly status: number | null };
  }
  const json = "application/json; charset=utf-8";
  const answered = (status: number) => ({ end: "answered", status });
  const expected: Record<Exclude<Fault, "slow">, Seen> = {
    "429": { status: 429, retryAfter: "2", type: json, text: "{}", journal: answered(429) },
    "500": { status: 500, type: json, text: "{}", journal: answered(500) },
    "503": { status: 503, retryAfter: "3", type: json, text: "{}", journal: answered(503) },
    truncated: { error: /closed|terminated|aborted/i, journal: { end: "cut", status: 200 } },
    cut: { error: /closed|reset/i, journal: { end: "cut", status: null } },
    html: {
      status: 200,
      type: "text/html",
      text: "<!doctype html><title>Maintenance</title><p>Back soon.</p>",
      journal: answered(200),
    },
    empty: { status: 200, type: json, text: "", journal: answered(200) },
    shape: { status: 200, type: json, text: '{"surprise":[1,2,3]}', journal: answered(200) },
  };

  test("each one has its test", () => {
    expect([...Object.keys(expected), "slow"].sort()).toEqual(Object.keys(faults).sort());
  });

  test.each(Object.entries(expected))("%s", async (fault, { journal: noted, error, ...seen }) => {
    const { origin, journal } = await started();
    const asking = ask(`${origin}/work/fault-${fault}`).then(
      ({ status, headers, text }) => ({
        status,
        type: headers["content-type"],
        retryAfter: headers["retry-after"],
        text,
      }),
      (reason: unknown) => ({ failed: String(reason) }),
    );
    if (error) expect(await asking).toEqual({ failed: expect.stringMatching(error) });
    else expect(await asking).toEqual({ retryAfter: undefined, ...seen });
    const [entry] = await eventually(
      () => journal.requests(),
      ([first]) => first?.end !== "open",
    );
    expect(entry).toMatchObject({ path: `/work/fault-${fault}`, ...noted });
    // The sandbox itself is none the worse for it.
    expect((await ask(`${origin}/work/a`, "POST")).status).toBe(202);
  });

  test("slow: answers after 60 s, whatever the speed, as time-outs are not scaled either", async () => {
    const clock = new ManualClock(start);
    const { origin, journal } = await started({ clock, speed: 2 });
    let answer: number | null = null;
    const asking = ask(`${origin}/work/fault-slow`).then(({ status }) => {
      answer = status;
    });
    await eventually(
      () => clock.sleeping,
      (sleeping) => sleeping === 1,
    );
    await clock.advance(59_999);
    expect([clock.sleeping, answer, journal.requests()[0]?.end]).toEqual([1, null, "open"]);
    await clock.advance(1);
    await asking;
    expect(answer).toBe(200);
    const [entry] = await eventually(
      () => journal.requests(),
      ([first]) => first?.end !== "open",
    );
    expect(entry).toMatchObject({ end: "answered", status: 200, ms: 60_000 });
  });

  test("slow: a caller who gives up is seen to close, and the late answer hurts nobody", async () => {
    const clock = new ManualClock(start);
    const errors: unknown[] = [];
    const { origin, journal } = await started({
      clock,
      log: { info: () => {}, error: (details) => errors.push(details) },
    });
    const socket = connect(Number(new URL(origin).port), "127.0.0.1");
    socket.write("GET /work/fault-slow HTTP/1.1\r\nHost: sandbox\r\n\r\n");
    await eventually(
      () => clock.sleeping,
      (sleeping) => sleeping === 1,
    );
    socket.destroy();
    const [entry] = await eventually(
      () => journal.requests(),
      ([first]) => first?.end !== "open",
    );
    expect(entry).toMatchObject({ path: "/work/fault-slow", end: "closed", status: null });
    await clock.advance(60_000);
    expect((await ask(`${origin}/work/a`, "POST")).status).toBe(202);
    expect([clock.sleeping, errors]).toEqual([0, []]);
  });
});

describe("dispose", () => {
  test("closes open connections at once, wakes what waits, and frees the port", async () => {
    const clock = new ManualClock(start);
    const sandbox = await startSandbox(tiny, { clock, random: () => 0, speed: 1 });
    const asking = ask(`${sandbox.origin}/work/fault-slow`).catch((error: unknown) => `failed: ${String(error)}`);
    await eventually(
      () => clock.sleeping,
      (sleeping) => sleeping === 1,
    );
    await sandbox.dispose();
    expect(clock.sleeping).toBe(0);
    expect(await asking).toMatch(/^failed/);
    await expect(ask(`${sandbox.origin}/work/a`)).rejects.toThrow(/ECONNREFUSED/);
  });

  test("a route's own signal still ends its sleep", async () => {
    const clock: Clock = new ManualClock(start);
    const woken: string[] = [];
    const sleepy = {
      ...tiny,
      sandbox: {
        ...tiny.sandbox,
        routes: (
          app: Parameters<typeof tiny.sandbox.routes>[0],
          context: Parameters<typeof tiny.sandbox.routes>[1],
        ) => {
          app.get("/sleep", async () => {
            await context.clock.sleep(60_000, AbortSignal.timeout(1));
            woken.push("woken");
            return {};
          });
        },
      },
    };
    const sandbox = await startSandbox(sleepy, { clock, random: () => 0, speed: 1 });
    running.push(sandbox);
    expect((await ask(`${sandbox.origin}/sleep`)).status).toBe(200);
    expect(woken).toEqual(["woken"]);
  });
});
