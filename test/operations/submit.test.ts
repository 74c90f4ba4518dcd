import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { systemClock } from "../../src/clock.ts";
import type { AcceptedWrite, Exchange, LostWritePolicy, Snapshot, Write } from "../../src/datasources/contract.ts";
import { type Problem, rateLimited, rejected, unavailable, writeUnconfirmed } from "../../src/datasources/problems.ts";
import type { SendBy } from "../../src/datasources/send-by.ts";
import type { Viewer } from "../../src/operations/context.ts";
import { persisted } from "../../src/operations/settle.ts";
import { type Submission, sendWithinMs, submit } from "../../src/operations/submit.ts";
import { read, snapshot, succeeded } from "../store/learning.ts";
import { engines, openTestStore, type TestStore } from "../support/store.ts";
import { until } from "../support/until.ts";
import { deferred, kind, operationOf, type Running, running, viewer } from "./running.ts";

interface Work {
  readonly name: string;
  readonly size?: number;
}
type Sent = Exchange<AcceptedWrite>;
type Settled = Exclude<Sent, { type: "unsent" }>;
const accepted = (key: string, answer: Snapshot = snapshot("PENDING")): Extract<Sent, { type: "answered" }> => ({
  type: "answered",
  value: { key, snapshot: answer },
});
const outage = unavailable("TINY", "TIMEOUT", "No answer.");
const lostAnswer: Settled = { type: "lost", problem: outage };
const other: Viewer = { ...viewer, owner: "otto" };

