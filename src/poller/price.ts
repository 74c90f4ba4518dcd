/**
 * What a call to one provider costs, in parts of its usual price: one number for all operations of that provider. It rises
 * while checks begin late, for then more is asked for than its budget lets through, and falls back when there is room.
 * Pure but for what it remembers.
 */

export interface Price {
  /** At least 1. */
  readonly dearer: number;
  /** A check began so long after it was due, of a kind that is found out so late on average, by plan. */
  began(lateMs: number, delayMs: number): void;
  /** To be called every `periodMs`: what has begun since the last time decides. */
  adjust(): void;
}

export const periodMs = 5_000;
export const dearest = 10_000;
/** Where being late adds so much to the planned delay, the price rises; below half of it, it falls. */
const tolerated = 0.25;

export function createPrice(): Price {
  let dearer = 1;
  let count = 0;
  let sum = 0;
  return {
    get dearer() {
      return dearer;
    },
    began(lateMs, delayMs) {
      count += 1;
      // One that waited for an outage to end says no more than that there is a queue.
      sum += Math.min(4, Math.max(0, lateMs) / Math.max(1, delayMs * Math.sqrt(dearer)));
    },
    adjust() {
      const late = count === 0 ? 0 : sum / count;
      // Delays, and with them waits, grow as the root of the price, and those that wait already have their times.
      if (late > tolerated) dearer = Math.min(dearest, dearer * Math.min(2, 1 + late));
      else if (late < tolerated / 2) dearer = Math.max(1, dearer * 0.9);
      count = 0;
      sum = 0;
    },
  };
}

/** What somebody watches is worth four times a call's price, and is found out in half the time. */
export const watchedPart = 0.25;
