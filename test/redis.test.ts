import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { connectRedis, type RedisConnections } from "../src/redis.ts";
import { commandLimitMs } from "../src/redis-limit.ts";
import { hasRedisServer, type RedisServer, startRedisServer } from "./support/redis-server.ts";
import { until } from "./support/until.ts";

/** What is the same as what came just before it. */
function repeated<T>(told: readonly T[]): T[] {
  return told.filter((one, index) => index > 0 && one === told[index - 1]);
}

(hasRedisServer() ? describe : describe.skip)("the connections to Redis", () => {
  let server: RedisServer;
  let redis: RedisConnections;
  const lines: string[] = [];
  const log = {
    info: (line: unknown) => void lines.push(`${line}`),
    warn: (line: unknown) => void lines.push(`${line}`),
  };
  beforeAll(async () => {
    server = await startRedisServer();
    redis = await connectRedis({ url: server.url, log });
  });
  afterAll(async () => {
    await redis.dispose();
    await server.dispose();
  });

  test("are ready once Redis answers", async () => {
    await until(() => redis.isReady());
    expect(await redis.ask((client) => client.set("a", "1"))).toBe("OK");
    expect(await redis.ask((client) => client.get("a"))).toBe("1");
  });

  test("tell an answer that is an error from none", async () => {
    await expect(redis.ask((client) => client.lPush("a", "x"))).rejects.toThrow("WRONGTYPE");
    expect(redis.isReady()).toBe(true);
  });

  test("refuse at once while Redis is gone, come back by themselves, and subscribe again", async () => {
    const heard: string[] = [];
    await redis.subscriber.subscribe("told", (message) => heard.push(message));
    const told: boolean[] = [redis.isReady()];
    const stop = redis.onReadyChange((ready) => told.push(ready));
    await server.kill();
    await until(() => !redis.isReady());
    await expect(redis.ask((client) => client.ping())).rejects.toThrow();
    await server.start();
    await until(() => redis.isReady());
    stop();
    // A server that was slow to answer may have been taken for gone once more.
    expect(told).toContain(false);
    expect(told.at(-1)).toBe(true);
    expect(repeated(told)).toEqual([]);
    await until(async () => {
      await redis.ask((client) => client.publish("told", "again")).catch(() => {});
      return heard.includes("again");
    });
  });

  test("do not wait for a Redis that is stopped", async () => {
    server.freeze();
    await expect(redis.ask((client) => client.ping())).rejects.toThrow(`did not answer within ${commandLimitMs} ms`);
    expect(redis.isReady()).toBe(false);
    // Also not where it is asked without a limit of its own.
    await expect(redis.commands.ping()).rejects.toThrow();
    server.thaw();
    await until(() => redis.isReady());
  });

  test("say each change of state once, and never the address", () => {
    const back = "Redis is connected.";
    const gone = "Redis does not answer. The gateway goes on without it, and keeps trying.";
    const late = "Redis can't be reached. The gateway starts without it, and keeps trying.";
    // Killed once and stopped once, and whatever a slow machine adds.
    expect(lines.filter((line) => line === gone).length).toBeGreaterThanOrEqual(2);
    expect(lines.filter((line) => ![back, gone, late].includes(line))).toEqual([]);
    expect(lines.at(-1)).toBe(back);
    expect(repeated(lines)).toEqual([]);
    const { host, port } = new URL(server.url);
    for (const line of lines) for (const part of [host, port]) expect(line).not.toContain(part);
  });

  test("are made also where there is no Redis, and are refused then", async () => {
    const other = await startRedisServer();
    await other.dispose();
    const away = await connectRedis({ url: other.url, log });
    expect(away.isReady()).toBe(false);
    await expect(away.ask((client) => client.ping())).rejects.toThrow();
    await other.start();
    await until(() => away.isReady());
    await away.dispose();
    expect(away.isReady()).toBe(false);
    await other.dispose();
  });
});
