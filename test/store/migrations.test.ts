/** Tables that are brought up to date: by several programs at once, and from the first version on, with what was in them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Kysely, PostgresDialect, sql } from "kysely";
import { Migrator } from "kysely/migration";
import pg from "pg";
import { migrations } from "../../src/store/migrations/index.ts";
import { operationsById } from "../../src/store/operations.ts";
import { openStore } from "../../src/store/store.ts";
import { type Build, buildProgram } from "../support/program.ts";
import { postgresEngines, type TestDatabase } from "../support/store.ts";
import { read, snapshot, succeeded } from "./learning.ts";

for (const engine of postgresEngines) {
  describe(engine.name, () => {
    let build: Build;
    beforeAll(async () => {
      build = await buildProgram();
    }, 120_000);
    afterAll(() => build.dispose());

    const urlOf = ({ config }: TestDatabase) => {
      if (config.type !== "postgres") throw new Error("Expected a database on a PostgreSQL server.");
      return config.url;
    };

    test("five programs that start at once on an empty database make each table once", async () => {
      const database = await engine.createDatabase();
      const script = `
        const { openStore } = await import(process.argv[1] + "/store/store.js");
        process.stdout.write("here");
        await new Promise((resolve) => process.stdin.once("data", resolve));
        const store = await openStore({ database: { type: "postgres", url: process.argv[2] } });
        await store.dispose();
        process.exit(0);`;
      const children = Array.from({ length: 5 }, () =>
        spawn(process.execPath, ["--input-type=module", "--eval", script, build.directory, urlOf(database)], {
          stdio: ["pipe", "pipe", "inherit"],
        }),
      );
      const ended = children.map((child) => once(child, "exit"));
      await Promise.all(children.map((child) => once(child.stdout, "data")));
      for (const child of children) child.stdin.write("go");
      expect((await Promise.all(ended)).map(([code]) => code)).toEqual([0, 0, 0, 0, 0]);

      const store = await openStore({ database: database.config });
      const { rows } = await sql<{ name: string }>`select name from schema_migrations order by name`.execute(store.db);
      expect(rows.map(({ name }) => name)).toEqual(Object.keys(migrations).sort());
      expect(await store.db.selectFrom("log").selectAll().execute()).toHaveLength(1);
      await store.dispose();
      await database.dispose();
    }, 120_000);

    test("a database of the first version is brought up to date with all that is in it, once, by several at a time", async () => {
      const database = await engine.createDatabase();
      const old = new Kysely<unknown>({
        dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: urlOf(database), max: 1 }) }),
      });
      const first = Object.entries(migrations).slice(0, 1);
      const { error } = await new Migrator({
        db: old,
        provider: { getMigrations: async () => Object.fromEntries(first) },
        migrationTableName: "schema_migrations",
        migrationLockTableName: "schema_migrations_lock",
      }).migrateToLatest();
      expect(error).toBeUndefined();
      await sql`
        insert into operations (id, tenant, owner, provider, account, kind, natural_id, state, outcome, revision, place,
          tags, fields, progress, item_counts, created_at, changed_at, settled_at, followed, correlation_id)
        select gen_random_uuid(), 'default', 'anonymous', 'TINY', 'default', 'TINY_WORK', 'work-' || n, 'SETTLED',
          'SUCCEEDED', 1, nextval('change_place'), array['tag-' || n], '{}', '{"total":1}', '{}', now(), now(), now(),
          false, 'correlation-' || n
        from generate_series(1, 100) as n`.execute(old);
      const { rows: before } = await sql<{ id: string; epoch: string }>`
        select id, (select epoch from log) as epoch from operations order by natural_id`.execute(old);
      await old.destroy();

      const stores = await Promise.all(Array.from({ length: 3 }, () => openStore({ database: database.config })));
      const [store] = stores;
      if (!store) throw new Error("Expected three stores.");
      const after = await operationsById(
        store,
        { tenant: "default", owner: null },
        before.map(({ id }) => id),
      );
      expect(after.map((row) => row?.naturalId)).toEqual(Array.from({ length: 100 }, (_, n) => `work-${n + 1}`).sort());
      // An upgrade is no restore: cursors stay good.
      expect(await store.db.selectFrom("log").select("epoch").execute()).toEqual([{ epoch: before[0]?.epoch }]);
      expect((await read(store, "new", snapshot(succeeded))).operation.place).toBeGreaterThan(100);
      for (const one of stores) await one.dispose();
      await database.dispose();
    }, 120_000);
  });
}
