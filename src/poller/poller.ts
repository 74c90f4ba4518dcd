/**
 * Follows every open operation until it settles: one poll for any number of watchers. It knows leases, clients and
 * the schedule, and nothing of GraphQL or of who is listening.
 */
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { OperationClient, Reading } from "../datasources/contract.ts";
import { isProblem, type Problem, unavailable } from "../datasources/problems.ts";
import { type Claim, claimDue, releaseAll, untilDue } from "../store/claims.ts";
import { record } from "../store/record.ts";
import type { Store } from "../store/store.ts";

/** One kind of operation, and how its provider is asked. */
export interface PolledKind {
  readonly kind: string;
  readonly provider: string;
  readonly client: OperationClient;
  /** How many checks may be under way at once. */
  readonly concurrency: number;
  readonly deadlineSeconds: number;
  readonly settledMayChange: boolean;
}

export interface PollerOptions {
  readonly store: Store;
  readonly kinds: readonly PolledKind[];
  /** Names this gateway in its leases. */
  readonly node: string;
  readonly leaseSeconds: number;
  /** How long checks under way may go on once it is stopped. */
  readonly graceMs: number;
  readonly clock: Clock;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  /** Watched operations are asked before the rest. */
  readonly isWatched: (operationId: string) => boolean;
  /** Told of each check that begins, and how many ms after it was due. */
  readonly onCheck?: (kind: string, lateMs: number) => void;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
}

export interface Poller {
  /** Something may have become due: look now. */
  nudge(): void;
  /** No new claims from now on. Checks under way may end, and are aborted after the grace; then leases are given back. */
  stop(): void;
  /** Stops, unless that was done, and resolves when nothing is under way and no lease is held. */
  dispose(): Promise<void>;
}

/** How long a loop sleeps at the most: another gateway may have begun something that is due here. */
const longestSleepMs = 1_000;
/** How long it sleeps where what is due could not be claimed: somebody holds its row at the moment. */
const contendedSleepMs = 100;
/** How long it waits after the store failed. */
const afterErrorMs = 1_000;

export function startPoller(options: PollerOptions): Poller {
  const { store, node, graceMs, clock, log } = options;
  const signals: Signals = { leaving: new AbortController(), givenUp: new AbortController() };
  const loops = options.kinds.map((kind) => startLoop(kind, options, signals));

  const end = async () => {
    signals.leaving.abort();
    const idle = new AbortController();
    void clock.sleep(graceMs, idle.signal).then(() => signals.givenUp.abort());
    await Promise.all(loops.map(({ ended }) => ended));
    idle.abort();
    // At once, not when all else has ended: other gateways may go on with them.
    await releaseAll(
      store,
      node,
      loops.flatMap(({ held }) => [...held]),
    ).catch((error: unknown) => {
      log.warn({ err: error }, "Leases could not be given back; they run out by themselves.");
    });
  };
  let ended: Promise<void> | null = null;
  const stop = () => {
    ended ??= end();
    return ended;
  };
  return {
    nudge: () => {
      for (const { wake } of loops) wake();
    },
    stop: () => void stop(),
    dispose: stop,
  };
}

interface Signals {
  /** No new claims. */
  readonly leaving: AbortController;
  /** Checks under way are aborted. */
  readonly givenUp: AbortController;
}

interface Loop {
  wake(): void;
  /** Ids of operations whose claim has not ended. */
  readonly held: ReadonlySet<string>;
  readonly ended: Promise<void>;
}

function startLoop(kind: PolledKind, options: PollerOptions, { leaving, givenUp }: Signals): Loop {
  const { store, node, leaseSeconds, clock, log } = options;
  const underWay = new Set<Promise<void>>();
  const held = new Set<string>();
  const stop = leaving.signal;
  let nap = new AbortController();
  const wake = () => nap.abort();

  const run = async () => {
    while (!stop.aborted) {
      nap = new AbortController();
      const interrupted = AbortSignal.any([stop, nap.signal]);
      try {
        const room = kind.concurrency - underWay.size;
        // Before the statement: the database counts a lease from there, however late its answer comes.
        const leaseEnds = performance.now() + leaseSeconds * 1000;
        const claims = room > 0 ? await claimDue(store, { kind: kind.kind, node, limit: room, leaseSeconds }) : [];
        for (const { operation } of claims) held.add(operation.id);
        // Claimed while it was told to stop: given back unasked.
        if (stop.aborted) break;
        for (const claim of claims) {
          const checked = check({ claim, leaseEnds }, kind, options, givenUp.signal).finally(() => {
            underWay.delete(checked);
            if (!givenUp.signal.aborted) held.delete(claim.operation.id);
            wake();
          });
          underWay.add(checked);
        }
        // A full house has to wait for a place; else for the next that is due.
        const dueInMs = underWay.size >= kind.concurrency ? null : await untilDue(store, kind.kind);
        const contended = dueInMs === 0 && claims.length === 0;
        const ms = contended ? contendedSleepMs : Math.min(dueInMs ?? longestSleepMs, longestSleepMs);
        await clock.sleep(ms, interrupted);
      } catch (error) {
        if (stop.aborted) break;
        log.error({ err: error, kind: kind.kind }, "The poller could not use the store; it tries again.");
        await clock.sleep(afterErrorMs, stop);
      }
    }
    await Promise.all(underWay);
  };
  return { wake, held, ended: run() };
}

interface Claimed {
  readonly claim: Claim;
  /** By `performance.now`, and not after the lease in the row. */
  readonly leaseEnds: number;
}

async function check(
  { claim, leaseEnds }: Claimed,
  kind: PolledKind,
  options: PollerOptions,
  givenUp: AbortSignal,
): Promise<void> {
  const { store, isWatched, random, onCheck, log } = options;
  const { operation, begun } = claim;
  onCheck?.(kind.kind, begun / 1000 - (operation.nextCheckAt?.getTime() ?? 0));
  const leftMs = Math.floor(leaseEnds - performance.now());
  if (leftMs <= 0) {
    // By now another gateway may be asking.
    log.warn({ operation: operation.id }, "The database answered a claim after its lease had run out; it is not used.");
    return;
  }
  try {
    const answer = await ask(claim, kind, {
      priority: isWatched(operation.id) ? "watched" : "background",
      // Past the lease another gateway may ask: this one must have stopped by then.
      signal: AbortSignal.any([givenUp, AbortSignal.timeout(leftMs)]),
    });
    if (givenUp.aborted) return;
    const { deadlineSeconds, settledMayChange } = kind;
    await record(store, {
      subject: { by: "id", id: operation.id },
      begun,
      itemKeys: isProblem(answer) ? [] : answer.itemKeys,
      event: (known) =>
        isProblem(answer) ? { type: "failed", problem: answer } : { type: "read", snapshot: answer.compose(known) },
      terms: { random: random(), deadlineSeconds, follow: false, settledMayChange },
      tags: [],
      ends: operation,
    });
  } catch (error) {
    if (!givenUp.aborted) log.error({ err: error, operation: operation.id }, "A check could not be recorded.");
  }
}

async function ask(
  { operation }: Claim,
  kind: PolledKind,
  options: Parameters<OperationClient["fetchMany"]>[1],
): Promise<Reading | Problem> {
  if (operation.naturalId === null) throw new Error("An operation without a natural id can't be asked for.");
  const [answer] = await kind.client.fetchMany([{ key: operation.naturalId, fields: operation.fields }], options);
  return (
    answer ??
    unavailable(kind.provider, "UNREADABLE_ANSWER", "The provider's client gave no answer for this operation.")
  );
}
