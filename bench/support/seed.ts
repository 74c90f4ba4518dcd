/**
 * Fills a migrated PostgreSQL with operations, their changes and items, in a few set-based statements. What it makes has
 * the traps of real data: values that are rare and old, values that are common, and pairs of both that hardly meet.
 */
import pg from "pg";

export interface Seed {
  /** How many followed operations; settled ones come besides, a seventh as many. */
  readonly followed: number;
  /** The moment at which the data stands: checks are due within the minute after it. */
  readonly at: Date;
}

/** What to look for in the seeded data. */
export const seeded = {
  tenant: "default",
  /** Has half of the tenant's operations. */
  largeOwner: "anonymous",
  smallOwner: "owner-1",
  commonKind: "PURCHASE_SYNC",
  commonProvider: "CLEENG",
  /** One in a thousand, the oldest of all. */
  rareKind: "EXAMPLE_WORK",
  rareProvider: "EXAMPLE",
  /** Half of all. */
  commonTag: "web",
  /** Twenty, however many operations there are. */
  rareTag: "vip",
  /** A tenth of all, and next to none of them is RETRYING. */
  settledTag: "archived",
  /** Two operations each, and one that a thousandth of all have. */
  rareCorrelation: "correlation-7",
  commonCorrelation: "import",
  /** Has two operations, of which each change but the latest two is superseded by a later one. */
  busyTenant: "busy",
  /** Has 500 operations with a hundred changes each, all of which changed in turns. */
  crowdedTenant: "crowded",
  itemKeys: ["item-key-77-0", "item-key-77-1"],
} as const;

const kinds = `(values ('PURCHASE_SYNC', 'CLEENG', 0, 400), ('BULK_CALL', 'FLOLIVE', 400, 700),
  ('PARTNER_BATCH', 'LIBERIS', 700, 850), ('SURVEY_TRANSACTION', 'PURESPECTRUM', 850, 999),
  ('EXAMPLE_WORK', 'EXAMPLE', 999, 1000)) as kinds (kind, provider, low, high)`;

/**
 * `drawn` is a number from 0 to 999, the same for the same n: its sequence looks like chance. Rare kinds and states fall
 * on the first tenth of all alone, the oldest: whoever walks from the newest on meets nine tenths of the rest first.
 */
const operations = `
  insert into operations
    (id, tenant, owner, provider, account, kind, natural_id, state, outcome, provider_status, revision, place,
     correlation_id, tags, fields, progress, item_counts, problem, created_at, changed_at, checked_at, settled_at,
     deadline_at, followed, next_check_at, begun, started_at)
  select
    (lpad(to_hex((extract(epoch from created_at) * 1000)::bigint), 12, '0') || '7' || substr(hash, 1, 3) || '8'
      || substr(hash, 4, 15))::uuid,
    case when n % 10 < 7 then 'default' else 'tenant-' || n % 10 end,
    case when n % 2 = 0 then 'anonymous' else 'owner-' || n / 2 % 500 end,
    provider, 'default', kind, 'natural-' || n, state, outcome, 'provider says ' || state, 2 + (n % 10) / 6 + (n % 10) / 9, 0,
    case when n % 1000 = 10 then 'import' when n % 3 = 0 then 'correlation-' || n / 6 end,
    array_remove(array[
      case when n / 7 % 2 = 0 then 'web' end, case when n % 5 = 0 then 'campaign-' || n / 5 % 2000 end,
      case when n % 10 = 3 and state <> 'RETRYING' then 'archived' end,
      case when n between 100 and 500 and n % 20 = 0 then 'vip' end], null),
    jsonb_build_object('storeTransactionId', case when kind = 'PURCHASE_SYNC' then 'transaction-' || n end,
      'customerId', 'customer-' || n % 50000, 'synchronizationId', hash, 'surveyId', 'survey-' || n % 90,
      'transactionId', hash, 'description', repeat(hash, 3)),
    '{"done": 0, "total": 1, "failed": 0, "succeeded": 0}', '{}',
    case when outcome = 'FAILED' then '{"type": "NotFound", "code": "NOT_FOUND", "message": "It is not there."}'::jsonb end,
    created_at, created_at + interval '20 minutes', $2::timestamptz, case when outcome is not null then created_at + interval '20 minutes' end,
    $2::timestamptz + interval '1 day', outcome is null,
    case when outcome is null then $2::timestamptz + n * 7919::bigint % 60000 * interval '1 millisecond' end,
    (extract(epoch from $2::timestamptz) * 1000000)::bigint - 60000000,
    -- Null for what was first seen under way.
    case when n % 4 > 0 then created_at end
  from (
    select n, md5(n::text) as hash, kind, provider,
      case when outcome is not null then 'SETTLED' when early and n % 89 = 0 then 'RETRYING' when n % 3 = 0 then 'PENDING' else 'RUNNING' end as state,
      outcome,
      date_trunc('milliseconds', $2::timestamptz - (total - n) * interval '30 days' / total) as created_at
    from (
      select n, total, n <= total / 10 as early,
        case when n <= total / 10 and n % 100 = 50 then 999 else n * 7919::bigint % 999 end as drawn,
        case when n % 8 <> 1 then null when n <= total / 10 and n % 1000 = 1 then 'ABANDONED' when n % 16 = 9 then 'FAILED'
          when n % 40 = 17 then 'PARTIAL' else 'SUCCEEDED' end as outcome
      from (select n, ($1::int + $1::int / 7) as total from generate_series(1, $1::int + $1::int / 7) n) numbered
    ) placed
    join ${kinds} on drawn >= low and drawn < high
  ) made`;