for (const engine of engines) {
  describe(engine.name, () => {
    let store: TestStore;
    let here: Running;
    let sent: Work[];
    let sendsBy: Array<SendBy | undefined>;
    let answer: (work: Work) => Sent | Promise<Sent>;
    let count = 0;
    let id: string;
    beforeAll(async () => {
      store = await openTestStore(engine);
    });
    beforeEach(() => {
      here = running(store);
      sent = [];
      sendsBy = [];
      id = `work-${++count}`;
      answer = () => accepted(id);
    });
    afterEach(() => {
      jest.restoreAllMocks();
    });
    afterAll(() => store.dispose());

    function write(whenLost: LostWritePolicy, more: Partial<Write<Work>> = {}): Write<Work> {
      return {
        mutation: "startWork",
        whenLost,
        prepare: ({ name }) => ({
          key: whenLost === "abandon" ? null : id,
          snapshot: snapshot("PENDING", { fields: { name } }),
        }),
        async send(work, _prepared, { sendBy }) {
          sendsBy.push(sendBy);
          sent.push(work);
          return answer(work);
        },
        ...more,
      };
    }
    const send = (parts: Partial<Submission<Work>> = {}, as = viewer) =>
      submit(here.context, as, {
        kind,
        write: write("abandon"),
        input: { name: id },
        asked: parts.input ?? { name: id },
        correlationId: null,
        tags: [],
        idempotencyKey: null,
        ...parts,
      });
    const rows = async () => ({
      intents: (await store.db.selectFrom("intents").select("id").execute()).length,
      operations: (await store.db.selectFrom("operations").select("id").where("naturalId", "=", id).execute()).length,
    });

    test("a write that is accepted becomes an operation that is followed, and its intent is gone", async () => {
      const intents: number[] = [];
      answer = async () => {
        intents.push((await rows()).intents);
        return accepted(id, snapshot("RUNNING"));
      };
      const operation = operationOf(await send({ correlationId: "c-1", tags: ["a"] }));
      expect(operation).toMatchObject({ naturalId: id, owner: "olga", correlationId: "c-1", tags: ["a"] });
      expect(operation).toMatchObject({ state: "RUNNING", followed: true, checkedAt: null });
      expect(intents).toEqual([1]);
      expect(await rows()).toEqual({ intents: 0, operations: 1 });
      expect(here.woken()).toBe(1);
    });

    test("the same key and input is the same operation, as it is now, and is sent once, whoever comes first", async () => {
      const key = { idempotencyKey: id };
      // The three that come second wait for the first: in real time.
      here = { ...here, context: { ...here.context, clock: systemClock } };
      const both = await Promise.all([0, 1, 2, 3].map(() => send({ ...key, input: { name: id, size: 1 } })));
      expect(sent).toHaveLength(1);
      expect(new Set(both.map((one) => operationOf(one).id)).size).toBe(1);
      await read(store, id, snapshot(succeeded), { owner: "olga" });
      expect(await send({ ...key, input: { size: 1, name: id } })).toMatchObject({ state: "SETTLED", revision: 2 });
      expect(sent).toHaveLength(1);
    });

    test("a repeat gets the first call's operation also where somebody else of the tenant had followed it before", async () => {
      const { operation } = await read(store, id, snapshot("RUNNING"), { owner: "otto" });
      const first = operationOf(await send({ idempotencyKey: id }));
      expect(first).toMatchObject({ id: operation.id, owner: "olga" });
      expect(operationOf(await send({ idempotencyKey: id })).id).toBe(operation.id);
      expect(sent).toHaveLength(1);
    });

    test("the same key with anything else is refused unsent; another viewer's or mutation's key is another", async () => {
      const key = { idempotencyKey: id };
      await send(key);
      for (const differs of [{ input: { name: "else" } }, { tags: ["t"] }, { correlationId: "c" }]) {
        expect(await send({ ...key, ...differs })).toMatchObject({ code: "IDEMPOTENCY_KEY_REUSED" });
      }
      expect(sent).toHaveLength(1);
      await send(key, other);
      await send({ ...key, write: write("abandon", { mutation: "stopWork" }) });
      expect(sent).toHaveLength(3);
    });

    test.each<[string, Sent]>([
      ["was not sent", { type: "unsent", problem: rateLimited("TINY", "BUDGET_EXHAUSTED", "Busy.", 5) }],
      ["was throttled", { type: "refused", problem: rateLimited("TINY", "THROTTLED", "Later.", 5) }],
    ])("a call that %s leaves nothing, and its key is free", async (_how, exchange) => {
      answer = () => exchange;
      expect(await send({ idempotencyKey: id })).toMatchObject({ type: "RateLimited" });
      expect(await rows()).toEqual({ intents: 0, operations: 0 });
      answer = () => accepted(id);
      operationOf(await send({ idempotencyKey: id, input: { name: "else" } }));
      expect(sent).toHaveLength(2);
    });

    test("a refusal makes no operation, and is the answer to a repeat", async () => {
      answer = () => ({ type: "refused", problem: rejected("TINY", "T1", "Never.") });
      for (let time = 0; time < 2; time += 1) expect(await send({ idempotencyKey: id })).toMatchObject({ code: "T1" });
      expect(sent).toHaveLength(1);
      expect(await rows()).toEqual({ intents: 0, operations: 0 });
    });

    test("a refusal in characters that the store can't hold is kept as well as can be", async () => {
      answer = () => ({ type: "refused", problem: rejected("TINY", "T1\0", "Never.\ud800") });
      for (let time = 0; time < 2; time += 1) {
        expect(await send({ idempotencyKey: id })).toMatchObject({ type: "ProviderRejected" });
      }
      expect(sent).toHaveLength(1);
      expect((await rows()).intents).toBe(0);
    });

    test("a repeat waits for the first call's answer", async () => {
      const first = deferred<Sent>();
      answer = () => first.promise;
      const begun = send({ idempotencyKey: id });
      await until(() => sent.length === 1);
      const repeated = send({ idempotencyKey: id });
      await until(() => here.clock.sleeping === 1);
      first.resolve(accepted(id));
      const operation = operationOf(await begun);
      await here.clock.advance(100);
      expect(operationOf(await repeated).id).toBe(operation.id);
    });

    test("a repeat goes on as the first where the first was not accepted", async () => {
      const first = deferred<Sent>();
      answer = () => first.promise;
      const begun = send({ idempotencyKey: id });
      await until(() => sent.length === 1);
      const repeated = send({ idempotencyKey: id });
      await until(() => here.clock.sleeping === 1);
      answer = () => accepted(id);
      first.resolve({ type: "unsent", problem: outage });
      expect(await begun).toEqual(outage);
      await here.clock.advance(100);
      expect(operationOf(await repeated).naturalId).toBe(id);
    });

    test("a repeat waits no longer than the provider's time-out, and then says that the first is under way", async () => {
      const never = deferred<Sent>();
      answer = () => never.promise;
      const first = send({ idempotencyKey: id });
      await until(() => sent.length === 1);
      let told: unknown = null;
      const waiting = send({ idempotencyKey: id }).then((problem) => {
        told = problem;
      });
      const start = here.clock.now();
      await until(async () => {
        await here.clock.advance(500);
        return told !== null;
      });
      await waiting;
      expect(told).toMatchObject({ type: "AlreadyRunning", code: "ALREADY_RUNNING" });
      expect(here.clock.now() - start).toBeGreaterThanOrEqual(5000);
      never.resolve({ type: "unsent", problem: outage });
      await first;
      expect(sent).toHaveLength(1);
    });

    test("a repeat waits no longer where the gateway's clock is set back meanwhile", async () => {
      const never = deferred<Sent>();
      answer = () => never.promise;
      const first = send({ idempotencyKey: id });
      await until(() => sent.length === 1);
      const waiting = send({ idempotencyKey: id });
      await until(() => here.clock.sleeping === 1);
      here.clock.set(-3_600_000);
      let told: unknown = null;
      void waiting.then((problem) => {
        told = problem;
      });
      const start = here.clock.monotonic();
      // Ends at the provider's time-out of 5 s, or else after ten of them.
      await until(async () => {
        await here.clock.advance(500);
        return told !== null || here.clock.monotonic() - start > 50_000;
      });
      expect(told).toMatchObject({ code: "ALREADY_RUNNING" });
      never.resolve({ type: "unsent", problem: outage });
      await first;
    });

    test("a write is told to be sent within its time, which a clock that is set back does not lengthen", async () => {
      await send();
      const [sendBy] = sendsBy;
      expect(sendBy?.hasPassed()).toBe(false);
      const [wall, monotonic] = [Date.now(), performance.now()];
      jest.spyOn(Date, "now").mockReturnValue(wall - 3_600_000);
      jest.spyOn(performance, "now").mockReturnValue(monotonic + sendWithinMs + 1);
      expect(sendBy?.hasPassed()).toBe(true);
    });

    test("a write that could never be confirmed is not sent any more by a gateway that leaves before its answer", async () => {
      await send();
      id = `${id}-followed`;
      await send({ write: write("follow") });
      const [abandoned, followed] = sendsBy;
      expect([abandoned?.hasPassed(), followed?.hasPassed()]).toEqual([false, false]);
      here.context.underWay.leaveWithin(1_000);
      // On its way to the provider, where it may have waited for its turn.
      expect([abandoned?.hasPassed(), followed?.hasPassed()]).toEqual([true, false]);
      expect(await send({ idempotencyKey: id })).toMatchObject({
        type: "ProviderUnavailable",
        message: expect.stringContaining("shutting down"),
      });
      expect(sent).toHaveLength(2);
      // Its key is free again: another gateway sends it.
      here.context.underWay.leaveWithin(3_600_000);
      operationOf(await send({ idempotencyKey: id }));
      expect(sent).toHaveLength(3);
    });

    test("what can't be recorded is tried for its time and no longer, also where the clock is set back", async () => {
      let tries = 0;
      const never = persisted(here.context, id, async () => {
        tries += 1;
        throw new Error("The database is away.");
      });
      await expect(never).rejects.toThrow("The database is away.");
      expect(here.context.underWay.intents()).toEqual([id]);
      // A quarter of an hour has gone by, and the wall clock was set back by as much.
      const real = performance.now.bind(performance);
      jest.spyOn(performance, "now").mockImplementation(() => real() + 15 * 60_000);
      await until(() => here.context.underWay.intents().length === 0 || tries > 2);
      expect({ tries, underWay: here.context.underWay.intents() }).toEqual({ tries: 2, underWay: [] });
    });

    describe("a write whose answer is lost is never sent again", () => {
      beforeEach(() => {
        answer = () => lostAnswer;
      });

      test("follow: it is followed by the id that was sent", async () => {
        for (let time = 0; time < 2; time += 1) {
          const operation = operationOf(await send({ write: write("follow"), idempotencyKey: id }));
          expect(operation).toMatchObject({ naturalId: id, state: "PENDING", followed: true, checkProblem: outage });
        }
        expect(sent).toHaveLength(1);
      });

      test("abandon: it becomes an operation without an id, given up with the reason", async () => {
        const first = operationOf(await send({ idempotencyKey: id }));
        expect(first).toMatchObject({ naturalId: null, outcome: "ABANDONED", fields: { name: id } });
        expect(first.problem).toEqual(writeUnconfirmed("TINY"));
        expect(operationOf(await send({ idempotencyKey: id })).id).toBe(first.id);
        expect(sent).toHaveLength(1);
      });

      test.each<[string, Settled, Partial<Problem> | { outcome: string }]>([
        ["done", accepted("read", snapshot(succeeded)), { outcome: "SUCCEEDED" }],
        ["not taken", { type: "refused", problem: rejected("TINY", "FINAL", "Too late.") }, { code: "FINAL" }],
      ])("read: what the provider shows decides: %s", async (_how, settled, expected) => {
        const decided = settled.type === "answered" ? accepted(id, settled.value.snapshot) : settled;
        const result = await send({ write: write("read", { settleLost: async () => decided }) });
        expect(result).toMatchObject(expected);
        expect(await rows()).toEqual({ intents: 0, operations: settled.type === "answered" ? 1 : 0 });
      });

      test("read: where that fails as well, it is followed, as known or as nothing is known, and says so", async () => {
        here.client.answer(() => outage);
        const unread = () => snapshot("PENDING", { fields: { known: false } });
        const policy = write("read", { settleLost: async () => lostAnswer, unread });
        const operation = operationOf(await send({ write: policy }));
        expect(operation).toMatchObject({ state: "PENDING", followed: true, fields: { known: false } });
        expect(operation.checkProblem).toEqual(writeUnconfirmed("TINY"));
        await read(store, id, snapshot("RUNNING", { fields: { known: true } }));
        expect(operationOf(await send({ write: policy }))).toMatchObject({ state: "RUNNING", fields: { known: true } });
      });
    });

    test("an id that is ours to make is refused unsent where it is taken: by an operation or a write under way, of any tenant", async () => {
      const stranger = { ...viewer, tenant: "other" };
      const first = deferred<Sent>();
      answer = () => first.promise;
      const begun = send({ write: write("follow") });
      await until(() => sent.length === 1);
      const again = () => send({ write: write("follow"), idempotencyKey: "mine" }, stranger);
      expect(await again()).toMatchObject({ code: "CORRELATION_ID_IN_USE" });
      first.resolve(accepted(id));
      operationOf(await begun);
      expect(await again()).toMatchObject({ code: "CORRELATION_ID_IN_USE" });
      expect(sent).toHaveLength(1);
      expect((await rows()).intents).toBe(0);
      // Nothing was accepted, so the key may be used for another id.
      id = `${id}-free`;
      answer = () => accepted(id);
      operationOf(await again());
    });

    test("without its provider a write is refused, and the variable that is missing is named", async () => {
      expect(await send({ write: null })).toMatchObject({
        code: "NOT_CONFIGURED",
        message: expect.stringContaining("TINY_URL"),
      });
    });
  });
}
