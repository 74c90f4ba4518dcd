/**
 * One subscriber's changes: the state now, or everything since a cursor, then every later change exactly once and in
 * order (S1 to S4), until nothing of it is both unsettled and followed (S5). What a change is and where it comes from
 * is the business of feed.ts; this says what a subscriber is told of it.
 */
import type { Outcome, State } from "../datasources/contract.ts";
import { encodeCursor, type LogPosition } from "../store/cursor.ts";
import type { StoredChange, StoredOperation } from "../store/database.ts";
import { type Filter, operationsById, reviveOperation, type Scope } from "../store/operations.ts";
import { type Interest, type LogMoment, logMoment } from "../store/replay.ts";
import { type Feed, type Live, openFeed } from "./feed.ts";
import { createStanding, type Standing, type StandingRead } from "./standing.ts";

export type { Live } from "./feed.ts";

/** What a subscriber is told. */
export interface Told {
  readonly kind: "SNAPSHOT" | "CHANGED" | "RESET";
  readonly cursor: string;
  readonly at: Date;
  readonly previousState: State | null;
  /** The operation as it stood at this revision. */
  readonly operation: StoredOperation;
}

/**
 * An iterator object, not a generator: its return() must not wait behind a pending next(). Who has thousands of them reads
 * by `take`, `wait` and `read` instead of `next`: then nothing is held for a stream that is silent, and nothing is waited
 * for where a change is at hand.
 */
export interface Stream extends AsyncIterableIterator<Told> {
  /** What can be told without waiting; null where there is nothing, or only `read` can say. */
  take(): Told | null;
  /** As a feed's: `wake` is called once, when there may be something to take or read. False where there may be now. */
  wait(wake: () => void): boolean;
  /** What comes next, if it is there. Resolves with "over" also where the stream is left meanwhile. */
  read(): Promise<Told | "over" | "caughtUp">;
  return(): Promise<IteratorResult<Told>>;
}

/** A change as it is told, in a stream or a timeline. */
export function toldOf(change: StoredChange, epoch: string): Told {
  return {
    kind: "CHANGED",
    cursor: encodeCursor({ epoch, place: change.place }),
    at: change.at,
    previousState: change.previousState,
    operation: reviveOperation(change.operation, change.place),
  };
}

/** Changes that the hub tells are the same objects for all streams: so is what is told of them, as long as one is held. */
const toldOfHeard = new WeakMap<StoredChange, { readonly epoch: string; readonly told: Told }>();

function sharedToldOf(change: StoredChange, epoch: string): Told {
  const known = toldOfHeard.get(change);
  if (known?.epoch === epoch) return known.told;
  const told = toldOf(change, epoch);
  toldOfHeard.set(change, { epoch, told });
  return told;
}

/**
 * The operations named. Their ids must exist, in lower case, and be the viewer's to see; each change is held against the
 * scope again, so that nothing is told of one that is no more.
 */
export function watchOperations(
  live: Live,
  { tenant, owner }: Scope,
  ids: readonly string[],
  after: LogPosition | null = null,
): Promise<Stream> {
  return openStream(live, {
    interest: { tenant, owner, operationIds: ids },
    accepts: () => true,
    after,
    snapshots: true,
    ends: true,
  });
}

/** Every operation of the tenant, or of one owner in it, that the filter lets through. Never ends by itself. */
export async function watchAll(
  live: Live,
  { tenant, owner }: Scope,
  { ids, ...filter }: Filter,
  after: LogPosition | null = null,
): Promise<Stream> {
  const wanted = ids && new Set(ids.map((id) => id.toLowerCase()));
  // A few are looked for by themselves; of many, as of all, the log is read and the others are passed over. Of what this
  // viewer can't see nothing is heard: nor is it watched.
  const operationIds =
    wanted && wanted.size <= mostSoughtIds ? await idsInScope(live, { tenant, owner }, [...wanted]) : null;
  return openStream(live, {
    interest: { tenant, owner, operationIds },
    accepts: (change) => (!wanted || wanted.has(change.operationId)) && passesFilter(change, filter),
    after,
    snapshots: false,
    ends: false,
  });
}

