/** Rows of operations, many at a time: locked, made and written, each by one statement. What they become is learned.ts'. */
import type { StoredOperation } from "./database.ts";
import type { Checked, Subject } from "./learned.ts";
import { jsonText, runIn, type Statement, statement } from "./statement.ts";
import type { Store, Writer } from "./store.ts";

/** Every column, by the name under which it comes in JSON. */
const columns: { readonly [K in keyof StoredOperation]: readonly [column: string, type: string] } = {
  id: ["id", "uuid"],
  tenant: ["tenant", "text"],
  owner: ["owner", "text"],
  provider: ["provider", "text"],
  account: ["account", "text"],
  kind: ["kind", "text"],
  naturalId: ["natural_id", "text"],
  state: ["state", "text"],
  outcome: ["outcome", "text"],
  providerStatus: ["provider_status", "text"],
  revision: ["revision", "int"],
  place: ["place", "bigint"],
  correlationId: ["correlation_id", "text"],
  tags: ["tags", "text[]"],
  fields: ["fields", "jsonb"],
  progress: ["progress", "jsonb"],
  itemCounts: ["item_counts", "jsonb"],
  problem: ["problem", "jsonb"],
  checkProblem: ["check_problem", "jsonb"],
  createdAt: ["created_at", "timestamptz"],
  startedAt: ["started_at", "timestamptz"],
  changedAt: ["changed_at", "timestamptz"],
  checkedAt: ["checked_at", "timestamptz"],
  settledAt: ["settled_at", "timestamptz"],
  deadlineAt: ["deadline_at", "timestamptz"],
  followed: ["followed", "boolean"],
  nextCheckAt: ["next_check_at", "timestamptz"],
  begun: ["begun", "bigint"],
  goneCount: ["gone_count", "int"],
  goneSince: ["gone_since", "timestamptz"],
  leaseNode: ["lease_node", "text"],
  leaseUntil: ["lease_until", "timestamptz"],
};
const all = Object.entries(columns);
const names = all.map(([, [column]]) => column).join(", ");
const given = all.map(([name]) => `row."${name}"`).join(", ");
const shape = all.map(([name, [, type]]) => `"${name}" ${type}`).join(", ");

/** For a statement that writes rows and more: their columns, their values as `row` has them from JSON, and its shape. */
export const wholeRow = { names, given, shape } as const;

type Locked = { readonly recordedAt: Date } & (StoredOperation | { readonly id: null });

/** The time is taken once, before the first row is waited for. */
const withTime = `
  select clock.now as recorded_at, locked.*
  from (select coalesce($1::timestamptz, date_trunc('milliseconds', clock_timestamp())) as now) clock
  left join locked on true`;

const lockById: Statement<Locked> = statement(
  "lock-by-id",
  `with locked as materialized (
    select * from operations where id = any($2::uuid[]) order by id for update
  )
  ${withTime}`,
);

const lockByIdOrKey: Statement<Locked> = statement(
  "lock-by-id-or-key",
  `with wanted as materialized (
    select id from unnest($2::uuid[]) as id
    union
    select known.id
    from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
      as key (natural_id, provider, account, kind, tenant)
    -- The offset keeps it a look into the index for each, whatever the planner takes the table for.
    cross join lateral (
      select id from operations
      where natural_id = key.natural_id and provider = key.provider and account = key.account and kind = key.kind
        and tenant = key.tenant
      offset 0
    ) known
  ), locked as materialized (
    select operations.* from operations where id in (select id from wanted) order by id for update of operations
  )
  ${withTime}`,
);

/** In the order of their ids, so that of two that lock the same rows one waits for the other, and never both. */
export async function lockRows(
  trx: Writer,
  store: Store,
  subjects: readonly Subject[],
): Promise<{ now: Date; rows: StoredOperation[] }> {
  const ids = subjects.flatMap((subject) => (subject.by === "id" ? [subject.id] : []));
  const keys = subjects.flatMap((subject) =>
    subject.by === "naturalId" && subject.naturalId !== null ? [subject] : [],
  );
  const found =
    keys.length === 0
      ? await runIn(trx, lockById, [store.instant(), ids])
      : await runIn(trx, lockByIdOrKey, [
          store.instant(),
          ids,
          keys.map(({ naturalId }) => naturalId),
          keys.map(({ provider }) => provider),
          keys.map(({ account }) => account),
          keys.map(({ kind }) => kind),
          keys.map(({ tenant }) => tenant),
        ]);
  const now = found[0]?.recordedAt;
  if (!now) throw new Error("The database did not tell its time; expected one row at least.");
  const rows = found.flatMap(({ recordedAt, ...row }) => (row.id === null ? [] : [row]));
  return { now, rows };
}

const insertion: Statement<{ readonly id: string }> = statement(
  "insert-operations",
  `insert into operations (${names}) select ${given} from jsonb_to_recordset($1::jsonb) as row (${shape})
  on conflict (tenant, provider, account, kind, natural_id) do nothing returning id`,
);

/** The ids of those that were made: what somebody else made meanwhile is not. */
export async function insertRows(trx: Writer, operations: readonly StoredOperation[]): Promise<Set<string>> {
  if (operations.length === 0) return new Set();
  const made = await runIn(trx, insertion, [jsonText(operations)]);
  return new Set(made.map(({ id }) => id));
}

const update: Statement<never> = statement(
  "update-operations",
  `update operations set (${names}) = row(${given}) from jsonb_to_recordset($1::jsonb) as row (${shape})
  where operations.id = row.id`,
);

export async function updateRows(trx: Writer, operations: readonly StoredOperation[]): Promise<void> {
  if (operations.length > 0) await runIn(trx, update, [jsonText(operations)]);
}

const note: Statement<never> = statement(
  "note-checks",
  `update operations set check_problem = row."checkProblem", checked_at = row."checkedAt",
    next_check_at = row."nextCheckAt", begun = row.begun, gone_count = row."goneCount", gone_since = row."goneSince",
    lease_node = row."leaseNode", lease_until = row."leaseUntil"
  from jsonb_to_recordset($1::jsonb) as row (id uuid, "checkProblem" jsonb, "checkedAt" timestamptz,
    "nextCheckAt" timestamptz, begun bigint, "goneCount" int, "goneSince" timestamptz, "leaseNode" text,
    "leaseUntil" timestamptz)
  where operations.id = row.id`,
);

/** Of operations of which nothing new was learned. */
export async function noteChecks(
  trx: Writer,
  checks: ReadonlyArray<Checked & Pick<StoredOperation, "id">>,
): Promise<void> {
  if (checks.length === 0) return;
  const rows = checks.map(
    ({ id, checkProblem, checkedAt, nextCheckAt, begun, goneCount, goneSince, leaseNode, leaseUntil }) => ({
      id,
      checkProblem,
      checkedAt,
      nextCheckAt,
      begun,
      goneCount,
      goneSince,
      leaseNode,
      leaseUntil,
    }),
  );
  await runIn(trx, note, [jsonText(rows)]);
}
