/** One distribution at one mean delay: what is learned from 500 settles, and the yardsticks beside it. */
import { priorPolicy } from "../../src/poller/prior.ts";
import { chance } from "./chance.ts";
import type { Distribution } from "./distributions.ts";
import { learnedAt, learnOnline, settles, usual } from "./simulation.ts";
import { bestBackOff, bestFixed, callsAt, judge, mean, optimum } from "./yardsticks.ts";

export interface Compared {
  readonly distribution: Distribution;
  /** The mean delay, as a part of the mean settle time. */
  readonly part: number;
  /** Calls an operation, by seed. */
  readonly ours: readonly number[];
  readonly optimum: number;
  readonly fixed: number;
  readonly backOff: number;
}

export function compare(distribution: Distribution, part: number, seeds: number): Compared {
  const times = distribution.times(settles);
  const delay = part * mean(times);
  const ours = Array.from({ length: seeds }, (_, seed) => {
    const law = learnOnline(distribution, settles, part, chance(seed + 1));
    return callsAt(delay, learnedAt(law, times), delay);
  });
  return {
    distribution,
    part,
    ours,
    optimum: optimum(times, delay),
    fixed: bestFixed(times, delay),
    backOff: bestBackOff(times, delay),
  };
}

/** The calls of a kind of which nothing is known, beside those of the best interval that finds out as soon. */
export function comparePrior(distribution: Distribution): number {
  const times = distribution.times(0);
  const prior = judge(times, priorPolicy(usual).next);
  return prior.calls / bestFixed(times, prior.delay);
}
