/**
 * Settle times to try a schedule on, in seconds: each a list of equally likely ones in ascending order, so that whatever
 * can be drawn can be judged exactly. `number` is how many have settled before, for those that drift.
 */
export interface Distribution {
  readonly name: string;
  /** P8: how many of the optimum's calls it may take (1.1 unless given), and of the best fixed interval's, at a delay of 10 %. */
  readonly mostOfOptimum?: number;
  readonly mostOfFixed?: number;
  times(number: number): Float64Array;
  readonly drifts?: true;
}

const points = 8_000;

/** From the inverse of its cumulative distribution. */
function quantiles(inverse: (share: number) => number): Float64Array {
  return Float64Array.from({ length: points }, (_, i) => inverse((i + 0.5) / points)).sort();
}

/** The inverse of the normal distribution, to 1e-9 (bisection on the error function's series would be slower, not better). */
function normal(share: number): number {
  // Abramowitz and Stegun 26.2.23, then two steps of Newton on the distribution itself.
  const tail = Math.min(share, 1 - share);
  const t = Math.sqrt(-2 * Math.log(tail));
  let x = t - (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3);
  if (share < 0.5) x = -x;
  return x;
}

export const lognormal = (median: number, sigma: number) =>
  quantiles((share) => median * Math.exp(sigma * normal(share)));
const weibull = (scale: number, shape: number) => quantiles((share) => scale * (-Math.log(1 - share)) ** (1 / shape));
const pareto = (least: number, shape: number, most = Number.POSITIVE_INFINITY) =>
  quantiles((share) => Math.min(most, least * (1 - share) ** (-1 / shape)));
const uniform = (low: number, high: number) => quantiles((share) => low + share * (high - low));
const gaussian = (mean: number, sigma: number) => quantiles((share) => Math.max(0, mean + sigma * normal(share)));

/** Parts by their shares. */
function mixture(...parts: ReadonlyArray<readonly [share: number, times: Float64Array]>): Float64Array {
  const all: number[] = [];
  for (const [share, times] of parts) {
    const count = Math.round(share * points);
    for (let i = 0; i < count; i += 1) all.push(times[Math.floor(((i + 0.5) / count) * times.length)] ?? 0);
  }
  return Float64Array.from(all).sort();
}

type Bars = Pick<Distribution, "mostOfOptimum" | "mostOfFixed">;

const steady = (name: string, times: Float64Array, bars: Bars = {}): Distribution => ({
  name,
  times: () => times,
  ...bars,
});

function drifting(name: string, times: Float64Array, factor: (number: number) => number): Distribution {
  return { name, times: (number) => times.map((time) => time * factor(number)), drifts: true };
}

/** The eight of P8. */
export const distributions: readonly Distribution[] = [
  steady("narrow", lognormal(30, 0.1), { mostOfOptimum: 1.2, mostOfFixed: 0.45 }),
  steady("wide", lognormal(30, 0.8)),
  steady("memoryless", weibull(30, 1)),
  steady("heavy-tailed", pareto(5, 1.3, 7200), { mostOfFixed: 0.65 }),
  steady("two humps", mixture([0.7, lognormal(8, 0.25)], [0.3, lognormal(120, 0.3)])),
  steady(
    "three humps with retries",
    mixture([0.7, lognormal(6, 0.3)], [0.2, lognormal(45, 0.3)], [0.1, lognormal(600, 0.3)]),
    { mostOfFixed: 0.7 },
  ),
  steady("long batches", gaussian(2700, 500), { mostOfOptimum: 1.2, mostOfFixed: 0.75 }),
  // Twice as long after 500 settles as before; judged by those that come next.
  drifting("drifting", lognormal(30, 0.4), (number) => 2 ** (Math.min(number, 500) / 500)),
];

/**
 * From settle times in seconds, or quantiles at even distances. Straight lines between neighbours: few times are a sample of
 * what lies between them too, not all that there ever is. Equal ones stay an atom. A sentence of what is wrong with them.
 */
