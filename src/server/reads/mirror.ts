/**
 * Operations that were read lately, kept in memory and never behind the log. It holds what follows from revisions: a row as
 * its latest change left it, whosever it is. Who may see it is asked elsewhere (sources.ts), and so is GraphQL.
 *
 * A cell holds one state of one operation; a change puts another object there. So an answer made from some cells is true for
 * as long as each holds the very object that it was made from, and nothing has to be told of what is out of date.
 */
import { LRUCache } from "lru-cache";
import type { SerializedOperation, StoredOperation } from "../../store/database.ts";
import { reviveOperation } from "../../store/operations.ts";
import type { Store } from "../../store/store.ts";
import { rowsById, type Tail, type TailChange, tailAfter } from "../../store/tail.ts";
import { createRounds } from "./rounds.ts";

/** A state of an operation, or that there is none of this id. */
export interface Held {
  readonly row: StoredOperation | null;
  /** What `show` makes of it; null where it fails. */
  readonly shown: object | null;
}

export interface Cell {
  /** Null where it is not kept any more, and nobody is told of changes. */
  held: Held | null;
}

export interface Mirror {
  /** Resolves once everything is here that was committed before the call. Null where it is here already. */
  caughtUp(): Promise<void> | null;
  /** As the log's end that was caught up with has it; undefined where it is not known. `id` is a uuid in lower case. */
  cell(id: string): Cell | undefined;
  /** Resolves once these are known, as some moment after the call has them: then it is to be caught up once more. */
  load(ids: readonly string[]): Promise<void>;
  /** Puts rows in that were read after `since` began. */
  readonly keep: (rows: readonly StoredOperation[], since: Reading) => void;
  /** To be called before rows are read, and ended after they have been kept. */
  begin(): Reading;
  /** Tells of each change that may move what is listed, in its order, before whoever waits for it goes on. */
  observe(observer: Observer): void;
  /** A number that moves with each change that was read. */
  readonly version: number;
  /** How many operations are kept. */
  readonly size: number;
  dispose(): void;
}

export interface MirrorOptions {
  readonly store: Store;
  /** What clients are shown of an operation: made once a state, when that is learned. */
  readonly show: (row: StoredOperation) => object;
}

export interface Observer {
  /** Whether a tenant's changes are of interest: of the others nothing is read. */
  wants(tenant: string): boolean;
  /** Null: anything may have changed. */
  hear(change: StoredOperation | null): void;
}

/** What has changed while rows were read: those may be older. */
export interface Reading {
  readonly changed: Map<string, StoredOperation>;
  /** Everything was forgotten meanwhile: nothing that was read may be kept. */
  void: boolean;
  end(): void;
}

const mostBytes = 64 * 1024 * 1024;
const mostCells = 50_000;
/** Of a row in memory without its fields, and of what is made of it. Measured: about 2 KB together. */
const bytesOfRow = 2_048;
const bytesOfNone = 256;
const pageSize = 500;
/** While it is asked, it keeps up by itself, so that nobody waits for all that has changed since the last request. */
const keepUpMs = 100;
const idleMs = 10_000;
/** So far behind, everything is forgotten and read anew where it is asked for. */
const mostBehind = 10_000;
const mostIds = 1_000;
/** Longer than this nobody waits: the request goes the way of those that are never answered from memory. */
const limitMs = 1_000;

