import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Snapshot } from "../../src/datasources/contract.ts";
import { notFound, type Problem, unavailable } from "../../src/datasources/problems.ts";
import { follow, lookUp, recheck, unfollow } from "../../src/operations/lookup.ts";
import { record } from "../../src/store/record.ts";
import { trimBatch } from "../../src/store/retention.ts";
import { learned, read, snapshot, succeeded } from "../store/learning.ts";
import { ManualClock } from "../support/clock.ts";
import { engines, openTestStore, type TestStore } from "../support/store.ts";
import { until } from "../support/until.ts";
import { deferred, kind, operationOf, type Running, running, service, viewer } from "./running.ts";

const outage = unavailable("TINY", "TIMEOUT", "No answer.");
const stranger = { ...viewer, owner: "otto" };

for (const engine of engines) {
  describe(engine.name, () => {
    const clock = new ManualClock();
    let store: TestStore;
    let here: Running;
    let count = 0;
    let id: string;
    beforeAll(async () => {
      store = await openTestStore(engine, { clock: () => clock.now() });
    });
    beforeEach(async () => {
      here = running(store, clock);
      id = `work-${++count}`;
      await clock.advance(1000);
    });
    afterAll(() => store.dispose());

    const answers = (answer: Snapshot | Problem) => here.client.answer(() => answer);
    const look = (maxAgeSeconds = 5) => lookUp(here.context, service, { kind, naturalId: id, maxAgeSeconds });
    const known = async (answer: Snapshot, followed = false) =>
      (await read(store, id, answer, { owner: viewer.owner, follow: followed })).operation;
    const asked = () => here.client.calls.length;

    describe("an operation that is trimmed while its provider is asked", () => {
      /** Answers only once the operation is gone. */
      const answersLate = (answer: Snapshot | Problem) =>
        here.client.answer(async () => {
          await store.db.deleteFrom("operations").where("naturalId", "=", id).execute();
          return answer;
        });

      test("is the problem where the provider can't be asked, and not found where it is rechecked", async () => {
        const { id: operationId } = await known(snapshot("RUNNING"));
        await clock.advance(60_000);
        answersLate(outage);
        expect(await look()).toMatchObject({ code: "TIMEOUT" });
        await known(snapshot("RUNNING"));
        expect(await follow(here.context, service, { kind, naturalId: id, tags: [] })).toMatchObject({
          code: "TIMEOUT",
        });
        expect(await recheck(here.context, viewer, operationId)).toMatchObject({ code: "NOT_FOUND" });
        const { id: third } = await known(snapshot("RUNNING"));
        answersLate(snapshot("RUNNING"));
        expect(await recheck(here.context, viewer, third)).toMatchObject({ code: "NOT_FOUND" });
      });

      test("is made anew by an answer to a look-up or a follow", async () => {
        const { id: before } = await known(snapshot("RUNNING"));
        await clock.advance(60_000);
        answersLate(snapshot("RUNNING"));
        const looked = operationOf(await look());
        expect(looked).toMatchObject({ naturalId: id, revision: 1 });
        expect(looked.id).not.toBe(before);
        const followed = operationOf(await follow(here.context, service, { kind, naturalId: id, tags: [] }));
        expect(followed).toMatchObject({ naturalId: id, revision: 1, followed: true });
      });
    });

    describe("a look-up", () => {
      test("asks for what is not known, keeps it, and follows nothing", async () => {
        answers(snapshot("RUNNING", { fields: { size: 1 } }));
        const operation = operationOf(await look());
        expect(operation).toMatchObject({ owner: "sam", state: "RUNNING", followed: false, fields: { size: 1 } });
        expect(here.client.calls).toEqual([{ targets: [{ key: id, fields: null }], options: { priority: "lookup" } }]);
        expect(here.woken()).toBe(0);
      });

      test("asks again once the answer is older than wanted, and says what is known", async () => {
        answers(snapshot("RUNNING", { fields: { size: 1 } }));
        await look();
        await clock.advance(5000);
        await look();
        expect(asked()).toBe(1);
        await clock.advance(1);
        await look();
        expect(asked()).toBe(2);
        expect(here.client.calls[1]?.targets).toEqual([{ key: id, fields: { size: 1 } }]);
        await look(0);
        expect(asked()).toBe(2);
      });

      test("keeps what nobody follows from being trimmed where it asks, and not where it reads the store", async () => {
        const ten = { retentionSeconds: 10, rows: 500 };
        answers(snapshot("RUNNING"));
        const { id: first } = operationOf(await look());
        await clock.advance(9000);
        await look(8);
        await clock.advance(9000);
        await look(9);
        expect(asked()).toBe(2);
        await trimBatch(store, ten);
        expect(operationOf(await look(9)).id).toBe(first);
        await clock.advance(1001);
        await look(11);
        await trimBatch(store, ten);
        expect(operationOf(await look(11)).id).not.toBe(first);
      });

      test.each([-30_000, 30_000])("judges the age by the store's clock, also with its own %i ms off", async (off) => {
        here = running(store, new ManualClock(clock.now() + off));
        answers(snapshot("RUNNING"));
        await look();
        await clock.advance(3000);
        await look(3);
        expect(asked()).toBe(1);
        await look(1);
        expect(asked()).toBe(2);
        // Asked at this very instant.
        await look(0);
        expect(asked()).toBe(2);
      });

      test("never asks for what has ended, however old, but for what was given up", async () => {
        await known(snapshot(succeeded));
        await clock.advance(1e9);
        await look(0);
        expect(asked()).toBe(0);

        id = `${id}-given-up`;
        await known(snapshot("RUNNING"), true);
        await clock.advance(3_600_000);
        expect((await known(snapshot("RUNNING"))).outcome).toBe("ABANDONED");
        await clock.advance(10_000);
        answers(snapshot(succeeded));
        expect(operationOf(await look()).outcome).toBe("SUCCEEDED");
      });

      test("that fails is the problem where nothing is known, and what is known else, with the problem beside it", async () => {
        answers(outage);
        expect(await look()).toEqual(outage);
        const made = await store.db.selectFrom("operations").select("id").where("naturalId", "=", id).execute();
        expect(made).toEqual([]);
        await clock.advance(1);
        await known(snapshot("RUNNING"));
        await clock.advance(6000);
        expect(await look()).toMatchObject({ state: "RUNNING", revision: 1, checkProblem: outage });
      });

      test("that answers late is not taken for the state", async () => {
        const slow = deferred<Snapshot>();
        here.client.answer(() => slow.promise);
        const late = look();
        await until(() => asked() === 1);
        await clock.advance(10);
        answers(snapshot(succeeded));
        await look();
        slow.resolve(snapshot("RUNNING"));
        expect(operationOf(await late)).toMatchObject({ state: "SETTLED", revision: 1 });
      });
    });

    describe("a follow", () => {
      const start = (tags: string[] = []) => follow(here.context, service, { kind, naturalId: id, tags });

      test("asks once, goes on asking, and adds the tags", async () => {
        answers(snapshot("RUNNING"));
        await start(["a"]);
        await clock.advance(1);
        expect(operationOf(await start(["b"]))).toMatchObject({ followed: true, tags: ["a", "b"], revision: 1 });
        expect(asked()).toBe(2);
        expect(here.woken()).toBe(2);
      });

      test("of what can't be asked is the problem, and follows nothing", async () => {
        answers(outage);
        expect(await start()).toEqual(outage);
        await known(snapshot("RUNNING"));
        await clock.advance(6000);
        expect(await start()).toEqual(outage);
        expect(await look(9)).toMatchObject({ followed: false, checkProblem: outage });
        expect(here.woken()).toBe(0);
      });

      test("of what has ended already follows nothing", async () => {
        answers(snapshot(succeeded));
        expect(operationOf(await start())).toMatchObject({ state: "SETTLED", followed: false });
      });
    });

    describe("a recheck", () => {
      test("asks whatever the state and the age, and neither follows nor unfollows", async () => {
        answers(snapshot("RUNNING"));
        for (const followed of [true, false]) {
          id = `${id}-${followed}`;
          const operation = await known(snapshot("PENDING"), followed);
          await clock.advance(1);
          expect(await recheck(here.context, viewer, operation.id)).toMatchObject({ state: "RUNNING", followed });
        }
        expect(asked()).toBe(2);
      });

      test("that fails is the problem, and the operation keeps it and its state", async () => {
        const { id: ours } = await known(snapshot("RUNNING"));
        await clock.advance(1);
        answers(notFound("No such id."));
        expect(await recheck(here.context, viewer, ours)).toMatchObject({ type: "NotFound" });
        expect(await look(1000)).toMatchObject({ state: "RUNNING", checkProblem: { type: "NotFound" } });
      });

      test("of what has no id at the provider asks nothing, and says why", async () => {
        const event = { type: "unconfirmed", snapshot: snapshot("PENDING"), problem: outage } as const;
        const lost = await record(store, learned(null, event, null, { owner: viewer.owner }));
        expect(await recheck(here.context, viewer, lost?.operation.id ?? "")).toMatchObject({
          code: "WRITE_UNCONFIRMED",
        });
        expect(asked()).toBe(0);
      });
    });

    test("unfollowing ends the asking for everyone, and is a change once", async () => {
      const { id: ours } = await known(snapshot("RUNNING"), true);
      for (let time = 0; time < 2; time += 1) {
        expect(await unfollow(here.context, viewer, ours)).toMatchObject({
          followed: false,
          nextCheckAt: null,
          revision: 2,
        });
      }
      expect(asked()).toBe(0);
    });

    test("another's operation is not there, to recheck or to unfollow", async () => {
      const { id: ours } = await known(snapshot("RUNNING"), true);
      for (const act of [recheck, unfollow]) {
        expect(await act(here.context, stranger, ours)).toMatchObject({ type: "NotFound" });
        expect(await act(here.context, { ...stranger, tenant: "other", seesTenant: true }, ours)).toMatchObject({
          type: "NotFound",
        });
      }
      expect(await unfollow(here.context, { ...stranger, seesTenant: true }, ours)).toMatchObject({ followed: false });
      expect(asked()).toBe(0);
    });

    test("without its provider, what is known is shown, and the rest says which variable is missing", async () => {
      const { context } = running(store, clock, false);
      const wanted = { kind, naturalId: id, maxAgeSeconds: 0, tags: [] };
      expect(await lookUp(context, service, wanted)).toMatchObject({ code: "NOT_CONFIGURED" });
      expect(await follow(context, service, wanted)).toMatchObject({ code: "NOT_CONFIGURED" });
      const { id: ours } = await known(snapshot("RUNNING"));
      await clock.advance(10_000);
      expect(await lookUp(context, service, wanted)).toMatchObject({ state: "RUNNING" });
      expect(await recheck(context, viewer, ours)).toMatchObject({ code: "NOT_CONFIGURED" });
    });
  });
}
