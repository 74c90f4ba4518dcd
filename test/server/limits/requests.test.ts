import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { connectRedis, type RedisConnections } from "../../../src/redis.ts";
import {
  createRequestLimiter,
  type RequestLimiter,
  rateHeaders,
  rateRefusal,
} from "../../../src/server/limits/requests.ts";
import { hasRedisServer, type RedisServer, startRedisServer } from "../../support/redis-server.ts";
import { until } from "../../support/until.ts";

const viewer = { tenant: "acme", owner: "ann" };
const other = { tenant: "acme", owner: "bob" };
const silent = { info: () => {}, warn: () => {} };
const ownInstallation = () => `test-${randomBytes(6).toString("hex")}`;

function limiterOf(redis: RedisConnections | null, requestsPerMinute: number, installation = ownInstallation()) {
  return createRequestLimiter({ limits: { requestsPerMinute }, redis, installation, log: silent });
}

async function allowedOf(limiter: RequestLimiter, requests: number): Promise<number> {
  const taken = await Promise.all(Array.from({ length: requests }, () => limiter.take(viewer)));
  return taken.filter(({ allowed }) => allowed).length;
}

describe("a gateway without Redis", () => {
  test("allows so many requests a minute, and counts down", async () => {
    const limiter = limiterOf(null, 3);
    const taken = [await limiter.take(viewer), await limiter.take(viewer), await limiter.take(viewer)];
    expect(taken.map(({ allowed, asked, remaining }) => [allowed, asked, remaining])).toEqual([
      [true, 1, 2],
      [true, 2, 1],
      [true, 3, 0],
    ]);
    const refused = await limiter.take(viewer);
    expect(refused).toMatchObject({ allowed: false, limit: 3, asked: 4, remaining: 0 });
    expect(refused.resetSeconds).toBeGreaterThanOrEqual(1);
    expect(refused.resetSeconds).toBeLessThanOrEqual(60);
  });

  test("counts each viewer by itself", async () => {
    const limiter = limiterOf(null, 1);
    expect(await allowedOf(limiter, 3)).toBe(1);
    expect(await limiter.take(other)).toMatchObject({ allowed: true, asked: 1 });
    expect(await limiter.take({ tenant: "other", owner: "ann" })).toMatchObject({ allowed: true, asked: 1 });
  });
});

