/** How a kind is asked for, at any price of a call: from what was learned of it, or from a guess. Pure. */
import type { Law } from "./estimate.ts";
import { meanOf, type Policy, policyFor, priceFor, settledBy } from "./policy.ts";
import { delayPart, priorPolicy } from "./prior.ts";
import type { Steps } from "./steps.ts";

export interface Plan {
  /** `dearer`: how many times its usual price a call costs. */
  at(dearer: number): Policy;
  /** The mean delay of detection that it aims at where a call costs what it usually does, in ms. */
  readonly delayMs: number;
}

/** Prices come in steps of a half more, so that few tables serve all. */
const priceStep = 1.5;

function cached(make: (dearer: number) => Policy, delayMs: number): Plan {
  const made = new Map<number, Policy>();
  return {
    at(dearer) {
      const step = Math.round(Math.log(dearer) / Math.log(priceStep));
      const known = made.get(step) ?? make(priceStep ** step);
      made.set(step, known);
      return known;
    },
    delayMs,
  };
}

/** `usualMs` is about how long its work takes. */
export function priorPlan(usualMs: number): Plan {
  return cached((dearer) => priorPolicy(usualMs, dearer), usualMs * delayPart);
}

/**
 * A call usually costs what makes the mean delay a tenth of the mean settle time. `seen` is of how many settles the law was
 * made.
 */
export function* learnedPlan(law: Law, seen: number): Steps<Plan> {
  const delayMs = meanOf(law) * delayPart;
  const price = yield* priceFor(law, delayMs);
  return cached((dearer) => curious(law, policyFor(law, price * dearer), seen), delayMs);
}

/**
 * What had settled by the first look may have done so long before, and would never be found out if all were first looked at
 * so late. A hundredth of a call is what knowing that may cost where all settle by then, and more while little is known.
 */
export function curious(law: Law, policy: Policy, seen: number): Policy {
  const share = Math.min(0.2, Math.max(0.01, 10 / seen));
  return { ...policy, curious: share * settledBy(law, policy.next(0)) };
}
