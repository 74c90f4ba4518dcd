/**
 * Follows every open operation until it settles: one poll for any number of watchers. It knows leases and when to look
 * for what is due, and nothing of GraphQL or of who is listening.
 */
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { OperationClient } from "../datasources/contract.ts";
import type { Outlook } from "../datasources/http.ts";
import { type Claim, claimDue, releaseAll, untilDue } from "../store/claims.ts";
import type { Store } from "../store/store.ts";
import { createChecks } from "./checks.ts";
import { createLooks, type Look } from "./looks.ts";
import { createRecorder, type Recorder } from "./recorder.ts";
import type { Schedule } from "./schedule.ts";
import { createTerm } from "./term.ts";

/** One kind of operation, and how its provider is asked. */
export interface PolledKind {
  readonly kind: string;
  readonly provider: string;
  readonly client: OperationClient;
  /** What a check would meet now: what can't be asked soon is not claimed, for another gateway may ask it. */
  readonly outlook: () => Outlook;
  /** How many checks may be under way at once. */
  readonly concurrency: number;
  readonly deadlineSeconds: number;
  readonly settledMayChange: boolean;
  /** When it is asked for next. */
  readonly schedule: Schedule;
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
  /** Watched operations are asked before the rest, which keeps one place in four however many are watched. */
  readonly isWatched: (operationId: string) => boolean;
  /** The ids of all of them. */
  readonly watched: () => Iterable<string>;
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
/** How long it sleeps where what is due could not be claimed: somebody holds its row, or no call would begin now. */
const shortSleepMs = 100;
/** How long it waits after the store failed. */
const afterErrorMs = 1_000;

export function startPoller(options: PollerOptions): Poller {
  const { store, node, graceMs, clock, log } = options;
  const signals: Signals = { leaving: new AbortController(), givenUp: new AbortController() };
  const recorder = createRecorder(store);
  const loops = options.kinds.map((kind) => startLoop(kind, options, recorder, signals));

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

function startLoop(kind: PolledKind, options: PollerOptions, recorder: Recorder, signals: Signals): Loop {
  const { store, node, leaseSeconds, watched, clock, log } = options;
  const stop = signals.leaving.signal;
  const givenUp = signals.givenUp.signal;
  const held = new Set<string>();
  /** Whether more may be due than could be claimed. */
  let isShort = false;
  const hasRoom = () => {
    if (isShort) wake();
  };
  const checks = createChecks({ kind, options, recorder, givenUp, held, hasRoom, hasRecorded: () => wake() });
  const looks = createLooks({ ...kind, ahead: checks.ahead, watched, clock });
  let nap = new AbortController();
  // With a reason of ours: without one an error would be made, with its stack.
  const wake = () => nap.abort("woken");

  const take = async (look: Look): Promise<Claim[]> => {
    if (look.type === "none") return [];
    const request = { kind: kind.kind, node, limit: look.limit, leaseSeconds };
    return claimDue(store, look.type === "watched" ? { ...request, among: look.ids } : request);
  };

  /** How long to wait for the next look. */
  const pauseMs = async (look: Look, claimed: number): Promise<number> => {
    isShort = look.type !== "any" || claimed === look.limit;
    // A full house waits for a place: it is woken then.
    if (checks.isFull()) return longestSleepMs;
    if (look.type === "none") return shortSleepMs;
    // The rest follows at once.
    if (isShort) return 0;
    const dueInMs = await untilDue(store, kind.kind);
    return dueInMs === 0 && claimed === 0 ? shortSleepMs : Math.min(dueInMs ?? longestSleepMs, longestSleepMs);
  };

  const run = async () => {
    while (!stop.aborted) {
      nap = new AbortController();
      const interrupted = AbortSignal.any([stop, nap.signal]);
      try {
        const look = looks.next(checks.taken());
        // Before the statement: the database counts a lease from there, however late its answer comes.
        const term = createTerm(performance.now() + leaseSeconds * 1000);
        const claims = await take(look);
        looks.took(look, claims.length);
        for (const { operation } of claims) held.add(operation.id);
        // Claimed while it was told to stop: given back unasked.
        if (stop.aborted) break;
        checks.add(claims, term);
        await clock.sleep(await pauseMs(look, claims.length), interrupted);
      } catch (error) {
        if (stop.aborted) break;
        log.error({ err: error, kind: kind.kind }, "The poller could not use the store; it tries again.");
        await clock.sleep(afterErrorMs, stop);
      }
    }
    await checks.end();
  };
  return { wake, held, ended: run() };
}
