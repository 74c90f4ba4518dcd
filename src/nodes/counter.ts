/**
 * The counter in Redis that all gateways share: the starts of the last stretch of each upstream, until when it is held,
 * and which gateways go by this counter at all. Every question is one script, so it is answered at one instant of
 * Redis' own clock. Where Redis doesn't answer it rejects; what follows from that is not known here.
 */
import type { Shape } from "../datasources/rate.ts";
import type { RedisConnections } from "../redis.ts";
import { viewMs } from "./sharing.ts";

export interface Counted {
  readonly starts: number;
  readonly waitMs: number;
  /** For how long the upstream is held; 0 where it isn't. */
  readonly heldMs: number;
  /** Starts that are left now. */
  readonly left: number;
}

export interface Counter {
  /** With `most` 0 it only tells. `peers`: who has to go by this counter too, for no database says so. */
  take(upstream: string, shape: Shape, most: number, peers: readonly string[] | null): Promise<Counted>;
  hold(upstream: string, ms: number): Promise<void>;
  /** Notes that a gateway goes by this counter, for as long as a view counts; or that it doesn't at the moment. */
  attend(node: string, goesByIt: boolean, forget: boolean): Promise<void>;
  leave(node: string): Promise<void>;
}

const nowLua = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
`;

/**
 * KEYS: starts, hold, attendance. ARGV: size, stretch, most, whether peers are to be seen, peers. A start that lies ahead
 * means that Redis' clock was set back: it counts as just now, and is noted so, or the step would be waited for.
 */
const takeLua = `${nowLua}
local size, stretch, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local oldest, recent = nil, 0
local starts = redis.call('LRANGE', KEYS[1], -size, -1)
for i = 1, #starts do
  local start = tonumber(starts[i])
  if start > now then
    start = now
    redis.call('LSET', KEYS[1], i - #starts - 1, string.format('%.3f', now))
  end
  if start + stretch > now then
    recent = recent + 1
    oldest = oldest or start
  end
end
local left = size - recent
local held = redis.call('PTTL', KEYS[2])
if held > 0 then return {0, held, held, left} end
if ARGV[4] == '1' then
  local attending = {}
  local all = redis.call('HGETALL', KEYS[3])
  for i = 1, #all, 2 do
    if tonumber(all[i + 1]) < now then return {0, 250, 0, 0} end
    attending[all[i]] = true
  end
  for i = 5, #ARGV do
    if not attending[ARGV[i]] then return {0, 250, 0, 0} end
  end
end
local granted = math.min(most, left)
for i = 1, granted do redis.call('RPUSH', KEYS[1], string.format('%.3f', now)) end
if granted > 0 then
  redis.call('LTRIM', KEYS[1], -size, -1)
  redis.call('PEXPIRE', KEYS[1], math.ceil(stretch) + 1000)
end
local wait = 0
if left == 0 then wait = math.max(1, math.ceil(oldest + stretch - now)) end
return {granted, wait, 0, left - granted}
`;

/** KEYS: hold. ARGV: ms. */
const holdLua = `
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], '1', 'PX', ARGV[1]) end
return 0
`;

/**
 * KEYS: attendance. ARGV: node, how long it counts, the time that the sender read, whether to forget the dead. Counted from
 * that time, so that one which Redis runs late tells nothing any more: its sender may have given Redis up since. Who does
 * not go by the counter stands there with a negative number.
 */
const attendLua = `${nowLua}
local counts = tonumber(ARGV[3]) + tonumber(ARGV[2])
if tonumber(ARGV[2]) == 0 then counts = -now end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.3f', counts))
if ARGV[4] == '1' then
  local all = redis.call('HGETALL', KEYS[1])
  for i = 1, #all, 2 do
    if all[i] ~= ARGV[1] and math.abs(tonumber(all[i + 1])) < now - 60000 then redis.call('HDEL', KEYS[1], all[i]) end
  end
end
redis.call('PEXPIRE', KEYS[1], 120000)
return 0
`;

/** `prefix`: of the keys, one for each installation, so that two on one Redis don't count for each other. */
export function createCounter(redis: RedisConnections, prefix: string): Counter {
  // The braces keep the keys of a script together where Redis is a cluster.
  const key = (name: string): string => `{${prefix}}:${name}`;
  const run = (script: string, keys: readonly string[], values: ReadonlyArray<string | number>): Promise<unknown> =>
    redis.ask((client) => client.eval(script, { keys: keys.map(key), arguments: values.map((value) => `${value}`) }));

  return {
    async take(upstream, { size, stretchMs }, most, peers) {
      const keys = [`starts:${upstream}`, `hold:${upstream}`, "attendance"];
      const told = await run(takeLua, keys, [size, stretchMs, most, peers ? 1 : 0, ...(peers ?? [])]);
      const [starts = 0, waitMs = 0, heldMs = 0, left = 0] = told as number[];
      return { starts, waitMs, heldMs, left };
    },
    async hold(upstream, ms) {
      await run(holdLua, [`hold:${upstream}`], [Math.max(1, Math.ceil(ms))]);
    },
    async attend(node, goesByIt, forget) {
      const [seconds, microseconds] = (await redis.ask((client) => client.sendCommand(["TIME"]))) as [string, string];
      const now = Number(seconds) * 1000 + Number(microseconds) / 1000;
      await run(attendLua, ["attendance"], [node, goesByIt ? viewMs : 0, now, forget ? 1 : 0]);
    },
    async leave(node) {
      await redis.ask((client) => client.hDel(key("attendance"), node));
    },
  };
}
