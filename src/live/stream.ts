/**
 * One subscriber's changes: the state now, then every later change exactly once, in order (S1, S2), until nothing of it
 * is both unsettled and followed (S5).
 */
import { sql } from "kysely";
import type { Outcome, State } from "../datasources/contract.ts";
import { logEnd } from "../store/changes.ts";
import { encodeCursor } from "../store/cursor.ts";
import type { StoredChange, StoredOperation } from "../store/database.ts";
import { type Filter, reviveOperation } from "../store/operations.ts";
import type { Store } from "../store/store.ts";
import type { Hub } from "./hub.ts";
import { createQueue, type Queue } from "./queue.ts";

/** What a subscriber is told. */
export interface Told {
  readonly kind: "SNAPSHOT" | "CHANGED";
  readonly cursor: string;
  readonly at: Date;
  readonly previousState: State | null;
  /** The operation as it stood at this revision. */
  readonly operation: StoredOperation;
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

/** The operations named: their state now, then their changes. The ids must exist and be the viewer's to see. */
export async function watchOperations(
  store: Store,
  hub: Hub,
  tenant: string,
  ids: readonly string[],
): Promise<Queue<Told>> {
  const open = new Set<string>();
  const live = await joined(hub, { tenant, operationIds: new Set(ids) });
  try {
    const { epoch, end, operations } = await stateNow(store, ids);
    const tell = (told: Told) => {
      live.queue.push(told);
      const { id, state, followed } = told.operation;
      if (state === "SETTLED" || !followed) open.delete(id);
      else open.add(id);
    };
    operations.forEach((operation, index) => {
      // The last snapshot stands for the end of the log: nothing before it is missing from the ones already sent.
      const place = index === operations.length - 1 ? end : operation.place;
      const cursor = encodeCursor({ epoch, place });
      tell({ kind: "SNAPSHOT", cursor, at: operation.changedAt, previousState: null, operation });
    });
    const endWhenDone = () => {
      if (open.size === 0) live.queue.end();
    };
    endWhenDone();
    live.begin(end, (change) => {
      tell(toldOf(change, epoch));
      endWhenDone();
    });
    return live.queue;
  } catch (error) {
    await live.queue.return();
    throw error;
  }
}

/** Every change of the tenant (or of one owner in it) that the filter lets through, from now on. Never ends by itself. */
export async function watchAll(
  store: Store,
  hub: Hub,
  { tenant, owner }: { readonly tenant: string; readonly owner: string | null },
  filter: Filter,
): Promise<Queue<Told>> {
  const live = await joined(hub, { tenant, operationIds: null });
  try {
    const { epoch, place } = await logEnd(store.db);
    live.begin(place, (change) => {
      if ((owner === null || change.owner === owner) && passesFilter(change, filter))
        live.queue.push(toldOf(change, epoch));
    });
    return live.queue;
  } catch (error) {
    await live.queue.return();
    throw error;
  }
}

interface Live {
  readonly queue: Queue<Told>;
  /** Hands over what has been heard after `place` so far, and from then on each change as it comes. */
  begin(place: number, hear: (change: StoredChange) => void): void;
}

/** Listens first and reads the state second, so that nothing falls between the two. */
async function joined(
  hub: Hub,
  interest: { readonly tenant: string; readonly operationIds: ReadonlySet<string> | null },
): Promise<Live> {
  const early: StoredChange[] = [];
  let hear = (change: StoredChange): void => {
    early.push(change);
  };
  let left = false;
  let leave = () => {};
  const queue = createQueue<Told>(() => {
    left = true;
    leave();
  });
  leave = await hub.join({ ...interest, hear: (change) => hear(change) });
  if (left) leave();
  return {
    queue,
    begin(place, handler) {
      const after = (change: StoredChange) => {
        if (change.place > place) handler(change);
      };
      for (const change of early.splice(0)) after(change);
      hear = after;
    },
  };
}

/** One statement, so that the operations and the log's end are of one moment. In log order. */
async function stateNow(store: Store, ids: readonly string[]) {
  const rows = await store.db
    .selectFrom("operations")
    .selectAll("operations")
    .select((eb) => [
      eb.selectFrom("log").select("epoch").$asScalar().as("epoch"),
      eb
        .selectFrom("changes")
        .select((inner) => inner.fn.max("place").as("end"))
        .as("end"),
    ])
    .where((eb) => eb("id", "=", sql<string>`any(${[...ids]}::uuid[])`))
    .orderBy("place")
    .execute();
  const [first] = rows;
  return {
    epoch: first?.epoch ?? "",
    end: Number(first?.end ?? 0),
    operations: rows.map(({ epoch: _epoch, end: _end, ...operation }): StoredOperation => operation),
  };
}

/** Judged against the change as it was. */
function passesFilter(
  { operation, state, outcome, operationId, kind, provider }: StoredChange,
  filter: Filter,
): boolean {
  const { ids, kinds, providers, states, outcomes, correlationId, tags } = filter;
  return (
    (!ids || ids.some((id) => id.toLowerCase() === operationId)) &&
    (!kinds || kinds.includes(kind)) &&
    (!providers || providers.includes(provider)) &&
    (!states || states.includes(state)) &&
    (!outcomes || (outcome !== null && (outcomes as readonly (Outcome | null)[]).includes(outcome))) &&
    (correlationId === undefined || operation.correlationId === correlationId) &&
    (!tags || tags.every((tag) => operation.tags.includes(tag)))
  );
}
