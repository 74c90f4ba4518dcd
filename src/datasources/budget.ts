/**
 * Whose turn it is: calls wait here for a start within the rate, a place among those at a time, and the end of a hold.
 * Where the starts come from, it doesn't know. It knows nothing of HTTP; sentences about what it refuses are the
 * transport's.
 */
import type { Clock } from "../clock.ts";
import type { Priority } from "./contract.ts";
import { type Grant, localTurns, priorities, type Turns, type Wanted } from "./rate.ts";

/** What a call must still be allowed, besides the budget, at the moment when it is its turn. */
export interface Gate<T> {
  /** Asked before a start is taken, so that a barred call costs nothing. */
  barred(): boolean;
  /** Called synchronously as the call's place is taken, before another call is looked at. */
  begin(): T;
}

export type Entry<T> =
  /** The call may start. `release` gives its place back and may be called more than once. */
  | { readonly type: "place"; readonly begun: T; release(): void }
  /** Can't start in time. Seconds until it may be worth another try, at least 1. */
  | { readonly type: "exhausted"; readonly retryAfterSeconds: number }
  /** The gate barred it. */
  | { readonly type: "barred" }
  /** The caller gave up. */
  | { readonly type: "aborted" }
  /** The budget was closed. */
  | { readonly type: "closed" };

export interface Budget {
  enter<T>(priority: Priority, signal: AbortSignal, gate: Gate<T>): Promise<Entry<T>>;
  /** No call starts for `ms`, from now on; resolves once whoever else asks the upstream can know of it. Never shortens a hold. */
  hold(ms: number): Promise<void>;
  /** Sends those away whose gate bars them by now, without waiting for their turn. */
  sweep(): void;
  close(): void;
  /** Places left among the calls at a time. */
  readonly free: number;
  /** Starts left now; 0 during a hold. */
  readonly left: number;
  /** For how long no call starts, by a hold; 0 where there is none. */
  readonly heldMs: number;
  /**
   * How many more calls would start within so many ms, as far as is known here. Those that wait come before them, and all
   * together are no more than `most`.
   */
  soon(ms: number, most: number): number;
}

/** How long each waits for its turn, in ms, before it is told that there is none; null waits on. */
const patience: Record<Priority, number | null> = { write: 5000, lookup: 5000, watched: null, background: null };

/** Why a sleep ended: without a reason of ours, each would have an error made, with its stack. */
const ended = Symbol("ended");

interface Waiter {
  /** When it gives up, by the monotonic clock. */
  readonly limit: number | null;
  readonly priority: Priority;
  barred(): boolean;
  start(): void;
  leave(entry: Exclude<Entry<never>, { type: "place" }>): void;
}

