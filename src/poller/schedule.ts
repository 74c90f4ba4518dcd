/**
 * When to ask next. Pure: everything it knows is in its arguments.
 *
 * The wait grows with the time for which nothing has changed, from 1 s to 60 s: an operation that has been silent for
 * ten minutes will hardly settle in the next second, one that changed just now may well. A fifth of the silence keeps
 * the mean delay of detection below about a tenth of the settle time. Jitter keeps operations that began together
 * from being asked together for ever.
 */

export interface ScheduleInput {
  /** Milliseconds since the last change, or since the operation became known. */
  readonly silentMs: number;
  /** 0 ≤ random < 1. */
  readonly random: number;
  /** What the provider asked us to wait, in ms; 0 where it did not. */
  readonly retryAfterMs: number;
}

export const shortestMs = 1_000;
export const longestMs = 60_000;

/**
 * The part of the lease in which a check must get its turn. The others are left for the provider's answer: one that is
 * cut because its turn came late would look like an outage.
 */
export const turnsPart = 1 / 3;

/** Milliseconds from now to the next check: within 1 s and 60 s, ± 10 %, but never below what the provider asked for. */
export function delayMs({ silentMs, random, retryAfterMs }: ScheduleInput): number {
  const spaced = Math.min(longestMs, Math.max(shortestMs, silentMs / 5));
  const jittered = spaced * (0.9 + 0.2 * random);
  return Math.round(Math.max(jittered, retryAfterMs));
}
