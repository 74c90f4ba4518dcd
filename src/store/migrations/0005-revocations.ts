/** Tokens that are good no more although they have not ended: whose, and of which age. */
import { type Kysely, sql } from "kysely";

export const statements = [
  `create table revocations (
    tenant text not null,
    owner text not null,
    issued_until timestamptz not null,
    primary key (tenant, owner)
  )`,
  // Every gateway asks each second for what is new.
  `create index revocations_issued_until on revocations (issued_until)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
