/** One kind from its first operation on: asked by the very functions of the poller, which learn from those looks alone. */
import type { Law, Sample } from "../../src/poller/estimate.ts";
import { learn } from "../../src/poller/learn.ts";
import { meanOf, type Policy, policyFor, priceFor } from "../../src/poller/policy.ts";
import { priorPolicy } from "../../src/poller/prior.ts";
import { jittered } from "../../src/poller/schedule.ts";
import { whole } from "../../src/poller/steps.ts";
import type { Chance } from "./chance.ts";
import type { Distribution } from "./distributions.ts";
import { type Cost, judge } from "./yardsticks.ts";

export const usual = 10;
const leastSeen = 20;

/** What is known after so many settles, each seen through the looks of what was known before it. */
export function learnOnline(distribution: Distribution, settles: number, part: number, random: Chance): Law {
  const samples: Sample[] = [];
  let policy: Policy = priorPolicy(usual);
  let learnt: { law: Law; bandwidth: number } | null = null;
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
    policy = policyFor(learnt.law, whole(priceFor(learnt.law, part * meanOf(learnt.law))));
  }
  if (learnt === null) throw new Error(`Expected at least ${leastSeen} settles.`);
  return learnt.law;
}

/** With the jitter that the poller adds: the mean over some courses of it. */
export function judgeJittered(times: Float64Array, policy: Policy, random: Chance, courses = 12): Cost {
  let [calls, delay] = [0, 0];
  for (let course = 0; course < courses; course += 1) {
    const cost = judge(times, (age) => jittered(policy, age, random.next()));
    calls += cost.calls / courses;
    delay += cost.delay / courses;
  }
  return { calls, delay };
}
