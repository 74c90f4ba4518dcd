/**
 * What is kept no longer. An operation goes with its changes, items and keys once it has lain idle for the retention
 * time: since it settled or last changed; or, where it is not settled and nobody follows it, since it last changed or
 * its provider last answered. A key that is younger keeps its operation: a repeat of that write must find it, also where the
 * write told nothing new of an operation that is old. Each batch is a transaction of its own, and small, so that no writer
 * waits long for it.
 */
import { type RawBuilder, sql } from "kysely";
import type { Store, Writer } from "./store.ts";

export interface Trimmed {
  readonly operations: number;
  readonly changes: number;
  readonly keys: number;
}

export interface TrimRequest {
  readonly retentionSeconds: number;
  /** How many rows a batch takes: operations, and as many of what belongs to them; at least one operation. */
  readonly rows: number;
}

/** Any number does, as long as nothing else in this database locks it. */
const trimLock = 7_302_468_842;

/** One batch. Null where another gateway is at it. All zero where nothing is left to trim. */
export function trimBatch(store: Store, { retentionSeconds, rows }: TrimRequest): Promise<Trimmed | null> {
  return store.transaction(async (trx) => {
    const locked = await sql<{ mine: boolean }>`select pg_try_advisory_xact_lock(${trimLock}::bigint) as mine`.execute(
      trx,
    );
    if (!locked.rows[0]?.mine) return null;
    // A query of its own, so that it runs once and an index can be asked for it: the clock moves on within a statement.
    const cutOff = sql<Date>`(select ${store.now()} - make_interval(secs => ${retentionSeconds}::float8))`;
    const youngKey = sql`greatest(created_at, answered_at) >= ${cutOff}`;
    // What a writer holds at the moment isn't idle: it is passed over. An operation whose items and changes are many
    // counts for as many rows, so that a batch of large ones takes no longer than one of small ones.
    const doomed = await sql<{ id: string; place: number }>`
      with idle as materialized (
        select id, place, revision, (progress->>'total')::int as items
        from operations
        where not followed
          and (case when state = 'SETTLED' then changed_at else greatest(changed_at, checked_at) end) < ${cutOff}
          and not exists (select from idempotency_keys where operation_id = operations.id and ${youngKey})
        order by (case when state = 'SETTLED' then changed_at else greatest(changed_at, checked_at) end)
        limit ${rows}
        for update skip locked
      )
      select id, place from (
        select id, place, sum(1 + revision + items) over (order by place) - (1 + revision + items) as before from idle
      ) as weighed where before < ${rows}
    `.execute(trx);
    const keys = await sql`
      delete from idempotency_keys where ctid = any(array(
        select old.ctid from idempotency_keys as old
        where operation_id is null and created_at < ${cutOff}
          and (answered_at < ${cutOff} or (answered_at is null and not exists (
            select from intents
            where intents.tenant = old.tenant and intents.owner = old.owner and intents.mutation = old.mutation
              and intents.idempotency_key = old.key)))
        limit ${rows}
        for update skip locked))
    `.execute(trx);
    const keyed = await withKey(trx, doomed.rows, youngKey);
    const gone = doomed.rows.filter(({ id }) => !keyed.has(id));
    const ids = gone.map(({ id }) => id);
    if (ids.length === 0) return { operations: 0, changes: 0, keys: Number(keys.numAffectedRows ?? 0) };

    const owned = await sql`delete from idempotency_keys where operation_id = any(${ids}::uuid[])`.execute(trx);
    await sql`delete from operation_items where operation_id = any(${ids}::uuid[])`.execute(trx);
    const changes = await sql`delete from changes where operation_id = any(${ids}::uuid[])`.execute(trx);
    await sql`delete from operations where id = any(${ids}::uuid[])`.execute(trx);
    // Last, for another batch would wait for it. Whoever reads the log reads its floor in the same statement.
    const floor = Math.max(...gone.map(({ place }) => place));
    await sql`update log set floor = greatest(floor, ${floor}::bigint)`.execute(trx);
    return {
      operations: ids.length,
      changes: Number(changes.numAffectedRows ?? 0),
      keys: Number(keys.numAffectedRows ?? 0) + Number(owned.numAffectedRows ?? 0),
    };
  });
}

/**
 * Whose keys came between the batch's view of the keys and its locks on the operations. Under these locks no key can be
 * attached: a reference locks the operation as well.
 */
async function withKey(
  trx: Writer,
  operations: readonly { readonly id: string }[],
  key: RawBuilder<unknown>,
): Promise<ReadonlySet<string>> {
  const ids = operations.map(({ id }) => id);
  const { rows } = await sql<{ operationId: string }>`
    select operation_id from idempotency_keys where operation_id = any(${ids}::uuid[]) and ${key}`.execute(trx);
  return new Set(rows.map(({ operationId }) => operationId));
}
