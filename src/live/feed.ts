/**
 * One reader's changes in order of place: from the log while the reader is behind, from the hub once it has caught up.
 * What waits for a reader is bounded; one that does not keep up is fed from the log again, at its own pace, and slows
 * nobody. It knows places and pages, and nothing of snapshots or GraphQL.
 */
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { StoredChange } from "../store/database.ts";
import { isStoreFailure } from "../store/errors.ts";
import { type Interest, replayPage } from "../store/replay.ts";
import type { Store } from "../store/store.ts";
import type { Hub } from "./hub.ts";

export interface Live {
  readonly store: Store;
  readonly hub: Hub;
  readonly clock: Clock;
  readonly log: Pick<Logger, "error" | "warn">;
  /** Aborted when the gateway stops. */
  readonly closing: AbortSignal;
}

export interface FeedOptions {
  readonly interest: Interest;
  /** Those that it lets through are read; the others are passed over. */
  readonly accepts: (change: StoredChange) => boolean;
  /** The log's epoch when the reader began. */
  readonly epoch: string;
  /** The reader has seen everything up to here. */
  readonly place: number;
}

export type Read =
  | { readonly type: "change"; readonly change: StoredChange }
  /** Nothing more for now: everything that was committed when this was called has been read. */
  | { readonly type: "caughtUp" }
  /** The log does not reach back to this reader's place any more. `place`: what it has seen. */
  | { readonly type: "outOfReach"; readonly place: number };

export interface Feed {
  read(): Promise<Read>;
  /** Resolves when there may be more to read, or the reader has left. */
  more(): Promise<void>;
  leave(): void;
  readonly left: boolean;
}

/**
 * Waits while the database is away, until `left` (null before the stream has begun) or the gateway stops. A subscriber comes back just then when a gateway and its database went together,
 * and an error would end its subscription for good, where a stream that was there already only waits.
 */
export async function patiently<T>(
  { clock, log, closing }: Pick<Live, "clock" | "log" | "closing">,
  left: AbortSignal | null,
  work: () => Promise<T>,
): Promise<T> {
  const over = left ? AbortSignal.any([left, closing]) : closing;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (over.aborted || !isStoreFailure(error)) throw error;
      log.warn({ err: error }, "The store could not be read for a stream; it waits, and loses nothing.");
      await clock.sleep(retryMs, over);
      if (over.aborted) throw error;
    }
  }
}

/** How many changes wait for a reader at the most. They are shared by all who wait for them. */
const mostWaiting = 100;
const pageSize = 100;
/** After the store failed. */
const retryMs = 1_000;

export async function openFeed(live: Live, options: FeedOptions): Promise<Feed> {
  const { store, hub } = live;
  const { interest, accepts, epoch } = options;
  /** Everything up to here has been read, or was of no interest. */
  let seen = options.place;
  /** In order, all of them after `seen`. */
  let waiting: StoredChange[] = [];
  /** Everything up to here is in `waiting`, or was of no interest. */
  let heard = seen;
  /** Whether `waiting` goes on to the present, so that what the hub tells can simply be added. */
  let current = false;
  /** What the hub tells while the log is being read; null where that has become too much, or nobody reads. */
  let meanwhile: StoredChange[] | null = null;
  let wake = () => {};
  const left = new AbortController();

  const add = (change: StoredChange) => {
    if (change.place <= heard) return;
    heard = change.place;
    if (accepts(change)) waiting.push(change);
    else if (waiting.length === 0) seen = heard;
  };
  const fallBehind = () => {
    current = false;
    waiting = [];
    heard = seen;
  };
  const hear = (change: StoredChange) => {
    if (interest.owner !== null && change.owner !== interest.owner) return;
    if (!current) {
      if (meanwhile && meanwhile.length < mostWaiting) meanwhile.push(change);
      else meanwhile = null;
    } else if (waiting.length < mostWaiting) add(change);
    else fallBehind();
    wake();
  };

  const { tenant, operationIds } = interest;
  const leaveHub = await hub.join({ tenant, operationIds: operationIds && new Set(operationIds), hear });

  /** False where the log no longer reaches back. Rejects where the reader leaves while the store is waited for. */
  const catchUp = async (): Promise<boolean> => {
    while (!current && waiting.length === 0 && !left.signal.aborted) {
      meanwhile = [];
      const page = await patiently(live, left.signal, () => replayPage(store, interest, heard, pageSize));
      if (page.epoch !== epoch || page.floor > heard) return false;
      for (const change of page.changes) add(change);
      // A short page was the end of the log as it was when it was read; what came since was told meanwhile.
      if (page.changes.length < pageSize && meanwhile !== null) {
        for (const change of meanwhile) add(change);
        current = true;
      }
      meanwhile = null;
    }
    return true;
  };
  return {
    async read() {
      const reached = await catchUp();
      if (!reached) return { type: "outOfReach", place: heard };
      const change = waiting.shift();
      if (change === undefined) return { type: "caughtUp" };
      seen = waiting.length === 0 ? heard : change.place;
      return { type: "change", change };
    },
    more() {
      if (left.signal.aborted || !current || waiting.length > 0) return Promise.resolve();
      return new Promise((resolve) => {
        wake = resolve;
      });
    },
    leave() {
      left.abort();
      leaveHub();
      waiting = [];
      wake();
    },
    get left() {
      return left.signal.aborted;
    },
  };
}
