/**
 * Takes up the writes that a dead gateway has left: it looks for their intents, and has each settled as one whose answer
 * was lost. It sends nothing.
 */
import type { Clock } from "../clock.ts";
import type { IntendedWrite } from "../datasources/contract.ts";
import { isProblem, writeUnconfirmed } from "../datasources/problems.ts";
import { isStoreFailure } from "../store/errors.ts";
import { type LeftIntent, takeUp } from "../store/intents.ts";
import type { OperationsContext, RunningKind } from "./context.ts";
import { settle } from "./settle.ts";
import { sendWithinMs } from "./submit.ts";

export interface RecovererOptions {
  readonly context: OperationsContext;
  /** Whether the store is this process's alone: whoever left an intent there is dead. */
  readonly alone: boolean;
  /** Told of each that has found its end. */
  readonly onTakenUp?: (end: End) => void;
}

export interface Recoverer {
  /** Takes up nothing more. What was taken up is under way, and ends as other writes do. */
  dispose(): Promise<void>;
}

const pauseMs = 2_000;
/**
 * After a failure of the store, and before the first look at one that others share: gateways that could not reach it
 * either, and could show no sign of life, get the time to do so.
 */
const patienceMs = 10_000;
const marginMs = 2_000;
const mostAtOnce = 20;
/** How long an intent rests that could not be taken up: at first, and at most. Each time twice as long. */
const restMs = { first: 10_000, longest: 5 * 60_000 };

export function startRecoverer({ context, alone, onTakenUp }: RecovererOptions): Recoverer {
  const { store, clock, node, underWay, log } = context;
  const known = knownWrites(context);
  const ages = new Map([...known].map(([mutation, one]) => [mutation, ageOf(one, alone)]));
  const failures = createFailures(clock);
  const stop = new AbortController();
  const stopped = new Promise<null>((resolve) => {
    stop.signal.addEventListener("abort", () => resolve(null), { once: true });
  });

  /** Has those rest that failed, and says why. The store's own failures are one line, however many met them. */
  const tellFailures = (left: readonly LeftIntent[], results: ReadonlyArray<PromiseSettledResult<End>>): number => {
    const ofTheStore: unknown[] = [];
    for (const [index, { id, mutation }] of left.entries()) {
      const result = results[index];
      if (result?.status !== "rejected") {
        failures.forget(id);
        continue;
      }
      failures.note(id);
      const { reason: err } = result;
      if (isStoreFailure(err)) ofTheStore.push(err);
      else log.error({ err, intent: id, mutation }, "A write that a dead gateway had left could not be taken up.");
    }
    if (ofTheStore.length > 0) {
      const facts = { err: ofTheStore[0], count: ofTheStore.length };
      log.warn(facts, "The store failed while writes that a dead gateway had left were taken up; it is tried again.");
    }
    return ofTheStore.length;
  };

  /** Whether the store did all that was asked of it. */
  const look = async (): Promise<boolean> => {
    const failed = failures.now();
    const left = await takeUp(store, { node, ages, underWay: underWay.intents(), failed, alone, limit: mostAtOnce });
    // There was room for those that did not come: something else is at them, or has found their end.
    if (left.length < mostAtOnce) {
      const came = new Set(left.map(({ id }) => id));
      for (const id of failed.again) if (!came.has(id)) failures.forget(id);
    }
    // What was claimed while this gateway stops is left to the next one.
    if (left.length === 0 || stop.signal.aborted) return true;
    const works = left.map((intent) => underWay.track(intent.id, takenUp(context, known, intent)));
    const results = await Promise.race([Promise.allSettled(works), stopped]);
    if (results === null) return true;
    const found = results.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    for (const end of found) onTakenUp?.(end);
    const storeFailures = tellFailures(left, results);
    const count = (end: End) => found.filter((one) => one === end).length;
    const counts = { followed: count("followed"), unconfirmed: count("unconfirmed"), refused: count("refused") };
    const missed = results.length - found.length;
    log.info({ count: left.length, ...counts, failures: missed }, "Writes that a dead gateway had left were taken up.");
    return storeFailures === 0;
  };

  const run = async () => {
    if (!alone) await clock.sleep(patienceMs, stop.signal);
    while (!stop.signal.aborted) {
      const fine = await look().catch((error: unknown) => {
        log.warn({ err: error }, "Writes that were left behind could not be looked for; it is tried again.");
        return false;
      });
      await clock.sleep(fine ? pauseMs : patienceMs, stop.signal);
    }
  };
  const ended = run();
  return {
    async dispose() {
      stop.abort();
      await ended;
    },
  };
}

/**
 * Which intents could not be taken up, and how long each rests from that. Twenty that fail whenever they are tried would
 * keep all others waiting. Only this process needs to know: they are its own for as long as it lives, and whoever has them
 * next should try anew.
 */
function createFailures(clock: Pick<Clock, "monotonic">) {
  const rests = new Map<string, { readonly ms: number; readonly until: number }>();
  return {
    now() {
      const at = clock.monotonic();
      const [resting, again]: [string[], string[]] = [[], []];
      for (const [id, { until }] of rests) (at < until ? resting : again).push(id);
      return { resting, again };
    },
    note(id: string) {
      const ms = Math.min((rests.get(id)?.ms ?? restMs.first / 2) * 2, restMs.longest);
      rests.set(id, { ms, until: clock.monotonic() + ms });
    },
    forget: (id: string) => void rests.delete(id),
  };
}

interface KnownWrite {
  readonly kind: RunningKind;
  readonly write: IntendedWrite;
}

/** By mutation. Of a provider that is not configured here, nothing can be said. */
function knownWrites({ kinds }: OperationsContext): Map<string, KnownWrite> {
  return new Map(
    [...kinds.values()].flatMap((kind) =>
      (kind.client?.writes ?? []).map((write): [string, KnownWrite] => [write.mutation, { kind, write }]),
    ),
  );
}

/**
 * How old an intent must be, in ms. A sender that can't be seen may only be stopped, or cut off: it sends nothing more
 * after sendWithinMs. Then the provider gets its time, so that what is read is what the write has led to.
 */
function ageOf({ kind, write }: KnownWrite, alone: boolean): number {
  const answeredMs = kind.timeoutMs + marginMs;
  if (!alone) return sendWithinMs + answeredMs;
  return write.whenLost === "read" ? answeredMs : 0;
}

/** What a write that was taken up can become. `recorded`: its sender, or another gateway, was faster. */
export const ends = ["followed", "unconfirmed", "refused", "recorded"] as const;
export type End = (typeof ends)[number];

async function takenUp(
  context: OperationsContext,
  known: ReadonlyMap<string, KnownWrite>,
  { id, tenant, owner, mutation, ...intent }: LeftIntent,
): Promise<End> {
  const one = known.get(mutation);
  if (!one) throw new Error(`Only writes that this gateway knows are taken up; it does not know ${mutation}.`);
  const problem = writeUnconfirmed(one.kind.definition.provider);
  const settled = await settle(
    context,
    { ...one, ...intent, kind: one.kind, intentId: id, viewer: { tenant, owner }, witness: "successor" },
    { type: "lost", problem },
  );
  if (settled === null) return "recorded";
  if (isProblem(settled)) return "refused";
  return settled.outcome === "ABANDONED" ? "unconfirmed" : "followed";
}
