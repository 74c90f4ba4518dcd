/**
 * When work of a kind settles, estimated from what its checks have shown: only that it had not settled at one age and
 * had at the next. Pure, and free of any unit of time.
 *
 * Ages are counted in logarithmic bins. The mass of each sample is spread over its interval by the current estimate, and
 * that is made anew from all of them, again and again (an EM algorithm); each time it is smoothed over neighbouring bins,
 * so that it does not trust the sample more than that deserves. How wide, is for cross-validation: a narrow distribution
 * gets narrow bins, and one without features wide ones.
 */

import type { Steps } from "./steps.ts";

/** It had not settled when it was `after` old, and had when `within`; null where it never was seen to. */
export interface Sample {
  readonly after: number;
  readonly within: number | null;
  /** How much it counts. */
  readonly weight: number;
}

/** A distribution of settle times, at ages in ascending order, the first of which is 0. */
export interface Law {
  readonly ages: Float64Array;
  /** The share that has settled by each age; short of 1 at the last. */
  readonly settled: Float64Array;
  /** The mean of the settle times up to each age, the others counting as 0. */
  readonly moment: Float64Array;
}

/** Bins a bandwidth, enough for a kernel to be smooth. */
const binsPerBandwidth = 2;
/** The widest bins, in logarithms. */
const widest = 0.06;
const pilotRounds = 8;
const rounds = 50;
/** To compare bandwidths, fewer are enough. */
const triedRounds = 20;
const mostBins = 1_200;
/** How far below the shortest and above the longest age that was seen the bins go, in logarithms. */
const below = 4;
const above = 0.5;

interface Bins {
  /** The logarithm of the lower edge of the first. */
  readonly origin: number;
  readonly step: number;
  readonly count: number;
  /** By sample: its bins are first ≤ bin < end. The last bin is for all ages beyond. */
  readonly first: Int32Array;
  readonly end: Int32Array;
  /** The same to a part of a bin: a probability must not depend on how wide the bins are. */
  readonly from: Float64Array;
  readonly to: Float64Array;
}

/** An interval is taken to be no narrower, in logarithms. */
const narrowest = 0.004;

function binned(samples: readonly Sample[], bandwidth: number): Bins {
  let shortest = Number.POSITIVE_INFINITY;
  let longest = 0;
  for (const { after, within } of samples) {
    shortest = Math.min(shortest, within ?? after);
    longest = Math.max(longest, within ?? after);
  }
  const origin = Math.log(shortest) - below;
  const range = Math.log(longest) + above + 2 * bandwidth - origin;
  const step = Math.max(Math.min(widest, bandwidth / binsPerBandwidth), range / mostBins);
  const count = Math.ceil(range / step) + 1;
  const first = new Int32Array(samples.length);
  const end = new Int32Array(samples.length);
  const from = new Float64Array(samples.length);
  const to = new Float64Array(samples.length);
  samples.forEach(({ after, within }, index) => {
    const lower = after <= 0 ? 0 : Math.max(0, (Math.log(after) - origin) / step);
    const upper = within === null ? count : (Math.log(within) - origin) / step;
    from[index] = Math.min(lower, upper - narrowest / step);
    to[index] = upper;
    first[index] = Math.max(0, Math.min(count - 2, Math.round(lower)));
    end[index] = Math.max((first[index] ?? 0) + 1, Math.min(within === null ? count : count - 1, Math.round(upper)));
  });
  return { origin, step, count, first, end, from, to };
}

/** Half a Gaussian, from its middle on. */
function kernel(sigma: number): Float64Array {
  const half = Float64Array.from({ length: Math.ceil(2.6 * sigma) + 1 }, (_, i) => Math.exp(-0.5 * (i / sigma) ** 2));
  const sum = half.reduce((total, value, i) => total + (i === 0 ? value : 2 * value), 0);
  return half.map((value) => value / sum);
}

/** A kernel for each bin. */
type Kernels = (bin: number) => Float64Array;

