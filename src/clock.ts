/**
 * The one source of time and waiting. Everything that waits takes a Clock, so that a test can own time.
 */
import { setTimeout as delay } from "node:timers/promises";

export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
  /** Milliseconds since an instant of its own; unlike `now`, it never jumps when the machine's time is set. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds, or early, without an error, when `signal` is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => Math.floor(performance.now()),
  sleep: async (ms, signal) => {
    try {
      // Node warns of less than none, which is what is left of a wait whose end has just passed.
      await delay(Math.max(0, ms), undefined, signal ? { signal } : undefined);
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  },
};
