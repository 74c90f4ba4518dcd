import { afterEach, describe, expect, test } from "@jest/globals";
import { createCircuit, type Permit, type Verdict } from "../../src/datasources/circuit.ts";
import type { Answer, Exchange, Reader } from "../../src/datasources/contract.ts";
import type { ManagedUpstream } from "../../src/datasources/http.ts";
import { notFound, unavailable } from "../../src/datasources/problems.ts";
import { ManualClock } from "../support/clock.ts";
import { sendJson, startServer, type TestServer } from "../support/http-server.ts";
import { testUpstream } from "../support/upstream.ts";

describe("a circuit", () => {
  function setUp() {
    const clock = new ManualClock();
    const states: string[] = [];
    const circuit = createCircuit({ clock, onChange: (state) => states.push(state) });
    const call = async (verdict: Verdict, times = 1, target = "GET /a"): Promise<void> => {
      for (let count = 0; count < times; count += 1) await circuit.begin(target).end(verdict);
    };
    return { clock, states, circuit, call };
  }

  test("opens at the fifth failure in a row", async () => {
    const { circuit, call, states } = setUp();
    await call("failed", 4);
    await call("sound");
    await call("failed", 4);
    expect(circuit.refusal()).toBeNull();
    await call("failed");
    expect(circuit.state).toBe("OPEN");
    expect(circuit.refusal()).toBe(10);
    expect(states).toEqual(["OPEN"]);
  });

  test("takes a call that proved nothing neither for a failure nor for a success", async () => {
    const { circuit, call } = setUp();
    await call("unknown", 9);
    expect(circuit.state).toBe("CLOSED");
    await call("failed", 4);
    await call("unknown");
    await call("failed");
    expect(circuit.state).toBe("OPEN");
  });

  test("lets one probe through after its pause, and closes when that is sound", async () => {
    const { clock, circuit, call, states } = setUp();
    await call("failed", 5);
    await clock.advance(9999);
    expect(circuit.state).toBe("OPEN");
    expect(circuit.refusal()).toBe(1);
    await clock.advance(1);
    expect(circuit.state).toBe("HALF_OPEN");
    expect(circuit.refusal()).toBeNull();
    const probe = circuit.begin("GET /a");
    expect(probe.probe).toBe(true);
    expect(circuit.refusal()).toBe(1);
    await probe.end("sound");
    expect(circuit.refusal()).toBeNull();
    expect(circuit.begin("GET /a").probe).toBe(false);
    expect(states).toEqual(["OPEN", "HALF_OPEN", "CLOSED"]);
  });

  test.each([-3_600_000, 3_600_000])("pauses no longer or shorter when the time is set by %d ms", async (step) => {
    const { clock, circuit, call } = setUp();
    await call("failed", 5);
    clock.set(step);
    expect(circuit.refusal()).toBe(10);
    await clock.advance(9999);
    expect(circuit.state).toBe("OPEN");
    await clock.advance(1);
    expect(circuit.state).toBe("HALF_OPEN");
  });

  test("waits twice as long after each probe that fails or proves nothing, at most a minute", async () => {
    const { clock, circuit, call } = setUp();
    await call("failed", 5);
    const pauses: Array<number | null> = [circuit.refusal()];
    for (const verdict of ["failed", "unknown", "failed", "failed"] as const) {
      await clock.advance((circuit.refusal() ?? 0) * 1000);
      await call(verdict);
      pauses.push(circuit.refusal());
    }
    expect(pauses).toEqual([10, 20, 40, 60, 60]);
    await clock.advance(60_000);
    await call("sound");
    await call("failed", 5);
    expect(circuit.refusal()).toBe(10);
  });

  test("takes faulty answers about one target for one failure until something succeeds", async () => {
    const { circuit, call } = setUp();
    await call("faulty", 50);
    for (const target of ["GET /b", "GET /c", "GET /d"]) await call("faulty", 3, target);
    expect(circuit.state).toBe("CLOSED");
    await call("sound", 1, "GET /e");
    for (const target of ["GET /a", "GET /b", "GET /c", "GET /d"]) await call("faulty", 2, target);
    expect(circuit.state).toBe("CLOSED");
    await call("faulty", 1, "GET /e");
    expect(circuit.state).toBe("OPEN");
  });

  test("counts each call that got no answer, also about one target and beside faulty answers", async () => {
    const { circuit, call } = setUp();
    await call("faulty", 9);
    await call("failed", 3);
    expect(circuit.state).toBe("CLOSED");
    await call("failed");
    expect(circuit.state).toBe("OPEN");
  });

  test("waits no longer for a probe that was faulty about a target that was so before", async () => {
    const { clock, circuit, call } = setUp();
    for (const target of ["a", "b", "c", "d", "e"]) await call("faulty", 1, target);
    const pauses: Array<number | null> = [circuit.refusal()];
    const probes = [
      ["faulty", "a"],
      ["faulty", "new"],
      ["faulty", "newer"],
      ["faulty", "e"],
      ["failed", "a"],
    ] as const;
    for (const [verdict, target] of probes) {
      await clock.advance((circuit.refusal() ?? 0) * 1000);
      await call(verdict, 1, target);
      pauses.push(circuit.refusal());
    }
    expect(pauses).toEqual([10, 10, 20, 40, 10, 20]);
  });

  test("is opened once by calls that were under way together", async () => {
    const { circuit, states } = setUp();
    const permits: Permit[] = Array.from({ length: 20 }, () => circuit.begin("GET /a"));
    await Promise.all(permits.map((permit) => permit.end("failed")));
    expect(states).toEqual(["OPEN"]);
    expect(circuit.refusal()).toBe(10);
  });
});

