/**
 * When to ask next. Pure: everything it knows is in its arguments.
 *
 * A policy says at which age to look next (policy.ts, prior.ts); here is what else counts: what the provider asked for,
 * checks that failed, the deadline, and that operations must not be asked in step.
 */
import type { Policy } from "./policy.ts";

/** What is known of an operation that is to be asked for again. */
export interface Asked {
  /** Whether its age counts from its work's beginning, or only from when it was seen first, already under way. */
  readonly sinceStart: boolean;
  /** Milliseconds since then. */
  readonly ageMs: number;
  /** Milliseconds since the last change, or since the operation became known. */
  readonly silentMs: number;
  /** Whether the provider said something of it just now. Where it could not be asked, it may have settled since. */
  readonly answered: boolean;
  /** What the provider asked us to wait, in ms; 0 where it did not. */
  readonly retryAfterMs: number;
  /** Milliseconds until the gateway gives up; null where it doesn't, 0 or less where that is over. */
  readonly leftMs: number | null;
}

/** Milliseconds from now to the next check. */
export type Wait = (asked: Asked) => number;

/** How one kind of operation is asked for. */
export interface Schedule {
  /** A call for what somebody watches is worth more, so it is asked for sooner. */
  wait(watched: boolean): Wait;
}

export const shortestMs = 250;
/** What could not be asked, or is past its deadline, waits no longer. */
export const longestUnansweredMs = 60_000;
const shortestUnansweredMs = 1_000;

/**
 * The part of the lease in which a check must get its turn. The others are left for the provider's answer: one that is
 * cut because its turn came late would look like an outage.
 */
export const turnsPart = 1 / 3;

/** How far a look may come before or after the best age for it, as a part of the shorter of the waits beside it. */
const jitter = 0.1;

/**
 * The age of the next look, a little beside the best, so that operations that began together are not asked together for
 * ever, and looks come at all ages in the end: what settles when is seen the finer. A wait that is long only because
 * nothing happens meanwhile is not blurred by its own length. 0 ≤ random < 1.
 */
export function jittered(policy: Policy, age: number, random: number): number {
  const { curious = 0 } = policy;
  const aim = policy.next(age);
  const span = Math.min(aim - age, policy.next(aim) - aim);
  const isFirst = age * earliest < aim;
  if (!isFirst) return aim + jitter * span * (2 * random - 1);
  // Evenly in the logarithm.
  if (random < curious) return age + (aim - age) * earliest ** -(random / curious);
  return aim + jitter * span * (2 * ((random - curious) / (1 - curious)) - 1);
}

/** How many times sooner than planned the first look of a curious one may be. */
const earliest = 100;

/**
 * Never before the provider's Retry-After is over, else not beyond the deadline, for that ends the wait with a last look.
 * What could not be asked may have settled since it was last seen: it is asked again after a fifth of its silence, from 1 s
 * to 60 s, however long its policy would wait.
 */
export function waitMs(policy: Policy, asked: Asked, random: number): number {
  const { ageMs, silentMs, answered, retryAfterMs, leftMs } = asked;
  const planned = jittered(policy, ageMs, random) - ageMs;
  const unanswered = Math.min(longestUnansweredMs, Math.max(shortestUnansweredMs, silentMs / 5)) * (0.9 + 0.2 * random);
  const soonest = Math.max(shortestMs, answered ? planned : Math.min(planned, unanswered));
  const last = leftMs === null ? Number.POSITIVE_INFINITY : leftMs > 0 ? leftMs : longestUnansweredMs;
  return Math.ceil(Math.max(Math.min(soonest, last), retryAfterMs));
}
