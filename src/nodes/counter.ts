/**
 * The counter in Redis that all gateways share: the starts of the last stretch of each upstream, until when it is held,
 * who waits for it, and which gateways go by this counter at all. Every question is one script, so it is answered at one
 * instant of Redis' own clock. Where Redis doesn't answer it rejects; what follows from that is not known here.
 */
import { priorities, type Shape, type Wanted } from "../datasources/rate.ts";
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
  /** Where nothing is wanted it only tells. `peers`: who has to go by this counter too, for no database says so. */
  take(upstream: string, shape: Shape, wanted: Wanted, peers: readonly string[] | null): Promise<Counted>;
  hold(upstream: string, ms: number): Promise<void>;
  /** Notes that this gateway goes by the counter, for as long as a view counts; or that it doesn't at the moment. */
  attend(goesByIt: boolean, forget: boolean): Promise<void>;
  leave(): Promise<void>;
}

/** When to ask again where starts are left, but for others. Also the least wait: nobody asks in vain more often than that. */
const soonMs = 20;

const nowLua = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
`;

/**
 * KEYS: starts, hold, attendance, waiting. ARGV: size, stretch, node, for how long starts are kept for it, what it wants
 * of each priority, whether peers are to be seen, peers.
 *
 * A start that lies ahead means that Redis' clock was set back: it counts as just now, and is noted so, or the step would
 * be waited for.
 *
 * Who is refused is told to come back at the instant when a start is free, and whoever is nearest to Redis would come
 * first, every time. So it is noted what each waits for, and the starts that are left are dealt out in mind to all who
 * wait: to the highest priority, among equals to the one that has had the fewest. The asker gets its part of that. What
 * others get in it stays there for them until their note has run out, and no longer.
 *
 * `had` counts the starts of a gateway. One that has had fewer, for it had nothing to ask, is not made up for more than
 * one stretch's worth.
 */
const takeLua = `${nowLua}
local size, stretch, me, kept = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
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
local held = math.max(0, redis.call('PTTL', KEYS[2]))
if ARGV[${4 + priorities.length + 1}] == '1' and held == 0 then
  local attending = {}
  local all = redis.call('HGETALL', KEYS[3])
  for i = 1, #all, 2 do
    if tonumber(all[i + 1]) < now then return {0, 250, 0, 0} end
    attending[all[i]] = true
  end
  for i = ${4 + priorities.length + 2}, #ARGV do
    if not attending[ARGV[i]] then return {0, 250, 0, 0} end
  end
end
local wait = held
if held == 0 and left == 0 then wait = math.max(${soonMs}, math.ceil(oldest + stretch - now)) end
local mine = {node = me, had = 0, wants = {}}
local most = 0
for priority = 1, ${priorities.length} do
  mine.wants[priority] = tonumber(ARGV[4 + priority])
  most = most + mine.wants[priority]
end
if most == 0 then return {0, wait, held, left} end

local waiting, highest = {mine}, 0
local notes = redis.call('HGETALL', KEYS[4])
for i = 1, #notes, 2 do
  local note = cjson.decode(notes[i + 1])
  highest = math.max(highest, note.had)
  if notes[i] == me then
    mine.had = note.had
  elseif note.from > now + 1 or note.till < now - 60000 then
    redis.call('HDEL', KEYS[4], notes[i])
  elseif note.till > now then
    note.node = notes[i]
    waiting[#waiting + 1] = note
  end
end
local floor = highest - size
local function before(a, b)
  local hadA, hadB = math.max(a.had, floor), math.max(b.had, floor)
  if hadA ~= hadB then return hadA < hadB end
  if a.had ~= b.had then return a.had < b.had end
  return a.node < b.node
end
local granted, free = 0, left
if held > 0 then free = 0 end
for priority = 1, ${priorities.length} do
  while free > 0 do
    local first = nil
    for i = 1, #waiting do
      local one = waiting[i]
      if one.wants[priority] > 0 and (not first or before(one, first)) then first = one end
    end
    if not first then break end
    first.had = math.max(first.had, floor) + 1
    first.wants[priority] = first.wants[priority] - 1
    free = free - 1
    if first == mine then granted = granted + 1 end
  end
end
if granted == 0 and wait == 0 then wait = ${soonMs} end
local till = now
if granted < most then till = now + wait + kept end
redis.call('HSET', KEYS[4], me, cjson.encode({from = now, till = till, had = mine.had, wants = mine.wants}))
redis.call('PEXPIRE', KEYS[4], math.ceil(wait) + 60000)
for i = 1, granted do redis.call('RPUSH', KEYS[1], string.format('%.3f', now)) end
if granted > 0 then
  redis.call('LTRIM', KEYS[1], -size, -1)
  redis.call('PEXPIRE', KEYS[1], math.ceil(stretch) + 1000)
end
return {granted, wait, held, left - granted}
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

export interface CounterOptions {
  readonly redis: RedisConnections;
  /** Of the keys, one for each installation, so that two on one Redis don't count for each other. */
  readonly prefix: string;
  /** This gateway's name. */
  readonly node: string;
  /**
   * How long starts are kept for this gateway while it waits, from when it may ask again. Long enough for one that is far
   * away or busy; so long one that has died keeps its part from the others.
   */
  readonly keptMs?: number;
}

export function createCounter({ redis, prefix, node, keptMs = 500 }: CounterOptions): Counter {
  // The braces keep the keys of a script together where Redis is a cluster.
  const key = (name: string): string => `{${prefix}}:${name}`;
  const run = (script: string, keys: readonly string[], values: ReadonlyArray<string | number>): Promise<unknown> =>
    redis.ask((client) => client.eval(script, { keys: keys.map(key), arguments: values.map((value) => `${value}`) }));

  return {
    async take(upstream, { size, stretchMs }, wanted, peers) {
      const keys = [`starts:${upstream}`, `hold:${upstream}`, "attendance", `waiting:${upstream}`];
      const wants = priorities.map((priority) => wanted[priority]);
      const told = await run(takeLua, keys, [size, stretchMs, node, keptMs, ...wants, peers ? 1 : 0, ...(peers ?? [])]);
      const [starts = 0, waitMs = 0, heldMs = 0, left = 0] = told as number[];
      return { starts, waitMs, heldMs, left };
    },
    async hold(upstream, ms) {
      await run(holdLua, [`hold:${upstream}`], [Math.max(1, Math.ceil(ms))]);
    },
    async attend(goesByIt, forget) {
      const [seconds, microseconds] = (await redis.ask((client) => client.sendCommand(["TIME"]))) as [string, string];
      const now = Number(seconds) * 1000 + Number(microseconds) / 1000;
      await run(attendLua, ["attendance"], [node, goesByIt ? viewMs : 0, now, forget ? 1 : 0]);
    },
    async leave() {
      await redis.ask((client) => client.hDel(key("attendance"), node));
    },
  };
}