export function createMirror({ store, show }: MirrorOptions): Mirror {
  const cells = new LRUCache<string, Cell>({
    max: mostCells,
    maxSize: mostBytes,
    dispose: (cell) => {
      cell.held = null;
    },
  });
  const observers: Observer[] = [];
  const readings = new Set<Reading>();
  let at: { epoch: string; floor: number; place: number } | null = null;
  /** What `store.standstill` said before the log was read last. */
  let stillAt: number | null = null;
  let version = 0;

  const tell = (change: StoredOperation | null) => {
    version += 1;
    for (const observer of observers) observer.hear(change);
  };
  const forget = () => {
    cells.clear();
    for (const reading of readings) reading.void = true;
    tell(null);
  };
  const hold = (row: StoredOperation): Held => {
    try {
      return { row, shown: show(row) };
    } catch {
      return { row, shown: null };
    }
  };
  const put = (id: string, row: StoredOperation | null) => {
    cells.set(id, { held: row ? hold(row) : { row, shown: null } }, { size: sizeOf(row) });
  };

  const apply = ({ place, operationId, tenant, operation }: TailChange) => {
    const cell = cells.peek(operationId);
    const isKept = cell !== undefined && !(cell.held?.row && cell.held.row.place >= place);
    const before = isKept ? cell.held?.row : null;
    // Unparsed where nobody would look at it.
    if (!isKept && readings.size === 0 && !observers.some((observer) => observer.wants(tenant))) return;
    const row = reviveOperation(JSON.parse(operation) as SerializedOperation, place);
    if (isKept) {
      cell.held = hold(row);
      cells.set(operationId, cell, { size: bytesOfRow + 4 * operation.length });
    }
    for (const reading of readings) reading.changed.set(operationId, row);
    if (before && isListedAlike(before, row)) version += 1;
    else tell(row);
  };
  /** Whether there may be more to read. */
  const take = (tail: Tail): boolean => {
    const { epoch, floor, end, changes } = tail;
    const isAnother = at === null || at.epoch !== epoch || end < at.place || end - at.place > mostBehind;
    if (at === null || isAnother) {
      at = { epoch, floor, place: end };
      forget();
      return false;
    }
    if (floor > at.floor) {
      // What was trimmed has left no change; all of it had its latest change at the floor or below.
      for (const [id, { held }] of cells.entries()) if (held?.row && held.row.place <= floor) cells.delete(id);
      for (const reading of readings) reading.void = true;
      tell(null);
    }
    for (const change of changes) apply(change);
    const isWhole = changes.length < pageSize;
    at = { epoch, floor, place: isWhole ? Math.max(end, at.place) : (changes.at(-1)?.place ?? at.place) };
    return !isWhole;
  };
  const catchUp = createRounds(async () => {
    const still = store.standstill();
    while (take(await tailAfter(store, at?.place ?? 0, at === null ? 0 : pageSize)));
    stillAt = still;
  }, limitMs);

  let [usedAt, timer] = [0, null as NodeJS.Timeout | null];
  let disposed = false;
  const keepUp = () => {
    if (timer !== null || disposed) return;
    timer = setTimeout(() => {
      timer = null;
      if (performance.now() - usedAt > idleMs) return;
      // What it could not read it reads with the next request.
      const ready = isCaughtUp() ? null : catchUp().catch(() => {});
      if (ready === null) keepUp();
      else void ready.then(keepUp);
    }, keepUpMs).unref();
  };
  const isCaughtUp = () => {
    const still = store.standstill();
    return still !== null && still === stillAt;
  };

  const wanted = new Set<string>();
  const loadWanted = createRounds(async () => {
    const ids = [...wanted];
    wanted.clear();
    for (let i = 0; i < ids.length; i += mostIds) {
      const some = ids.slice(i, i + mostIds);
      const reading = mirror.begin();
      try {
        const rows = await rowsById(store, some);
        const found = new Set(rows.map(({ id }) => id));
        mirror.keep(rows, reading);
        for (const id of some) {
          if (!reading.void && !found.has(id) && !reading.changed.has(id) && !cells.has(id)) put(id, null);
        }
      } finally {
        reading.end();
      }
    }
  }, limitMs);

  const mirror: Mirror = {
    caughtUp() {
      usedAt = performance.now();
      keepUp();
      return isCaughtUp() ? null : catchUp();
    },
    cell: (id) => cells.get(id),
    load(ids) {
      for (const id of ids) wanted.add(id);
      return loadWanted();
    },
    begin() {
      const reading: Reading = { changed: new Map(), void: false, end: () => readings.delete(reading) };
      readings.add(reading);
      return reading;
    },
    keep(rows, { changed, void: isVoid }) {
      if (isVoid) return;
      for (const row of rows) {
        const change = changed.get(row.id);
        if (!cells.has(row.id)) put(row.id, change && change.place > row.place ? change : row);
      }
    },
    observe: (observer) => void observers.push(observer),
    get version() {
      return version;
    },
    get size() {
      return cells.size;
    },
    dispose() {
      disposed = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
  return mirror;
}

/** All else that listings go by is never another. */
function isListedAlike(one: StoredOperation, other: StoredOperation): boolean {
  return one.owner === other.owner && one.state === other.state && one.outcome === other.outcome;
}

function sizeOf(row: StoredOperation | null): number {
  return row === null ? bytesOfNone : bytesOfRow + 4 * JSON.stringify([row.fields, row.problem, row.itemCounts]).length;
}
