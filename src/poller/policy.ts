/**
 * When to ask, given when work of a kind settles and what a call costs: for each age, the age at the next look for which
 * the delay still to come and the calls still to come are the least together, found backwards from the end by dynamic
 * programming. Pure, and free of any unit of time; a price is the delay that a call may cost.
 */
import type { Law } from "./estimate.ts";
import type { Steps } from "./steps.ts";

export interface Policy {
  /** The age at which to look next, of what has not settled at this one. */
  next(age: number): number;
  /** The share of operations that are looked at once earlier than that, to see what settles before. None unless given. */
  readonly curious?: number;
}

export interface Expected {
  readonly calls: number;
  readonly delay: number;
}

/** What a policy costs where it meets the law that it was made for. */
export interface Priced extends Policy {
  readonly expected: Expected;
}

/** Ages to choose looks from: a tenth of the best distance between two apart, wherever the law has that. */
function latticeOf(law: Law, price: number): Law {
  const { ages } = law;
  const end = ages[ages.length - 1] ?? 0;
  const coarsest = 0.05;
  for (let fineness = 10; ; fineness /= 1.5) {
    const chosen = [0];
    let bin = 0;
    for (let age = 0; age < end && chosen.length <= mostAges; ) {
      while ((ages[bin + 1] ?? end) <= age) bin += 1;
      const [left, right] = [ages[bin] ?? 0, ages[bin + 1] ?? end];
      const share = (law.settled[bin + 1] ?? 1) - (law.settled[bin] ?? 0);
      const hazard = share / (right - left) / Math.max(1e-12, 1 - (law.settled[bin] ?? 0));
      const distance = Math.sqrt((2 * price) / Math.max(hazard, 1e-300)) / fineness;
      age = Math.min(end, age + Math.min(distance, Math.max(age, ages[1] ?? 0) * coarsest * (10 / fineness)));
      chosen.push(age);
    }
    if (chosen.length > mostAges && fineness > 1) continue;
    const lattice = Float64Array.from(chosen);
    return {
      ages: lattice,
      settled: lattice.map((age) => between(law, law.settled, age)),
      moment: lattice.map((age) => between(law, law.moment, age)),
    };
  }
}

const mostAges = 4_000;

/** `settled` before the last age is never quite 1, so what lies beyond is asked for in steps that grow with the age. */
export function policyFor(law: Law, price: number): Priced {
  const { ages, settled, moment } = latticeOf(law, price);
  const last = ages.length - 1;
  const at = (values: Float64Array, index: number): number => values[index] ?? 0;
  /** Beyond the last age the chance to settle falls as 1 / age: what is best there is the root of this. */
  const beyond = (age: number): number => Math.sqrt(2 * price * age);
  /** Delay and calls to come from each age, times the share that comes there. */
  const cost = new Float64Array(last + 1);
  const choice = new Int32Array(last + 1).fill(last);
  cost[last] = (1 - at(settled, last)) * beyond(at(ages, last)) * 4;
  for (let from = last - 1; from >= 0; from -= 1) {
    const open = 1 - at(settled, from);
    let least = Number.POSITIVE_INFINITY;
    let best = from + 1;
    // From a younger age, the best next look is never later.
    const latest = at(choice as unknown as Float64Array, from + 1);
    for (let to = from + 1; to <= latest; to += 1) {
      const share = at(settled, to) - at(settled, from);
      const delay = at(ages, to) * share - (at(moment, to) - at(moment, from));
      const whole = delay + at(cost, to);
      if (whole < least) [least, best] = [whole, to];
    }
    cost[from] = price * open + least;
    choice[from] = best;
  }
  const aim = new Float64Array(last + 1);
  for (let from = 0; from < last; from += 1) aim[from] = refined(from);
  aim[last] = at(ages, last) + beyond(at(ages, last));

  /** The least between two of the ages: the vertex of a parabola through three. */
  function refined(from: number): number {
    const to = choice[from] ?? last;
    if (to <= from + 1 || to >= last) return at(ages, to);
    const whole = (index: number): number => {
      const share = at(settled, index) - at(settled, from);
      return at(ages, index) * share - (at(moment, index) - at(moment, from)) + at(cost, index);
    };
    const [left, middle, right] = [whole(to - 1), whole(to), whole(to + 1)];
    const bend = left - 2 * middle + right;
    if (bend <= 0) return at(ages, to);
    const shift = Math.max(-0.5, Math.min(0.5, (0.5 * (left - right)) / bend));
    const neighbour = at(ages, to + Math.sign(shift));
    return at(ages, to) + Math.abs(shift) * (neighbour - at(ages, to));
  }

  const next = (age: number): number => {
    const end = at(ages, last);
    if (age >= end) return age + beyond(age);
    const before = place(ages, age);
    const [low, high] = [at(aim, before), at(aim, before + 1)];
    const part = (age - at(ages, before)) / (at(ages, before + 1) - at(ages, before));
    // Where the next look jumps over a gap, there is nothing between the two.
    const isJump = (choice[before + 1] ?? 0) - (choice[before] ?? 0) > 3;
    const wanted = isJump ? (part < 0.5 ? low : high) : low + part * (high - low);
    return Math.max(wanted, at(ages, before + 1));
  };
  return { next, expected: expectedOf(law, next) };
}

/** The last of the ages that is not above this one. */
export function place(ages: Float64Array, age: number): number {
  let low = 0;
  let high = ages.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((ages[middle] ?? 0) <= age) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The share that has settled by this age. */
export function settledBy(law: Law, age: number): number {
  return between(law, law.settled, age);
}

function between(law: Law, values: Float64Array, age: number): number {
  const { ages } = law;
  const before = place(ages, age);
  if (before >= ages.length - 1) return values[ages.length - 1] ?? 0;
  const part = (age - (ages[before] ?? 0)) / ((ages[before + 1] ?? 0) - (ages[before] ?? 0));
  return (values[before] ?? 0) + part * ((values[before + 1] ?? 0) - (values[before] ?? 0));
}

export function expectedOf(law: Law, next: (age: number) => number): Expected {
  const end = law.ages[law.ages.length - 1] ?? 0;
  let [age, calls, delay, share, moment] = [0, 0, 0, 0, 0];
  while (age < end && calls < 1e6) {
    calls += 1 - share;
    age = next(age);
    const [settledThen, momentThen] = [between(law, law.settled, age), between(law, law.moment, age)];
    delay += age * (settledThen - share) - (momentThen - moment);
    share = settledThen;
    moment = momentThen;
  }
  return { calls, delay };
}

/** The price at which the mean delay is this, where the law holds. The delay grows about as the root of the price. */
export function* priceFor(law: Law, delay: number): Steps<number> {
  let price = delay;
  for (let step = 0; step < 8; step += 1) {
    const reached = policyFor(law, price).expected.delay;
    yield;
    const factor = Math.max(1e-4, Math.min(1e4, (delay / Math.max(reached, delay * 1e-6)) ** 2));
    if (Math.abs(factor - 1) < 0.04) break;
    price *= factor;
  }
  return price;
}

export function meanOf({ moment }: Law): number {
  return moment[moment.length - 1] ?? 0;
}