/** Revisions of all operations in the order in which they would have happened. */
const changes = `
  insert into changes
    (place, operation_id, tenant, owner, provider, account, kind, natural_id, revision, at, previous_state, state,
     outcome, operation)
  select
    nextval('change_place'), id, tenant, owner, provider, account, kind, natural_id, step, at,
    case when step > 1 then 'PENDING' end, case when last then state else 'PENDING' end, case when last then outcome end,
    jsonb_build_object('id', id, 'tenant', tenant, 'owner', owner, 'provider', provider, 'account', account,
      'kind', kind, 'naturalId', natural_id, 'state', case when last then state else 'PENDING' end, 'outcome', case when last then outcome end,
      'providerStatus', provider_status, 'revision', step, 'correlationId', correlation_id, 'tags', tags,
      'fields', fields, 'progress', progress, 'itemCounts', item_counts, 'problem', problem, 'checkProblem', null,
      'createdAt', created_at, 'changedAt', at, 'checkedAt', at, 'settledAt', settled_at, 'deadlineAt', deadline_at,
      'followed', followed, 'nextCheckAt', next_check_at, 'goneCount', 0, 'goneSince', null, 'leaseNode', null,
      'leaseUntil', null, 'begun', null)
  from (
    select operations.*, step, step = revision as last, created_at + step * interval '5 minutes' as at
    from operations cross join lateral generate_series(1, revision) step
    order by at
  ) stepped`;

/** So many of a tenant of their own, each of which changed so often, in turns: most of their changes are superseded. */
const manyChanges = (tenant: string, operations: number, each: number): string => `
  with one as (
    select gen_random_uuid() as id, which, '${tenant}' as tenant, 'anonymous' as owner, 'CLEENG' as provider,
      'default' as account, 'PURCHASE_SYNC' as kind, '${tenant}-' || which as natural_id
    from generate_series(1, ${operations}) which
  ), made as (
    insert into operations (id, tenant, owner, provider, account, kind, natural_id, state, revision, place, tags, fields,
      progress, item_counts, created_at, changed_at, followed)
    select id, tenant, owner, provider, account, kind, natural_id, 'RUNNING', ${each}, 0, '{}', '{}', '{"total": 1}', '{}',
      $1::timestamptz, $1::timestamptz, false
    from one
  )
  insert into changes
    (place, operation_id, tenant, owner, provider, account, kind, natural_id, revision, at, previous_state, state, operation)
  select nextval('change_place'), id, tenant, owner, provider, account, kind, natural_id, step, $1::timestamptz, 'PENDING',
    'RUNNING', '{}'
  from one cross join generate_series(1, ${each}) step
  order by step`;

