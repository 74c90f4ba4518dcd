/** One kind from its first operation on: asked by the very functions of the poller, which learn from those looks alone. */
import type { Law, Sample } from "../../src/poller/estimate.ts";
import { learn } from "../../src/poller/learn.ts";
import { curious } from "../../src/poller/plan.ts";
import { meanOf, type Policy, policyFor, priceFor } from "../../src/poller/policy.ts";
import { priorPolicy } from "../../src/poller/prior.ts";
import { jittered } from "../../src/poller/schedule.ts";
import { whole } from "../../src/poller/steps.ts";
import { type Chance, chance } from "./chance.ts";
import type { Distribution } from "./distributions.ts";
import { type Cost, judge } from "./yardsticks.ts";

export const usual = 10;
const leastSeen = 20;

/** What is known after so many settles, each seen through the looks of what was known before it. */
export function learnOnline(distribution: Distribution, settles: number, part: number, random: Chance): Law {
  const samples: Sample[] = [];
  let policy: Policy = priorPolicy(usual);
  let learnt = null as { law: Law; bandwidth: number } | null;
  let due = leastSeen;
  for (let number = 0; number < settles; number += 1) {
    const times = distribution.times(number);
    const time = times[Math.floor(random.next() * times.length)] ?? 0;
    let [before, age] = [0, 0];
    do {
      before = age;
      age = jittered(policy, age, random.next());
    } while (age < time);
    samples.push({ after: before, within: age, weight: 1 });
    if (samples.length < due && samples.length < settles) continue;
    due = Math.ceil(samples.length * 1.4);
    learnt = whole(learn(samples, learnt?.bandwidth ?? null));
    const price = whole(priceFor(learnt.law, part * meanOf(learnt.law)));
    policy = curious(learnt.law, policyFor(learnt.law, price), samples.length);
  }
  if (learnt === null) throw new Error(`Expected at least ${leastSeen} settles.`);
  return learnt.law;
}

/** With the jitter that the poller adds, and its curiosity: the mean over some courses of each. */
function judgeJittered(times: Float64Array, policy: Policy, random: Chance, courses = 12): Cost {
  const share = policy.curious ?? 0;
  let [calls, delay] = [0, 0];
  for (let course = 0; course < 2 * courses; course += 1) {
    // Every other one is a curious one, and counts as often as they are.
    const isCurious = course % 2 === 1;
    const first = isCurious ? share * random.next() : share + (1 - share) * random.next();
    const cost = judge(times, (age) => jittered(policy, age, age === 0 ? first : random.next()));
    const weight = (isCurious ? share : 1 - share) / courses;
    calls += cost.calls * weight;
    delay += cost.delay * weight;
  }
  return { calls, delay };
}

/** Of how many settles a schedule is learned before it is judged. */
export const settles = 500;

/** What the schedule that was learned costs, by the price of a call. */
export function learnedAt(law: Law, times: Float64Array): (price: number) => Cost {
  // Every policy with the same jitter, so that calls depend on the price alone.
  return (price) => judgeJittered(times, curious(law, policyFor(law, price), settles), chance(0));
}
