/** Clocks whose time is moved on from outside. */
import type { Clock } from "../../src/clock.ts";
import { fastClock } from "../support/fast-clock.ts";

export interface SkippingClock extends Clock {
  skip(ms: number): void;
}

/** It waits for nobody: whoever sleeps is woken at once, and the time is then later by so much. */
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

/** For a whole gateway, whose poller must not run hot: it waits, though shorter, and is moved on beside that. */
export function jumpingClock(): SkippingClock {
  const fast = fastClock(50);
  let skipped = 0;
  return {
    now: () => fast.now() + skipped,
    monotonic: () => fast.monotonic() + skipped,
    sleep: fast.sleep,
    skip(ms) {
      skipped += ms;
    },
  };
}
