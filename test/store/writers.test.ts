/** Several writers and readers of one log. One store has one connection on PGlite, so the races are PostgreSQL's alone. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { sql } from "kysely";
import { changesAfter, logEnd } from "../../src/store/changes.ts";
import type { StoredChange } from "../../src/store/database.ts";
import { listOperations } from "../../src/store/operations.ts";
import { beginRequest, recordIn } from "../../src/store/record.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { engines, openTestStore, postgresEngines, type TestStore } from "../support/store.ts";
import { learned, read, snapshot } from "./learning.ts";

/** Reads on from where it stands until it is told that no more will come, as a stream does. */
function tail(store: Store) {
  const heard: StoredChange[] = [];
  let over = false;
  const ended = (async () => {
    for (let place = 0; ; ) {
      const last = over;
      const page = await changesAfter(store, place, 50);
      heard.push(...page);
      place = page.at(-1)?.place ?? place;
      if (page.length === 0 && last) return heard;
    }
  })();
  return {
    end: () => {
      over = true;
      return ended;
    },
  };
}

function expectWholeLog(heard: readonly StoredChange[], log: readonly StoredChange[]): void {
  expect(heard.map(({ place }) => place)).toEqual(log.map(({ place }) => place));
  const revisions = new Map<string, number>();
  for (const { operationId, revision } of heard) {
    expect(revision).toBe((revisions.get(operationId) ?? 0) + 1);
    revisions.set(operationId, revision);
  }
}

for (const engine of engines) {
  describe(engine.name, () => {
    test("a reader behind many writers of one store hears each change once, in order of revision", async () => {
      const store = await openTestStore(engine);
      const reader = tail(store);
      await Promise.all(
        Array.from({ length: 16 }, async (_, writer) => {
          for (let step = 0; step < 6; step += 1) {
            await read(store, `op-${writer % 5}`, snapshot("RUNNING", { providerStatus: `${writer}-${step}` }));
          }
        }),
      );
      const heard = await reader.end();
      const log = await changesAfter(store, 0, 1000);
      expect(log.length).toBeGreaterThan(20);
      expectWholeLog(heard, log);
      expect((await logEnd(store.db)).place).toBe(log.at(-1)?.place);
      await store.dispose();
    });
  });
}

for (const engine of postgresEngines) {
  describe(`${engine.name}, several stores of one database`, () => {
    let store: TestStore;
    let stores: Store[];
    beforeAll(async () => {
      store = await openTestStore(engine);
      const { config, options } = store.database;
      stores = [store, await openStore({ database: config, ...options }), await openStore({ database: config })];
    });
    afterAll(async () => {
      for (const one of stores.slice(1)) await one.dispose();
      await store.dispose();
    });

    test("no change becomes visible behind a reader that has gone past it, however long a writer takes to commit", async () => {
      const readers = stores.map(tail);
      const [a = store, b = store] = stores;
      const write = async (on: Store, writer: number, step: number) => {
        const begun = await beginRequest(on);
        await on.transaction(async (trx, changed) => {
          // Half of them write their own operation, half fight for four.
          const naturalId = writer % 2 === 0 ? `own-${writer}` : `shared-${step % 4}`;
          const answer = snapshot("RUNNING", { providerStatus: `${writer}-${step}` });
          await recordIn(trx, on, learned(naturalId, { type: "read", snapshot: answer }, begun), changed);
          // The place is drawn; the commit comes at some later time.
          await sql`select pg_sleep(${Math.random() * 0.008}::float8)`.execute(trx);
        });
      };
      await Promise.all(
        Array.from({ length: 18 }, async (_, writer) => {
          for (let step = 0; step < 12; step += 1) await write(writer % 3 === 0 ? b : a, writer, step);
        }),
      );
      const log = await changesAfter(store, 0, 1000);
      expect(log.length).toBeGreaterThan(100);
      for (const reader of readers) expectWholeLog(await reader.end(), log);
    });

    test("one id that many create at once becomes one operation", async () => {
      const made = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          read(stores[index % 3] ?? store, "created", snapshot("PENDING", { fields: { by: index } }), {
            tags: [`t${index}`],
          }),
        ),
      );
      expect(new Set(made.map(({ operation }) => operation.id)).size).toBe(1);
      expect(made.filter(({ operation, changed }) => changed && operation.revision === 1)).toHaveLength(1);
      const scope = { tenant: "default", owner: null };
      const tags = Array.from({ length: 12 }, (_, index) => `t${index}`);
      const listed = await listOperations(store, { scope, filter: { tags }, limit: 10, after: null });
      expect(listed.map(({ naturalId }) => naturalId)).toEqual(["created"]);
    });
  });
}
