/**
 * How many calls may start in a stretch of time, exactly, by the given clock's monotonic time. It knows nothing of who
 * waits, nor of other gateways: whoever does gives the budget other `Turns`.
 *
 * The starts of the last stretch are kept, so the bound holds in every stretch and not only in aligned ones: a counter
 * for each second would allow two seconds' worth around the turn of a second. rate-limiter-flexible's memory limiter is
 * such a counter, and reads Date.now itself.
 */
import type { Clock } from "../clock.ts";
import type { Priority } from "./contract.ts";

/** Highest first. */
export const priorities: readonly Priority[] = ["write", "lookup", "watched", "background"];

/** At most `size` starts in any stretch of so many ms. */
export interface Shape {
  readonly size: number;
  readonly stretchMs: number;
}

/** Longer than 10 s by what a call may be late on its way. */
export const tenSecondsMs = 10_250;

/**
 * At most `perSecond` starts a second, and in any 10 s at most eleven times that: ten seconds' worth and one more. A rate
 * with a fraction has its whole part in a stretch as much longer or shorter: 2.5 is 2 in any 800 ms. Where the stretches
 * that begin in 10 s would be one too many, they are a little longer: 0.5 is 1 in any 2050 ms, for with 2000 one late call
 * makes six in 10 s, where 5.5 are allowed. A start is whole, so a rate below 1/11 has one, in as long as that takes.
 */
export function shapeOf(perSecond: number): Shape {
  const size = Math.max(1, Math.floor(perSecond));
  const exactMs = (size / perSecond) * 1000;
  const stretches = Math.floor((11 * perSecond) / size);
  return { size, stretchMs: stretches < 1 ? exactMs : Math.max(exactMs, tenSecondsMs / stretches) };
}

export interface Rate {
  /** Ms until a call may start; 0 if one may start now. */
  wait(): number;
  /** Notes a start. Only where wait() is 0. */
  take(): void;
  /** How many may start now, or within so many ms. */
  left(withinMs?: number): number;
  /** From now on another shape holds, never of a larger size than the first. Starts that were made count in it. */
  reshape(shape: Shape): void;
}

export function createRate(perSecond: number, clock: Pick<Clock, "monotonic">): Rate {
  let shape = shapeOf(perSecond);
  const kept = shape.size;
  /** The latest starts, a ring: `next` is the index that is written next. */
  const starts = new Array<number>(kept).fill(Number.NEGATIVE_INFINITY);
  let next = 0;

  /** When the start that was made so many starts ago counts no more. */
  const freeAt = (ago: number): number => (starts[(next - ago + kept) % kept] ?? 0) + shape.stretchMs;

  return {
    wait: () => Math.max(0, Math.ceil(freeAt(shape.size) - clock.monotonic())),
    take: () => {
      starts[next] = clock.monotonic();
      next = (next + 1) % kept;
    },
    left: (withinMs = 0) => {
      const by = clock.monotonic() + withinMs;
      // The longer ago a start was, the sooner it counts no more: the ones that still do are found by halving.
      let [counting, beyond] = [0, shape.size];
      while (counting < beyond) {
        const middle = Math.ceil((counting + beyond) / 2);
        if (freeAt(middle) > by) counting = middle;
        else beyond = middle - 1;
      }
      return shape.size - counting;
    },
    reshape: (given) => {
      if (given.size > kept) throw new RangeError(`A rate of ${kept} starts can't be reshaped to ${given.size}.`);
      shape = given;
    },
  };
}

export interface Grant {
  /** So many calls may start now, and only now: what is not used is lost. */
  readonly starts: number;
  /** Where none may: after how many ms it is worth asking again. */
  readonly waitMs: number;
}

/** How many calls wait and could begin now, of each priority. */
export type Wanted = Readonly<Record<Priority, number>>;

/** Where a budget gets its starts from. */
export interface Turns {
  /** Asks for starts, never for more than are wanted. Answers at once where nobody else has to be asked; never rejects. */
  take(wanted: Wanted): Grant | Promise<Grant>;
  /** How many might start now, or within so many ms, as far as is known here. */
  left(withinMs?: number): number;
  /**
   * The upstream wants no call for so many ms: for whoever else asks it. Resolves once they can know of it, or soon where
   * that can't be; never rejects.
   */
  hold(ms: number): Promise<void>;
  /** Tells of holds that came from elsewhere. Called once, by the budget. */
  onHold(listener: (ms: number) => void): void;
}

/** The turns of a gateway that shares its providers with no other. */
export function localTurns(perSecond: number, clock: Pick<Clock, "monotonic">): Turns {
  const rate = createRate(perSecond, clock);
  return {
    // One at a time: as a call begins, others may be sent away, and their starts must not be lost.
    take: () => {
      const waitMs = rate.wait();
      if (waitMs > 0) return { starts: 0, waitMs };
      rate.take();
      return { starts: 1, waitMs: 0 };
    },
    left: rate.left,
    hold: () => Promise.resolve(),
    onHold: () => {},
  };
}
