import { priorPolicy } from "../../src/poller/prior.ts";
import { type Schedule, waitMs } from "../../src/poller/schedule.ts";

/** The schedule of a kind of which nothing is known: its work takes about ten seconds. */
export function unlearned(random: () => number, usualMs = 10_000): Schedule {
  const policy = priorPolicy(usualMs);
  return { wait: () => (asked) => waitMs(policy, asked, random()) };
}