const places = `
  update operations set place = latest.place
  from (select operation_id, max(place) as place from changes group by operation_id) latest
  where latest.operation_id = operations.id`;

const items = `
  insert into operation_items (operation_id, position, key, status, provider_status, disposition, fields, revision)
  select id, position, 'item-key-' || substr(natural_id, 9) || '-' || position, 'RUNNING', 'at work', 'open',
    jsonb_build_object('identifier', 'subscriber-' || position, 'requested', position), 1
  from operations cross join generate_series(0, 1) position
  where kind in ('BULK_CALL', 'PARTNER_BATCH')`;

/** One that has many. */
const manyItems = `
  insert into operation_items (operation_id, position, key, status, provider_status, disposition, fields, revision)
  select id, position, null, case when position % 1000 = 999 then 'FAILED' else 'DONE' end, 'at work', 'open', '{}', 2
  from (select id from operations where kind = 'SURVEY_TRANSACTION' and tenant = 'default' order by created_at desc, id desc limit 1) newest
  cross join generate_series(0, 1999) position`;

/** A write with a key for each tenth operation, answered; and each hundredth refused, so that its key has no operation. */
const keys = `
  insert into idempotency_keys
    (tenant, owner, mutation, key, input_hash, operation_id, refusal, created_at, answered_at)
  select tenant, owner, 'submitBulkCall', 'key-' || natural_id || case when refused then '-refused' else '' end, md5(natural_id),
    case when not refused then id end, case when refused then '{"code": "REJECTED"}'::jsonb end,
    created_at, created_at + interval '1 second'
  from operations
  join (values (false, 10), (true, 100)) share (refused, of) on substr(natural_id, 9)::bigint % share.of = 0
  where natural_id ~ '^natural-[0-9]+$'`;

/** As the trigger would, but for all at once. */
const listing = "insert into listing select entry.* from operations, listing_entries(operations) entry";

/** Takes about two minutes a million. The schema's indexes are built after the rows, as a restored backup's are. */
export async function seed(url: string, { followed, at }: Seed, say: (text: string) => void = () => {}): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const step = async (name: string, statement: string, values: unknown[] = []) => {
    const began = performance.now();
    await client.query(statement, values);
    say(`${name}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  };
  try {
    await client.query("set synchronous_commit = off");
    await client.query("set maintenance_work_mem = '256MB'");
    const indexes = await dropIndexes(client);
    // Neither the listing's trigger nor a look for each foreign key: a million calls of each would take minutes.
    await client.query("set session_replication_role = replica");
    await step("operations", operations, [followed, at]);
    await step("changes", changes);
    await step("changes of two", manyChanges(seeded.busyTenant, 2, 10_000), [at]);
    await step("changes of some", manyChanges(seeded.crowdedTenant, 500, 100), [at]);
    await step("items", items);
    await client.query("analyze operations");
    await step("items of one", manyItems);
    await client.query("analyze changes");
    await step("places", places);
    await step("idempotency keys", keys);
    await step("listing", listing);
    for (const index of indexes) await step(index.name, index.definition);
    await step("vacuum", "vacuum analyze");
  } finally {
    await client.end();
  }
}

/** Those that no constraint needs. */
async function dropIndexes(client: pg.Client): Promise<Array<{ name: string; definition: string }>> {
  const { rows } = await client.query<{ name: string; definition: string }>(`
    select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
    from pg_index
    where indrelid::regclass::text in ('operations', 'changes', 'operation_items', 'listing', 'idempotency_keys')
      and not exists (select from pg_constraint where conindid = indexrelid)`);
  for (const { name } of rows) await client.query(`drop index ${name}`);
  return rows;
}
