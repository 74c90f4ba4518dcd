/** Many answers in one transaction: the rules are those of one, and none is lost by another. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { changesAfter, logEnd, timelineOf } from "../../src/store/changes.ts";
import { itemsOf } from "../../src/store/items.ts";
import { operationsById } from "../../src/store/operations.ts";
import { beginRequest, type Learned, recordMany, type Settled } from "../../src/store/record.ts";
import type { ChangeHint, Store } from "../../src/store/store.ts";
import { openStore } from "../../src/store/store.ts";
import { engines, openTestStore, postgresEngines, type TestStore } from "../support/store.ts";
import { item, learned, read, snapshot, succeeded } from "./learning.ts";

const everything = { tenant: "default", owner: null };

function recorded(settled: readonly Settled[]) {
  return settled.map((one) => (one.status === "fulfilled" ? one.value : null));
}

for (const engine of engines) {
  describe(engine.name, () => {
    let store: TestStore;
    const hints: ChangeHint[] = [];
    let transactions = 0;
    let counted: Store;
    beforeAll(async () => {
      store = await openTestStore(engine, { onChange: (hint) => hints.push(hint) });
      counted = {
        ...store,
        transaction: (work) => {
          transactions += 1;
          return store.transaction(work);
        },
      };
    });
    afterAll(() => store.dispose());
    const many = (all: readonly Learned[]) => {
      transactions = 0;
      hints.splice(0);
      return recordMany(counted, all);
    };
    const reading = (naturalId: string, answer = snapshot("RUNNING"), telling = {}) =>
      learned(naturalId, { type: "read", snapshot: answer }, null, telling);

    test("new, changed, unchanged and unknown ones are recorded together, each as it would be alone", async () => {
      const known = [];
      for (const name of ["changing", "same", "settling"])
        known.push((await read(store, name, snapshot("RUNNING"))).operation);
      const [changing, same] = known;
      const absent = "018f0000-0000-7000-8000-000000000000";
      const begun = await beginRequest(store);
      const event = { type: "read", snapshot: snapshot("RUNNING", { items: [item(0), item(1)] }) } as const;
      const all: Learned[] = [
        { ...learned(null, event, begun), subject: { by: "id", id: changing?.id ?? "" } },
        { ...learned("same", { type: "read", snapshot: snapshot("RUNNING") }, begun) },
        { ...learned(null, event, begun), subject: { by: "id", id: absent } },
        learned("new", event, begun, { tags: ["x"], owner: "olga" }),
        learned("settling", { type: "read", snapshot: snapshot(succeeded) }, begun),
      ];
      const settled = recorded(await many(all));
      expect(transactions).toBe(1);
      expect(settled).toMatchObject([
        { changed: true, operation: { id: changing?.id, revision: 2 } },
        { changed: false, operation: { id: same?.id, revision: 1, place: same?.place } },
        null,
        { changed: true, operation: { naturalId: "new", revision: 1, owner: "olga", tags: ["x"] } },
        { changed: true, operation: { naturalId: "settling", state: "SETTLED", followed: false } },
      ]);
      // As it is stored, and as the log has it.
      for (const one of settled) {
        if (!one) continue;
        const { operation, changed } = one;
        expect(await operationsById(store, everything, [operation.id])).toEqual([operation]);
        const line = (await timelineOf(store, operation.id, null, 10)).at(-1);
        expect(line).toMatchObject({ revision: operation.revision, place: operation.place });
        if (changed)
          expect(line).toMatchObject({ operation: { place: operation.place, revision: operation.revision } });
      }
      expect(await itemsOf(store.db, changing?.id ?? "")).toMatchObject([{ revision: 2 }, { revision: 2 }]);
      expect(await itemsOf(store.db, settled[3]?.operation.id ?? "")).toMatchObject([{ revision: 1 }, { revision: 1 }]);
      // One hint for each change, in the order of the log, which is that of the answers.
      const places = settled.flatMap((one) => (one?.changed ? [one.operation.place] : []));
      expect(hints.map(({ place }) => place)).toEqual(places);
      expect(places).toEqual([...places].sort((a, b) => a - b));
    });

    test("several answers about one operation count in their order, whichever id they name", async () => {
      const { operation } = await read(store, "twice", snapshot("PENDING"));
      const begun = await beginRequest(store);
      const settled = recorded(
        await many([
          learned("twice", { type: "read", snapshot: snapshot("RUNNING") }, begun),
          { ...reading("twice", snapshot("RETRYING")), begun: begun + 1, subject: { by: "id", id: operation.id } },
          // Begun before the one before it: it came too late.
          learned("twice", { type: "read", snapshot: snapshot("PENDING") }, begun),
          reading("made twice", snapshot("PENDING")),
          reading("made twice", snapshot("RUNNING")),
        ]),
      );
      expect(settled.map((one) => [one?.operation.state, one?.operation.revision, one?.stale])).toEqual([
        ["RUNNING", 2, false],
        ["RETRYING", 3, false],
        ["RETRYING", 3, true],
        ["PENDING", 1, false],
        ["RUNNING", 2, false],
      ]);
      expect(settled[3]?.operation.id).toBe(settled[4]?.operation.id);
    });

    test("an answer that can't be understood, or can't be stored, loses none of the others", async () => {
      await read(store, "before", snapshot("PENDING"));
      const unreadable = learned(
        "unreadable",
        () => {
          throw new Error("What came is not what was expected.");
        },
        null,
      );
      const alone = await many([reading("before"), unreadable, reading("after")]);
      expect(transactions).toBe(1);
      expect(alone.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);

      const impossible = reading("impossible", snapshot("RUNNING", { items: [item(1), item(1)] }));
      const settled = await many([reading("before", snapshot("RETRYING")), impossible, reading("later")]);
      expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
      expect(recorded(settled)).toMatchObject([{ operation: { state: "RETRYING" } }, null, { changed: true }]);
      expect(hints).toHaveLength(2);
      const { db } = store;
      const rows = await db
        .selectFrom("operations")
        .select("naturalId")
        .where("naturalId", "=", "impossible")
        .execute();
      expect(rows).toEqual([]);
    });

    test("halves of surrogate pairs in an id are found again as they are stored", async () => {
      const [first] = recorded(await many([reading("half\ud800", snapshot("PENDING"))]));
      const [second] = recorded(await many([reading("half\ud800")]));
      expect(second?.operation).toMatchObject({ id: first?.operation.id, naturalId: "half\uFFFD", revision: 2 });
    });

    test("each answer is told of the items that other operations have, and of no others", async () => {
      await read(store, "bulk", snapshot("RUNNING", { items: [item(0, { key: "a" }), item(1, { key: "b" })] }));
      const seen: Array<readonly string[]> = [];
      const asking = (naturalId: string, itemKeys: readonly string[]) =>
        learned(
          naturalId,
          ({ elsewhere }) => {
            seen.push([...elsewhere.keys()]);
            return { type: "read", snapshot: snapshot("RUNNING") };
          },
          null,
          { itemKeys },
        );
      await many([
        asking("one", ["a", "none"]),
        asking("two", ["b", "a"]),
        asking("bulk", ["a", "b"]),
        asking("three", []),
      ]);
      expect(seen).toEqual([["a"], ["b", "a"], [], []]);
    });

    test("whatever is recorded together reads as if it had been recorded one after the other", async () => {
      const state = fc.constantFrom("PENDING" as const, "RUNNING" as const, "RETRYING" as const, succeeded);
      const answers = fc.array(
        fc.record({ of: fc.nat(3), state, items: fc.nat(2), tag: fc.constantFrom("t", "u"), late: fc.boolean() }),
        { minLength: 1, maxLength: 12 },
      );
      let round = 0;
      await fc.assert(
        fc.asyncProperty(answers, async (all) => {
          round += 1;
          const start = await beginRequest(store);
          const tell = (prefix: string) =>
            all.map((one, index) =>
              learned(
                `${prefix}-${round}-${one.of}`,
                {
                  type: "read",
                  snapshot: snapshot(one.state, {
                    items: Array.from({ length: one.items }, (_, at) => item(at, { status: `${index}` })),
                  }),
                },
                start + (one.late ? -index : index),
                { tags: [one.tag] },
              ),
            );
          const together = recorded(await recordMany(store, tell("together")));
          const apart = [];
          for (const one of tell("apart")) apart.push(...recorded(await recordMany(store, [one])));
          const facts = (settled: typeof together) =>
            settled.map((one) => [
              one?.changed,
              one?.stale,
              one?.operation.state,
              one?.operation.revision,
              one?.operation.tags,
              one?.operation.itemCounts,
              one?.operation.begun,
            ]);
          expect(facts(together)).toEqual(facts(apart));
        }),
        { numRuns: 15 },
      );
    });
  });
}

for (const engine of postgresEngines) {
  describe(`${engine.name}, two stores of one database`, () => {
    test("batches that lock, make and revise the same operations in opposite orders both succeed", async () => {
      const store = await openTestStore(engine);
      const other = await openStore({ database: store.database.config });
      const names = Array.from({ length: 12 }, (_, index) => `op-${index}`);
      for (let round = 0; round < 8; round += 1) {
        const tell = (by: string, order: readonly string[]) =>
          order.map((name) => {
            const answer = snapshot("RUNNING", { providerStatus: `${by}-${round}` });
            // Half of them are new in each round.
            return learned(
              Number(name.slice(3)) % 2 ? `${name}-${round}` : name,
              { type: "read", snapshot: answer },
              null,
            );
          });
        const batches = await Promise.all([
          recordMany(store, tell("a", names)),
          recordMany(other, tell("b", [...names].reverse())),
          recordMany(other, tell("c", names)),
        ]);
        for (const batch of batches) expect(batch.map(({ status }) => status)).toEqual(names.map(() => "fulfilled"));
      }
      const log = await changesAfter(store, 0, 2000);
      const revisions = new Map<string, number>();
      for (const { operationId, revision } of log) {
        expect(revision).toBe((revisions.get(operationId) ?? 0) + 1);
        revisions.set(operationId, revision);
      }
      expect(log.length).toBeGreaterThan(200);
      expect((await logEnd(store.db)).place).toBe(log.at(-1)?.place);
      await other.dispose();
      await store.dispose();
    });
  });
}
