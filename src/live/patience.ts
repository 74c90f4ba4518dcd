/**
 * Waiting while the database is away. A subscriber comes back just then when a gateway and its database went together,
 * and an error would end its subscription for good, where a stream that was there already only waits.
 */
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import { isStoreFailure } from "../store/errors.ts";

/** Tries again until `work` succeeds, fails by more than the store's absence, or nobody waits for it any more. */
export type Patience = <T>(isLeft: () => boolean, work: () => Promise<T>) => Promise<T>;

export interface PatienceOptions {
  readonly clock: Clock;
  readonly log: Pick<Logger, "info" | "warn">;
  /** Aborted when the gateway stops. */
  readonly closing: AbortSignal;
}

const retryMs = 1_000;

/** One for all streams, so that an outage is told once, and not by each of them. */
export function createPatience({ clock, log, closing }: PatienceOptions): Patience {
  let away = false;
  return async (isLeft, work) => {
    for (;;) {
      try {
        const value = await work();
        if (away) log.info("The store can be read again; streams go on where they were.");
        away = false;
        return value;
      } catch (error) {
        if (!isStoreFailure(error) || closing.aborted || isLeft()) throw error;
        if (!away) log.warn({ err: error }, "The store can't be read. Streams wait, and lose nothing.");
        away = true;
        await clock.sleep(retryMs, closing);
        if (closing.aborted || isLeft()) throw error;
      }
    }
  };
}
