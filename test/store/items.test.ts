import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { sql } from "kysely";
import type { Item } from "../../src/datasources/contract.ts";
import { countItems, itemPage, itemsOf } from "../../src/store/items.ts";
import type { Learned } from "../../src/store/record.ts";
import { beginRequest, record } from "../../src/store/record.ts";
import { engines, openTestStore, type TestStore } from "../support/store.ts";
import { item, learned, read, snapshot } from "./learning.ts";

const done = (position: number): Item => item(position, { status: "DONE", disposition: "succeeded" });
const many = (count: number) => Array.from({ length: count }, (_, position) => item(position));

for (const engine of engines) {
  describe(engine.name, () => {
    let store: TestStore;
    beforeAll(async () => {
      store = await openTestStore(engine);
    });
    afterAll(() => store.dispose());

    test("only the items that changed carry the new revision, and the counts are of all", async () => {
      await read(store, "bulk", snapshot("RUNNING", { items: many(4) }));
      const { operation } = await read(
        store,
        "bulk",
        snapshot("RUNNING", { items: [item(0), done(1), item(2, { providerStatus: "7" }), item(3)] }),
      );
      const revisions = (await itemsOf(store.db, operation.id)).map(({ revision }) => revision);
      expect(revisions).toEqual([1, 2, 2, 1]);
      expect(operation.progress).toEqual({ total: 4, done: 1, succeeded: 1, failed: 0 });
      expect(operation.itemCounts).toEqual({ DONE: 1, OPEN: 3 });
    });

    test("a change of one in ten thousand writes one", async () => {
      const { operation } = await read(store, "large", snapshot("RUNNING", { items: many(10_000) }));
      /** Where each row lies, and which transaction wrote it: a rewrite moves it even where nothing differs. */
      const rows = async () => {
        const found = await sql<{ position: number; written: string }>`
          select position, xmin::text || ' ' || ctid::text as written from operation_items
          where operation_id = ${operation.id}::uuid order by position`.execute(store.db);
        return found.rows.map(({ written }) => written);
      };
      const before = await rows();
      const answer = many(10_000).with(4711, done(4711));
      const recorded = await read(store, "large", snapshot("RUNNING", { items: answer }));
      expect(recorded).toMatchObject({ changed: true, operation: { progress: { total: 10_000, done: 1 } } });
      const after = await rows();
      expect(before).toHaveLength(10_000);
      expect(after.flatMap((written, position) => (written === before[position] ? [] : [position]))).toEqual([4711]);
    });

    test("pages go on from a position, filter by status and by revision, and count all that match", async () => {
      await read(store, "paged", snapshot("RUNNING", { items: many(10) }));
      const answer = many(10).map((one) => (one.position % 2 === 0 ? done(one.position) : one));
      const { operation } = await read(store, "paged", snapshot("RUNNING", { items: answer }));
      const page = async (parts: Partial<Parameters<typeof itemPage>[1]>) => {
        const request = { operationId: operation.id, limit: 3, after: null, statuses: null, sinceRevision: null };
        const wanted = { ...request, ...parts };
        const { items, hasNextPage } = await itemPage(store, wanted);
        return [items.map(({ position }) => position), hasNextPage, await countItems(store, wanted)];
      };
      expect(await page({})).toEqual([[0, 1, 2], true, 10]);
      expect(await page({ after: 2, limit: 7 })).toEqual([[3, 4, 5, 6, 7, 8, 9], false, 10]);
      expect(await page({ statuses: ["DONE"] })).toEqual([[0, 2, 4], true, 5]);
      expect(await page({ statuses: ["DONE", "OPEN"], after: 8 })).toEqual([[9], false, 10]);
      expect(await page({ statuses: [] })).toEqual([[], false, 0]);
      expect(await page({ sinceRevision: 2, after: 4 })).toEqual([[6, 8], false, 5]);
      expect(await page({ sinceRevision: 3 })).toEqual([[], false, 0]);
      expect(await page({ after: 2 ** 31 - 1 })).toEqual([[], false, 10]);
    });

    test("what other operations of the tenant know of an item is at hand, the oldest's first; another tenant's is not", async () => {
      const named = (name: string) => snapshot("RUNNING", { items: [item(0, { key: "sim-1", fields: { name } })] });
      await read(store, "sent", named("oldest"));
      await read(store, "sent-again", named("newer"));
      await read(store, "foreign", named("foreign"), { tenant: "other" });
      const known: unknown[] = [];
      const event: Learned["event"] = ({ snapshot: own, elsewhere }) => {
        known.push(
          own,
          [...elsewhere].map(([key, { fields }]) => [key, fields]),
        );
        return { type: "read", snapshot: snapshot("RUNNING", { items: [item(0, { key: "sim-1" })] }) };
      };
      const look = async () => {
        const begun = await beginRequest(store);
        await record(store, learned("seen", event, begun, { itemKeys: ["sim-1", "sim-2"] }));
      };
      await look();
      expect(known).toEqual([null, [["sim-1", { name: "oldest" }]]]);
      // An item that is its own is not looked for elsewhere.
      await look();
      expect(known[3]).toEqual([]);
    });
  });
}
