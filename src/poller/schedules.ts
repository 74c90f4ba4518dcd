/**
 * The schedules of all kinds, as this gateway knows them: learned from the settle times that every gateway on the database
 * has seen, at the price that each provider's budget sets. All that takes time is done here, between two checks; a check
 * only looks into a table.
 */
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { Settling } from "../operations/advance.ts";
import {
  addSettleTimes,
  type SettleTime,
  type SettleTimes,
  type StoredSettleTimes,
  settleTimesAfter,
  trimSettleTimes,
} from "../store/settle-times.ts";
import type { Store } from "../store/store.ts";
import { learn } from "./learn.ts";
import { learnedPlan, type Plan, priorPlan } from "./plan.ts";
import { createPrice, type Price, periodMs, watchedPart } from "./price.ts";
import { type Schedule, waitMs } from "./schedule.ts";
import { inTurns } from "./steps.ts";

export interface ScheduledKind {
  readonly kind: string;
  /** Kinds that share a budget share its price. */
  readonly upstream: string;
  /** About how long its work takes, until that has been seen. */
  readonly usualMs: number;
}

export interface Schedules {
  of(kind: string): Schedule;
  settled(settling: Settling & { readonly kind: string }): void;
  /** A check began so long after it was due. */
  began(kind: string, lateMs: number): void;
  /** How many times its usual price a call costs now, by upstream. */
  prices(): ReadonlyMap<string, number>;
  dispose(): Promise<void>;
}

export interface SchedulesOptions {
  readonly store: Store;
  readonly kinds: readonly ScheduledKind[];
  readonly clock: Clock;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  readonly log: Pick<Logger, "warn">;
}

/** Of how many of the last settles of a kind its schedule is made. */
const kept = 1_000;
/** Until so many have been seen, a kind is asked for by a guess. */
export const leastSeen = 20;
/** By what part more must have been seen before it is learned anew. */
const growth = 0.15;
/** How many of a kind are noted in a period. A random choice of them says as much as all. */
const mostNoted = 40;
const periodsPerRead = 6;
const periodsPerTrim = 20;
const overlap = 100;

/** One kind's operations with the same origin of their ages. */
interface Known {
  readonly kind: string;
  readonly sinceStart: boolean;
  plan: Plan;
  readonly rows: StoredSettleTimes[];
  /** What this gateway saw since it was last written, and how many that were. */
  fresh: SettleTime[];
  seen: number;
  /** How many samples have come in all, and had come when it was learned last. */
  total: number;
  learnedAt: number;
  bandwidth: number | null;
}

