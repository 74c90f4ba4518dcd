/**
 * One subscriber's changes: the state now, or everything since a cursor, then every later change exactly once and in
 * order (S1 to S4), until nothing of it is both unsettled and followed (S5). What a change is and where it comes from
 * is the business of feed.ts; this says what a subscriber is told of it.
 */
import type { Outcome, State } from "../datasources/contract.ts";
import { encodeCursor, type LogPosition } from "../store/cursor.ts";
import type { StoredChange, StoredOperation } from "../store/database.ts";
import { type Filter, operationsById, reviveOperation, type Scope } from "../store/operations.ts";
import { type Interest, type LogMoment, logMoment, type StandingChange, standingPage } from "../store/replay.ts";
import { type Feed, type Live, openFeed } from "./feed.ts";

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

/** An iterator object, not a generator: its return() must not wait behind a pending next(). */
export interface Stream extends AsyncIterableIterator<Told> {
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
/** How many operations are read at a time to tell their state. */
const standingPageSize = 50;

async function openStream(live: Live, wanted: Wanted): Promise<Stream> {
  const ids = wanted.interest.operationIds ?? [];
  const moment = () => live.inTurn(() => logMoment(live.store, ids));
  const first = await moment();
  let part = await begin(live, wanted, first, whereToBegin(first, wanted));
  let isLeft = false;
  const leave = () => {
    isLeft = true;
    part.feed.leave();
  };
  const waiting = <T>(work: () => Promise<T>) => live.patiently(() => isLeft, work);
  /** The log was trimmed past this reader, or is another one by now: it begins anew, with the state of what it missed. */
  const reset = async (place: number) => {
    part.feed.leave();
    const now = await waiting(moment);
    const after = now.epoch === part.epoch ? place : 0;
    part = await waiting(() => begin(live, wanted, now, { type: "standing", kind: "RESET", after }));
    if (isLeft) part.feed.leave();
  };
  const over = { done: true, value: undefined } as const;
  const next = async (): Promise<IteratorResult<Told>> => {
    try {
      while (!isLeft) {
        const read = await waiting(() => part.next());
        if (isLeft) break;
        if (read === "over") leave();
        else if (read.type === "told") return { done: false, value: read.told };
        else await reset(read.place);
      }
      return over;
    } catch (error) {
      if (isLeft) return over;
      leave();
      throw error;
    }
  };
  const stream: Stream = {
    next,
    async return() {
      leave();
      return over;
    },
    [Symbol.asyncIterator]: () => stream,
  };
  return stream;
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

type Next = { readonly type: "told"; readonly told: Told } | { readonly type: "outOfReach"; readonly place: number };

/** A stretch of a stream that has one beginning. */
interface Part {
  readonly epoch: string;
  readonly feed: Feed;
  next(): Promise<Next | "over">;
}

async function begin(
  live: Live,
  { interest, accepts, ends }: Wanted,
  { epoch, end, open: openNow }: LogMoment,
  beginning: Beginning,
): Promise<Part> {
  const from = beginning.type === "changes" ? beginning.after : end;
  const feed = await openFeed(live, { interest, accepts, epoch, place: from });
  const standing =
    beginning.type === "standing"
      ? createStanding(live, interest, accepts, { ...beginning, end, isLeft: () => feed.isLeft })
      : null;
  const open = new Set(openNow);
  /** Whether everything up to `end` has been told: only then does `open` say how things stand. */
  let past = false;
  const isOver = () => ends && past && open.size === 0;

  const nextChange = async (): Promise<Next | "over"> => {
    for (;;) {
      if (isOver()) return "over";
      const read = await feed.read();
      if (read.type === "outOfReach") return read;
      const reached = read.type === "caughtUp" || read.change.place > end;
      if (reached && !past) {
        past = true;
        if (isOver()) return "over";
      }
      if (read.type === "change") {
        const told = toldOf(read.change, epoch);
        const { id, state, followed } = told.operation;
        if (ends && past && state !== "SETTLED" && followed) open.add(id);
        else if (past) open.delete(id);
        return { type: "told", told };
      }
      await feed.more();
      if (feed.isLeft) return "over";
    }
  };
  return {
    epoch,
    feed,
    async next() {
      const one = await standing?.next();
      if (!one) return nextChange();
      const { change, last } = one;
      // The last one stands for the end of the log: nothing before it is missing from those already told.
      const cursor = encodeCursor({ epoch, place: last ? end : change.place });
      const operation = { ...reviveOperation(change.operation, change.place), ...change.row };
      const kind = beginning.type === "standing" ? beginning.kind : "CHANGED";
      return { type: "told", told: { kind, cursor, at: change.at, previousState: null, operation } };
    },
  };
}

interface Standing {
  /** The next operation's latest change; null after the last. */
  next(): Promise<{ readonly change: StandingChange; readonly last: boolean } | null>;
}

/** Read page by page, in order of place: a cut in the middle loses none of the rest. */
function createStanding(
  { store, inTurn }: Live,
  interest: Interest,
  accepts: (change: StoredChange) => boolean,
  { after, end, isLeft }: { readonly after: number; readonly end: number; readonly isLeft: () => boolean },
): Standing {
  /** Where the next page begins; null after the last. */
  let next: number | null = after;
  const page: StandingChange[] = [];
  const fill = async () => {
    // One ahead, so that the last one is known when it is told. A page may hold none, and not be the last.
    while (next !== null && page.length < 2 && !isLeft()) {
      const from: number = next;
      const read = await inTurn(() => standingPage(store, interest, { after: from, end, limit: standingPageSize }));
      next = read.next;
      page.push(...read.changes.filter(accepts));
    }
  };
  return {
    async next() {
      await fill();
      const change = page.shift();
      return change ? { change, last: page.length === 0 } : null;
    },
  };
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
