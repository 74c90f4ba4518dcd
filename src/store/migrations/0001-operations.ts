/** The first tables. Written for PostgreSQL 15, the older of the two engines; PGlite is newer. */
import { type Kysely, sql } from "kysely";

/** Read for the fingerprint of the template (../template.ts) as well. */
export const statements = [
  `create table log (
    id boolean primary key default true check (id),
    epoch text not null,
    floor bigint not null default 0
  )`,
  // gen_random_uuid, so that a restored or a new store never takes an old store's cursors for its own.
  `insert into log (epoch) values (replace(gen_random_uuid()::text, '-', ''))`,
  // Places are drawn under an advisory lock that is held until commit: see changes.ts.
  `create sequence change_place`,
  `create table operations (
    id uuid primary key,
    tenant text not null,
    owner text not null,
    provider text not null,
    account text not null,
    kind text not null,
    natural_id text,
    state text not null check (state in ('PENDING', 'RUNNING', 'RETRYING', 'SETTLED')),
    outcome text check (outcome in ('SUCCEEDED', 'PARTIAL', 'FAILED', 'ABANDONED')),
    provider_status text,
    revision integer not null,
    place bigint not null,
    correlation_id text,
    tags text[] not null,
    fields jsonb not null,
    progress jsonb not null,
    item_counts jsonb not null,
    problem jsonb,
    check_problem jsonb,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    checked_at timestamptz,
    settled_at timestamptz,
    deadline_at timestamptz,
    followed boolean not null,
    next_check_at timestamptz,
    begun bigint,
    gone_count integer not null default 0,
    gone_since timestamptz,
    lease_node text,
    lease_until timestamptz,
    unique (tenant, provider, account, kind, natural_id),
    check ((state = 'SETTLED') = (outcome is not null)),
    check (not (state = 'SETTLED' and followed)),
    check ((next_check_at is not null) = followed)
  )`,
  // The poller's question: what of this kind is due?
  `create index operations_due on operations (kind, next_check_at) where followed`,
  `create index operations_listed on operations (tenant, created_at desc, id desc)`,
  `create index operations_natural_id on operations (provider, account, natural_id)`,
  `create index operations_correlation on operations (tenant, correlation_id) where correlation_id is not null`,
  `create index operations_tags on operations using gin (tags)`,
  `create index operations_open on operations (provider, tenant) where state <> 'SETTLED'`,
  `create table operation_items (
    operation_id uuid not null references operations on delete cascade,
    position integer not null,
    key text,
    status text not null,
    provider_status text,
    disposition text not null check (disposition in ('open', 'succeeded', 'failed')),
    fields jsonb not null,
    revision integer not null,
    primary key (operation_id, position)
  )`,
  `create index operation_items_key on operation_items (key) where key is not null`,
  `create table changes (
    place bigint primary key,
    operation_id uuid not null references operations on delete cascade,
    tenant text not null,
    owner text not null,
    provider text not null,
    account text not null,
    kind text not null,
    natural_id text,
    revision integer not null,
    at timestamptz not null,
    previous_state text,
    state text not null,
    outcome text,
    operation jsonb not null,
    unique (operation_id, revision)
  )`,
  `create index changes_of_operation on changes (operation_id, place)`,
  `create index changes_of_tenant on changes (tenant, place)`,
  `create table intents (
    id uuid primary key,
    tenant text not null,
    owner text not null,
    provider text not null,
    account text not null,
    kind text not null,
    mutation text not null,
    natural_id text,
    operation jsonb not null,
    reserves boolean not null,
    correlation_id text,
    tags text[] not null,
    begun_at timestamptz not null,
    node text not null
  )`,
  // Two writes under way can't have one id where the id is made by us.
  `create unique index intents_reserved on intents (provider, account, kind, natural_id) where reserves`,
  `create table idempotency_keys (
    tenant text not null,
    owner text not null,
    mutation text not null,
    key text not null,
    input_hash text not null,
    operation_id uuid references operations on delete cascade,
    refusal jsonb,
    created_at timestamptz not null,
    answered_at timestamptz,
    primary key (tenant, owner, mutation, key)
  )`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
