/**
 * What somebody needs who keeps operations in memory and must not be behind the log: rows by id, whosever they are, and
 * what has been written since a place. Each is one statement, so what it says is of one moment.
 */
import type { StoredOperation } from "./database.ts";
import { type Statement, statement } from "./statement.ts";
import type { Store } from "./store.ts";

/** A change as the log has it, its operation unparsed: most are of operations that nobody has asked for. */
export interface TailChange {
  readonly place: number;
  readonly operationId: string;
  readonly tenant: string;
  readonly revision: number;
  readonly operation: string;
}

export interface Tail {
  readonly epoch: string;
  /** The place of the latest change that retention removed. */
  readonly floor: number;
  /** The place of the latest change that there is. */
  readonly end: number;
  /** At most as many as were asked for, in order of place. */
  readonly changes: readonly TailChange[];
}

type Row = { readonly logEpoch: string; readonly logFloor: number; readonly logEnd: number } & (
  | TailChange
  | { readonly [K in keyof TailChange]: null }
);

const tail: Statement<Row> = statement(
  "tail-after",
  `select log.epoch as log_epoch, log.floor as log_floor,
    greatest(log.floor, coalesce((select max(place) from changes), 0)) as log_end, page.*
  from log left join lateral (
    select place, operation_id, tenant, revision, operation::text as operation
    from changes where place > $1::bigint order by place limit $2::int
  ) page on true
  order by page.place`,
);

/** Everybody's changes after a place. */
export async function tailAfter(store: Store, place: number, limit: number): Promise<Tail> {
  const rows = await store.run(tail, [place, limit]);
  const [first] = rows;
  if (!first) throw new Error("The log has lost its one row; the store was written by something else.");
  const changes = rows.flatMap(({ logEpoch: _epoch, logFloor: _floor, logEnd: _end, ...change }) =>
    change.place === null ? [] : [change],
  );
  return { epoch: first.logEpoch, floor: first.logFloor, end: first.logEnd, changes };
}

const byId: Statement<StoredOperation> = statement("rows-by-id", "select * from operations where id = any($1::uuid[])");

/** Whosever they are: who may see them is the caller's to judge. Ids are uuids in lower case. */
export function rowsById(store: Store, ids: readonly string[]): Promise<StoredOperation[]> {
  return store.run(byId, [[...ids]]);
}
