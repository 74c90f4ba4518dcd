import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { priorPolicy } from "../../src/poller/prior.ts";
import { type Asked, jittered, longestUnansweredMs, shortestMs, waitMs } from "../../src/poller/schedule.ts";

const day = 24 * 3_600_000;
const policy = priorPolicy(10_000);
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const ms = fc.double({ min: 0, max: 8 * day, noNaN: true });
const asked: fc.Arbitrary<Asked> = fc
  .record({
    sinceStart: fc.boolean(),
    ageMs: ms,
    silentMs: ms,
    answered: fc.boolean(),
    retryAfterMs: fc.nat({ max: 30 * day }),
    leftMs: fc.option(fc.integer({ min: -day, max: 7 * day })),
  })
  .map((one) => ({ ...one, silentMs: Math.min(one.silentMs, one.ageMs) }));

test("never asks before the Retry-After is over, and asks no later for it than without one, or at its end", () => {
  fc.assert(
    fc.property(asked, random, (given, drawn) => {
      const [wait, unasked] = [waitMs(policy, given, drawn), waitMs(policy, { ...given, retryAfterMs: 0 }, drawn)];
      expect(wait).toBe(Math.max(unasked, given.retryAfterMs));
    }),
  );
});

test("asks at the deadline at the latest, and each minute past it, where the provider allows", () => {
  fc.assert(
    fc.property(asked, random, (given, drawn) => {
      const wait = waitMs(policy, { ...given, retryAfterMs: 0 }, drawn);
      expect(Number.isInteger(wait)).toBe(true);
      expect(wait).toBeGreaterThanOrEqual(Math.min(shortestMs, Math.max(1, given.leftMs ?? shortestMs)));
      if (given.leftMs !== null)
        expect(wait).toBeLessThanOrEqual(given.leftMs > 0 ? given.leftMs : longestUnansweredMs);
    }),
  );
});

test("what could not be asked is asked again within a minute, however long its policy would wait", () => {
  fc.assert(
    fc.property(asked, random, (given, drawn) => {
      const failed = { ...given, answered: false, retryAfterMs: 0 };
      const sleepy = { next: (age: number) => age + 2 * day };
      expect(waitMs(sleepy, failed, drawn)).toBeLessThanOrEqual(longestUnansweredMs * 1.1);
      expect(waitMs(policy, failed, drawn)).toBeLessThanOrEqual(waitMs(policy, { ...failed, answered: true }, drawn));
    }),
  );
});

test("a failed check waits a fifth of the silence, from a second to a minute", () => {
  const sleepy = { next: (age: number) => age + 2 * day };
  const after = (silentMs: number) =>
    waitMs(sleepy, { sinceStart: true, ageMs: day, silentMs, answered: false, retryAfterMs: 0, leftMs: null }, 0.5);
  expect([0, 5_000, 50_000, 300_000, day].map(after)).toEqual([1_000, 1_000, 10_000, 60_000, 60_000]);
});

test("looks are put beside their best age by a tenth of the shorter wait, never by a tenth of a long one before it", () => {
  const steps = { next: (age: number) => (age < 100 ? 100 : age + 2) };
  expect(jittered(steps, 0, 0)).toBeCloseTo(99.8);
  expect(jittered(steps, 0, 1)).toBeCloseTo(100.2);
  expect(jittered(steps, 100, 0.5)).toBe(102);
});

test("a curious one's first look comes up to a hundred times sooner, and no other one does", () => {
  const curious = { next: (age: number) => (age < 100 ? 100 : age + 2), curious: 0.2 };
  const drawn = [0, 0.05, 0.1, 0.15].map((random) => jittered(curious, 0, random));
  expect(drawn[0]).toBeCloseTo(100);
  // Evenly in the logarithm: each quarter of the chance makes it a quarter of the way to a hundredth.
  for (const i of [1, 2, 3]) expect(drawn[i]).toBeCloseTo(100 * 100 ** (-i / 4));
  expect(jittered(curious, 0, 0.2)).toBeCloseTo(99.8);
  expect(jittered(curious, 0, 1)).toBeCloseTo(100.2);
  // Already looked at.
  expect(jittered(curious, 50, 0.1)).toBeGreaterThan(99);
});