describe("an upstream", () => {
  const started: Array<{ dispose(): Promise<void> }> = [];
  afterEach(async () => {
    for (const one of started.splice(0).reverse()) await one.dispose();
  });

  const whole: Reader<Answer> = (answer) => ({ type: "answered", value: answer });
  const down: Reader<Answer> = (answer) =>
    answer.status === 200
      ? whole(answer)
      : { type: "refused", problem: unavailable("TEST", "PROVIDER_ERROR", "It can't.") };

  /** A server that answers with `status`, 0 being a cut connection. */
  async function start(overrides: Parameters<typeof testUpstream>[0] = {}) {
    const clock = new ManualClock();
    const answers = { status: 200 };
    const server = await startServer((_, response) => {
      if (answers.status === 0) response.destroy();
      else sendJson(response, {}, answers.status);
    });
    const upstream = testUpstream({ clock, ...overrides });
    started.push(server, upstream);
    return { clock, answers, server, upstream };
  }

  function write(
    { server, upstream }: { server: TestServer; upstream: ManagedUpstream },
    read: Reader<Answer> = whole,
    body = "{}",
  ): Promise<Exchange<Answer>> {
    const request = { method: "POST", url: new URL("/", server.origin), effect: "write", body } as const;
    return upstream.exchange(request, { priority: "write" }, read);
  }

  test("that fails 5 times is not called again for 10 s, at once and without using the budget", async () => {
    const it = await start({ ratePerSecond: 6 });
    it.answers.status = 0;
    for (let count = 0; count < 5; count += 1) expect((await write(it)).type).toBe("lost");
    it.answers.status = 200;
    const left = it.upstream.health().budgetLeft;
    for (let count = 0; count < 20; count += 1) {
      expect(await write(it)).toEqual({
        type: "unsent",
        problem: {
          type: "ProviderUnavailable",
          provider: "TEST",
          code: "CIRCUIT_OPEN",
          message: "The test provider failed 5 times in a row and is left alone. Try again in 10 s.",
          retryAfterSeconds: 10,
        },
      });
    }
    expect(it.upstream.health()).toMatchObject({ circuit: "OPEN", budgetLeft: left });
    expect(it.server.received).toHaveLength(5);
    await it.clock.advance(10_000);
    expect(it.upstream.health().circuit).toBe("HALF_OPEN");
    expect((await write(it)).type).toBe("answered");
    expect(it.upstream.health().circuit).toBe("CLOSED");
    expect(it.server.received).toHaveLength(6);
  });

  test("that can't be connected to opens its circuit", async () => {
    const it = await start();
    await it.server.dispose();
    for (let count = 0; count < 5; count += 1)
      expect(await write(it)).toMatchObject({ problem: { code: "UNREACHABLE" } });
    expect(await write(it)).toMatchObject({ problem: { code: "CIRCUIT_OPEN" } });
  });

  test("whose answers say that it can't opens its circuit", async () => {
    const it = await start();
    it.answers.status = 500;
    for (let count = 0; count < 5; count += 1) expect((await write(it, down, `{"n":${count}}`)).type).toBe("refused");
    expect((await write(it, down)).type).toBe("unsent");
  });

  test("that can't answer one thing is asked for all others", async () => {
    const it = await start();
    const ask = (path: string, read: Reader<Answer>) =>
      it.upstream.exchange(
        { method: "GET", url: new URL(path, it.server.origin), effect: "write" },
        { priority: "lookup" },
        read,
      );
    it.answers.status = 500;
    for (let count = 0; count < 20; count += 1) expect((await ask(`/bad?page=${count}`, down)).type).toBe("refused");
    it.answers.status = 200;
    expect((await ask("/good", down)).type).toBe("answered");
    expect(it.upstream.health()).toMatchObject({ circuit: "CLOSED", errorsLastMinute: 20 });
    expect(it.server.received).toHaveLength(21);
  });

  test("whose answers hold such a problem as their value opens its circuit", async () => {
    const it = await start();
    const problem = unavailable("TEST", "PROVIDER_ERROR", "It can't.");
    for (let count = 0; count < 5; count += 1) {
      const request = { method: "POST", url: new URL(`/${count}`, it.server.origin), effect: "write" } as const;
      await it.upstream.exchange(request, { priority: "write" }, () => ({ type: "answered", value: problem }));
    }
    expect(it.upstream.health().circuit).toBe("OPEN");
  });

  test.each([400, 401, 403, 404, 422])("that answers %i works, whatever is made of it", async (status) => {
    const it = await start();
    it.answers.status = status;
    for (let count = 0; count < 6; count += 1) expect((await write(it, down)).type).toBe("refused");
    expect(it.upstream.health().circuit).toBe("CLOSED");
    expect(it.server.received).toHaveLength(6);
  });

  test("that knows nothing of what was asked works", async () => {
    const it = await start();
    for (let count = 0; count < 6; count += 1) {
      await write(it, () => ({ type: "refused", problem: notFound("There is no such thing.") }));
    }
    expect(it.upstream.health().circuit).toBe("CLOSED");
  });

  test("whose callers give up keeps its circuit closed", async () => {
    const it = await start();
    const hanging = await startServer(() => {});
    started.push(hanging);
    for (let count = 0; count < 6; count += 1) {
      const stop = new AbortController();
      const request = { method: "GET", url: new URL("/", hanging.origin), effect: "read" } as const;
      const call = it.upstream.exchange(request, { priority: "lookup", signal: stop.signal }, whole);
      while (hanging.received.length === count) await new Promise((resolve) => setImmediate(resolve));
      stop.abort();
      expect((await call).type).toBe("lost");
    }
    expect(it.upstream.health().circuit).toBe("CLOSED");
    expect(hanging.received).toHaveLength(6);
  });

  test("counts a read and its retry as one failure, and does not retry a probe", async () => {
    const it = await start();
    it.answers.status = 0;
    const read = async (): Promise<string> => {
      const request = { method: "GET", url: new URL("/", it.server.origin), effect: "read" } as const;
      let type = "";
      const call = it.upstream.exchange(request, { priority: "watched" }, whole).then((exchange) => {
        type = exchange.type;
      });
      while (type === "") await it.clock.advance(it.clock.sleeping > 0 ? 100 : 0);
      await call;
      return type;
    };
    for (let count = 0; count < 5; count += 1) expect(await read()).toBe("lost");
    expect(it.server.received).toHaveLength(10);
    expect(await read()).toBe("unsent");
    await it.clock.advance(10_000);
    expect(await read()).toBe("lost");
    expect(it.server.received).toHaveLength(11);
    expect(await read()).toBe("unsent");
  });

  test("sends those away who waited when its circuit opened, and lets one of them probe later", async () => {
    const it = await start({ concurrency: 5 });
    it.answers.status = 0;
    const calls = await Promise.all(Array.from({ length: 12 }, () => write(it)));
    expect(calls.filter(({ type }) => type === "lost")).toHaveLength(it.server.received.length);
    expect(it.server.received.length).toBeLessThan(12);
    expect(calls.slice(-2)).toMatchObject([
      { problem: { code: "CIRCUIT_OPEN" } },
      { problem: { code: "CIRCUIT_OPEN" } },
    ]);
    const before = it.server.received.length;
    it.answers.status = 200;
    await it.clock.advance(10_000);
    const types = (await Promise.all([write(it), write(it), write(it)])).map(({ type }) => type);
    expect(types).toEqual(["answered", "unsent", "unsent"]);
    expect(it.server.received).toHaveLength(before + 1);
  });

  test("sends those away at once who waited for the rate", async () => {
    const it = await start({ ratePerSecond: 5 });
    it.answers.status = 0;
    const calls = await Promise.all(Array.from({ length: 8 }, () => write(it)));
    expect(calls.map(({ type }) => type)).toEqual([...Array(5).fill("lost"), ...Array(3).fill("unsent")]);
    expect(it.clock.sleeping).toBe(0);
  });

  test("does not see the retry of a read that paused while its circuit opened", async () => {
    const it = await start();
    it.answers.status = 500;
    const request = { method: "GET", url: new URL("/", it.server.origin), effect: "read" } as const;
    const read = it.upstream.exchange(request, { priority: "watched" }, whole);
    while (it.clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
    it.answers.status = 0;
    for (let count = 0; count < 5; count += 1) await write(it);
    await it.clock.advance(100);
    expect(await read).toMatchObject({ type: "answered", value: { status: 500 } });
    expect(it.server.received).toHaveLength(6);
  });
});