/** They are ours, so one that is unknown now won't be anybody's later. */
async function idsInScope({ store, inTurn }: Live, scope: Scope, ids: readonly string[]): Promise<string[]> {
  const found = await inTurn(() => operationsById(store, scope, ids));
  return found.flatMap((operation) => operation?.id ?? []);
}

interface Wanted {
  readonly interest: Interest;
  readonly accepts: (change: StoredChange) => boolean;
  readonly after: LogPosition | null;
  /** Whether a stream without a cursor begins with the state now. */
  readonly snapshots: boolean;
  /** Whether it ends when none of its operations is both unsettled and followed. */
  readonly ends: boolean;
}

/** As many as operationChanged takes. */
const mostSoughtIds = 500;

async function openStream(live: Live, wanted: Wanted): Promise<Stream> {
  const first = await live.inTurn(() => logMoment(live.store, wanted.interest.operationIds ?? []));
  return new LogStream(live, wanted, await begin(live, wanted, first, whereToBegin(first, wanted)));
}

type Beginning =
  /** The state of those that have changed after `after`, then the changes. */
  | { readonly type: "standing"; readonly kind: "SNAPSHOT" | "RESET"; readonly after: number }
  | { readonly type: "changes"; readonly after: number };

function whereToBegin({ epoch, floor, end }: LogMoment, { after, snapshots }: Wanted): Beginning {
  if (after === null) {
    return snapshots ? { type: "standing", kind: "SNAPSHOT", after: 0 } : { type: "changes", after: end };
  }
  // A place beyond the end was given out by a log that has been lost since: what it stood for is not known here.
  if (after.epoch !== epoch || after.place > end) return { type: "standing", kind: "RESET", after: 0 };
  if (after.place < floor) return { type: "standing", kind: "RESET", after: after.place };
  return { type: "changes", after: after.place };
}

const over = { done: true, value: undefined } as const;

export function isStream(source: unknown): source is Stream {
  return source instanceof LogStream;
}

/** A class, as a feed is one: there are as many of them. */
class LogStream implements Stream {
  readonly #live: Live;
  readonly #wanted: Wanted;
  #part: Part;
  #isLeft = false;

  constructor(live: Live, wanted: Wanted, part: Part) {
    this.#live = live;
    this.#wanted = wanted;
    this.#part = part;
  }

  take(): Told | null {
    return this.#isLeft ? null : this.#part.take();
  }

  wait(wake: () => void): boolean {
    return !this.#isLeft && this.#part.wait(wake);
  }

  async read(): Promise<Told | "over" | "caughtUp"> {
    try {
      while (!this.#isLeft) {
        const read = await this.#patiently(() => this.#part.read());
        if (this.#isLeft) break;
        if (read === "over") this.#leave();
        else if (read === "caughtUp") return read;
        else if (read.type === "told") return read.told;
        else await this.#reset(read.place);
      }
      return "over";
    } catch (error) {
      if (this.#isLeft) return "over";
      this.#leave();
      throw error;
    }
  }

  async next(): Promise<IteratorResult<Told>> {
    for (;;) {
      const read = await this.read();
      if (read === "over") return over;
      if (read !== "caughtUp") return { done: false, value: read };
      await new Promise<void>((resolve) => {
        if (!this.wait(resolve)) resolve();
      });
    }
  }

  async return(): Promise<IteratorResult<Told>> {
    this.#leave();
    return over;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #leave(): void {
    this.#isLeft = true;
    this.#part.leave();
  }

  #patiently<T>(work: () => Promise<T>): Promise<T> {
    return this.#live.patiently(() => this.#isLeft, work);
  }

  /** The log was trimmed past this reader, or is another one by now: it begins anew, with the state of what it missed. */
  async #reset(place: number): Promise<void> {
    const { store, inTurn } = this.#live;
    this.#part.leave();
    const now = await this.#patiently(() => inTurn(() => logMoment(store, this.#wanted.interest.operationIds ?? [])));
    const after = now.epoch === this.#part.epoch ? place : 0;
    const beginning: Beginning = { type: "standing", kind: "RESET", after };
    this.#part = await this.#patiently(() => begin(this.#live, this.#wanted, now, beginning));
    if (this.#isLeft) this.#part.leave();
  }
}

async function begin(live: Live, wanted: Wanted, moment: LogMoment, beginning: Beginning): Promise<Part> {
  const { interest, accepts } = wanted;
  const { epoch, end } = moment;
  const place = beginning.type === "changes" ? beginning.after : end;
  const feed = await openFeed(live, { interest, accepts, epoch, place });
  const standing =
    beginning.type === "standing"
      ? createStanding(live, interest, accepts, { ...beginning, end, isLeft: () => feed.isLeft })
      : null;
  return new Part(feed, moment, standing, wanted.ends);
}

type PartRead =
  | { readonly type: "told"; readonly told: Told }
  | { readonly type: "outOfReach"; readonly place: number };

/** A stretch of a stream that has one beginning. */
class Part {
  readonly epoch: string;
  readonly #feed: Feed;
  readonly #end: number;
  /** What is told before the changes; null once it has been, or where there is none. */
  #standing: Standing | null;
  /** Those that are both unsettled and followed; null where the stream does not end by that. */
  readonly #open: Set<string> | null;
  /** Whether everything up to `end` has been told: only then does `open` say how things stand. */
  #past = false;

