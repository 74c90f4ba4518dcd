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
        const claims = room > 0 ? await claimDue(store, { kind: kind.kind, node, limit: room, leaseSeconds }) : [];
        for (const { operation } of claims) held.add(operation.id);
        // Claimed while it was told to stop: given back unasked.
        if (stop.aborted) break;
        for (const claim of claims) {
          const checked = check(claim, kind, options, givenUp.signal).finally(() => {
            underWay.delete(checked);
            if (!givenUp.signal.aborted) held.delete(claim.operation.id);
            wake();
          });
          underWay.add(checked);
        }
        // A full house has to wait for a place; else for the next that is due.
        const ms = underWay.size >= kind.concurrency ? longestSleepMs : await untilDue(store, kind.kind);
        await clock.sleep(Math.min(ms ?? longestSleepMs, longestSleepMs), interrupted);
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

async function check(claim: Claim, kind: PolledKind, options: PollerOptions, givenUp: AbortSignal): Promise<void> {
  const { store, leaseSeconds, isWatched, random, log } = options;
  const { operation, begun } = claim;
  try {
    const answer = await ask(claim, kind, {
      priority: isWatched(operation.id) ? "watched" : "background",
      // Past the lease another gateway may ask: this one must have stopped by then.
      signal: AbortSignal.any([givenUp, AbortSignal.timeout(leaseSeconds * 1000)]),
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
