/**
 * Listings, newest first, and how many there are. They are read from the table `listing`, kept by a trigger, where every
 * group of operations (of one provider, kind and standing, below a label) is a range of an index in the listing's order.
 * A page reads no more of each group than a page, and a count no more than it may say, however many operations there
 * are and however rare the ones looked for. It knows filters, and nothing of how operations change.
 */
import { type RawBuilder, sql } from "kysely";
import type { Outcome, State } from "../datasources/contract.ts";
import type { StoredOperation } from "./database.ts";
import type { Filter, ListingPlace, Scope } from "./operations.ts";
import type { Reader } from "./store.ts";

type Sql = RawBuilder<unknown>;

export interface Wanted {
  readonly scope: Scope;
  /** Without `ids`: who knows them needs no listing. */
  readonly filter: Omit<Filter, "ids">;
}

export async function listedPage(
  db: Reader,
  wanted: Wanted,
  { limit, after }: { readonly limit: number; readonly after: ListingPlace | null },
): Promise<StoredOperation[]> {
  const range = await rangeOf(db, wanted);
  const older = after
    ? sql`and (created_at, operation_id) < (${after.createdAt}::timestamptz, ${after.id}::uuid)`
    : sql``;
  const order = sql`order by created_at desc, operation_id desc limit ${limit}`;
  const { rows } = await sql<StoredOperation>`
    with recursive ${groups(range)}
    select operations.*
    from (
      select entry.*
      from groups
      cross join lateral (select created_at, operation_id from listing where ${inGroup(range)} ${older} ${order}) entry
      where ${chosen(wanted.filter)}
      ${order}
    ) page
    join operations on operations.id = page.operation_id
    order by page.created_at desc, page.operation_id desc
  `.execute(db);
  return rows;
}

/** Counted up to `most`. */
export async function countListed(db: Reader, wanted: Wanted, most: number): Promise<number> {
  const range = await rangeOf(db, wanted);
  const { rows } = await sql<{ count: number }>`
    with recursive ${groups(range)}
    select count(*) as count
    from (
      select from groups
      cross join lateral (select from listing where ${inGroup(range)} limit ${most}) entry
      where ${chosen(wanted.filter)}
      limit ${most}
    ) counted
  `.execute(db);
  return rows[0]?.count ?? 0;
}

/** One label of one viewer, and the labels that its operations must bear besides. */
interface Range {
  readonly start: Sql;
  readonly others: readonly string[];
}

async function rangeOf(db: Reader, { scope: { tenant, owner }, filter }: Wanted): Promise<Range> {
  const viewer = owner === null ? sql`tenant = ${tenant}` : sql`tenant = ${tenant} and owner = ${owner}`;
  const [label = "", ...others] = await rarestFirst(db, viewer, labelsOf(filter));
  return { start: sql`${viewer} and label = ${label}`, others };
}

function labelsOf({ tags = [], correlationId }: Wanted["filter"]): string[] {
  return [
    ...new Set(tags.map((tag) => `tag:${tag}`)),
    ...(correlationId === undefined ? [] : [`correlation:${correlationId}`]),
  ];
}

/** How far labels are counted to find the rarest: beyond, either costs about the same. */
const mostWeighed = 1_000;

/** Of several labels one is walked, and the others are looked for on each operation: walk the rarest. */
async function rarestFirst(db: Reader, viewer: Sql, labels: string[]): Promise<string[]> {
  if (labels.length < 2) return labels;
  const { rows } = await sql<{ label: string }>`
    select wanted.label
    from unnest(${labels}::text[]) as wanted (label)
    cross join lateral (
      select count(*) as entries
      from (select from listing where ${viewer} and listing.label = wanted.label limit ${mostWeighed}) counted
    ) weighed
    order by entries
  `.execute(db);
  return rows.map(({ label }) => label);
}

/** The groups that there are: found by leaps through the index, one a group, and not by reading their entries. */
function groups({ start }: Range): Sql {
  return sql`groups as (
    (select group_name from listing where ${start} order by group_name limit 1)
    union all
    select next.group_name
    from groups
    cross join lateral (
      select group_name from listing where ${start} and group_name > groups.group_name order by group_name limit 1
    ) next
  )`;
}

function inGroup({ start, others }: Range): Sql {
  // Not "exists": a plan may turn that into a join with all that bear the label.
  const bears = (label: string) =>
    sql`(select true from listing other where other.operation_id = listing.operation_id and other.label = ${label})`;
  return sql.join([start, sql`group_name = groups.group_name`, ...others.map(bears)], sql` and `);
}

function chosen({ kinds, providers, states, outcomes }: Wanted["filter"]): Sql {
  return sql.join(
    [
      sql`true`,
      ...(kinds ? [sql`split_part(group_name, '/', 2) = any(${[...kinds]}::text[])`] : []),
      ...(providers ? [sql`split_part(group_name, '/', 1) = any(${[...providers]}::text[])`] : []),
      ...(states || outcomes
        ? [sql`split_part(group_name, '/', 3) = any(${standings(states, outcomes)}::text[])`]
        : []),
    ],
    sql` and `,
  );
}

/** What is open stands where its state says, what is settled where its outcome does. */
const standingsOf: Record<State, readonly (State | Outcome)[]> = {
  PENDING: ["PENDING"],
  RUNNING: ["RUNNING"],
  RETRYING: ["RETRYING"],
  SETTLED: ["SUCCEEDED", "PARTIAL", "FAILED", "ABANDONED"],
};

function standings(states: Filter["states"], outcomes: Filter["outcomes"]): string[] {
  if (!states) return [...(outcomes ?? [])];
  const wanted = states.flatMap((state) => standingsOf[state]);
  return outcomes ? wanted.filter((standing) => (outcomes as readonly string[]).includes(standing)) : wanted;
}