/** Resolves once what was learned before has been read. */
export async function startSchedules(options: SchedulesOptions): Promise<Schedules> {
  const { store, kinds, clock, random, log } = options;
  const prices = new Map<string, Price>(kinds.map(({ upstream }) => [upstream, createPrice()]));
  const known = new Map<string, Known>();
  for (const { kind, usualMs } of kinds) {
    for (const sinceStart of [true, false]) {
      const counts = { seen: 0, total: 0, learnedAt: 0, bandwidth: null };
      known.set(keyOf({ kind, sinceStart }), {
        kind,
        sinceStart,
        plan: priorPlan(usualMs),
        rows: [],
        fresh: [],
        ...counts,
      });
    }
  }
  const priceOf = (kind: string): Price | undefined => {
    const upstream = kinds.find((one) => one.kind === kind)?.upstream;
    return upstream === undefined ? undefined : prices.get(upstream);
  };
  const stop = new AbortController();
  let latest = 0;

  /** Null for a kind that this gateway doesn't have. */
  const take = (row: StoredSettleTimes): void => {
    const of = known.get(keyOf(row));
    latest = Math.max(latest, row.id);
    if (!of || of.rows.some(({ id }) => id === row.id)) return;
    of.rows.push(row);
    of.rows.sort((a, b) => a.id - b.id);
    of.total += row.samples.length;
    let count = of.rows.reduce((sum, { samples }) => sum + samples.length, 0);
    for (let oldest = of.rows[0]; oldest && count - oldest.samples.length >= kept; oldest = of.rows[0]) {
      count -= oldest.samples.length;
      of.rows.shift();
    }
  };
  const read = async () => {
    for (const row of await settleTimesAfter(store, latest - overlap)) take(row);
  };
  const write = async () => {
    const fresh = [...known.values()].filter(({ fresh }) => fresh.length > 0);
    const added = fresh.map(({ kind, sinceStart, fresh: samples }): SettleTimes => ({ kind, sinceStart, samples }));
    for (const one of fresh) {
      one.fresh = [];
      one.seen = 0;
    }
    for (const row of await addSettleTimes(store, added)) take(row);
  };
  const relearn = async () => {
    for (const of of known.values()) {
      const count = of.rows.reduce((sum, { samples }) => sum + samples.length, 0);
      if (count < leastSeen || of.total - of.learnedAt < Math.max(5, growth * count)) continue;
      of.learnedAt = of.total;
      const samples = of.rows.flatMap((row) =>
        row.samples.map(([after, within]) => ({ after, within: within ?? null, weight: 1 })),
      );
      const learned = await inTurns(learn(samples, of.bandwidth), stop.signal);
      const plan = learned && (await inTurns(learnedPlan(learned.law, count), stop.signal));
      if (plan === null || learned === null) return;
      of.plan = plan;
      of.bandwidth = learned.bandwidth;
    }
  };

  await read();
  await relearn();
  let failing = false;
  const run = async () => {
    for (let period = 1; ; period += 1) {
      await clock.sleep(periodMs * (0.9 + 0.2 * random()), stop.signal);
      if (stop.signal.aborted) return;
      for (const price of prices.values()) price.adjust();
      try {
        await write();
        // Nobody else writes into an embedded store.
        if (!store.embedded && period % periodsPerRead === 0) await read();
        if (period % periodsPerTrim === 0) await trimSettleTimes(store, kept);
        failing = false;
      } catch (error) {
        if (!failing && !stop.signal.aborted)
          log.warn({ err: error }, "Settle times could not be stored; checks go on by what was learned before.");
        failing = true;
      }
      await relearn();
    }
  };
  const ended = run();

  return {
    of(kind) {
      const price = priceOf(kind);
      const plans = [true, false].map((sinceStart) => known.get(keyOf({ kind, sinceStart })));
      const [started, found] = plans;
      if (!price || !started || !found) throw new Error(`Expected a kind that has a schedule, got "${kind}".`);
      return {
        wait: (watched) => (asked) => {
          const policy = (asked.sinceStart ? started : found).plan.at(price.dearer * (watched ? watchedPart : 1));
          return waitMs(policy, asked, random());
        },
      };
    },
    settled({ kind, sinceStart, afterMs, withinMs }) {
      const of = known.get(keyOf({ kind, sinceStart }));
      // Settled, or given up, without having been waited for: of that, a schedule has nothing to learn.
      if (!of || (withinMs ?? afterMs) <= 0) return;
      of.seen += 1;
      if (of.fresh.length < mostNoted) of.fresh.push([afterMs, withinMs]);
      else {
        const place = Math.floor(random() * of.seen);
        if (place < mostNoted) of.fresh[place] = [afterMs, withinMs];
      }
    },
    began(kind, lateMs) {
      const plan = known.get(keyOf({ kind, sinceStart: true }))?.plan;
      if (plan) priceOf(kind)?.began(lateMs, plan.delayMs);
    },
    prices: () => new Map([...prices].map(([upstream, { dearer }]) => [upstream, dearer])),
    async dispose() {
      stop.abort();
      await ended;
      await write().catch((error: unknown) => {
        log.warn({ err: error }, "The last settle times could not be stored.");
      });
    },
  };
}

function keyOf({ kind, sinceStart }: Pick<SettleTimes, "kind" | "sinceStart">): string {
  return `${kind} ${sinceStart ? "started" : "found"}`;
}