  constructor(feed: Feed, { epoch, end, open }: LogMoment, standing: Standing | null, ends: boolean) {
    this.epoch = epoch;
    this.#feed = feed;
    this.#end = end;
    this.#standing = standing;
    this.#open = ends ? new Set(open) : null;
  }

  leave(): void {
    this.#feed.leave();
  }

  /** Before everything up to `end` has been told, the end of the stream may be what comes next: `read` says so. */
  take(): Told | null {
    if (!this.#past || this.#isOver) return null;
    const change = this.#feed.take();
    return change && this.#tell(change);
  }

  wait(wake: () => void): boolean {
    return this.#past && !this.#isOver && this.#feed.wait(wake);
  }

  async read(): Promise<PartRead | "over" | "caughtUp"> {
    const standing = await this.#standing?.next();
    if (standing) return { type: "told", told: this.#tellStanding(standing) };
    this.#standing = null;
    if (this.#isOver) return "over";
    const read = await this.#feed.read();
    if (read.type === "outOfReach") return read;
    if (this.#feed.isLeft) return "over";
    if (read.type === "caughtUp" || read.change.place > this.#end) this.#past = true;
    if (this.#isOver) return "over";
    return read.type === "caughtUp" ? "caughtUp" : { type: "told", told: this.#tell(read.change) };
  }

  get #isOver(): boolean {
    return this.#past && this.#open?.size === 0;
  }

  #tell(change: StoredChange): Told {
    const told = sharedToldOf(change, this.epoch);
    const { id, state, followed } = told.operation;
    if (this.#past && this.#open) {
      if (state !== "SETTLED" && followed) this.#open.add(id);
      else this.#open.delete(id);
    }
    return told;
  }

  #tellStanding({ change, last, kind }: StandingRead): Told {
    // The last one stands for the end of the log: nothing before it is missing from those already told.
    const cursor = encodeCursor({ epoch: this.epoch, place: last ? this.#end : change.place });
    const operation = { ...reviveOperation(change.operation, change.place), ...change.row };
    return { kind, cursor, at: change.at, previousState: null, operation };
  }
}

/** Judged against the change as it was. */
function passesFilter(
  { operation, state, outcome, kind, provider }: StoredChange,
  { kinds, providers, states, outcomes, correlationId, tags }: Omit<Filter, "ids">,
): boolean {
  return (
    (!kinds || kinds.includes(kind)) &&
    (!providers || providers.includes(provider)) &&
    (!states || states.includes(state)) &&
    (!outcomes || (outcome !== null && (outcomes as readonly (Outcome | null)[]).includes(outcome))) &&
    (correlationId === undefined || operation.correlationId === correlationId) &&
    (!tags || tags.every((tag) => operation.tags.includes(tag)))
  );
}
