/** One distribution at one mean delay: what is learned from 500 settles, and the yardsticks beside it. */
import { policyFor } from "../../src/poller/policy.ts";
import { priorPolicy } from "../../src/poller/prior.ts";
import { chance } from "./chance.ts";
import type { Distribution } from "./distributions.ts";
import { judgeJittered, learnOnline, usual } from "./simulation.ts";
import { bestBackOff, bestFixed, callsAt, judge, mean, optimum } from "./yardsticks.ts";

export const settles = 500;

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
    // Every policy with the same jitter, so that calls depend on the price alone.
    return callsAt(delay, (price) => judgeJittered(times, policyFor(law, price), chance(0)), delay);
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
