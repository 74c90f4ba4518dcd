/** Trims what is kept no longer, for as long as the gateway runs: rounds of small batches, with room for others between. */
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import { type Trimmed, trimBatch } from "./retention.ts";
import type { Store } from "./store.ts";

export interface TrimmerOptions {
  readonly store: Store;
  readonly retentionSeconds: number;
  readonly clock: Clock;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  readonly log: Pick<Logger, "info" | "warn">;
}

export interface Trimmer {
  dispose(): Promise<void>;
}

const longestIntervalMs = 3_600_000;
const shortestIntervalMs = 100;
const firstWithinMs = 60_000;
/** Rows of all tables in a transaction. Measured on two busy cores: 22 ms on PostgreSQL and 58 ms on PGlite, at the median. */
const batchRows = 500;
const shortestPauseMs = 20;

export function startTrimmer({ store, retentionSeconds, clock, random, log }: TrimmerOptions): Trimmer {
  const stop = new AbortController();
  const intervalMs = Math.min(longestIntervalMs, Math.max(shortestIntervalMs, retentionSeconds * 100));

  const round = async (): Promise<Trimmed> => {
    let total: Trimmed = { operations: 0, changes: 0, keys: 0 };
    while (!stop.signal.aborted) {
      const begun = clock.monotonic();
      const batch = await trimBatch(store, { retentionSeconds, rows: batchRows });
      if (batch === null || batch.operations + batch.keys === 0) break;
      total = {
        operations: total.operations + batch.operations,
        changes: total.changes + batch.changes,
        keys: total.keys + batch.keys,
      };
      // At most half of the time, however slow the database is.
      await clock.sleep(Math.max(shortestPauseMs, clock.monotonic() - begun), stop.signal);
    }
    return total;
  };

  const run = async () => {
    // Several gateways start at once; their first rounds need not.
    await clock.sleep(random() * Math.min(firstWithinMs, intervalMs), stop.signal);
    while (!stop.signal.aborted) {
      try {
        const trimmed = await round();
        if (trimmed.operations + trimmed.keys > 0) {
          log.info({ ...trimmed, retentionSeconds }, "Trimmed what was kept for its time.");
        }
      } catch (error) {
        if (!stop.signal.aborted)
          log.warn({ err: error }, "What is old could not be trimmed; the next round tries again.");
      }
      await clock.sleep(intervalMs * (0.9 + 0.2 * random()), stop.signal);
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
