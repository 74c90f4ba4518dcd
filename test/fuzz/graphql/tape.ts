/** A row of numbers that choices are read from, one after the other. At its end every choice is the first one. */
import fc from "fast-check";

export interface Tape {
  /** 0 to n - 1. */
  next(n: number): number;
  /** True once in `n` times. */
  once(n: number): boolean;
  pick<T>(from: readonly T[]): T;
}

export function readTape(numbers: readonly number[]): Tape {
  let at = 0;
  const next = (n: number): number => {
    const number = numbers[at] ?? 0;
    at += 1;
    return number % n;
  };
  return {
    next,
    // Not with 0: a tape that has ended adds nothing more.
    once: (n) => next(n) === n - 1,
    pick(from) {
      const chosen = from[next(from.length)];
      if (chosen === undefined) throw new Error("There is nothing to choose from.");
      return chosen;
    },
  };
}

export const tape: fc.Arbitrary<number[]> = fc.array(fc.nat(99_999), { minLength: 1, maxLength: 160, size: "max" });