/** Widths by bin, to a twelfth of their doubling: bins share kernels. */
function kernelsFor(sigmas: Float64Array): Kernels {
  const made = new Map<number, Float64Array>();
  const byBin = Array.from(sigmas, (sigma) => {
    const size = Math.round(12 * Math.log2(Math.max(0.3, sigma)));
    const known = made.get(size) ?? kernel(2 ** (size / 12));
    made.set(size, known);
    return known;
  });
  const first = byBin[0] ?? kernel(1);
  return (bin) => byBin[bin] ?? first;
}

/** All but the last bin; what would fall over an edge is mirrored. */
function smooth(mass: Float64Array, kernels: Kernels, into: Float64Array): void {
  const last = mass.length - 2;
  into.fill(0);
  into[last + 1] = mass[last + 1] ?? 0;
  for (let i = 0; i <= last; i += 1) {
    const value = mass[i] ?? 0;
    if (value < 1e-10) continue;
    const half = kernels(i);
    const reach = half.length - 1;
    if (i >= reach && i + reach <= last) {
      into[i] = (into[i] ?? 0) + value * (half[0] ?? 0);
      for (let d = 1; d <= reach; d += 1) {
        const part = value * (half[d] ?? 0);
        into[i - d] = (into[i - d] ?? 0) + part;
        into[i + d] = (into[i + d] ?? 0) + part;
      }
      continue;
    }
    for (let d = 1 - half.length; d < half.length; d += 1) {
      let at = i + d;
      if (at < 0) at = -1 - at;
      if (at > last) at = 2 * last + 1 - at;
      if (at >= 0 && at <= last) into[at] = (into[at] ?? 0) + value * (half[Math.abs(d)] ?? 0);
    }
  }
}

/** One step of the algorithm: each sample's weight goes to its bins, in the proportions of `mass`. */
function spread(mass: Float64Array, bins: Bins, weights: Float64Array, into: Float64Array): void {
  const { count, first, end } = bins;
  const sums = new Float64Array(count + 1);
  for (let i = 0; i < count; i += 1) sums[i + 1] = (sums[i] ?? 0) + (mass[i] ?? 0);
  const rise = new Float64Array(count + 1);
  let total = 0;
  for (let s = 0; s < weights.length; s += 1) {
    const weight = weights[s] ?? 0;
    if (weight === 0) continue;
    const [from, to] = [first[s] ?? 0, end[s] ?? 0];
    const within = (sums[to] ?? 0) - (sums[from] ?? 0);
    const share = weight / Math.max(within, 1e-300);
    rise[from] = (rise[from] ?? 0) + share;
    rise[to] = (rise[to] ?? 0) - share;
    total += weight;
  }
  let level = 0;
  for (let i = 0; i < count; i += 1) {
    level += rise[i] ?? 0;
    into[i] = (Math.max(0, level) * (mass[i] ?? 0)) / total;
  }
}

/**
 * Where little is seen the kernels are wider than the bandwidth, and where much is, narrower: by the root of the density,
 * which a pilot with even kernels gives (Abramson 1982). So a sharp beginning and a long tail are both had.
 */
function massOf(bins: Bins, weights: Float64Array, sigma: number, rounds: number): Float64Array {
  const { count } = bins;
  const even = new Float64Array(count).fill(sigma);
  const pilot = risen(bins, weights, kernelsFor(even), pilotRounds, null);
  let [logs, total] = [0, 0];
  for (let i = 0; i < count - 1; i += 1) {
    const share = pilot[i] ?? 0;
    if (share <= 0) continue;
    logs += share * Math.log(share);
    total += share;
  }
  const middle = Math.exp(logs / Math.max(total, 1e-12));
  const sigmas = pilot.map((share) => sigma * Math.max(0.5, Math.min(6, Math.sqrt(middle / Math.max(share, 1e-12)))));
  return risen(bins, weights, kernelsFor(sigmas), rounds, pilot);
}

