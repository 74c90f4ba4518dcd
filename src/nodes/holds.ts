/**
 * Who is told of a hold: the other gateways by the counter in Redis and by the database, this one's budgets by what the
 * database says. A hold outlives the gateway that was told of it.
 */
import type { Logger } from "pino";
import { type Clock, systemClock } from "../clock.ts";
import { holdUpstream } from "../store/holds.ts";
import type { Store } from "../store/store.ts";
import type { Counter } from "./counter.ts";

export interface Holds {
  /**
   * A provider wants no call for so long: writes it down for everybody. Resolves once it is written, at the latest after
   * `tellingMs`; where it isn't by then, that is tried on.
   */
  tell(upstream: string, ms: number): Promise<void>;
  onHold(upstream: string, listener: (ms: number) => void): void;
  /** What the database knows of. */
  heard(holds: ReadonlyMap<string, number>): void;
  alsoTell(counter: Counter | null): void;
  dispose(): Promise<void>;
}

/**
 * Pauses between two tries to write a hold down, in real time, as the database's failures are. Short at first: others may
 * reach a database that is just back, and ask before they can know.
 */
const retryMs = { first: 50, longest: 1_000 };
/** How long a call's answer waits for others to be told: a database that takes none must not keep it. */
const tellingMs = 1_000;

export function createHolds(
  { store, clock, log }: { readonly store: Store; readonly clock: Clock; readonly log: Pick<Logger, "warn"> },
  loaded: ReadonlyMap<string, number>,
): Holds {
  const listeners = new Map<string, (ms: number) => void>();
  /** Holds that the database has not taken yet, with their ends by the Clock's monotonic time. */
  const unsaved = new Map<string, number>();
  const begun = clock.monotonic();
  let counter: Counter | null = null;
  let saving: Promise<void> | null = null;

  const ending = new AbortController();

  async function saveAll(): Promise<void> {
    for (const [upstream, until] of unsaved) {
      const ms = until - clock.monotonic();
      if (ms > 0) await holdUpstream(store, upstream, ms);
      if (unsaved.get(upstream) === until) unsaved.delete(upstream);
    }
  }

  /** Again and again until the database has all of them; at the end once more. */
  async function save(): Promise<void> {
    let warned = false;
    let pauseMs = retryMs.first;
    while (unsaved.size > 0) {
      const last = ending.signal.aborted;
      try {
        await saveAll();
      } catch (error) {
        if (!warned) log.warn({ err: error }, "A provider's Retry-After could not be written down yet.");
        warned = true;
        if (last) break;
        await systemClock.sleep(pauseMs, ending.signal);
        pauseMs = Math.min(pauseMs * 2, retryMs.longest);
      }
    }
    // In the same turn as the last look at `unsaved`: what is told later begins anew.
    saving = null;
  }

  return {
    async tell(upstream, ms) {
      unsaved.set(upstream, Math.max(unsaved.get(upstream) ?? 0, clock.monotonic() + ms));
      saving ??= save();
      const told = Promise.all([saving, counter?.hold(upstream, ms).catch(() => {})]);
      const limit = new AbortController();
      await Promise.race([told, systemClock.sleep(tellingMs, limit.signal)]);
      limit.abort();
    },
    onHold(upstream, listener) {
      listeners.set(upstream, listener);
      const ms = (loaded.get(upstream) ?? 0) - (clock.monotonic() - begun);
      if (ms > 0) listener(ms);
    },
    heard(holds) {
      for (const [upstream, ms] of holds) listeners.get(upstream)?.(ms);
    },
    alsoTell(given) {
      counter = given;
    },
    async dispose() {
      ending.abort();
      await saving;
    },
  };
}
