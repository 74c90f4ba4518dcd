import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { CamelCasePlugin, Kysely, PGliteDialect, sql } from "kysely";
import { logEnd } from "../../src/store/changes.ts";
import type { Database } from "../../src/store/database.ts";
import { StoreError } from "../../src/store/errors.ts";
import { migrate } from "../../src/store/migrate.ts";
import { listOperations } from "../../src/store/operations.ts";
import { recordIn } from "../../src/store/record.ts";
import { type ChangeHint, openStore } from "../../src/store/store.ts";
import { engines, openTestStore, postgresEngines, type TestStore } from "../support/store.ts";
import { until } from "../support/until.ts";
import { learned, read, snapshot } from "./learning.ts";

const newer = sql`insert into schema_migrations (name, timestamp) values ('9999-from-the-future', '2099-01-01T00:00:00.000Z')`;

for (const engine of engines) {
  describe(engine.name, () => {
    let store: TestStore;
    const hints: ChangeHint[] = [];
    beforeAll(async () => {
      store = await openTestStore(engine, { onChange: (hint) => hints.push(hint) });
    });
    afterAll(() => store.dispose());

    const everything = () =>
      listOperations(store, { scope: { tenant: "default", owner: null }, filter: {}, limit: 9, after: null });
    const event = { type: "read", snapshot: snapshot("RUNNING") } as const;

    test("refuses a query on its own handle inside a transaction, where PGlite would wait for ever", async () => {
      await expect(store.transaction(() => everything())).rejects.toThrow("must use the transaction's own handle");
      await expect(store.transaction(() => store.transaction(async () => 1))).rejects.toThrow("don't nest");
      await expect(store.transaction((trx) => sql`select nothing_of_this_name`.execute(trx))).rejects.toThrow();
      // It is usable afterwards, and inside by the right handle.
      expect(await store.transaction((trx) => trx.selectFrom("operations").select("id").execute())).toEqual([]);
      expect(await everything()).toEqual([]);
    });

    test("tells of changes after their commit, in their order, and of nothing that was rolled back", async () => {
      const failing = store.transaction(async (trx, changed) => {
        await recordIn(trx, store, learned("undone", event, null), changed);
        throw new Error("changed my mind");
      });
      await expect(failing).rejects.toThrow("changed my mind");
      expect(hints).toEqual([]);
      expect(await everything()).toEqual([]);

      await store.transaction(async (trx, changed) => {
        for (const name of ["one", "two"]) await recordIn(trx, store, learned(name, event, null), changed);
        expect(hints).toEqual([]);
      });
      const places = new Map((await everything()).map(({ naturalId, place }) => [naturalId, place]));
      expect(hints.map(({ place }) => place)).toEqual([places.get("one"), places.get("two")]);
    });

    test("has a log of its own: no other store's cursor is of its epoch", async () => {
      const other = await openTestStore(engine);
      expect((await logEnd(other.db)).epoch).not.toBe((await logEnd(store.db)).epoch);
      await other.dispose();
    });

    test("reads counts and places as numbers", async () => {
      const { rows } = await sql<Record<string, unknown>>`select count(*) as count, 3::bigint as big from log`.execute(
        store.db,
      );
      expect(rows).toEqual([{ count: 1, big: 3 }]);
    });
  });
}

test("tables of a newer version are refused in plain words, and left as they are", async () => {
  const [engine] = engines;
  const { dump } = (await engine?.createDatabase())?.options ?? {};
  if (!dump) throw new Error("Expected the first engine to be the embedded one, with its dump.");
  const pglite = await PGlite.create({ loadDataDir: dump });
  const db = new Kysely<Database>({ dialect: new PGliteDialect({ pglite }), plugins: [new CamelCasePlugin()] });
  await newer.execute(db);
  const refusal = migrate(db);
  await expect(refusal).rejects.toBeInstanceOf(StoreError);
  await expect(refusal).rejects.toThrow("The store was written by a newer statusgraph than this one");
  expect(await db.selectFrom("log").selectAll().execute()).toHaveLength(1);
  await db.destroy();
});

test("a server that can't be reached is refused in words, with the reason and without the password", async () => {
  const url = "postgres://someone:hunter2@127.0.0.1:1/nowhere";
  const refusal = openStore({ database: { type: "postgres", url } });
  await expect(refusal).rejects.toBeInstanceOf(StoreError);
  await expect(refusal).rejects.toThrow(
    /^DATABASE_URL: expected a PostgreSQL server .* got: .*ECONNREFUSED.*Example: DATABASE_URL=/,
  );
  await expect(refusal).rejects.not.toThrow("hunter2");
});

for (const engine of postgresEngines) {
  describe(`${engine.name}, from nothing`, () => {
    test("gateways that start at once make the tables once, and share one log", async () => {
      const database = await engine.createDatabase();
      const stores = await Promise.all(Array.from({ length: 5 }, () => openStore({ database: database.config })));
      await Promise.all(stores.map((store, index) => read(store, `op-${index}`, snapshot("RUNNING"))));
      for (const store of stores) {
        expect(await store.db.selectFrom("log").selectAll().execute()).toHaveLength(1);
        expect(await store.db.selectFrom("changes").select("place").execute()).toHaveLength(5);
      }
      for (const store of stores) await store.dispose();
      await database.dispose();
    });

    test("a newer version's tables are refused, and nothing is left connected", async () => {
      const store = await openTestStore(engine);
      await newer.execute(store.db);
      await expect(openStore({ database: store.database.config })).rejects.toThrow("newer statusgraph");
      // The server takes a moment to see that a connection has ended. One that is left open stays.
      await until(async () => {
        const { rows } = await sql<{ count: number }>`
          select count(*) as count from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()`.execute(store.db);
        return rows[0]?.count === 0;
      });
      await store.dispose();
    });
  });
}
