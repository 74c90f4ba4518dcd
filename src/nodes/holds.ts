/**
 * Who is told of a hold: the other gateways by the counter in Redis and by the database, this one's budgets by what the
 * database says. A hold outlives the gateway that was told of it.
 */
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import { holdUpstream } from "../store/holds.ts";
import type { Store } from "../store/store.ts";
import type { Counter } from "./counter.ts";

export interface Holds {
  /** A provider wants no call for so long: writes it down for everybody. */
  tell(upstream: string, ms: number): void;
  onHold(upstream: string, listener: (ms: number) => void): void;
  /** What the database knows of. */
  heard(holds: ReadonlyMap<string, number>): void;
  alsoTell(counter: Counter | null): void;
  dispose(): Promise<void>;
}

export function createHolds(
  { store, clock, log }: { readonly store: Store; readonly clock: Clock; readonly log: Pick<Logger, "warn"> },
  loaded: ReadonlyMap<string, number>,
): Holds {
  const listeners = new Map<string, (ms: number) => void>();
  /** Holds that the database has not taken yet, with their ends by the Clock. */
  const unsaved = new Map<string, number>();
  const begun = clock.now();
  let counter: Counter | null = null;
  let saving: Promise<void> | null = null;

  async function save(): Promise<void> {
    while (unsaved.size > 0) {
      for (const [upstream, until] of unsaved) {
        if (until > clock.now()) await holdUpstream(store, upstream, until - clock.now());
        if (unsaved.get(upstream) === until) unsaved.delete(upstream);
      }
    }
  }

  function saveSoon(): void {
    if (unsaved.size === 0) return;
    saving ??= save()
      .catch((error: unknown) => log.warn({ err: error }, "A provider's Retry-After could not be written down yet."))
      .finally(() => {
        saving = null;
      });
  }

  return {
    tell(upstream, ms) {
      unsaved.set(upstream, Math.max(unsaved.get(upstream) ?? 0, clock.now() + ms));
      saveSoon();
      void counter?.hold(upstream, ms).catch(() => {});
    },
    onHold(upstream, listener) {
      listeners.set(upstream, listener);
      const ms = (loaded.get(upstream) ?? 0) - (clock.now() - begun);
      if (ms > 0) listener(ms);
    },
    heard(holds) {
      for (const [upstream, ms] of holds) listeners.get(upstream)?.(ms);
      saveSoon();
    },
    alsoTell(given) {
      counter = given;
    },
    async dispose() {
      await saving;
    },
  };
}
