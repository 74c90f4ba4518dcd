/** Tables that are brought up to date: by several programs at once, and from the first version on, with what was in them. */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Kysely, PostgresDialect, sql } from "kysely";
import { Migrator } from "kysely/migration";
import pg from "pg";
import { migrations } from "../../src/store/migrations/index.ts";
import { countOperations, type Filter, listOperations, operationsById } from "../../src/store/operations.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { type Build, buildProgram } from "../support/program.ts";
import { postgresEngines, type TestDatabase } from "../support/store.ts";
import { until } from "../support/until.ts";
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

    /** A database as a version before left it, with a hundred operations. */
    const databaseOf = async (versions: number) => {
      const database = await engine.createDatabase();
      const old = new Kysely<unknown>({
        dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: urlOf(database), max: 1 }) }),
      });
      const known = Object.entries(migrations).slice(0, versions);
      const { error } = await new Migrator({
        db: old,
        provider: { getMigrations: async () => Object.fromEntries(known) },
        migrationTableName: "schema_migrations",
        migrationLockTableName: "schema_migrations_lock",
      }).migrateToLatest();
      expect(error).toBeUndefined();
      await sql`
        insert into operations (id, tenant, owner, provider, account, kind, natural_id, state, outcome, revision, place,
          tags, fields, progress, item_counts, created_at, changed_at, settled_at, followed, correlation_id)
        select gen_random_uuid(), 'default', 'anonymous', 'TINY', 'default', 'TINY_WORK', 'work-' || n, 'SETTLED',
          'SUCCEEDED', 1, nextval('change_place'), array['tag-' || n, 'all'], '{}', '{"total":1}', '{}', now(), now(),
          now(), false, 'correlation-' || n
        from generate_series(1, 100) as n`.execute(old);
      const { rows } = await sql<{ id: string; epoch: string }>`
        select id, (select epoch from log) as epoch from operations order by natural_id`.execute(old);
      await old.destroy();
      return { database, before: rows };
    };
    const scope = { tenant: "default", owner: null };
    const list = async (store: Store, filter: Filter) =>
      (await listOperations(store, { scope, filter, limit: 1_000, after: null })).map(({ naturalId }) => naturalId);

    test("a database of the first version is brought up to date with all that is in it, once, by several at a time", async () => {
      const { database, before } = await databaseOf(1);
      const stores = await Promise.all(Array.from({ length: 3 }, () => openStore({ database: database.config })));
      const [store] = stores;
      if (!store) throw new Error("Expected three stores.");
      const ids = before.map(({ id }) => id);
      const names = Array.from({ length: 100 }, (_, n) => `work-${n + 1}`).sort();
      expect((await operationsById(store, scope, ids)).map((row) => row?.naturalId)).toEqual(names);
      // Listed as if they had begun with this version, below each of their labels.
      expect((await list(store, {})).toSorted()).toEqual(names);
      expect((await list(store, { tags: ["all"] })).toSorted()).toEqual(names);
      expect(await list(store, { tags: ["tag-7"] })).toEqual(["work-7"]);
      expect(await list(store, { correlationId: "correlation-9" })).toEqual(["work-9"]);
      expect(await list(store, { states: ["SETTLED"], tags: ["tag-8", "all"] })).toEqual(["work-8"]);
      expect(await countOperations(store, scope, { kinds: ["TINY_WORK"] }, 1_000)).toBe(100);
      // An upgrade is no restore: cursors stay good.
      expect(await store.db.selectFrom("log").select("epoch").execute()).toEqual([{ epoch: before[0]?.epoch }]);
      expect((await read(store, "new", snapshot(succeeded))).operation.place).toBeGreaterThan(100);
      expect(await list(store, {})).toHaveLength(101);
      for (const one of stores) await one.dispose();
      await database.dispose();
    }, 120_000);

    const connect = async (database: TestDatabase) => {
      const client = new pg.Client({ connectionString: urlOf(database) });
      await client.connect();
      return client;
    };

    test("a writer of the version before that is in the middle of a record ends it, and the upgrade waits for that", async () => {
      const { database, before } = await databaseOf(3);
      const [writer, watcher] = await Promise.all([connect(database), connect(database)]);
      await writer.query("begin");
      await writer.query("select * from operations where id = $1 for update", [before[0]?.id]);
      const opening = openStore({ database: database.config });
      await until(async () => {
        const { rows } = await watcher.query(
          "select from pg_locks where relation = 'operations'::regclass and mode = 'AccessExclusiveLock' and not granted",
        );
        return rows.length === 1;
      });
      await writer.query("update operations set tags = array['late'] where id = $1", [before[0]?.id]);
      await writer.query("commit");
      const store = await opening;
      expect(await list(store, { tags: ["late"] })).toEqual(["work-1"]);
      await store.dispose();
      await Promise.all([writer.end(), watcher.end()]);
      await database.dispose();
    }, 120_000);

    test("writers of the first version go on during the upgrade and after it, and all that they write is listed", async () => {
      const { database } = await databaseOf(1);
      let writing = true;
      /** As that version reserved a write, recorded what came of it, and gave another one up. */
      const write = async (client: pg.Client, id: string, name: string) => {
        const reserve = async (intent: string) => {
          await client.query("begin");
          await client.query(
            "insert into idempotency_keys (tenant, owner, mutation, key, input_hash, created_at) values ('default', 'olga', 'm', $1, 'h', now())",
            [intent],
          );
          await client.query(
            `insert into intents (id, tenant, owner, provider, account, kind, mutation, operation, reserves, tags, begun_at, node)
             values ($1, 'default', 'olga', 'TINY', 'default', 'TINY_WORK', 'm', '{}', false, '{}', now(), 'old')`,
            [intent],
          );
          await client.query("select from operations where provider = 'TINY' and natural_id = $1", [name]);
          await client.query("commit");
        };
        await reserve(id);
        await client.query("begin");
        await client.query("select from operations where natural_id = $1 for update", [name]);
        await client.query(
          `insert into operations (id, tenant, owner, provider, account, kind, natural_id, state, revision, place, tags, fields,
             progress, item_counts, created_at, changed_at, followed)
           values ($1, 'default', 'olga', 'TINY', 'default', 'TINY_WORK', $2, 'RUNNING', 1, 0, '{old}', '{}', '{"total":1}', '{}',
             now(), now(), false)
           on conflict (tenant, provider, account, kind, natural_id) do nothing`,
          [id, name],
        );
        await client.query("update idempotency_keys set operation_id = $1, answered_at = now() where key = $2", [
          id,

          id,
        ]);
        await client.query("delete from intents where id = $1", [id]);
        await client.query("select pg_advisory_xact_lock(7302468841)");
        await client.query(
          `with moved as (update operations set place = 1000 where id = $1)
           insert into changes (place, operation_id, tenant, owner, provider, account, kind, revision, at, state, operation)
           values (nextval('change_place'), $1, 'default', 'olga', 'TINY', 'default', 'TINY_WORK', 1, now(), 'RUNNING', '{}')`,
          [id],
        );
        await client.query("commit");
        const given = randomUUID();
        await reserve(given);
        await client.query("begin");
        await client.query("update idempotency_keys set refusal = '{}' where key = $1", [given]);
        await client.query("delete from intents where id = $1", [given]);
        await client.query("commit");
      };
      const written: string[] = [];
      const writers = Array.from({ length: 4 }, async (_, which) => {
        const client = await connect(database);
        try {
          for (let round = 0; writing; round += 1) {
            const name = `old-${which}-${round}`;
            await write(client, randomUUID(), name);
            written.push(name);
          }
        } finally {
          writing = false;
          await client.end();
        }
      });
      const more = () => {
        const goal = written.length + 20;
        return Promise.race([Promise.all(writers), until(() => !writing || written.length >= goal)]);
      };
      await more();
      const store = await openStore({ database: database.config });
      await more();
      writing = false;
      await Promise.all(writers);
      const listed = await listOperations(store, {
        scope,
        filter: { tags: ["old"] },
        limit: written.length + 1,
        after: null,
      });
      expect(listed.map(({ naturalId }) => naturalId).toSorted()).toEqual(written.toSorted());
      await store.dispose();
      await database.dispose();
    }, 120_000);
  });
}