function risen(
  bins: Bins,
  weights: Float64Array,
  kernels: Kernels,
  rounds: number,
  from: Float64Array | null,
): Float64Array {
  const { count } = bins;
  let mass: Float64Array = from ?? new Float64Array(count);
  // Evenly in the logarithm to begin with: what had settled before the first look may have done so at once, and is looked
  // for earlier the next time. Were it spread evenly in time, nobody would.
  if (from === null) spread(new Float64Array(count).fill(1), bins, weights, mass);
  const smoothed = new Float64Array(count);
  for (let round = 0; round < rounds; round += 1) {
    smooth(mass, kernels, smoothed);
    mass = new Float64Array(count);
    spread(smoothed, bins, weights, mass);
  }
  smooth(mass, kernels, smoothed);
  return smoothed;
}

function partSum(sums: Float64Array, position: number): number {
  const whole = Math.max(0, Math.min(sums.length - 2, Math.floor(position)));
  const [low, high] = [sums[whole] ?? 0, sums[whole + 1] ?? 0];
  return low + (position - whole) * (high - low);
}

/** From narrow to wide, in logarithms. */
export const bandwidths = [0.03, 0.05, 0.08, 0.13, 0.2, 0.3, 0.45, 0.7];
const folds = 5;

/**
 * How well a bandwidth foretells what was left out: the sum of the logarithms of the intervals' probabilities, of the
 * samples from the `from`th on.
 */
export function* foretold(samples: readonly Sample[], bandwidth: number, from = 0): Steps<number> {
  const bins = binned(samples, bandwidth);
  let sum = 0;
  for (let fold = 0; fold < folds; fold += 1) {
    const weights = Float64Array.from(samples, ({ weight }, i) => (i % folds === fold ? 0 : weight));
    const mass = massOf(bins, weights, bandwidth / bins.step, triedRounds);
    const sums = new Float64Array(bins.count + 1);
    for (let i = 0; i < bins.count; i += 1) sums[i + 1] = (sums[i] ?? 0) + (mass[i] ?? 0);
    for (let s = fold; s < samples.length; s += folds) {
      if (s < from) continue;
      const probability = partSum(sums, bins.to[s] ?? 0) - partSum(sums, bins.from[s] ?? 0);
      sum += Math.log(Math.max(probability, 1e-3 / samples.length));
    }
    yield;
  }
  return sum;
}

/** What is thought of the ages beyond all that was seen: half a sample's mass, thinning out as 1 / age. */
const tailReach = Math.log(30);
const tailStep = 0.06;

export function estimate(samples: readonly Sample[], bandwidth: number): Law {
  const bins = binned(samples, bandwidth);
  const weights = Float64Array.from(samples, ({ weight }) => weight);
  const mass = massOf(bins, weights, bandwidth / bins.step, rounds);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const seen = bins.count - 1;
  // Beyond: what never settled, and half a sample of what nobody has seen.
  const beyond = ((mass[seen] ?? 0) * total + 0.5) / (total + 0.5);
  const scale = (1 - beyond) / Math.max(1e-12, 1 - (mass[seen] ?? 0));
  const tail = Math.ceil(tailReach / tailStep);
  const length = seen + 2 + tail;
  const ages = new Float64Array(length);
  const settled = new Float64Array(length);
  const moment = new Float64Array(length);
  ages[1] = Math.exp(bins.origin);
  const add = (at: number, age: number, share: number) => {
    const before = ages[at - 1] ?? 0;
    ages[at] = age;
    settled[at] = (settled[at - 1] ?? 0) + share;
    moment[at] = (moment[at - 1] ?? 0) + (share * (before + age)) / 2;
  };
  // Nothing lies before the first bin, so that its lower edge is 0.
  for (let i = 0; i < seen; i += 1) add(i + 2, Math.exp(bins.origin + (i + 1) * bins.step), (mass[i] ?? 0) * scale);
  const edge = bins.origin + seen * bins.step;
  for (let i = 0; i < tail; i += 1) {
    const share = beyond * (Math.exp(-i * tailStep) - Math.exp(-(i + 1) * tailStep));
    add(seen + 2 + i, Math.exp(edge + (i + 1) * tailStep), share);
  }
  return { ages, settled, moment };
}
