import { expect, test } from "@jest/globals";
import { estimate, type Sample } from "../../src/poller/estimate.ts";
import { learn } from "../../src/poller/learn.ts";
import { curious, learnedPlan } from "../../src/poller/plan.ts";
import { expectedOf, meanOf, type Policy, policyFor, settledBy } from "../../src/poller/policy.ts";
import { priorPolicy } from "../../src/poller/prior.ts";
import { whole } from "../../src/poller/steps.ts";

/** Settle times evenly over their quantiles, each seen through looks of this interval. */
function seenEvery(every: number, inverse: (share: number) => number, count = 300): Sample[] {
  return Array.from({ length: count }, (_, i): Sample => {
    // In no order: the golden section.
    const age = inverse(((i * 0.618_034) % 1) * 0.999 + 0.0005);
    const offset = every * ((i * 0.414_214) % 1);
    const looks = Math.max(0, Math.ceil((age - offset) / every));
    const within = offset + looks * every;
    return { after: Math.max(0, within - every), within, weight: 1 };
  });
}
const exponential = (share: number) => -30 * Math.log(1 - share);
const narrow = (share: number) => 60 + 3 * (share - 0.5);
/** Learned once for all tests: it is what takes time. */
const evenLaw = whole(learn(seenEvery(6, exponential))).law;

test("work that may settle at any time is asked for at even intervals", () => {
  const policy = policyFor(evenLaw, 0.6);
  const waits = [10, 20, 40, 60].map((age) => policy.next(age) - age);
  for (const wait of waits) expect(wait).toBeCloseTo(6, -1);
  expect(Math.max(...waits) / Math.min(...waits)).toBeLessThan(1.6);
});

test("work that always takes as long is first asked for when it may be done", () => {
  const { law } = whole(learn(seenEvery(4, narrow)));
  const policy = policyFor(law, 1);
  expect(policy.next(0)).toBeGreaterThan(55);
  expect(policy.next(0)).toBeLessThan(66);
});

test("the next look is always later than the age, and goes on beyond all that was seen", () => {
  const policy = policyFor(evenLaw, 0.6);
  for (let age = 0; age < 1e7; age = age * 1.3 + 0.01) {
    const next = policy.next(age);
    expect(next).toBeGreaterThan(age);
    expect(next).toBeLessThanOrEqual(age * 4 + 120);
  }
});

test("a dearer call means fewer of them, and a longer delay", () => {
  const plan = whole(learnedPlan(evenLaw, 300));
  const costs = [0.25, 1, 4, 16].map((dearer) => expectedOf(evenLaw, plan.at(dearer).next));
  costs.slice(1).forEach((cost, i) => {
    expect(cost.calls).toBeLessThan(costs[i]?.calls ?? 0);
    expect(cost.delay).toBeGreaterThan(costs[i]?.delay ?? 0);
  });
});

test("at its usual price, a call buys a mean delay of a tenth of the mean settle time", () => {
  const plan = whole(learnedPlan(evenLaw, 300));
  expect(plan.delayMs).toBeCloseTo(meanOf(evenLaw) / 10);
  expect(expectedOf(evenLaw, plan.at(1).next).delay / plan.delayMs).toBeCloseTo(1, 1);
});

test("an estimate is a distribution: it rises with the age, and is short of 1", () => {
  const { settled, ages } = estimate(seenEvery(6, exponential), 0.2);
  for (let i = 1; i < ages.length; i += 1) {
    expect(ages[i]).toBeGreaterThan(ages[i - 1] ?? 0);
    expect(settled[i]).toBeGreaterThanOrEqual(settled[i - 1] ?? 0);
  }
  expect(settled[settled.length - 1]).toBeLessThan(1);
});

test("what never settled keeps its share", () => {
  const open = Array.from({ length: 100 }, (): Sample => ({ after: 600, within: null, weight: 1 }));
  const { ages, settled } = estimate([...seenEvery(6, exponential), ...open], 0.2);
  const before = ages.findIndex((age) => age > 590);
  expect(1 - (settled[before] ?? 0)).toBeCloseTo(0.25, 1);
});

test("a drift is followed, and none is seen where there is none", () => {
  expect(meanOf(evenLaw) / 30).toBeCloseTo(1, 0);
  const slower = (samples: Sample[]): Sample[] =>
    samples.map(({ after, within, weight }) => ({ after: after * 3, within: (within ?? 0) * 3, weight }));
  const law = whole(learn([...seenEvery(4, narrow), ...slower(seenEvery(4, narrow, 150))])).law;
  expect(policyFor(law, 3).next(0)).toBeGreaterThan(150);
  // Nothing is left of the old ones, also where the looks could not tell the two apart.
  const coarse = whole(learn([...seenEvery(50, narrow), ...slower(seenEvery(50, narrow, 150))])).law;
  expect(settledBy(coarse, 90)).toBeLessThan(0.02);
});

test("some of what is first looked at when it may have settled long since are looked at much sooner", () => {
  const late: Policy = { next: () => 60 };
  const law = whole(learn(seenEvery(4, narrow))).law;
  const [few, many] = [curious(law, late, 50), curious(law, late, 5_000)];
  expect(few.curious).toBeGreaterThan(many.curious ?? 1);
  // Half have settled by then, and a hundredth of a call is what it may cost.
  expect(many.curious).toBeCloseTo(0.005, 3);
  expect(curious(law, { next: () => 5 }, 50).curious).toBeLessThan(0.01);
});

test("before anything is known, the wait grows slowly, and a dearer call makes it longer", () => {
  const policy = priorPolicy(10_000);
  const wait = (age: number) => policy.next(age) - age;
  expect(wait(0)).toBeGreaterThan(300);
  expect(wait(10_000)).toBeCloseTo(2_000, -3);
  expect(wait(24 * 3_600_000)).toBeLessThan(60_000);
  const dear = priorPolicy(10_000, 16);
  expect((dear.next(10_000) - 10_000) / wait(10_000)).toBeCloseTo(4, 0);
});

test("the prior takes at most half as many calls again as an interval that finds out as soon, whatever is asked for", () => {
  for (const age of [10, 60, 600, 3_600, 86_400]) {
    // Times around the age, so that no interval meets it by luck.
    const times = Array.from({ length: 50 }, (_, i) => age * (0.7 + (0.6 * i) / 50));
    let [calls, delay] = [0, 0];
    for (const time of times) {
      let at = 0;
      do {
        at = priorPolicy(10).next(at);
        calls += 1;
      } while (at < time);
      delay += at - time;
    }
    // An interval is late by half of itself on average, and asks once more than it fits in.
    const every = (2 * delay) / times.length;
    const even = times.reduce((sum, time) => sum + time / every + 0.5, 0);
    expect(calls / even).toBeLessThanOrEqual(1.5);
  }
});
