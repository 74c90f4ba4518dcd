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
  const apart = distances(samples);
  if (hasDrifted(apart, samples.length)) {
    const recent = Math.floor(samples.length * 0.6);
    let most = (yield* foretold(samples, bandwidth, recent)) + leastGain;
    const narrower = bandwidths.filter((one) => one <= bandwidth).slice(-3);
    for (const follow of [
      () => aligned(samples, trend(samples)),
      () => aligned(samples, level(samples)),
      () => forgetful(samples, 150),
      () => forgetful(samples, 50),
      () => since(samples, change(apart, samples.length)),
    ]) {
      const candidate = follow();
      yield;
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

/** Whether the younger half, or the youngest quarter, is distributed otherwise, beyond chance. */
function hasDrifted(apart: (cut: number) => number, count: number): boolean {
  return [0.5, 0.75].some((part) => apart(Math.floor(count * part)) > 1.8);
}

/** Where what came before and what came after are the farthest apart. */
function change(apart: (cut: number) => number, count: number): number {
  const cuts = Array.from({ length: 17 }, (_, i) => Math.floor(count * (0.1 + i * 0.05)));
  return cuts.reduce((best, cut) => (apart(cut) > apart(best) ? cut : best), cuts[0] ?? 0);
}

/** How far apart are those before the cut and those from it on (Kolmogorov and Smirnov), in parts of what chance makes. */
function distances(samples: readonly Sample[]): (cut: number) => number {
  const sorted = samples.map((sample, index) => ({ at: middle(sample), index })).sort((a, b) => a.at - b.at);
  const count = samples.length;
  return (cut) => {
    const [one, other] = [1 / cut, 1 / (count - cut)];
    let [sum, most] = [0, 0];
    sorted.forEach(({ at, index }, place) => {
      sum += index < cut ? one : -other;
      // Equal ones count together.
      if (at !== sorted[place + 1]?.at) most = Math.max(most, Math.abs(sum));
    });
    return most / Math.sqrt(one + other);
  };
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
  // One for some neighbours: sorting as often as there are samples would keep the gateway waiting.
  const together = 5;
  const levels = Array.from({ length: Math.ceil(middles.length / together) }, (_, place) => {
    const at = place * together + (together >> 1);
    const near = middles.slice(Math.max(0, at - reach), at + reach + 1).sort(ascending);
    return near[near.length >> 1] ?? 0;
  });
  const last = middles.slice(-2 * reach).sort(ascending);
  const now = last[last.length >> 1] ?? 0;
  return (index) => now - (levels[Math.floor(index / together)] ?? 0);
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

/** Forgets all that came before. */
function since(samples: readonly Sample[], first: number): Sample[] {
  return samples.map((sample, i) => (i < first ? { ...sample, weight: 0 } : sample));
}
