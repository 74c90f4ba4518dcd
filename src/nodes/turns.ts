/**
 * The turns of a provider that several gateways ask: by the counter in Redis, or by this gateway's part of the rate. It
 * decides neither which of them holds nor who waits.
 */
import type { Clock } from "../clock.ts";
import { createRate, type Grant, priorities, shapeOf, type Turns, type Wanted } from "../datasources/rate.ts";
import { commandLimitMs } from "../redis-limit.ts";
import type { Counter } from "./counter.ts";
import { createPlanner, type TurnPlan } from "./share.ts";
import type { Sharing } from "./sharing.ts";

export interface SharedTurns extends Turns {
  /** Tells the budget of a hold that came from elsewhere. */
  heldElsewhere(ms: number): void;
  /** Asks the counter how many starts are left, so that `left` is true also where others make them. */
  look(): Promise<void>;
}

export interface SharedTurnsOptions {
  readonly upstream: string;
  readonly ratePerSecond: number;
  readonly clock: Pick<Clock, "monotonic">;
  readonly sharing: () => Sharing;
  /** The clock that the sharing goes by, monotonic. */
  readonly now: () => number;
  readonly counter: Counter | null;
  /** Every hold that the database knows of, in ms from now. */
  readonly holds: () => Promise<ReadonlyMap<string, number>>;
  /** Tells everybody else of a hold. */
  readonly tell: (upstream: string, ms: number) => Promise<void>;
}

/** When to ask again after a question that was not answered, or that another plan has overtaken. */
const again: Grant = { starts: 0, waitMs: 250 };
const nothing: Wanted = { write: 0, lookup: 0, watched: 0, background: 0 };

export function createSharedTurns(options: SharedTurnsOptions): SharedTurns {
  const { upstream, ratePerSecond, counter } = options;
  const rate = createRate(ratePerSecond, options.clock);
  const whole = shapeOf(ratePerSecond);
  let tellBudget: (ms: number) => void = () => {};
  let counted = whole.size;
  /** Before it the others need not be asked again, however many calls come to wait. */
  let notBefore = Number.NEGATIVE_INFINITY;
  /** What the counter knows this gateway to wait for, at the highest: an index of `priorities`. */
  let announced = priorities.length;

  const planFor = createPlanner(ratePerSecond);
  const plan = (): TurnPlan => planFor(options.sharing(), options.now());

  async function remembering(answer: Promise<Grant>): Promise<Grant> {
    const grant = await answer;
    if (grant.starts === 0) notBefore = options.now() + grant.waitMs;
    return grant;
  }

  async function byCounter(wanted: Wanted, peers: readonly string[] | null): Promise<Grant> {
    const asked = options.now();
    const told = await counter?.take(upstream, whole, wanted, peers).catch(() => null);
    if (!told) return again;
    counted = told.left;
    if (told.heldMs > 0) tellBudget(told.heldMs);
    // The starts count from when they were granted: of a gateway that stood still meanwhile, others may have made as many.
    if (options.now() - asked > commandLimitMs) return again;
    // What was granted under another plan may be another gateway's by now.
    return plan().type === "redis" ? told : again;
  }

  function byShare(most: number, shared: Extract<TurnPlan, { type: "share" }>): Grant {
    rate.reshape(shared.shape);
    const starts = Math.min(most, rate.left());
    for (let start = 0; start < starts; start += 1) rate.take();
    return { starts, waitMs: rate.wait() };
  }

  /** Another gateway may have been told to wait just now, and has nothing but the database to say so. */
  async function unlessHeld(wanted: Wanted): Promise<Grant> {
    const held = await options.holds().catch(() => null);
    if (!held) return again;
    const ms = held.get(upstream) ?? 0;
    if (ms > 0) tellBudget(ms);
    const current = plan();
    if (ms > 0 || current.type !== "share") return { starts: 0, waitMs: Math.max(ms, again.waitMs) };
    return byShare(totalOf(wanted), current);
  }

  return {
    take(wanted) {
      const current = plan();
      if (current.type === "none") return { starts: 0, waitMs: current.waitMs };
      const waitsMs = notBefore - options.now();
      // The counter knows of nothing as urgent here, and would give the next turn to another.
      const isNews = current.type === "redis" && highestOf(wanted) < announced;
      if (waitsMs > 0 && !isNews) return { starts: 0, waitMs: waitsMs };
      if (current.type === "redis") {
        announced = highestOf(wanted);
        return remembering(byCounter(wanted, current.peers));
      }
      if (current.nodes === 1) return byShare(Math.min(totalOf(wanted), 1), current);
      rate.reshape(current.shape);
      const waitMs = rate.wait();
      return waitMs > 0 ? { starts: 0, waitMs } : remembering(unlessHeld(wanted));
    },
    left(withinMs = 0) {
      const current = plan();
      if (current.type === "none" || (withinMs > 0 && notBefore - options.now() > withinMs)) return 0;
      // Nobody but the counter knows what is left by then, and only a call that comes asks it.
      if (current.type === "redis") return withinMs > 0 ? Math.max(1, counted) : counted;
      rate.reshape(current.shape);
      return rate.left(withinMs);
    },
    hold: (ms) => options.tell(upstream, ms),
    onHold(listener) {
      tellBudget = listener;
    },
    heldElsewhere: (ms) => tellBudget(ms),
    async look() {
      const current = plan();
      if (current.type === "redis") await byCounter(nothing, current.peers);
    },
  };
}

function totalOf(wanted: Wanted): number {
  return priorities.reduce((sum, priority) => sum + wanted[priority], 0);
}

/** The place of the highest that is wanted among `priorities`; their number where nothing is. */
function highestOf(wanted: Wanted): number {
  const index = priorities.findIndex((priority) => wanted[priority] > 0);
  return index < 0 ? priorities.length : index;
}
