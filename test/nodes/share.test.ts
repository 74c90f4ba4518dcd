import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createRate } from "../../src/datasources/rate.ts";
import { gapMs, shareOf } from "../../src/nodes/share.ts";
import { busiest, promised } from "./promised.ts";

/** Starts of gateways that have always more to ask than they may, each beginning at its own time. */
function saturated(rate: number, phases: readonly number[], untilMs: number): number[] {
  const starts: number[] = [];
  phases.forEach((phase, index) => {
    let now = phase;
    const own = createRate(rate, { monotonic: () => now });
    const shape = shareOf(rate, phases.length, index === 0);
    if (!shape) return;
    own.reshape(shape);
    while (now < untilMs) {
      now += own.wait();
      own.take();
      starts.push(now);
    }
  });
  return starts;
}

describe("a gateway's part of a rate", () => {
  test("keeps all together within the rate, however many there are and whenever each began", () => {
    let seen = 0;
    fc.assert(
      fc.property(
        fc.oneof(fc.double({ min: 0.05, max: 12, noNaN: true }), fc.double({ min: 0.05, max: 200, noNaN: true })),
        fc.array(fc.nat({ max: 11_000 }), { minLength: 1, maxLength: 12 }),
        (rate, phases) => {
          const starts = saturated(rate, phases, 45_000);
          seen += starts.length;
          expect(busiest(starts)).toBeLessThanOrEqual(promised(rate));
        },
      ),
      { numRuns: 300 },
    );
    expect(seen).toBeGreaterThan(100_000);
  });

  test("is whole for one, and used well by several", () => {
    expect(shareOf(10, 1, true)).toEqual({ size: 10, stretchMs: 1000 });
    for (const [rate, nodes] of [
      [10, 3],
      [2, 3],
      [1, 3],
      [0.5, 2],
      [200, 12],
    ] as const) {
      const starts = saturated(rate, new Array(nodes).fill(0), 100_000);
      expect(starts.length).toBeGreaterThan(0.8 * rate * 100);
    }
  });

  test("is the first one's alone where there is no start for each", () => {
    expect(shareOf(0.05, 3, true)).toEqual({ size: 1, stretchMs: 20_000 });
    expect(shareOf(0.05, 3, false)).toBeNull();
  });

  test("is not taken up again before what others may have asked is past", () => {
    expect(gapMs(10, 3, "redis")).toBe(1000);
    expect(gapMs(10, 3, "share")).toBe(1000);
    expect(gapMs(1, 3, "redis")).toBe(4000);
    expect(gapMs(0.05, 3, "redis")).toBe(20_000);
  });
});
