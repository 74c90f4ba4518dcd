/** Sockets end one after the other. Time is the test's; the sockets are real. */
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Clock } from "../../src/clock.ts";
import { closeSpread } from "../../src/server/drain.ts";
import { ManualClock } from "../support/clock.ts";
import { until } from "../support/until.ts";
import { type Connected, type Switchboard, startSwitchboard } from "./connected.ts";

let clock: ManualClock;
let switchboard: Switchboard;
let all: Connected[];

beforeEach(async () => {
  clock = new ManualClock();
  switchboard = await startSwitchboard();
  all = [];
  for (let count = 0; count < 10; count += 1) all.push(await switchboard.connect());
});
afterEach(async () => {
  await switchboard.dispose();
  expect(clock.sleeping).toBe(0);
});

const open = () => all.filter(({ socket }) => socket.readyState === socket.OPEN).length;

test("each hears 1012 in its turn, evenly over the window", async () => {
  const told = closeSpread(switchboard.clients, 5_000, clock);
  const left: number[] = [];
  for (let half = 0; half < 10; half += 1) {
    await clock.advance(half === 0 ? 0 : 500);
    left.push(open());
  }
  await told;
  expect(left).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  expect(await Promise.all(all.map(({ closed }) => closed))).toEqual(all.map(() => 1012));
});

test("without a window all hear it at once", async () => {
  await closeSpread(switchboard.clients, 0, clock);
  expect(open()).toBe(0);
});

test("who leaves by itself is not waited for, and nobody is no reason to wait", async () => {
  const told = closeSpread(switchboard.clients, 5_000, clock);
  for (const { peer } of all) peer.close();
  await until(() => switchboard.clients.size === 0);
  await clock.advance(500);
  await told;
  await closeSpread(switchboard.clients, 5_000, clock);
});

test("after a standstill those whose turn has passed are told one by one, not all at once", async () => {
  let now = 0;
  const slept: number[] = [];
  const stalling: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: async (ms) => {
      slept.push(ms);
      // The second sleep lasts for three seconds more than it was to.
      now += ms + (slept.length === 2 ? 3_000 : 0);
    },
  };
  await closeSpread(switchboard.clients, 5_000, stalling);
  expect(slept).toEqual([500, 500, 250, 250, 250, 250, 250, 250, 250]);
});
