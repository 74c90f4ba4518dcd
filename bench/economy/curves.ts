/** Calls against delay over a range of delays, for a plot of each distribution. */
import { meanOf, priceFor } from "../../src/poller/policy.ts";
import { whole } from "../../src/poller/steps.ts";
import { chance } from "./chance.ts";
import type { Distribution } from "./distributions.ts";
import { learnedAt, learnOnline, settles } from "./simulation.ts";
import { bestBackOff, bestFixed, type Cost, mean, optimumAt } from "./yardsticks.ts";

export interface Point {
  /** The mean delay, as a part of the mean settle time. */
  readonly part: number;
  readonly calls: number;
}

/** By what is plotted, in the order of the legend. */
export type Curves = ReadonlyMap<string, readonly Point[]>;

const least = 0.03;
const most = 0.5;
const points = 14;

export function curvesOf(distribution: Distribution): Curves {
  const times = distribution.times(settles);
  const average = mean(times);
  const law = learnOnline(distribution, settles, 0.1, chance(1));
  const usual = whole(priceFor(law, 0.1 * meanOf(law)));
  const parts = Array.from({ length: points }, (_, i) => least * (most / least) ** (i / (points - 1)));
  const simple = (best: (times: Float64Array, delay: number) => number): Point[] =>
    parts.map((part) => ({ part, calls: best(times, part * average) }));
  /** At prices around the usual one. Delays grow about as their root. */
  const priced = (costAt: (price: number) => Cost): Point[] =>
    Array.from({ length: 2 * points }, (_, i) => costAt(usual * 1e-2 * 1e4 ** (i / (2 * points - 1))))
      .map(({ calls, delay }) => ({ part: delay / average, calls }))
      .filter(({ part }) => part >= least && part <= most);
  return new Map([
    ["best fixed interval", simple(bestFixed)],
    ["best back-off", simple(bestBackOff)],
    ["learned", priced(learnedAt(law, times))],
    ["optimum that knows", priced(optimumAt(times))],
  ]);
}
