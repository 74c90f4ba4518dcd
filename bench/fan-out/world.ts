/** Operations in a database of a measurement, and changes of them, written beside the gateway: it finds them in the log. */
import pg from "pg";
import { ask, createDatabase } from "../support/database.ts";

export interface World {
  readonly url: string;
  /** Makes operations, once a gateway has made the tables. Gives their ids. */
  fill(operations: number): Promise<readonly string[]>;
  /** One change of each of the first so many operations, in one statement: the gateway reads them together. */
  change(operations: number): Promise<void>;
  dispose(): Promise<void>;
}

/** Followed, and due in ten days: no gateway of a measurement asks for them. */
const made = `
  insert into operations (id, tenant, owner, provider, account, kind, natural_id, state, provider_status, revision, place,
    tags, fields, progress, item_counts, created_at, changed_at, checked_at, deadline_at, followed, next_check_at, begun)
  select gen_random_uuid(), 'default', 'anonymous', 'FLOLIVE', 'default', 'BULK_CALL', 'work-' || n, 'RUNNING', 'status 0', 0,
    0, '{}', '{"requestId": "request"}', '{"done": 0, "total": 1, "failed": 0, "succeeded": 0}', '{}', now(), now(), now(),
    now() + interval '20 days', true, now() + interval '10 days', 0
  from generate_series(1, $1::int) n`;

const changed = `
  with next as (
    update operations set revision = revision + 1, place = nextval('change_place'), changed_at = now(),
      provider_status = 'status ' || revision + 1
    where natural_id in (select 'work-' || n from generate_series(1, $1::int) n)
    returning *
  )
  insert into changes
    (place, operation_id, tenant, owner, provider, account, kind, natural_id, revision, at, previous_state, state, outcome,
     operation)
  select place, id, tenant, owner, provider, account, kind, natural_id, revision, now(), case when revision > 1 then state end,
    state, outcome,
    jsonb_build_object('id', id, 'tenant', tenant, 'owner', owner, 'provider', provider, 'account', account,
      'kind', kind, 'naturalId', natural_id, 'state', state, 'outcome', outcome, 'providerStatus', provider_status,
      'revision', revision, 'correlationId', correlation_id, 'tags', tags, 'fields', fields, 'progress', progress,
      'itemCounts', item_counts, 'problem', problem, 'checkProblem', null, 'createdAt', created_at,
      'changedAt', changed_at, 'checkedAt', checked_at, 'settledAt', settled_at, 'deadlineAt', deadline_at,
      'followed', followed, 'nextCheckAt', next_check_at, 'goneCount', 0, 'goneSince', null, 'leaseNode', null,
      'leaseUntil', null, 'begun', begun)
  from next`;

export async function createWorld(name: string): Promise<World> {
  const database = await createDatabase(name);
  const client = new pg.Client({ connectionString: database.url });
  // Where the bench is interrupted, the database goes first.
  client.on("error", () => {});
  await client.connect();
  // Writing is not what is measured.
  await client.query("set synchronous_commit = off");
  return {
    url: database.url,
    async fill(operations) {
      await client.query(made, [operations]);
      await client.query(changed, [operations]);
      await ask(database.url, "analyze");
      const sorted = "select id::text from operations order by length(natural_id), natural_id";
      return (await client.query<{ id: string }>(sorted)).rows.map(({ id }) => id);
    },
    async change(count) {
      await client.query(changed, [count]);
    },
    async dispose() {
      await client.end();
      await database.dispose();
    },
  };
}