export function given(name: string, list: unknown): Distribution | string {
  const expected = `${name}: expected a JSON list of at least 20 settle times in seconds`;
  if (!Array.isArray(list)) return `${expected}; got ${list === null ? "null" : `a value of type ${typeof list}`}.`;
  if (list.length < 20) return `${expected}; got ${list.length}.`;
  const times = list.filter((time): time is number => Number.isFinite(time) && time >= 0 && time <= longestTime);
  const wrong = list.findIndex((time) => !(Number.isFinite(time) && time >= 0 && time <= longestTime));
  if (wrong >= 0) {
    return `${expected}, each from 0 to ${longestTime}; entry ${wrong + 1} is ${JSON.stringify(list[wrong])}.`;
  }
  times.sort((a, b) => a - b);
  if (!((times.at(-1) ?? 0) > 0)) return `${expected}, some of them above 0; all are 0.`;
  const at = (place: number) => times[Math.max(0, Math.min(times.length - 1, place))] ?? 0;
  const between = (share: number) => {
    const place = share * times.length - 0.5;
    const before = Math.floor(place);
    return at(before) + (place - before) * (at(before + 1) - at(before));
  };
  return steady(name, quantiles(between));
}

/** Thirty years. */
const longestTime = 1e9;

/** What nothing was tuned for: to see where it breaks. */
export const others: readonly Distribution[] = [
  steady("lognormal .05", lognormal(30, 0.05)),
  steady("lognormal .2", lognormal(30, 0.2)),
  steady("lognormal .4", lognormal(30, 0.4)),
  steady("lognormal 1.5", lognormal(30, 1.5)),
  steady("lognormal 2", lognormal(30, 2)),
  steady("weibull .5", weibull(30, 0.5)),
  steady("weibull .7", weibull(30, 0.7)),
  steady("weibull 2", weibull(30, 2)),
  steady("weibull 4", weibull(30, 4)),
  steady("pareto 1.1", pareto(2, 1.1, 86400)),
  steady("pareto 2", pareto(10, 2)),
  steady("uniform", uniform(0, 60)),
  steady("uniform 20-40", uniform(20, 40)),
  steady("constant+jitter", mixture([1, uniform(30, 31)])),
  steady(
    "constant+expo",
    quantiles((share) => 20 - 5 * Math.log(1 - share)),
  ),
  steady("bimodal far", mixture([0.5, lognormal(2, 0.1)], [0.5, lognormal(600, 0.1)])),
  steady("bimodal narrow", mixture([0.5, lognormal(20, 0.05)], [0.5, lognormal(40, 0.05)])),
  steady("atom at 0", mixture([0.4, uniform(0, 0.01)], [0.6, lognormal(30, 0.5)])),
  steady("retry 60", mixture([0.8, lognormal(5, 0.5)], [0.15, gaussian(65, 2)], [0.05, gaussian(125, 2)])),
  steady("narrow + wide", mixture([0.6, lognormal(30, 0.05)], [0.4, lognormal(60, 1)])),
  steady("gamma-ish 3 exp", mixture([0.6, weibull(5, 1)], [0.3, weibull(60, 1)], [0.1, weibull(600, 1)])),
  steady("daily batch", gaussian(36_000, 4_000)),
  steady("batch tail", mixture([0.9, gaussian(2700, 300)], [0.1, weibull(3600, 1)])),
  drifting("step drift x3", lognormal(30, 0.4), (n) => (n < 250 ? 1 : 3)),
  drifting("slow drift /2", lognormal(30, 0.4), (n) => 2 ** (-Math.min(n, 500) / 500)),
  drifting("memoryless drift x2", weibull(30, 1), (n) => 2 ** (Math.min(n, 500) / 500)),
  drifting("narrow drift x1.5", lognormal(30, 0.1), (n) => 1.5 ** (Math.min(n, 500) / 500)),
];
