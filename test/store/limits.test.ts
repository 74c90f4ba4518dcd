/** Time limits on PostgreSQL: nobody who stands still holds up the others, and nothing that takes too long takes for ever. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { sql } from "kysely";
import { isStoreFailure } from "../../src/store/errors.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { openTestStore, postgresEngines, type TestStore } from "../support/store.ts";
import { read, snapshot } from "./learning.ts";

for (const engine of postgresEngines) {
  describe(engine.name, () => {
    let store: TestStore;
    let other: Store;
    beforeAll(async () => {
      store = await openTestStore(engine);
      other = await openStore({ database: store.database.config, onConnectionError: () => {} });
    });
    afterAll(async () => {
      await other.dispose();
      await store.dispose();
    });

    test("a gateway that stands still with the log's lock in its hands loses it, and the others write on", async () => {
      const { promise: woken, resolve: wake } = Promise.withResolvers<void>();
      const { promise: held, resolve: hold } = Promise.withResolvers<void>();
      const stuck = other.transaction(async (trx) => {
        await trx.updateTable("log").set({ floor: 0 }).execute();
        await sql`select pg_advisory_xact_lock(7302468841::bigint)`.execute(trx);
        hold();
        await woken;
        await trx.updateTable("log").set({ floor: 999 }).execute();
      });
      stuck.catch(() => {});
      await held;
      const recorded = await read(store, "waits", snapshot("RUNNING")).finally(wake);
      expect(recorded.changed).toBe(true);
      const error = await stuck.catch((thrown: unknown) => thrown);
      expect(isStoreFailure(error)).toBe(true);
      expect(await store.db.selectFrom("log").select("floor").executeTakeFirst()).toEqual({ floor: 0 });
      // Its pool has got over it.
      expect((await read(other, "goes-on", snapshot("RUNNING"))).changed).toBe(true);
    }, 120_000);

    test("a statement that takes too long is ended by the server, and its connection serves on", async () => {
      const error = await sql`select pg_sleep(120)`.execute(store.db).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "57014" });
      expect(isStoreFailure(error)).toBe(true);
      expect((await sql<{ one: number }>`select 1 as one`.execute(store.db)).rows).toEqual([{ one: 1 }]);
    }, 120_000);
  });
}
