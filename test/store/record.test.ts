import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Json } from "../../src/datasources/contract.ts";
import { rejected, unavailable } from "../../src/datasources/problems.ts";
import { timelineOf } from "../../src/store/changes.ts";
import { itemsOf } from "../../src/store/items.ts";
import { reviveOperation } from "../../src/store/operations.ts";
import { beginRequest, record } from "../../src/store/record.ts";
import type { ChangeHint } from "../../src/store/store.ts";
import { engines, openTestStore, type TestStore } from "../support/store.ts";
import { failed, item, learned, read, snapshot, succeeded } from "./learning.ts";

const _everything = { tenant: "default", owner: null };
const outage = unavailable("TINY", "TIMEOUT", "No answer.");

for (const engine of engines) {
  describe(engine.name, () => {
    let store: TestStore;
    const hints: ChangeHint[] = [];
    beforeAll(async () => {
      store = await openTestStore(engine, { onChange: (hint) => hints.push(hint) });
    });
    afterAll(() => store.dispose());

    /** The log's lines of one operation. */
    const log = (id: string) => timelineOf(store, id, null, 1000);

    test("what is seen for the first time becomes an operation of revision 1, a line in the log and one hint", async () => {
      hints.splice(0);
      const answer = snapshot("RUNNING", { providerStatus: "busy", fields: { size: 3, of: { a: [1, null] } } });
      const telling = { owner: "olga", correlationId: "c-1", tags: ["a", "b", "a"] };
      const { operation, changed, stale } = await read(store, "new", answer, telling);
      expect({ changed, stale }).toEqual({ changed: true, stale: false });
      expect(operation).toMatchObject({ revision: 1, naturalId: "new", owner: "olga", correlationId: "c-1" });
      expect(operation).toMatchObject({ tags: ["a", "b"], fields: { size: 3, of: { a: [1, null] } }, followed: true });
      expect(hints).toEqual([{ place: operation.place, operationId: operation.id, tenant: "default" }]);
      const [line, ...more] = await log(operation.id);
      expect(more).toEqual([]);
      expect(line).toMatchObject({ place: operation.place, revision: 1, previousState: null, state: "RUNNING" });
    });

    test("each line keeps the operation as it stood at its revision, dates and all, and no lease", async () => {
      const first = await read(store, "kept", snapshot("PENDING"));
      const second = await read(store, "kept", snapshot(succeeded, { fields: { size: 1 } }));
      const lines = await log(first.operation.id);
      expect(lines.map(({ operation, place }) => reviveOperation(operation, place))).toEqual([
        { ...first.operation, begun: null },
        { ...second.operation, begun: null },
      ]);
      expect(lines.map(({ previousState, state }) => [previousState, state])).toEqual([
        [null, "PENDING"],
        ["PENDING", "SETTLED"],
      ]);
      expect(second.operation.revision).toBe(2);
      expect(second.operation.place).toBeGreaterThan(first.operation.place);
    });

    test("what brings nothing new makes no revision, no line and no hint", async () => {
      const answer = snapshot("RUNNING", { fields: { a: { x: 1, y: [true, 0.1, "é"] } }, items: [item(0)] });
      const { operation } = await read(store, "same", answer);
      hints.splice(0);
      const again = await read(store, "same", { ...answer, fields: { a: { y: [true, 0.1, "é"], x: 1 } } });
      expect(again).toMatchObject({ changed: false, stale: false, operation: { revision: 1, place: operation.place } });
      expect(again.operation.checkedAt?.getTime()).toBeGreaterThanOrEqual(operation.checkedAt?.getTime() ?? 0);
      expect(await log(operation.id)).toHaveLength(1);
      expect(hints).toEqual([]);
    });

    test("an answer to an older request never overwrites a newer one's, and only says to follow where it should", async () => {
      const older = await beginRequest(store);
      await read(store, "order", snapshot(succeeded), { follow: false });
      const late = await read(store, "order", snapshot("RUNNING"), { begun: older, follow: false });
      expect(late).toMatchObject({ changed: false, stale: true, operation: { state: "SETTLED", revision: 1 } });

      const before = await beginRequest(store);
      await read(store, "order-2", snapshot("RUNNING"), { follow: false });
      const followed = await read(store, "order-2", snapshot("PENDING"), { begun: before, follow: true });
      expect(followed).toMatchObject({ changed: true, stale: true, operation: { state: "RUNNING", followed: true } });
    });

    test("requests of the same instant count once", async () => {
      const begun = await beginRequest(store);
      await read(store, "instant", snapshot("RUNNING"), { begun });
      expect((await read(store, "instant", snapshot(succeeded), { begun })).stale).toBe(true);
    });

    test("a check that failed does not make an earlier good answer late", async () => {
      await read(store, "failing", snapshot("PENDING"));
      const good = await beginRequest(store);
      const { changed, operation } = await failed(store, "failing", outage);
      expect(changed).toBe(false);
      expect(operation).toMatchObject({ state: "PENDING", checkProblem: outage });
      const answered = await read(store, "failing", snapshot("RUNNING"), { begun: good });
      expect(answered).toMatchObject({ stale: false, operation: { state: "RUNNING", checkProblem: null } });
    });

    test("a failure older than what is recorded is not noted", async () => {
      const older = await beginRequest(store);
      await read(store, "old-failure", snapshot("RUNNING"));
      const { operation } = await failed(store, "old-failure", outage, { begun: older });
      expect(operation.checkProblem).toBeNull();
    });

    test("tags are added to, and never twice", async () => {
      await read(store, "tags", snapshot("RUNNING"), { tags: ["a"] });
      const { operation } = await read(store, "tags", snapshot("RUNNING"), { tags: ["b", "a"] });
      expect(operation.tags).toEqual(["a", "b"]);
    });

    test("an operation without an id at the provider is always a new one", async () => {
      const event = {
        type: "unconfirmed",
        snapshot: snapshot("PENDING"),
        problem: rejected("TINY", "T", "Lost."),
      } as const;
      const made = await Promise.all([0, 1].map(() => record(store, learned(null, event, null))));
      expect(new Set(made.map((one) => one?.operation.id)).size).toBe(2);
    });

    test("the same id of another tenant, provider or kind is another operation", async () => {
      const tellings = [{}, { tenant: "other" }, { provider: "OTHER" }, { kind: "OTHER_WORK" }];
      const ids = new Set<string>();
      for (const telling of tellings) ids.add((await read(store, "shared", snapshot("PENDING"), telling)).operation.id);
      expect(ids.size).toBe(4);
    });

    test("an operation that is not there is recorded as nothing", async () => {
      const subject = { by: "id", id: "018f0000-0000-7000-8000-000000000000" } as const;
      expect(await record(store, { ...learned(null, { type: "unfollowed" }, null), subject })).toBeNull();
    });

    test("a mistake while recording leaves no trace: no row, no line, no hint", async () => {
      const { operation } = await read(store, "undone", snapshot("PENDING", { items: [item(0)] }));
      hints.splice(0);
      const twice = snapshot("RUNNING", { items: [item(1), item(1)] });
      await expect(read(store, "undone", twice)).rejects.toThrow();
      expect(await log(operation.id)).toHaveLength(1);
      expect(await itemsOf(store.db, operation.id)).toHaveLength(1);
      expect(hints).toEqual([]);
      expect((await read(store, "undone", snapshot("PENDING", { items: [item(0)] }))).changed).toBe(false);
    });

    describe("characters and numbers that PostgreSQL can't hold", () => {
      const wild = "a\0b\ud800c\udc00d😀";
      const tame = "a\uFFFDb\uFFFDc\uFFFDd😀";

      test("become U+FFFD, wherever a provider may send them, and make no revision when they come again", async () => {
        const answer = () =>
          snapshot(
            { state: "SETTLED", outcome: "FAILED", problem: rejected("TINY", wild, wild) },
            { providerStatus: wild, fields: { [wild]: wild, list: [wild] }, items: [item(0, { key: wild })] },
          );
        const telling = { terms: { settledMayChange: true } };
        const { operation } = await read(store, "wild", answer(), telling);
        expect(operation).toMatchObject({ providerStatus: tame, fields: { [tame]: tame, list: [tame] } });
        expect(operation.problem).toMatchObject({ code: tame, message: tame });
        expect((await itemsOf(store.db, operation.id)).map(({ key }) => key)).toEqual([tame]);
        expect(await read(store, "wild", answer(), telling)).toMatchObject({ changed: false, stale: false });
      });

      test("any JSON at all is stored, and is no change when it comes again", async () => {
        const json = fc
          .jsonValue({
            maxDepth: 3,
            stringUnit: fc.oneof(fc.string({ maxLength: 1 }), fc.constantFrom("\0", "\ud83d")),
          })
          .map((value) => value as Json); // what fast-check calls a JSON value is one
        let count = 0;
        await fc.assert(
          fc.asyncProperty(json, async (value) => {
            count += 1;
            const answer = () => snapshot("RUNNING", { fields: { value }, items: [item(0, { fields: { value } })] });
            expect((await read(store, `any-${count}`, answer())).changed).toBe(true);
            expect((await read(store, `any-${count}`, answer())).changed).toBe(false);
          }),
          { numRuns: 40, examples: [[-0], [JSON.parse('{"__proto__":{"a":1}}')], [5e-324], [1e308], [""]] },
        );
      });
    });
  });
}
