/** The operations that are read, put into a store and changed there, as the gateway's own statements would. */
import { sql } from "kysely";
import type { Store } from "../../src/store/store.ts";
import { createdAt, idOf, operations } from "./documents.ts";

/** Of src/store/changes.ts: places are drawn under it. */
const logLock = 7_302_468_841;

export const owner = "somebody";

/** All of one owner, of floLIVE's kind, unsettled and followed by nobody, so that nothing but `changeAll` changes them. */
export async function fill(store: Store): Promise<void> {
  const rows = Array.from({ length: operations }, (_, n) => ({
    id: idOf(n),
    created_at: createdAt(n).toISOString(),
    fields: { requestId: `request-${n}`, action: null },
  }));
  await store.transaction(async (trx) => {
    await sql`
      insert into operations (id, tenant, owner, provider, account, kind, natural_id, state, revision, place, tags, fields,
        progress, item_counts, created_at, changed_at, followed, provider_status)
      select id, 'default', ${owner}, 'FLOLIVE', 'default', 'BULK_CALL', id::text, 'RUNNING', 0, 0, '{}', fields,
        '{"total": 12, "done": 0, "succeeded": 0, "failed": 0}', '{"OPEN": 12}', created_at, created_at, false, 'IN_PROGRESS'
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as made (id uuid, created_at timestamptz, fields jsonb)
    `.execute(trx);
  });
  await changeAll(store);
  await sql`analyze`.execute(store.db);
}

/** One more revision of each: another part of its calls has succeeded. In one transaction, as a change of each would be. */
export async function changeAll(store: Store): Promise<void> {
  await store.transaction(async (trx) => {
    await sql`select pg_advisory_xact_lock(${logLock}::bigint)`.execute(trx);
    await sql`
      update operations set
        revision = revision + 1,
        place = nextval('change_place'),
        changed_at = created_at + (revision + 1) * interval '1 second',
        progress = jsonb_build_object('total', 12, 'done', (revision + 1) % 10, 'succeeded', (revision + 1) % 10, 'failed', 0),
        item_counts = jsonb_build_object('OPEN', 12 - (revision + 1) % 10, 'SUCCESS', (revision + 1) % 10)
    `.execute(trx);
    await sql`
      insert into changes (place, operation_id, tenant, owner, provider, account, kind, natural_id, revision, at, previous_state,
        state, operation)
      select place, id, tenant, owner, provider, account, kind, natural_id, revision, changed_at, state, state,
        jsonb_build_object('id', id, 'tenant', tenant, 'owner', owner, 'provider', provider, 'account', account, 'kind', kind,
          'naturalId', natural_id, 'state', state, 'outcome', outcome, 'providerStatus', provider_status, 'revision', revision,
          'place', place, 'correlationId', correlation_id, 'tags', tags, 'fields', fields, 'progress', progress,
          'itemCounts', item_counts, 'problem', problem, 'checkProblem', check_problem,
          'createdAt', to_char(created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
          'changedAt', to_char(changed_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
          'checkedAt', null, 'settledAt', null, 'deadlineAt', null, 'nextCheckAt', null, 'followed', followed,
          'goneCount', gone_count, 'goneSince', null, 'leaseNode', null, 'leaseUntil', null, 'begun', null)
      from operations
    `.execute(trx);
  });
}
