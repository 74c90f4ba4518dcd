/**
 * The log as a stream reads it: page by page, from a place on, for some operations or for all that a viewer may see.
 * Each page is one statement, so that what it says of the log's floor and epoch is of the very moment of its changes:
 * retention moves the floor in the transaction that removes them.
 */
import { type RawBuilder, sql } from "kysely";
import type { Problem } from "../datasources/problems.ts";
import type { StoredChange } from "./database.ts";
import type { Reader, Store } from "./store.ts";

/** Whose changes. `operationIds` null: all of the tenant, or of the one owner in it. */
export interface Interest {
  readonly tenant: string;
  readonly owner: string | null;
  readonly operationIds: readonly string[] | null;
}

export interface LogState {
  readonly epoch: string;
  /** The place of the latest change that retention removed; nothing at or below it can be replayed. */
  readonly floor: number;
}

export interface ReplayPage extends LogState {
  readonly changes: readonly StoredChange[];
}

/** An operation as it stood at some end of the log: its latest change up to there. */
export interface StandingChange extends StoredChange {
  /** What its row says beyond its changes; null where it has changed again since, or is gone. */
  readonly row: {
    readonly checkedAt: Date | null;
    readonly nextCheckAt: Date | null;
    readonly deadlineAt: Date | null;
    readonly checkProblem: Problem | null;
  } | null;
}

/** Changes after a place, in order of place, at most `limit`: fewer mean that there were no more. */
export function replayPage({ db }: Store, interest: Interest, after: number, limit: number): Promise<ReplayPage> {
  const { tenant, owner, operationIds } = interest;
  const wanted =
    operationIds === null
      ? sql`select * from changes where ${viewersBetween({ tenant, owner, after, end: null })} limit ${limit}`
      : sql`
          select one.* from (${firstPlaces({ tenant, owner }, operationIds, after, limit)}) page
          cross join lateral (select * from changes where place = page.place limit 1) one`;
  return pageOf(db, wanted);
}

/** The same for everybody's changes. */
export function tailPage({ db }: Store, after: number, limit: number): Promise<ReplayPage> {
  return pageOf(db, sql`select * from changes where place > ${after}::bigint order by place limit ${limit}`);
}

async function pageOf(db: Reader, wanted: RawBuilder<unknown>): Promise<ReplayPage> {
  const { rows } = await sql<Outer<StoredChange>>`
    select log.epoch as log_epoch, log.floor as log_floor, page.* from log left join lateral (${wanted}) page on true
    order by page.place
  `.execute(db);
  const [first] = rows;
  if (!first) throw new Error("The log has lost its one row; the store was written by something else.");
  return { epoch: first.logEpoch, floor: first.logFloor, changes: rows.flatMap(inner) };
}

export interface StandingPage {
  /** In order of place. */
  readonly changes: readonly StandingChange[];
  /** The place to go on after, also where none stands before it; null where nothing is left up to the end asked for. */
  readonly next: number | null;
}

/**
 * How many of a viewer's changes are read for a page. Most of them may be superseded by later ones of their operations: a
 * page is bounded by what it reads, for a statement that looked for as many as stand would pass its time limit.
 */
const mostRead = 500;

/**
 * Operations as they stood at `end` whose latest change up to there lies after `after`, at most `limit` a page. What
 * changed since is not waited for: it comes by `replayPage` from `end` on.
 */
export async function standingPage(
  { db }: Store,
  interest: Interest,
  { after, end, limit }: { readonly after: number; readonly end: number; readonly limit: number },
): Promise<StandingPage> {
  const { tenant, owner, operationIds } = interest;
  const upTo = sql`changes where ${viewersBetween({ tenant, owner, after, end })} limit ${mostRead}`;
  const [reach, latest] =
    operationIds === null
      ? [
          sql`select count(*) as read, max(place) as last from (select place from ${upTo}) places`,
          // A look into the index for each, and no "not exists": a plan may turn that into a join with the whole log.
          sql`
            select one.* from (select * from ${upTo}) one
            where place = (
              select max(later.place) from changes later
              where later.operation_id = one.operation_id and later.place <= ${end}::bigint
            )
            order by place limit ${limit}`,
        ]
      : [
          sql`select 0 as read, null::bigint as last`,
          sql`
            select own.* from unnest(${[...operationIds]}::uuid[]) as wanted (id)
            cross join lateral (
              select * from changes
              where operation_id = wanted.id and ${ofViewer(tenant, owner)} and place <= ${end}::bigint
              order by place desc limit 1
            ) own
            where own.place > ${after}::bigint
            order by own.place limit ${limit}`,
        ];
  const { rows } = await sql<Reach & Row & OrNulls<StoredChange>>`
    select reach.read as reach_read, reach.last as reach_last, latest.*, operations.id as row_id,
      operations.checked_at as row_checked_at, operations.next_check_at as row_next_check_at,
      operations.deadline_at as row_deadline_at, operations.check_problem as row_check_problem
    from (${reach}) reach
    left join lateral (${latest}) latest on true
    left join operations on operations.id = latest.operation_id and operations.place = latest.place
    order by latest.place
  `.execute(db);
  const changes = rows.flatMap(standing);
  const isFull = changes.length === limit;
  const [first] = rows;
  return {
    changes,
    next: isFull ? (changes.at(-1)?.place ?? null) : first?.reachRead === mostRead ? first.reachLast : null,
  };
}

