/**
 * The real program, told a secret in each place that has one, by its environment, its providers and its callers; walked
 * through well and badly, on PostgreSQL and Redis; and then every byte that was written is searched for each of them.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { hasPostgresPrograms } from "../support/postgres-server.ts";
import { type Build, buildProgram, type Program } from "../support/program.ts";
import { hasRedisServer } from "../support/redis-server.ts";
import { until } from "../support/until.ts";
import { failures } from "./front.ts";
import { createScene, type Scene } from "./scene.ts";
import { type GuardedPostgres, type GuardedRedis, startGuardedPostgres, startGuardedRedis } from "./stores.ts";
import { ask, askAll, createWalker, fields, type Walker } from "./walk.ts";
import { askWrongly, comeWrongly, sendWrongly } from "./wrong-requests.ts";
import { connectWrongly, signIn, subscribeToAll } from "./wrong-sockets.ts";

const canRun = [hasPostgresPrograms(), hasRedisServer()].every(Boolean);

(canRun ? describe : describe.skip)("no secret is written anywhere", () => {
  let build: Build;
  let scene: Scene;
  let postgres: GuardedPostgres;
  let redis: GuardedRedis;
  let program: Program;
  let walker: Walker;

  beforeAll(async () => {
    build = await buildProgram();
    scene = await createScene(build);
    const { markers, written } = scene;
    postgres = await startGuardedPostgres(markers.plant("DATABASE_URL's password", "text"));
    redis = await startGuardedRedis(markers.plant("REDIS_URL's password", "text"), written);
    await redis.guard();
    const started = await scene.start({ DATABASE_URL: postgres.gatewayUrl, REDIS_URL: redis.gatewayUrl });
    program = started.program;
    walker = await createWalker(scene, started.caller);
  }, 120_000);
  afterEach(async () => {
    // Labels, for one, are written at each scrape.
    const { caller, headers } = walker;
    await caller.request({ path: "/metrics", headers }).catch(() => {});
  });
  afterAll(async () => {
    await scene.dispose();
    await Promise.all([postgres.dispose(), redis.dispose(), build.dispose()]);
  }, 60_000);

  const isReady = async () => (await walker.caller.request({ path: "/readyz" })).status === 200;

  test("every field, with providers that work, and that repeat what they are sent wherever they can", async () => {
    for (const mode of ["well", "echoing", "escaping"] as const) await askAll(walker, mode);
    const asked = fields.filter(({ root }) => root !== "subscription").map(({ name }) => name);
    expect(asked.length).toBeGreaterThan(15);
    expect(asked.filter((name) => !walker.tally.answered.has(name))).toEqual([]);
  }, 120_000);

  test("with providers that fail in each way, and repeat it there", async () => {
    let turn = 0;
    for (const mode of failures) {
      turn += 1;
      await askAll(walker, mode, (_field, place) => (place + turn) % 2 === 0);
    }
    // A refused token has a new one asked for, which is refused as well.
    scene.front.tokenMode = 403;
    await askAll(walker, 401, ({ name }) => /partner/i.test(name));
    const providers = ["/storekit2", "/json-rpc", "/flolive", "/liberis", "/buyers"];
    const pairs = failures.flatMap((mode) => providers.map((provider) => `${mode} ${provider}`));
    expect([...pairs, "401 /oauth"].filter((pair) => !walker.tally.reached.has(pair))).toEqual([]);
  }, 120_000);

  test("every field, asked wrongly and without the rights for it", async () => {
    await askWrongly(scene, walker);
    expect(fields.map(({ name }) => name).filter((name) => !walker.tally.failed.has(name))).toEqual([]);
  }, 120_000);

  test("credentials that are no good or stand in the wrong place, and requests that are none", async () => {
    await comeWrongly(scene, walker);
    await sendWrongly(scene, walker);
  }, 120_000);

  test("subscriptions, left and cut; and connections that are refused or break the protocol", async () => {
    const { caller, headers, ids, front, tally } = walker;
    await subscribeToAll(scene, walker, async () => {
      front.settled = !front.settled;
      await caller.ask({ query: `mutation { recheck(id: "${ids.at(-1)}") { __typename } }` }, headers);
    });
    const names = fields.filter(({ root }) => root === "subscription").map(({ name }) => name);
    expect(names.filter((name) => !tally.answered.has(name))).toEqual([]);
    await connectWrongly(scene, walker);
  }, 120_000);

  test("a database and a Redis that go away and come back, the latter without its password", async () => {
    const { written } = scene;
    const { caller, headers, tally } = walker;
    expect(await postgres.dump(written)).toBeGreaterThan(50);
    expect(await redis.dump(written)).toBeGreaterThan(0);
    const failedBefore = new Map(tally.failed);
    await postgres.stop();
    for (const field of fields.filter(({ root }) => root !== "subscription")) await ask(walker, field);
    const untouched = [...fields].filter(({ name }) => tally.failed.get(name) === failedBefore.get(name));
    // What asks neither a provider nor the store.
    expect(
      untouched.map(({ name }) => name).filter((name) => !/^(access|providers)/.test(name) && !/Changed$/.test(name)),
    ).toEqual([]);
    await redis.kill();
    await caller.ask({ query: "{ providers { provider } }" }, headers);
    await until(() => program.output().includes("Redis does not answer"));
    await redis.start();
    await postgres.start();
    await until(isReady);
    await askAll(walker, "well", (_field, place) => place % 3 === 0);
  }, 120_000);

  test("silence, and being told to wait", async () => {
    await askAll(walker, "silent", ({ name }) => name === "access" || name === "bulkCall");
    await askAll(walker, "throttling", ({ args }) => args.includes("maxAgeSeconds") || args.includes("offerId"));
  }, 120_000);

  test("and none of it was written", async () => {
    const { markers, written, front } = scene;
    const socket = await signIn(scene, walker);
    socket.send({ type: "subscribe", id: "last", payload: { query: "subscription { operationsChanged { kind } }" } });
    await postgres.dump(written);
    program.process.kill("SIGTERM");
    expect((await socket.closed).code).toBe(1012);
    const { code, stderr } = await program.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    await scene.keepOutput("the program", program);

    for (const source of [
      "the program: stdout",
      "HTTP answers",
      "WebSocket frames",
      "table ",
      "Redis' ",
      "Redis, each command",
    ]) {
      expect([source, written.bytes(source) > 200]).toEqual([source, true]);
    }
    expect(markers.names.size).toBeGreaterThan(120);
    expect(written.leaks(markers)).toEqual([]);

    // The same search finds what was sent where it belongs, and there alone.
    const seen = new Set(markers.find(Buffer.from(JSON.stringify(front.received))).map(({ marker }) => marker));
    const forProviders = Object.keys(scene.credentials).length;
    expect(seen.size).toBe(forProviders + 1);
    const toOthers = front.received.filter(({ url }) => !url.startsWith("/json-rpc"));
    const elsewhere = markers.find(Buffer.from(JSON.stringify(toOthers))).map(({ marker }) => marker);
    expect(elsewhere).not.toContain("a customer's token");
  }, 120_000);
});