(hasRedisServer() ? describe : describe.skip)("gateways that share a Redis", () => {
  let server: RedisServer;
  let one: RedisConnections;
  let two: RedisConnections;
  beforeAll(async () => {
    server = await startRedisServer();
    one = await connectRedis({ url: server.url, log: silent });
    two = await connectRedis({ url: server.url, log: silent });
  });
  afterAll(async () => {
    await one.dispose();
    await two.dispose();
    await server.dispose();
  });
  const bothReady = () => until(() => one.isReady() && two.isReady());

  test("share one count", async () => {
    await bothReady();
    const installation = ownInstallation();
    const [a, b] = [limiterOf(one, 10, installation), limiterOf(two, 10, installation)];
    const allowed = await Promise.all([allowedOf(a, 8), allowedOf(b, 8)]);
    expect(allowed[0] + allowed[1]).toBe(10);
    expect(await b.take(viewer)).toMatchObject({ allowed: false, limit: 10, asked: 17, remaining: 0 });
    expect(await a.take(other)).toMatchObject({ allowed: true, asked: 1 });
  });

  test("count for a minute, and leave nothing in Redis after it", async () => {
    await bothReady();
    const installation = ownInstallation();
    const { resetSeconds } = await limiterOf(one, 10, installation).take(viewer);
    expect(resetSeconds).toBeGreaterThan(0);
    expect(resetSeconds).toBeLessThanOrEqual(60);
    const keys = await one.ask((client) => client.keys(`*${installation}*`));
    expect(keys).toEqual([`statusgraph:${installation}:requests:["acme","ann"]`]);
    const lives = await Promise.all(keys.map((key) => one.ask((client) => client.pTTL(key))));
    for (const life of lives) {
      expect(life).toBeGreaterThan(0);
      expect(life).toBeLessThanOrEqual(60_000);
    }
  });

  test("don't mix two installations", async () => {
    await bothReady();
    expect(await allowedOf(limiterOf(one, 2), 3)).toBe(2);
    expect(await allowedOf(limiterOf(two, 2), 3)).toBe(2);
  });

  test("count alone, up to the whole limit, where Redis answers with an error, and say so once", async () => {
    await bothReady();
    const lines: unknown[][] = [];
    const log = { warn: (...line: unknown[]) => void lines.push(line) };
    const installation = ownInstallation();
    // What stands there is no number: as little to be counted with as a Redis that is full or read-only.
    await one.ask((client) => client.hSet(`statusgraph:${installation}:requests:["acme","ann"]`, "a", "b"));
    const limiter = createRequestLimiter({ limits: { requestsPerMinute: 2 }, redis: one, installation, log });
    expect(await allowedOf(limiter, 3)).toBe(2);
    expect(lines).toEqual([
      [{ reason: expect.stringContaining("WRONGTYPE") }, expect.stringContaining("counts its own")],
    ]);
  });

  test("count alone while Redis is gone, and together again once it is back", async () => {
    await bothReady();
    const installation = ownInstallation();
    const [a, b] = [limiterOf(one, 4, installation), limiterOf(two, 4, installation)];
    await server.kill();
    expect(await Promise.all([allowedOf(a, 6), allowedOf(b, 6)])).toEqual([4, 4]);
    await server.start();
    await bothReady();
    expect(await Promise.all([a.take(viewer), b.take(viewer)])).toMatchObject([{ allowed: true }, { allowed: true }]);
    expect(await a.take(viewer)).toMatchObject({ asked: 3, remaining: 1 });
  });

  test("don't hang on a Redis that is stopped", async () => {
    await bothReady();
    const limiter = limiterOf(one, 4);
    server.freeze();
    try {
      // Each answer comes while Redis still stands.
      expect(await allowedOf(limiter, 6)).toBe(4);
      expect(one.isReady()).toBe(false);
      expect(await limiter.take(viewer)).toMatchObject({ allowed: false, asked: 7 });
    } finally {
      server.thaw();
    }
    await bothReady();
    expect(await limiter.take(other)).toMatchObject({ allowed: true, asked: 1 });
  });
});

test("a Redis that is not ready is not asked", async () => {
  let asked = 0;
  const redis = {
    isReady: () => false,
    ask: async () => {
      asked += 1;
      throw new Error("Redis is not ready.");
    },
  };
  const limiter = createRequestLimiter({ limits: { requestsPerMinute: 2 }, redis, installation: "test", log: silent });
  expect(await allowedOf(limiter, 3)).toBe(2);
  expect(asked).toBe(0);
});

describe("what a client is told", () => {
  const taken = { allowed: true, limit: 3_000, asked: 12, remaining: 2_988, resetSeconds: 42 };

  test("with each answer: the limit, what is left of it, and until when", () => {
    expect(rateHeaders(taken)).toEqual({
      "RateLimit-Limit": "3000",
      "RateLimit-Remaining": "2988",
      "RateLimit-Reset": "42",
      "RateLimit-Policy": "3000;w=60",
    });
  });

  const refused = { ...taken, allowed: false, asked: 3_001, remaining: 0 };

  test("with a refusal: when to come back", () => {
    expect(rateHeaders(refused)).toMatchObject({ "RateLimit-Remaining": "0", "Retry-After": "42" });
    const { message, extensions } = rateRefusal(refused);
    expect(message).toBe("Expected requests a minute to be at most 3000; got 3001. Come back in 42 s.");
    expect(extensions).toEqual({
      code: "RATE_LIMITED",
      retryAfterSeconds: 42,
      limit: "requests a minute",
      value: 3_000,
      asked: 3_001,
    });
  });
});
