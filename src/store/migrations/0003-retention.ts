/** Finding what is old enough to be trimmed, without reading what isn't. */
import { type Kysely, sql } from "kysely";

export const statements = [
  // The expression is that of ../retention.ts, word for word: else the planner does not know it again.
  `create index operations_idle_since on operations
    ((case when state = 'SETTLED' then changed_at else greatest(changed_at, checked_at) end))
    where not followed`,
  // An operation's keys go with it; without this, each would be looked for in the whole table.
  `create index idempotency_keys_operation on idempotency_keys (operation_id) where operation_id is not null`,
  `create index idempotency_keys_without_operation on idempotency_keys (created_at) where operation_id is null`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
