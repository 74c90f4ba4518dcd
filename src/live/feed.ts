/**
 * One reader's changes in order of place: from the log while the reader is behind, from the hub once it has caught up.
 * What waits for a reader is bounded; one that does not keep up is fed from the log again, at its own pace, and slows
 * nobody. It knows places and pages, and nothing of snapshots or GraphQL.
 */
import type { StoredChange } from "../store/database.ts";
import { type Interest, replayPage } from "../store/replay.ts";
import type { Store } from "../store/store.ts";
import type { Hub } from "./hub.ts";
import type { Lane } from "./lane.ts";
import type { Patience } from "./patience.ts";

export interface Live {
  readonly store: Store;
  readonly hub: Hub;
  /** For each single read of the store. */
  readonly inTurn: Lane;
  /** Around reads, and around work that reads several times. */
  readonly patiently: Patience;
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
  readonly isLeft: boolean;
}

/** How many changes wait for a reader at the most. They are shared by all who wait for them. */
const mostWaiting = 100;
const pageSize = 100;

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
  let isLeft = false;

  const add = (change: StoredChange) => {
    if (change.place <= heard) return;
    heard = change.place;
    if (accepts(change)) waiting.push(change);
    else if (waiting.length === 0) seen = heard;
  };
  const fallBehind = () => {
    const [oldest] = waiting;
    if (oldest) seen = oldest.place - 1;
    current = false;
    waiting = [];
    meanwhile = null;
    heard = seen;
    wake();
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
  const wanted = operationIds && new Set(operationIds);
  const leaveHub = await hub.join({ tenant, operationIds: wanted, hear, miss: fallBehind });

  /** False where the log no longer reaches back. Rejects where the reader leaves while the store is waited for. */
  const catchUp = async (): Promise<boolean> => {
    while (!current && waiting.length === 0 && !isLeft) {
      meanwhile = [];
      const page = await live.patiently(
        () => isLeft,
        // By its turn nobody may want it any more.
        () => live.inTurn(async () => (isLeft ? null : await replayPage(store, interest, heard, pageSize))),
      );
      if (page === null) break;
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
      if (isLeft || !current || waiting.length > 0) return Promise.resolve();
      return new Promise((resolve) => {
        wake = resolve;
      });
    },
    leave() {
      isLeft = true;
      leaveHub();
      waiting = [];
      wake();
    },
    get isLeft() {
      return isLeft;
    },
  };
}
