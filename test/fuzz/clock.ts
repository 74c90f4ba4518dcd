/** A clock that waits for nobody: whoever sleeps is woken at once, and the time is then later by so much. */
import type { Clock } from "../../src/clock.ts";

export interface SkippingClock extends Clock {
  skip(ms: number): void;
}

export function skippingClock(): SkippingClock {
  const start = Date.now();
  const begun = performance.now();
  let skipped = 0;
  const monotonic = () => Math.floor(performance.now() - begun + skipped);
  return {
    now: () => start + monotonic(),
    monotonic,
    async sleep(ms, signal) {
      if (signal?.aborted) return;
      skipped += Math.max(0, ms);
      await new Promise<void>((resolve) => setImmediate(resolve));
    },
    skip(ms) {
      skipped += ms;
    },
  };
}
