/** Reading operations, one or many. Nothing here changes a row. */
import { type Expression, type ExpressionBuilder, type SqlBool, sql } from "kysely";
import { validate as isUuid } from "uuid";
import type { Outcome, State } from "../datasources/contract.ts";
import type { Database, SerializedOperation, StoredOperation } from "./database.ts";
import { countListed, listedPage } from "./listing.ts";
import { type Statement, statement } from "./statement.ts";
import type { Reader, Store } from "./store.ts";

/** Whose operations may be seen. `owner` null: the whole tenant's. */
export interface Scope {
  readonly tenant: string;
  readonly owner: string | null;
}

export interface NaturalKey {
  readonly tenant: string;
  readonly provider: string;
  readonly account: string;
  readonly kind: string;
  readonly naturalId: string;
}

/** Members are combined by and, the values of one by or; tags: all of them. Undefined lets everything through. */
export interface Filter {
  readonly ids?: readonly string[] | undefined;
  readonly kinds?: readonly string[] | undefined;
  readonly providers?: readonly string[] | undefined;
  readonly states?: readonly State[] | undefined;
  readonly outcomes?: readonly Outcome[] | undefined;
  readonly correlationId?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

/** A place in a listing by createdAt, newest first. */
export interface ListingPlace {
  readonly createdAt: Date;
  readonly id: string;
}

/** In the order of `ids`; null for one that does not exist or is out of scope. */
export async function operationsById(
  { db }: Store,
  scope: Scope,
  ids: readonly string[],
): Promise<ReadonlyArray<StoredOperation | null>> {
  const known = [...new Set(ids.filter((id) => isUuid(id)))];
  if (known.length === 0) return ids.map(() => null);
  const rows = await db
    .selectFrom("operations")
    .selectAll()
    .where(inScope(scope))
    .where((eb) => eb("id", "=", sql<string>`any(${known}::uuid[])`))
    .execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id.toLowerCase()) ?? null);
}

export interface LastKnown {
  readonly operation: StoredOperation;
  /** How long ago its provider last answered, in ms by the store's clock, which noted when; null where it never has. */
  readonly ageMs: number | null;
}

/** Keys as parameters: an array a column, in the order of the index over them. */
export function columnsOf(keys: readonly NaturalKey[]): string[][] {
  return [
    keys.map(({ naturalId }) => naturalId),
    keys.map(({ provider }) => provider),
    keys.map(({ account }) => account),
    keys.map(({ kind }) => kind),
    keys.map(({ tenant }) => tenant),
  ];
}

type Found = StoredOperation & { readonly ordinal: number; readonly ageMs: number | null };

/** The offset keeps each a look into the index, whatever the planner takes the table for. */
const known: Statement<Found> = statement(
  "last-known",
  `select ordinal::int, operation.*,
    (extract(epoch from coalesce($7::timestamptz, date_trunc('milliseconds', clock_timestamp())) - checked_at)
      * 1000)::float8 as age_ms
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
    with ordinality as wanted (natural_id, provider, account, kind, tenant, ordinal)
  cross join lateral (
    select * from operations
    where natural_id = wanted.natural_id and provider = wanted.provider and account = wanted.account
      and kind = wanted.kind and tenant = wanted.tenant
    offset 0
  ) operation
  where $6::text is null or owner = $6::text`,
);

/**
 * In the order of `keys`, by one statement. Whoever's in the tenant they are; with an `owner`, his alone. Null for what
 * does not exist and for what is not his alike.
 */
export async function lastKnownMany(
  store: Store,
  keys: readonly NaturalKey[],
  owner: string | null = null,
): Promise<ReadonlyArray<LastKnown | null>> {
  const all: Array<LastKnown | null> = keys.map(() => null);
  const rows = await store.run(known, [...columnsOf(keys), owner, store.instant()]);
  for (const { ordinal, ageMs, ...operation } of rows) all[ordinal - 1] = { operation, ageMs };
  return all;
}

export interface ListRequest {
  readonly scope: Scope;
  readonly filter: Filter;
  readonly limit: number;
  readonly after: ListingPlace | null;
}

