/**
 * The change log. A change is never visible at a place before one that was already visible: places are drawn under an
 * advisory lock that is held until commit, and PostgreSQL frees it only after the commit can be seen. A plain sequence
 * would not do: a row with a lower number may be committed after a reader has gone past it.
 */
import { sql } from "kysely";
import type { State } from "../datasources/contract.ts";
import type { LogPosition } from "./cursor.ts";
import type { StoredChange, StoredOperation } from "./database.ts";
import { wholeRow } from "./rows.ts";
import { jsonText, runIn, type Statement, statement } from "./statement.ts";
import type { Reader, Store, Writer } from "./store.ts";

/** Any number does, as long as nothing else in this database locks it. */
const logLock = 7_302_468_841;

/** What an operation became, and what it was before: null for one that is seen for the first time. */
export interface Change {
  readonly operation: StoredOperation;
  readonly previousState: State | null;
}

/**
 * The lock first: only then are places drawn, in the order in which the changes are given. The rows are written by the same
 * statement, whole: a row that was written before would be written twice for its place.
 */
const append: Statement<{ readonly operationId: string; readonly place: number }> = statement(
  "append-changes",
  `with locked as materialized (select pg_advisory_xact_lock(${logLock}::bigint)),
  ordered as materialized (
    select row.ordinal, row."previousState" as previous_state, row.operation, row.held
    from locked cross join jsonb_to_recordset($1::jsonb)
      as row (ordinal int, "previousState" text, operation jsonb, held jsonb)
    order by row.ordinal
  ),
  placed as materialized (
    select place, previous_state, operation || jsonb_build_object('place', place) as operation, held
    from (select nextval('change_place') as place, previous_state, operation, held from ordered) drawn
  ),
  written as (
    update operations set (${wholeRow.names}) = row(${wholeRow.given})
    from placed cross join lateral jsonb_to_record(placed.operation || placed.held) as row (${wholeRow.shape})
    where operations.id = row.id
  )
  insert into changes
    (place, operation_id, tenant, owner, provider, account, kind, natural_id, revision, at, previous_state, state,
     outcome, operation)
  select
    place, (operation ->> 'id')::uuid, operation ->> 'tenant', operation ->> 'owner', operation ->> 'provider',
    operation ->> 'account', operation ->> 'kind', operation ->> 'naturalId', (operation ->> 'revision')::int,
    (operation ->> 'changedAt')::timestamptz, previous_state, operation ->> 'state', operation ->> 'outcome',
    operation
  from placed
  returning operation_id, place`,
);

/**
 * Writes the changes, and the rows of their operations with the places of these. The places, by the operations' ids. Call it
 * last: every other writer waits meanwhile.
 */
export async function appendChanges(trx: Writer, changes: readonly Change[]): Promise<ReadonlyMap<string, number>> {
  if (changes.length === 0) return new Map();
  // Held by nobody and begun by nobody: a lease is no part of what a change says.
  const rows = changes.map(({ operation, previousState }, ordinal) => {
    const { leaseNode, leaseUntil, begun } = operation;
    return {
      ordinal,
      previousState,
      operation: { ...operation, leaseNode: null, leaseUntil: null, begun: null },
      held: { leaseNode, leaseUntil, begun },
    };
  });
  const placed = await runIn(trx, append, [jsonText(rows)]);
  if (placed.length !== changes.length) {
    throw new Error(`The log gave ${placed.length} places; expected ${changes.length}, one for each change.`);
  }
  return new Map(placed.map(({ operationId, place }) => [operationId, place]));
}

/**
 * What is said of an operation so far becomes its owner's to read, and nobody else's: streams and replays go by the owner
 * that a change bears. The operation's row must be locked, so that nothing is added meanwhile.
 */
export async function giveHistory(trx: Writer, { id, owner }: Pick<StoredOperation, "id" | "owner">): Promise<void> {
  await sql`
    update changes set owner = ${owner}, operation = jsonb_set(operation, '{owner}', to_jsonb(${owner}::text))
    where operation_id = ${id}::uuid
  `.execute(trx);
}

/** The log's epoch and the place of its end. */
export async function logEnd(db: Reader | Writer): Promise<LogPosition> {
  const { rows } = await sql<LogPosition>`
    select epoch, greatest(floor, coalesce((select max(place) from changes), 0)) as place from log
  `.execute(db);
  const [row] = rows;
  if (!row) throw new Error("The log has lost its one row; the store was written by something else.");
  return row;
}

/** Changes after a place, in order of place, at most `limit`. */
export function changesAfter({ db }: Store, place: number, limit: number): Promise<StoredChange[]> {
  return db.selectFrom("changes").selectAll().where("place", ">", place).orderBy("place").limit(limit).execute();
}

/** Changes of one operation, oldest first. */
export function timelineOf(
  { db }: Store,
  operationId: string,
  after: number | null,
  limit: number,
): Promise<StoredChange[]> {
  return db
    .selectFrom("changes")
    .selectAll()
    .where("operationId", "=", operationId)
    .where("place", ">", after ?? 0)
    .orderBy("place")
    .limit(limit)
    .execute();
}

const newEpoch = sql`update log set epoch = replace(gen_random_uuid()::text, '-', '')`;

/** From now on cursors given out before are void: for a log that has lost its latest changes. */
export async function renewEpoch(db: Reader): Promise<void> {
  await newEpoch.execute(db);
}

/**
 * The same, unless the log has ever held a change: for a store that may have begun as a copy of another, whose cursors it
 * must not take for its own. A start that was killed before it came to this is followed by one that does it.
 */
export async function renewUnusedEpoch(db: Reader): Promise<void> {
  await sql`${newEpoch} where floor = 0 and not (select is_called from change_place)`.execute(db);
}