export function createBudget(options: {
  readonly ratePerSecond: number;
  readonly concurrency: number;
  readonly clock: Clock;
  /** This gateway's own, unless given. */
  readonly turns?: Turns | undefined;
}): Budget {
  const { ratePerSecond, concurrency, clock, turns = localTurns(ratePerSecond, clock) } = options;
  /** A Set keeps the order of arrival, and a waiter leaves its middle at no cost. */
  const lanes: Record<Priority, Set<Waiter>> = {
    write: new Set(),
    lookup: new Set(),
    watched: new Set(),
    background: new Set(),
  };
  let running = 0;
  /** How long a place was held lately, on average; 0 before anything is known. */
  let meanMs = 0;
  /** Monotonic, as all instants here: a machine's time that is set back must not make a hold of seconds one of hours. */
  let heldUntil = Number.NEGATIVE_INFINITY;
  let closed = false;
  /** The one sleep until calls may start again. */
  let alarm: { readonly at: number; readonly cancel: AbortController } | null = null;

  /** Whether the turns have been asked, and have not answered yet. */
  let asking = false;

  const heldMs = (): number => Math.max(0, heldUntil - clock.monotonic());
  const waiters = (): Waiter[] => priorities.flatMap((priority) => [...lanes[priority]]);

  /** Those who wait and have a place, the highest first. */
  function wanted(): Wanted {
    let places = concurrency - running;
    const counts: Record<Priority, number> = { write: 0, lookup: 0, watched: 0, background: 0 };
    for (const priority of priorities) {
      counts[priority] = Math.min(places, lanes[priority].size);
      places -= counts[priority];
    }
    return counts;
  }

  function first(): Waiter | null {
    for (const priority of priorities) for (const waiter of lanes[priority]) return waiter;
    return null;
  }

  /** The first that is not barred. Those before it are told so. */
  function nextInTurn(): Waiter | null {
    for (let next = first(); next !== null; next = first()) {
      if (!next.barred()) return next;
      next.leave({ type: "barred" });
    }
    return null;
  }

  function serve(): void {
    while (!asking && running < concurrency && nextInTurn() !== null) {
      const held = heldMs();
      if (held > 0) {
        wakeAt(clock.monotonic() + held);
        return;
      }
      const answer = turns.take(wanted());
      if (answer instanceof Promise) void heed(answer);
      else if (!start(answer)) return;
    }
    if (first() === null) quiet();
  }

  /** One question at a time; who starts is decided when its answer is there. */
  async function heed(answer: Promise<Grant>): Promise<void> {
    asking = true;
    const grant = await answer;
    asking = false;
    if (start(grant)) serve();
  }

  /** Begins as many as were granted. False where none were: then it is asked again after the wait. */
  function start({ starts, waitMs }: Grant): boolean {
    for (let left = starts; left > 0 && running < concurrency && heldUntil <= clock.monotonic(); left -= 1) {
      const next = nextInTurn();
      if (next === null) break;
      next.start();
    }
    if (starts === 0 && first() !== null) wakeAt(clock.monotonic() + waitMs);
    return starts > 0;
  }

  function wakeAt(at: number): void {
    if (alarm?.at === at) return;
    quiet();
    const mine = { at, cancel: new AbortController() };
    alarm = mine;
    void clock.sleep(at - clock.monotonic(), mine.cancel.signal).then(() => {
      if (alarm !== mine) return;
      // A timer may fire a millisecond early by the clock; serve() then sets the alarm again.
      alarm = null;
      serve();
    });
  }

  function quiet(): void {
    alarm?.cancel.abort(ended);
    alarm = null;
  }

  /** Those who can't wait as long as the hold lasts are told at once. */
  function dismissHeld(): void {
    for (const waiter of waiters()) {
      if (waiter.limit !== null && waiter.limit < heldUntil) waiter.leave(exhausted(waiter.priority));
    }
  }

  function holdFor(ms: number): void {
    const until = clock.monotonic() + ms;
    if (until <= heldUntil) return;
    heldUntil = until;
    dismissHeld();
    serve();
  }

  function exhausted(priority: Priority): { type: "exhausted"; retryAfterSeconds: number } {
    const before = priorities.slice(0, priorities.indexOf(priority) + 1);
    const ahead = before.reduce((sum, lane) => sum + lanes[lane].size, 0);
    const seconds = Math.max(heldMs() / 1000, ahead / ratePerSecond);
    return { type: "exhausted", retryAfterSeconds: Math.max(1, Math.ceil(seconds)) };
  }

  function place<T>(begun: T): Entry<T> {
    let held = true;
    const since = clock.monotonic();
    return {
      type: "place",
      begun,
      release: () => {
        if (!held) return;
        held = false;
        running -= 1;
        const tookMs = clock.monotonic() - since;
        meanMs = meanMs === 0 ? tookMs : meanMs + (tookMs - meanMs) / 16;
        serve();
      },
    };
  }

  function enter<T>(priority: Priority, signal: AbortSignal, gate: Gate<T>): Promise<Entry<T>> {
    if (closed) return Promise.resolve({ type: "closed" });
    if (signal.aborted) return Promise.resolve({ type: "aborted" });
    return new Promise((resolve) => {
      const lane = lanes[priority];
      /** Ends its sleep; null as long as it sleeps for none. */
      let settled: AbortController | null = null;
      const abort = (): void => waiter.leave({ type: "aborted" });
      const settle = (entry: Entry<T>): void => {
        lane.delete(waiter);
        signal.removeEventListener("abort", abort);
        settled?.abort(ended);
        if (first() === null) quiet();
        resolve(entry);
      };
      const milliseconds = patience[priority];
      const waiter: Waiter = {
        priority,
        limit: milliseconds === null ? null : clock.monotonic() + milliseconds,
        barred: gate.barred,
        start: () => {
          // It leaves the queue first: as it begins, others may be sent away.
          lane.delete(waiter);
          running += 1;
          settle(place(gate.begin()));
        },
        leave: settle,
      };
      lane.add(waiter);
      serve();
      if (!lane.has(waiter)) return;
      signal.addEventListener("abort", abort, { once: true });
      if (milliseconds === null || waiter.limit === null) return;
      if (waiter.limit < heldUntil) return waiter.leave(exhausted(priority));
      settled = new AbortController();
      void clock.sleep(milliseconds, settled.signal).then(() => {
        if (lane.has(waiter)) waiter.leave(exhausted(priority));
      });
    });
  }

  turns.onHold(holdFor);
  return {
    enter,
    hold: async (ms) => {
      holdFor(ms);
      if (ms > 0) await turns.hold(ms);
    },
    sweep: () => {
      for (const waiter of waiters()) if (waiter.barred()) waiter.leave({ type: "barred" });
    },
    close: () => {
      closed = true;
      for (const waiter of waiters()) waiter.leave({ type: "closed" });
    },
    get free() {
      return concurrency - running;
    },
    get left() {
      return heldMs() > 0 ? 0 : turns.left();
    },
    get heldMs() {
      return heldMs();
    },
    soon: (ms, most) => {
      const starts = heldMs() > ms ? 0 : turns.left(ms);
      // As many as have a place now, and as many as get one meanwhile where calls take as long as they did lately.
      const places = concurrency - running + (meanMs > 0 ? Math.floor((concurrency * ms) / meanMs) : 0);
      const waiting = priorities.reduce((sum, priority) => sum + lanes[priority].size, 0);
      return Math.max(0, Math.min(most, places, starts) - waiting);
    },
  };
}
