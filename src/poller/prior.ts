/**
 * When to ask for work of a kind of which too little has been seen. The wait grows slowly with the age, so that a guess
 * of the settle time that is far off costs little either way. Pure.
 */
import type { Policy } from "./policy.ts";

/**
 * How fast the wait grows: as this power of the age. Asking so takes at most 1 / (1 - growth) times the calls of an
 * interval that is the same throughout and finds out as soon on average, whatever the settle times are: about 1.3, and a little more where there are few.
 */
const growth = 0.25;
/** The mean delay of detection that schedules aim at, as a part of the mean settle time. */
export const delayPart = 0.1;

/** `usual` is the guess; `dearer` how much more a call costs than usual. */
export function priorPolicy(usual: number, dearer = 1): Policy {
  const power = 1 - growth;
  // The wait at the age that was guessed is twice the delay there.
  const step = 2 * delayPart * Math.sqrt(dearer) * usual ** power * power;
  return { next: (age) => (age ** power + step) ** (1 / power) };
}
