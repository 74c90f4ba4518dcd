/** Brings a store's tables to this program's version, and refuses tables that are newer. */
import type { Kysely } from "kysely";
import { type MigrationResult, Migrator } from "kysely/migration";
import type { Database } from "./database.ts";
import { messageOf, StoreError } from "./errors.ts";
import { migrations } from "./migrations/index.ts";

/** Serialised between starting gateways by the migrator's own lock. Throws StoreError in plain words. */
export async function migrate(db: Kysely<Database>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableName: "schema_migrations",
    migrationLockTableName: "schema_migrations_lock",
  });
  // One by one, each in a transaction of its own: together they would hold the first one's locks while the next waits.
  for (;;) {
    const { error, results = [] } = await migrator.migrateUp();
    if (error !== undefined) throw toldOf(error, results);
    if (results.length === 0) return;
  }
}

function toldOf(error: unknown, results: readonly MigrationResult[]): unknown {
  const failed = results.find(({ status }) => status === "Error")?.migrationName;
  const reason = messageOf(error);
  // Applied there and unknown here, at the end of the list or in the middle of it.
  if (failed === undefined && reason.startsWith("corrupted migrations")) {
    return new StoreError(
      "The store was written by a newer statusgraph than this one, and can't be read by it. " +
        `Start the newer version, or name another store in DATABASE_URL. (${reason})`,
    );
  }
  // Before any migration began: the database itself can't be used, and whoever opened it knows which one it is.
  if (failed === undefined) return error;
  return new StoreError(`The store could not be brought to this version (migration ${failed}): ${reason}`);
}
