/**
 * One reader's changes in order of place: from the log while the reader is behind, from the hub once it has caught up.
 * What waits for a reader is bounded; one that does not keep up is fed from the log again, at its own pace, and slows
 * nobody. It knows places and pages, and nothing of snapshots or GraphQL.
 */
import type { StoredChange } from "../store/database.ts";
import { type Interest, replayPage } from "../store/replay.ts";
import type { Store } from "../store/store.ts";
import type { Hub, Listener } from "./hub.ts";
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
  /** The same where it need not be waited for; null where nothing waits to be read. */
  take(): StoredChange | null;
  /**
   * Calls `wake` once, when there may be more to read, or the reader leaves; in the middle of the hub's telling, so it must
   * not fail. False where there may be more already, or the reader has left.
   */
  wait(wake: () => void): boolean;
  leave(): void;
  readonly isLeft: boolean;
}

/** How many changes wait for a reader at the most. They are shared by all who wait for them. */
const mostWaiting = 100;
const pageSize = 100;

export async function openFeed(live: Live, options: FeedOptions): Promise<Feed> {
  const feed = new LogFeed(live, options);
  await feed.join();
  return feed;
}

const caughtUp: Read = { type: "caughtUp" };
const nobody = () => {};

/** A class, for there are as many as subscriptions: the same in closures takes several times the memory. */
class LogFeed implements Feed, Listener {
  readonly #live: Live;
  readonly #options: FeedOptions;
  /** Everything up to here has been read, or was of no interest. */
  #seen: number;
  /** In order, all of them after `seen`. */
  #waiting: StoredChange[] = [];
  /** Everything up to here is in `waiting`, or was of no interest. */
  #heard: number;
  /** Whether `waiting` goes on to the present, so that what the hub tells can simply be added. */
  #current = false;
  /** What the hub tells while the log is being read; null where that has become too much, or nobody reads. */
  #meanwhile: StoredChange[] | null = null;
  #wake = nobody;
  #leaveHub = nobody;
  #isLeft = false;

  constructor(live: Live, options: FeedOptions) {
    this.#live = live;
    this.#options = options;
    this.#seen = options.place;
    this.#heard = options.place;
  }

  async join(): Promise<void> {
    this.#leaveHub = await this.#live.hub.join(this);
  }

  get operationIds(): readonly string[] | null {
    return this.#options.interest.operationIds;
  }
  get tenant(): string {
    return this.#options.interest.tenant;
  }
  get isLeft(): boolean {
    return this.#isLeft;
  }

  hear(change: StoredChange): void {
    const { owner } = this.#options.interest;
    if (owner !== null && change.owner !== owner) return;
    if (!this.#current) {
      if (this.#meanwhile && this.#meanwhile.length < mostWaiting) this.#meanwhile.push(change);
      else this.#meanwhile = null;
    } else if (this.#waiting.length < mostWaiting) this.#add(change);
    else this.miss();
    if (this.#waiting.length > 0) this.#rouse();
  }

  /** Falls behind, to what the log still has. */
  miss(): void {
    const [oldest] = this.#waiting;
    if (oldest) this.#seen = oldest.place - 1;
    this.#current = false;
    this.#waiting = [];
    this.#meanwhile = null;
    this.#heard = this.#seen;
    this.#rouse();
  }

  async read(): Promise<Read> {
    const reached = await this.#catchUp();
    if (!reached) return { type: "outOfReach", place: this.#heard };
    const change = this.take();
    return change === null ? caughtUp : { type: "change", change };
  }

  take(): StoredChange | null {
    const change = this.#waiting.shift();
    if (change === undefined) return null;
    this.#seen = this.#waiting.length === 0 ? this.#heard : change.place;
    return change;
  }

  wait(wake: () => void): boolean {
    if (this.#isLeft || !this.#current || this.#waiting.length > 0) return false;
    this.#wake = wake;
    return true;
  }

  leave(): void {
    this.#isLeft = true;
    this.#leaveHub();
    this.#waiting = [];
    this.#rouse();
  }

  #rouse(): void {
    const wake = this.#wake;
    this.#wake = nobody;
    wake();
  }

  #add(change: StoredChange): void {
    if (change.place <= this.#heard) return;
    this.#heard = change.place;
    if (this.#options.accepts(change)) this.#waiting.push(change);
    else if (this.#waiting.length === 0) this.#seen = this.#heard;
  }

  /** False where the log no longer reaches back. Rejects where the reader leaves while the store is waited for. */
  async #catchUp(): Promise<boolean> {
    const { store, inTurn, patiently } = this.#live;
    const { interest, epoch } = this.#options;
    while (!this.#current && this.#waiting.length === 0 && !this.#isLeft) {
      this.#meanwhile = [];
      const page = await patiently(
        () => this.#isLeft,
        // By its turn nobody may want it any more.
        () => inTurn(async () => (this.#isLeft ? null : await replayPage(store, interest, this.#heard, pageSize))),
      );
      if (page === null) break;
      if (page.epoch !== epoch || page.floor > this.#heard) return false;
      for (const change of page.changes) this.#add(change);
      // A short page was the end of the log as it was when it was read; what came since was told meanwhile.
      if (page.changes.length < pageSize && this.#meanwhile !== null) {
        for (const change of this.#meanwhile) this.#add(change);
        this.#current = true;
      }
      this.#meanwhile = null;
    }
    return true;
  }
}
