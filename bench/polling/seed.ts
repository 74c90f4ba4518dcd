/** Followed operations by the million, as their writes would have left them: each with its change and its listing. */
import pg from "pg";

const rows = `
  insert into operations
    (id, tenant, owner, provider, account, kind, natural_id, state, provider_status, revision, place, tags, fields,
     progress, item_counts, created_at, changed_at, checked_at, deadline_at, followed, next_check_at, begun)
  select
    (lpad(to_hex((extract(epoch from created_at) * 1000)::bigint), 12, '0') || '7' || substr(hash, 1, 3) || '8'
      || substr(hash, 4, 15))::uuid,
    'default', 'owner-' || n % 5000, 'CLEENG', 'default', 'PURCHASE_SYNC', 'synchronization-' || n, 'RUNNING',
    'processing', 1, n, '{}',
    jsonb_build_object('synchronizationId', 'synchronization-' || n, 'customerId', n::text, 'storeTransactionId',
      '20000' || n, 'transfer', false, 'accessGranted', null, 'offerId', null, 'result', null),
    '{"done": 0, "total": 1, "failed": 0, "succeeded": 0}', '{}', created_at, created_at, created_at,
    now() + interval '7 days', true, now() - random() * interval '1 hour',
    (extract(epoch from created_at) * 1000000)::bigint
  from (
    select n, md5(n::text) as hash,
      date_trunc('milliseconds', now() - interval '1 day' + n * interval '12 hours' / $1::int) as created_at
    from generate_series(1, $1::int) n
  ) made`;

const changes = `
  insert into changes
    (place, operation_id, tenant, owner, provider, account, kind, natural_id, revision, at, state, operation)
  select place, id, tenant, owner, provider, account, kind, natural_id, 1, changed_at, state, to_jsonb(operations)
  from operations order by place`;

const listing = "insert into listing select entry.* from operations, listing_entries(operations) entry";

/** On a migrated and empty database. All of them are due; which is the most overdue has nothing to do with its age. */
export async function seedFollowed(url: string, count: number, tell: (line: string) => void): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const step = async (name: string, statement: string, values: unknown[] = []) => {
    const began = performance.now();
    await client.query(statement, values);
    const seconds = (performance.now() - began) / 1000;
    if (seconds > 1) tell(`  ${name}: ${seconds.toFixed(1)} s`);
  };
  try {
    await client.query("set synchronous_commit = off");
    await client.query("set maintenance_work_mem = '512MB'");
    // Neither the listing's trigger nor a look for each foreign key.
    await client.query("set session_replication_role = replica");
    const indexes = await client.query<{ name: string; definition: string }>(`
      select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
      from pg_index
      where indrelid::regclass::text in ('operations', 'changes', 'listing')
        and not exists (select from pg_constraint where conindid = indexrelid)`);
    for (const { name } of indexes.rows) await client.query(`drop index ${name}`);
    await step("operations", rows, [count]);
    await step("changes", changes);
    await client.query("select setval('change_place', $1)", [count]);
    await step("listing", listing);
    for (const { name, definition } of indexes.rows) await step(name, definition);
    await step("vacuum", "vacuum analyze");
  } finally {
    await client.end();
  }
}
