/**
 * What is made of the settle times that were seen last, in their order: the bandwidth that foretells them best, and what
 * to do where they drift. A generator, so that whoever runs it can let others have their turn between two steps. Pure.
 */
import { bandwidths, estimate, foretold, type Law, type Sample } from "./estimate.ts";
import type { Steps } from "./steps.ts";

/** `samples` from the oldest to the youngest. `near` is the bandwidth that was best before. */
export function* learn(samples: readonly Sample[], near: number | null = null): Steps<{ law: Law; bandwidth: number }> {
  let bandwidth = yield* bestBandwidth(samples, near);
  let chosen = samples;
  if (hasDrifted(samples)) {
    const recent = Math.floor(samples.length * 0.6);
    let most = (yield* foretold(samples, bandwidth, recent)) + leastGain;
    const narrower = bandwidths.filter((one) => one <= bandwidth).slice(-3);
    for (const candidate of [
      aligned(samples, trend(samples)),
      aligned(samples, level(samples)),
      forgetful(samples, 150),
      forgetful(samples, 50),
    ]) {
      for (const width of narrower) {
        const score = yield* foretold(candidate, width, recent);
        if (score > most) [most, chosen, bandwidth] = [score, candidate, width];
      }
    }
  }
  return { law: estimate(chosen, bandwidth), bandwidth };
}

/** By how much one way to follow a drift must foretell better than none, in the sum of logarithms. */
const leastGain = 8;

/** How much better a narrower bandwidth must foretell: scores differ by chance, and too narrow costs more than too wide. */
const narrowerGain = 1;

function* bestBandwidth(samples: readonly Sample[], near: number | null): Steps<number> {
  const scores = new Map<number, number>();
  const score = (place: number) => scores.get(place) ?? Number.NEGATIVE_INFINITY;
  let best = Math.max(0, near === null ? middleBandwidth : bandwidths.indexOf(near));
  // Uphill from where it was: the scores have one hill, more or less.
  for (let from = -1; from !== best; ) {
    from = best;
    for (const place of [from - 1, from, from + 1, from + 2]) {
      const width = bandwidths[place];
      if (width !== undefined && !scores.has(place)) scores.set(place, yield* foretold(samples, width));
      if (score(place) > score(best)) best = place;
    }
  }
  for (let wider = bandwidths.length - 1; wider > best; wider -= 1) {
    if (score(wider) >= score(best) - narrowerGain) return bandwidths[wider] ?? 0;
  }
  return bandwidths[best] ?? 0;
}

const middleBandwidth = 4;

/** One age for an interval, in logarithms. */
function middle({ after, within }: Sample): number {
  const late = within ?? after * 2;
  return Math.log(Math.max((after + late) / 2, 1e-9));
}

/** Whether the younger half, or the youngest quarter, is distributed otherwise (Kolmogorov and Smirnov), beyond chance. */
function hasDrifted(samples: readonly Sample[]): boolean {
  const middles = samples.map(middle);
  return [0.5, 0.75].some((part) => {
    const cut = Math.floor(middles.length * part);
    const [older, younger] = [middles.slice(0, cut).sort(ascending), middles.slice(cut).sort(ascending)];
    let [i, j, most] = [0, 0, 0];
    while (i < older.length && j < younger.length) {
      const [a, b] = [older[i] ?? 0, younger[j] ?? 0];
      if (a <= b) i += 1;
      if (b <= a) j += 1;
      most = Math.max(most, Math.abs(i / older.length - j / younger.length));
    }
    return most > 1.8 * Math.sqrt(1 / older.length + 1 / younger.length);
  });
}

const ascending = (a: number, b: number) => a - b;

/** The level now, less the level at each sample, along a straight line. */
function trend(samples: readonly Sample[]): (index: number) => number {
  const count = samples.length;
  const middles = samples.map(middle);
  const centre = (count - 1) / 2;
  const average = middles.reduce((sum, one) => sum + one, 0) / count;
  let [over, under] = [0, 0];
  middles.forEach((one, i) => {
    over += (i - centre) * (one - average);
    under += (i - centre) ** 2;
  });
  const slope = over / under;
  return (index) => slope * (count - index);
}

/** The same along medians of their neighbours, for what jumps. */
function level(samples: readonly Sample[]): (index: number) => number {
  const reach = 30;
  const middles = samples.map(middle);
  const levels = middles.map((_, i) => {
    const near = middles.slice(Math.max(0, i - reach), i + reach + 1).sort(ascending);
    return near[near.length >> 1] ?? 0;
  });
  const last = middles.slice(-2 * reach).sort(ascending);
  const now = last[last.length >> 1] ?? 0;
  return (index) => now - (levels[index] ?? 0);
}

function aligned(samples: readonly Sample[], shift: (index: number) => number): Sample[] {
  return samples.map(({ after, within, weight }, index) => {
    const factor = Math.exp(shift(index));
    return { after: after * factor, within: within === null ? null : within * factor, weight };
  });
}

/** `half`: after so many younger ones, a sample counts half. */
function forgetful(samples: readonly Sample[], half: number): Sample[] {
  return samples.map((sample, i) => ({ ...sample, weight: sample.weight * 2 ** ((i + 1 - samples.length) / half) }));
}