/** Newest first. A page goes on from a row, not from a count, so that rows which come meanwhile move nothing. */
export function listOperations(
  { db }: Store,
  { scope, filter, limit, after }: ListRequest,
): Promise<StoredOperation[]> {
  const { ids, ...rest } = filter;
  if (ids === undefined) return listedPage(db, { scope, filter: rest }, { limit, after });
  let query = named(db, scope, ids, rest).selectAll().orderBy("createdAt", "desc").orderBy("id", "desc").limit(limit);
  if (after) {
    query = query.where((eb) => eb(eb.refTuple("createdAt", "id"), "<", eb.tuple(after.createdAt, after.id)));
  }
  return query.execute();
}

/** How many there are, counted up to `most`; null beyond. */
export async function countOperations(
  { db }: Store,
  scope: Scope,
  filter: Filter,
  most: number,
): Promise<number | null> {
  const { ids, ...rest } = filter;
  const count =
    ids === undefined
      ? await countListed(db, { scope, filter: rest }, most + 1)
      : (await named(db, scope, ids, rest).select("id").execute()).length;
  return count > most ? null : count;
}

/** Operations of a provider that are not settled, counted up to `most`. */
export function countOpen({ db }: Store, scope: Scope, provider: string, most: number): Promise<number> {
  const filter = { providers: [provider], states: ["PENDING", "RUNNING", "RETRYING"] } as const;
  return countListed(db, { scope, filter }, most);
}

/** A change's operation, as it stood at that revision. */
export function reviveOperation(operation: SerializedOperation, place: number): StoredOperation {
  const date = (text: string | null) => (text === null ? null : new Date(text));
  return {
    ...operation,
    place,
    createdAt: new Date(operation.createdAt),
    changedAt: new Date(operation.changedAt),
    checkedAt: date(operation.checkedAt),
    settledAt: date(operation.settledAt),
    deadlineAt: date(operation.deadlineAt),
    nextCheckAt: date(operation.nextCheckAt),
    goneSince: date(operation.goneSince),
    // A row in a change that was written before this was noted lacks it.
    startedAt: date(operation.startedAt ?? null),
    leaseUntil: date(operation.leaseUntil),
  };
}

type Where = (eb: ExpressionBuilder<Database, "operations">) => Expression<SqlBool>;

function inScope({ tenant, owner }: Scope): Where {
  return (eb) => eb.and([eb("tenant", "=", tenant), ...(owner === null ? [] : [eb("owner", "=", owner)])]);
}

/** Those of these ids that the filter lets through: as many looks into the index as there are ids. */
function named(db: Reader, scope: Scope, ids: readonly string[], filter: Omit<Filter, "ids">) {
  return db
    .selectFrom("operations")
    .where((eb) => eb("id", "=", sql<string>`any(${ids.filter((id) => isUuid(id))}::uuid[])`))
    .where(inScope(scope))
    .where(passes(filter));
}

function passes({ kinds, providers, states, outcomes, correlationId, tags }: Omit<Filter, "ids">): Where {
  return (eb) =>
    eb.and([
      ...(kinds ? [eb("kind", "=", sql<string>`any(${[...kinds]}::text[])`)] : []),
      ...(providers ? [eb("provider", "=", sql<string>`any(${[...providers]}::text[])`)] : []),
      ...(states ? [eb("state", "=", sql<State>`any(${[...states]}::text[])`)] : []),
      ...(outcomes ? [eb("outcome", "=", sql<Outcome>`any(${[...outcomes]}::text[])`)] : []),
      ...(correlationId === undefined ? [] : [eb("correlationId", "=", correlationId)]),
      ...(tags ? [sql<boolean>`${eb.ref("tags")} @> ${[...tags]}::text[]`] : []),
    ]);
}

/** The newest operation of a kind that is not settled and has these texts in its fields; null where there is none in scope. */
export async function openOperationWith(
  { db }: Store,
  scope: Scope,
  kind: string,
  fields: Readonly<Record<string, string>>,
): Promise<StoredOperation | null> {
  const row = await db
    .selectFrom("operations")
    .selectAll()
    .where(inScope(scope))
    .where("kind", "=", kind)
    .where(sql<boolean>`state <> 'SETTLED'`)
    .where((eb) => eb.and(Object.entries(fields).map(([name, text]) => sql<boolean>`fields ->> ${name} = ${text}`)))
    .orderBy("createdAt", "desc")
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}
