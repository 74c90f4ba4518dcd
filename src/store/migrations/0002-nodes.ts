/** What several gateways need to know of one another, and what a stream needs to be resumed. */
import { type Kysely, sql } from "kysely";

export const statements = [
  // Who is alive. Without Redis each takes its part of every budget, by their number.
  `create table gateways (
    node text primary key,
    heartbeat_at timestamptz not null,
    redis boolean not null
  )`,
  // A provider's Retry-After holds for every gateway, also for one that starts while it lasts.
  `create table upstream_holds (
    upstream text primary key,
    until timestamptz not null
  )`,
  // So that whoever takes up the write of a gateway that died can answer a repeat of it.
  `alter table intents add column idempotency_key text`,
  // A viewer who sees own operations alone must not read the whole tenant's log.
  `create index changes_of_owner on changes (tenant, owner, place)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
