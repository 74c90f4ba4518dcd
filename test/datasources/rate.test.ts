import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createRate, shapeOf } from "../../src/datasources/rate.ts";
import { ManualClock } from "../support/clock.ts";

test("how many may still start is what all starts of the last stretch leave, now and later", async () => {
  const steps = fc.array(fc.record({ takes: fc.nat(12), pauseMs: fc.nat(700), withinMs: fc.nat(1500) }), {
    minLength: 1,
    maxLength: 20,
  });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(0.5, 1, 2.5, 7, 40), steps, async (perSecond, all) => {
      const clock = new ManualClock();
      const rate = createRate(perSecond, clock);
      const { size, stretchMs } = shapeOf(perSecond);
      const starts: number[] = [];
      for (const { takes, pauseMs, withinMs } of all) {
        for (let take = 0; take < takes && rate.wait() === 0; take += 1) {
          rate.take();
          starts.push(clock.monotonic());
        }
        for (const within of [0, withinMs]) {
          const by = clock.monotonic() + within;
          const counting = starts.filter((start) => start + stretchMs > by).length;
          expect(rate.left(within)).toBe(size - counting);
        }
        await clock.advance(pauseMs);
      }
    }),
    { numRuns: 30 },
  );
});
