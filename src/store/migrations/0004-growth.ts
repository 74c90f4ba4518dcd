/**
 * Keeps what is asked of the store as quick with a million operations as with ten thousand. A poll moves next_check_at,
 * which is indexed, so it pays for every index of `operations`. Listings are therefore served by a table of their own,
 * which is written when an operation begins or changes, and never by a poll that finds nothing new. See docs/growth.md.
 */
import { type Kysely, sql } from "kysely";

/** What listings depend on. Anything else may change without a word to the listing. */
const listed = ["tenant", "owner", "provider", "kind", "state", "outcome", "created_at", "tags", "correlation_id"];
const columnsOf = (row: string) => listed.map((column) => `${row}.${column}`).join(", ");

export const statements = [
  // Before anything else, see index.ts: what follows would take a weaker lock first, and wait for writers that wait for it.
  `lock table operations in access exclusive mode`,
  // One row for an operation, one more for each label it bears: 'tag:…' or 'correlation:…'; '' is on all of them. Whatever
  // is asked for is then a range of an index that ends in the listing's order. Compared by bytes: nobody sees this order.
  `create table listing (
    operation_id uuid not null references operations on delete cascade,
    label text collate "C" not null,
    tenant text collate "C" not null,
    owner text collate "C" not null,
    -- 'provider/kind/standing': one column, for of three the planner would take the values for independent.
    group_name text collate "C" not null,
    created_at timestamptz not null,
    primary key (operation_id, label)
  )`,
  // Its standing: how far and how it ended in one word. The states of what is open and the outcomes differ.
  `create function listing_entries(operation operations) returns setof listing language sql stable as $$
    select operation.id, label, operation.tenant, operation.owner,
      operation.provider || '/' || operation.kind || '/' || coalesce(operation.outcome, operation.state),
      operation.created_at
    from unnest(
      array['']
      || array(select 'tag:' || tag from unnest(operation.tags) as tag)
      || array_remove(array['correlation:' || operation.correlation_id], null)
    ) as label
  $$`,
  `insert into listing select entry.* from operations, listing_entries(operations) entry`,
  // Read backwards, for the newest first.
  `create index listing_of_tenant on listing (tenant, label, group_name, created_at, operation_id)`,
  `create index listing_of_owner on listing (tenant, owner, label, group_name, created_at, operation_id)`,
  // A trigger, so that no writer can forget it: a listing that misses an operation is not noticed by anybody.
  `create function list_operation() returns trigger language plpgsql as $$
    begin
      if tg_op = 'UPDATE' then
        delete from listing where operation_id = old.id;
      end if;
      insert into listing select * from listing_entries(new);
      return null;
    end
  $$`,
  `create trigger operations_begun after insert on operations for each row execute function list_operation()`,
  `create trigger operations_changed after update on operations for each row
    when ((${columnsOf("old")}) is distinct from (${columnsOf("new")})) execute function list_operation()`,
  `drop index operations_listed`,
  `drop index operations_correlation`,
  `drop index operations_tags`,
  `drop index operations_open`,
  // One index for both questions: whose is this id in a tenant, and has anybody taken it?
  `alter table operations drop constraint operations_tenant_provider_account_kind_natural_id_key`,
  `alter table operations add constraint operations_known unique (natural_id, provider, account, kind, tenant)`,
  `drop index operations_natural_id`,
  // Room beside each row for its next version, so that taking a lease, which no index speaks of, writes into none.
  `alter table operations set (fillfactor = 85)`,
  // Whose purchase is being synchronised, where Cleeng says that somebody's is. Other kinds pay nothing for it.
  `create index operations_open_purchase on operations ((fields ->> 'storeTransactionId'))
    where kind = 'PURCHASE_SYNC' and state <> 'SETTLED'`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
