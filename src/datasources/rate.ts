/**
 * How many calls may start in a stretch of time, exactly, by the given clock. It knows nothing of who waits.
 *
 * The starts of the last stretch are kept, so the bound holds in every stretch and not only in aligned ones: a counter
 * for each second would allow two seconds' worth around the turn of a second. rate-limiter-flexible's memory limiter is
 * such a counter, and reads Date.now itself.
 */
import type { Clock } from "../clock.ts";

export interface Rate {
  /** Ms until a call may start; 0 if one may start now. */
  wait(): number;
  /** Notes a start. Only where wait() is 0. */
  take(): void;
  /** How many may start now. */
  left(): number;
}

/**
 * At most `perSecond` starts in any second. A rate with a fraction has its whole part in a stretch as much longer or
 * shorter: 2.5 is 2 in any 800 ms, 0.5 is 1 in any 2 s.
 */
export function createRate(perSecond: number, clock: Clock): Rate {
  const size = Math.max(1, Math.floor(perSecond));
  const stretch = (size / perSecond) * 1000;
  /** The latest `size` starts, a ring: `oldest` is the index of the one that is overwritten next. */
  const starts = new Array<number>(size).fill(Number.NEGATIVE_INFINITY);
  let oldest = 0;

  /** A start that lies ahead means that the machine's time was set back: it counts as just now, or we'd wait for long. */
  function freeAt(index: number): number {
    const start = Math.min(starts[index] ?? 0, clock.now());
    starts[index] = start;
    return start + stretch;
  }

  return {
    wait: () => Math.max(0, Math.ceil(freeAt(oldest) - clock.now())),
    take: () => {
      starts[oldest] = clock.now();
      oldest = (oldest + 1) % size;
    },
    left: () => starts.filter((_, index) => freeAt(index) <= clock.now()).length,
  };
}