function standing({
  reachRead: _read,
  reachLast: _last,
  rowId,
  rowCheckedAt,
  rowNextCheckAt,
  rowDeadlineAt,
  rowCheckProblem,
  ...change
}: Reach & Row & OrNulls<StoredChange>): StandingChange[] {
  if (change.place === null) return [];
  const row = {
    checkedAt: rowCheckedAt,
    nextCheckAt: rowNextCheckAt,
    deadlineAt: rowDeadlineAt,
    checkProblem: rowCheckProblem,
  };
  return [{ ...change, row: rowId === null ? null : row }];
}

export interface LogMoment extends LogState {
  /** The place of the latest change. */
  readonly end: number;
  /** Those of the operations asked for that are both unsettled and followed. */
  readonly open: readonly string[];
}

/** The log and the operations at one moment. */
export async function logMoment({ db }: Store, operationIds: readonly string[]): Promise<LogMoment> {
  const { rows } = await sql<LogState & { end: number; open: string[] | null }>`
    select epoch, floor, greatest(floor, coalesce((select max(place) from changes), 0)) as end,
      (select array_agg(id::text) from operations
        where id = any(${[...operationIds]}::uuid[]) and followed and state <> 'SETTLED') as open
    from log
  `.execute(db);
  const [row] = rows;
  if (!row) throw new Error("The log has lost its one row; the store was written by something else.");
  return { ...row, open: row.open ?? [] };
}

interface Row {
  readonly rowId: string | null;
  readonly rowCheckedAt: Date | null;
  readonly rowNextCheckAt: Date | null;
  readonly rowDeadlineAt: Date | null;
  readonly rowCheckProblem: Problem | null;
}

/** How many changes were read for a page, and up to which place. */
interface Reach {
  readonly reachRead: number;
  readonly reachLast: number | null;
}

/** What a left join gives: nulls where there is nothing beside it. */
type OrNulls<T> = T | { readonly [K in keyof T]: null };

/** The log's state is on every row. */
type Outer<T> = { readonly logEpoch: string; readonly logFloor: number } & OrNulls<T>;

function inner({ logEpoch: _epoch, logFloor: _floor, ...change }: Outer<StoredChange>): StoredChange[] {
  return change.place === null ? [] : [change];
}

/**
 * A viewer's changes after one place and up to another, in order. Their columns are compared and sorted as rows: with
 * "tenant = …", the order by place could as well be had from the log as a whole, and a plan that takes a tenant's changes
 * for evenly spread walks all of the log to find those that came late.
 */
function viewersBetween({
  tenant,
  owner,
  after,
  end,
}: Omit<Interest, "operationIds"> & { readonly after: number; readonly end: number | null }): RawBuilder<unknown> {
  const [columns, viewer] =
    owner === null ? [sql`tenant, place`, sql`${tenant}`] : [sql`tenant, owner, place`, sql`${tenant}, ${owner}`];
  const last = end ?? sql.lit(lastPlace);
  return sql`(${columns}) > (${viewer}, ${after}::bigint) and (${columns}) <= (${viewer}, ${last}::bigint)
    order by ${columns}`;
}

/** Of all that there can be. */
const lastPlace = "9223372036854775807";

/**
 * The first places after one, of some operations. One look into the index an operation: as a plain filter, a plan may walk
 * the log from `after` to its end. The page's changes are all of operations whose own first is among the `limit` earliest,
 * and where these are n, which each have a ceil(limit / n)-th, none lies after the last of those: there are enough before.
 * So what is read of histories that grow alike is about two pages; at worst it is `limit` places of each, and never a row
 * that the page does not have.
 */
function firstPlaces(
  { tenant, owner }: Omit<Interest, "operationIds">,
  operationIds: readonly string[],
  after: number,
  limit: number,
): RawBuilder<unknown> {
  const history = (id: RawBuilder<unknown>) => sql`
    select place from changes
    where operation_id = ${id} and ${ofViewer(tenant, owner)} and place > ${after}::bigint`;
  return sql`
    with firsts as materialized (
      select wanted.id, first.place from unnest(${[...operationIds]}::uuid[]) as wanted (id)
      cross join lateral (${history(sql.ref("wanted.id"))} order by place limit 1) first
      order by first.place limit ${limit}
    ), enough as materialized (
      select ceil(${limit}::float8 / greatest(1, count(*)))::bigint as each, count(*) as operations from firsts
    ), bound as materialized (
      select case when count(*) = (select operations from enough) then max(nth.place) else ${sql.lit(lastPlace)}::bigint end as place
      from firsts
      cross join lateral (
        ${history(sql.ref("firsts.id"))} order by place offset (select each - 1 from enough) limit 1
      ) nth
    )
    select own.place from firsts
    cross join lateral (
      ${history(sql.ref("firsts.id"))} and place <= (select bound.place from bound) order by place limit ${limit}
    ) own
    order by own.place limit ${limit}`;
}

function ofViewer(tenant: string, owner: string | null): RawBuilder<unknown> {
  return owner === null ? sql`tenant = ${tenant}` : sql`tenant = ${tenant} and owner = ${owner}`;
}
