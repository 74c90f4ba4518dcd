/** What the schedule learns from: when work began, and how long it took. */
import { type Kysely, sql } from "kysely";

export const statements = [
  // First, and alone on a table that was there before. Null for all that there is: nobody noted it.
  `alter table operations add column started_at timestamptz`,
  // A row holds what one gateway saw settle within some seconds, so that learning costs a write now and then.
  `create table settle_times (
    id bigint generated always as identity primary key,
    kind text not null,
    since_start boolean not null,
    seen_at timestamptz not null,
    count integer not null,
    samples jsonb not null
  )`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
