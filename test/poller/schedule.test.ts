import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { delayMs, longestMs, type ScheduleInput, shortestMs } from "../../src/poller/schedule.ts";

const day = 24 * 3_600_000;
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const ms = fc.double({ min: 0, max: 30 * day, noNaN: true });
const input: fc.Arbitrary<ScheduleInput> = fc.record({
  silentMs: ms,
  random,
  retryAfterMs: fc.nat({ max: 30 * day }),
});

test("waits between 1 s and 60 s, give or take a tenth, where the provider asked for nothing", () => {
  fc.assert(
    fc.property(input, (given) => {
      const delay = delayMs({ ...given, retryAfterMs: 0 });
      expect(delay).toBeGreaterThanOrEqual(shortestMs * 0.9);
      expect(delay).toBeLessThanOrEqual(longestMs * 1.1);
      expect(Number.isInteger(delay)).toBe(true);
    }),
  );
});

test("never asks before the Retry-After is over, and never waits longer for a shorter one", () => {
  fc.assert(
    fc.property(input, (given) => {
      const [delay, unasked] = [delayMs(given), delayMs({ ...given, retryAfterMs: 0 })];
      expect(delay).toBeGreaterThanOrEqual(given.retryAfterMs);
      expect(delay).toBe(Math.max(unasked, given.retryAfterMs));
    }),
  );
});

test("waits no shorter after a longer silence, all else equal", () => {
  fc.assert(
    fc.property(input, ms, (given, longer) => {
      expect(delayMs({ ...given, silentMs: given.silentMs + longer })).toBeGreaterThanOrEqual(delayMs(given));
    }),
  );
});

test("asks after a second when something has just changed, after a fifth of the silence later, and once a minute in the end", () => {
  const after = (silentMs: number) => delayMs({ silentMs, random: 0.5, retryAfterMs: 0 });
  expect([0, 5_000, 50_000, 300_000, day].map(after)).toEqual([1_000, 1_000, 10_000, 60_000, 60_000]);
});
