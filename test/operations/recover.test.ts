/** Intents that were left behind, and senders that come back after theirs was taken up. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { v7 as uuidv7 } from "uuid";
import { systemClock } from "../../src/clock.ts";
import type { AcceptedWrite, Exchange, IntendedWrite, LostWritePolicy } from "../../src/datasources/contract.ts";
import { rejected, unavailable } from "../../src/datasources/problems.ts";
import type { OperationsContext } from "../../src/operations/context.ts";
import { startRecoverer } from "../../src/operations/recover.ts";
import { settle, type Unsettled } from "../../src/operations/settle.ts";
import { type LeftIntent, takeUp } from "../../src/store/intents.ts";
import { operationsById } from "../../src/store/operations.ts";
import { answerOf, reserve } from "../../src/store/writes.ts";
import { read, snapshot, succeeded } from "../store/learning.ts";
import { engines, openTestStore, type TestStore } from "../support/store.ts";
import { until } from "../support/until.ts";
import { kind, operationOf, type Running, running, viewer } from "./running.ts";

const refusal = rejected("TINY", "T1", "Never.");
const outage = unavailable("TINY", "TIMEOUT", "No answer.");
const lostExchange = { type: "lost", problem: outage } as const;

const byIntent = (a: object, b: object) => JSON.stringify(a).localeCompare(JSON.stringify(b));

describe.each(engines)("on $name", (engine) => {
  let store: TestStore;
  let here: Running;
  let id: string;
  let count = 0;

  beforeAll(async () => {
    store = await openTestStore(engine);
  });
  beforeEach(async () => {
    here = running(store);
    id = `work-${++count}`;
    await store.db.deleteFrom("intents").execute();
  });
  afterAll(() => store.dispose());

  const writeOf = (whenLost: LostWritePolicy, more: Partial<IntendedWrite> = {}): IntendedWrite => ({
    mutation: "startWork",
    whenLost,
    ...more,
  });
  const prepared = (whenLost: LostWritePolicy) => ({
    key: whenLost === "abandon" ? null : id,
    snapshot: snapshot("PENDING", { fields: { name: id } }),
  });
  /** As submit leaves it before the call. */
  async function intend(write: IntendedWrite, node = "dead"): Promise<Unsettled> {
    const idempotency = { tenant: viewer.tenant, owner: viewer.owner, mutation: write.mutation, key: id };
    const intentId = uuidv7();
    const { whenLost, mutation } = write;
    const { key: naturalId, snapshot: known } = prepared(whenLost);
    const reserved = await reserve(
      store,
      {
        id: intentId,
        tenant: viewer.tenant,
        owner: viewer.owner,
        provider: "TINY",
        account: "default",
        kind,
        mutation,
        naturalId,
        reserves: whenLost === "follow",
        snapshot: known,
        correlationId: null,
        tags: ["t"],
        node,
      },
      { ...idempotency, inputHash: "h" },
    );
    expect(reserved).toEqual({ type: "reserved" });
    const running = here.context.kinds.get(kind);
    if (!running) throw new Error("The tiny kind is always there.");
    return {
      intentId,
      viewer,
      kind: running,
      write,
      prepared: prepared(whenLost),
      correlationId: null,
      tags: ["t"],
      idempotency,
      witness: "sender",
    };
  }
  const ask = (more: Partial<Parameters<typeof takeUp>[1]> = {}): Promise<LeftIntent[]> =>
    takeUp(store, {
      node: "here",
      ages: new Map([["startWork", 0]]),
      underWay: [],
      alone: false,
      limit: 10,
      ...more,
    });
  const ids = async (taken: Promise<LeftIntent[]>) => (await taken).map((one) => one.id);
  const succeed = (unsettled: Unsettled) => settle(here.context, { ...unsettled, witness: "successor" }, lostExchange);
  const keyAnswer = ({ idempotency }: Unsettled) => (idempotency ? answerOf(store, idempotency) : null);
  const beat = (node: string, seconds: number) =>
    store.db
      .insertInto("gateways")
      .values({ node, heartbeatAt: new Date(Date.now() - seconds * 1000), redis: false })
      .onConflict((conflict) =>
        conflict.column("node").doUpdateSet({ heartbeatAt: new Date(Date.now() - seconds * 1000) }),
      )
      .execute();

  describe("who may take up an intent", () => {
    test("nobody for as long as its gateway lives, or it is too young, or nobody knows its mutation", async () => {
      const { intentId } = await intend(writeOf("abandon"), "alive");
      await beat("alive", 0);
      expect(await ids(ask())).toEqual([]);
      await beat("alive", 60);
      expect(await ids(ask({ ages: new Map([["startWork", 3_600_000]]) }))).toEqual([]);
      expect(await ids(ask({ ages: new Map([["stopWork", 0]]) }))).toEqual([]);
      expect(await ids(ask())).toEqual([intentId]);
    });

    test("where a process is alone with the store, every other is dead", async () => {
      await beat("elsewhere", 0);
      const { intentId } = await intend(writeOf("abandon"), "elsewhere");
      expect(await ids(ask({ alone: true }))).toEqual([intentId]);
    });

    test("one of many at once, and another only when that one dies too; its own, when it is not at it", async () => {
      const all = [await intend(writeOf("abandon"))];
      for (let n = 0; n < 9; n += 1) {
        id = `work-${++count}`;
        all.push(await intend(writeOf("abandon")));
      }
      for (const node of ["a", "b", "c"]) await beat(node, 0);
      const taken = await Promise.all(["a", "b", "c"].map((node) => ids(ask({ node, limit: 4 }))));
      const rest = await ids(ask({ node: "a", underWay: taken[0] ?? [] }));
      expect([...taken.flat(), ...rest].sort()).toEqual(all.map(({ intentId }) => intentId).sort());
      const own = [...(taken[0] ?? []), ...rest];
      expect(await ids(ask({ node: "a", underWay: own }))).toEqual([]);
      expect((await ids(ask({ node: "a", underWay: own.slice(1) }))).sort()).toEqual(own.slice(0, 1));
      await beat("a", 60);
      expect((await ids(ask({ node: "d" }))).sort()).toEqual(own.sort());
    });
  });

  describe("a sender that comes back after its write was taken up", () => {
    const answered = (key: string, value = snapshot("RUNNING")): Exchange<AcceptedWrite> => ({
      type: "answered",
      value: { key, snapshot: value },
    });

    test("with the provider's id: the operation that was given up gets it, and is followed", async () => {
      const sending = await intend(writeOf("abandon"));
      const made = operationOf((await succeed(sending)) ?? refusal);
      expect(made).toMatchObject({ id: sending.intentId, naturalId: null, outcome: "ABANDONED", tags: ["t"] });
      const known = operationOf((await settle(here.context, sending, answered(id))) ?? refusal);
      expect(known).toMatchObject({
        id: made.id,
        naturalId: id,
        state: "RUNNING",
        followed: true,
        problem: null,
        revision: 2,
      });
      expect(await keyAnswer(sending)).toMatchObject({ operationId: made.id });
    });

    test("with an id that somebody follows meanwhile: that operation is the write's", async () => {
      const sending = await intend(writeOf("abandon"));
      const made = operationOf((await succeed(sending)) ?? refusal);
      const { operation: followed } = await read(store, id, snapshot("RUNNING"), { owner: viewer.owner });
      const known = operationOf((await settle(here.context, sending, answered(id))) ?? refusal);
      expect([known.id, known.naturalId]).toEqual([followed.id, id]);
      expect(known.id).not.toBe(made.id);
      expect(await keyAnswer(sending)).toMatchObject({ operationId: followed.id });
    });

    test("with nothing: what was made of the write stands", async () => {
      const sending = await intend(writeOf("abandon"));
      const made = operationOf((await succeed(sending)) ?? refusal);
      const again = operationOf((await settle(here.context, sending, lostExchange)) ?? refusal);
      expect([again.id, again.revision]).toEqual([made.id, 1]);
    });

    test.each(["abandon", "follow"] as const)(
      "with a refusal (%s): what is open fails with it, what was given up stays so, and the key keeps the operation",
      async (whenLost) => {
        for (const exchange of [
          { type: "refused", problem: refusal },
          { type: "unsent", problem: outage },
        ] as const) {
          id = `work-${++count}`;
          const sending = await intend(writeOf(whenLost));
          const made = operationOf((await succeed(sending)) ?? refusal);
          const failed = operationOf((await settle(here.context, sending, exchange)) ?? refusal);
          expect(failed).toMatchObject({ id: made.id, state: "SETTLED", followed: false });
          if (whenLost === "follow") expect(failed).toMatchObject({ outcome: "FAILED", problem: exchange.problem });
          else expect(failed).toEqual(made);
          expect(await keyAnswer(sending)).toMatchObject({ operationId: made.id, refusal: null });
        }
      },
    );

    test("follow: both have one operation, and what has ended stays so", async () => {
      const sending = await intend(writeOf("follow"));
      const made = operationOf((await succeed(sending)) ?? refusal);
      await read(store, id, snapshot(succeeded), { owner: viewer.owner });
      const known = operationOf((await settle(here.context, sending, answered(id, snapshot("PENDING")))) ?? refusal);
      expect([known.id, known.state, known.revision]).toEqual([made.id, "SETTLED", 2]);
    });

    test("read: a refusal that was read is replaced by what the write was answered", async () => {
      const sending = await intend(
        writeOf("read", { settleLost: async () => ({ type: "refused", problem: refusal }) }),
      );
      expect(await succeed(sending)).toEqual(refusal);
      expect(await keyAnswer(sending)).toMatchObject({ refusal, operationId: null });
      const known = operationOf((await settle(here.context, sending, answered(id, snapshot(succeeded)))) ?? refusal);
      expect(await keyAnswer(sending)).toMatchObject({ refusal: null, operationId: known.id });
    });
  });

  test.each(["abandon", "follow"] as const)(
    "a successor that comes after its sender changes nothing (%s)",
    async (whenLost) => {
      const sending = await intend(writeOf(whenLost));
      await settle(here.context, sending, { type: "refused", problem: refusal });
      expect(await succeed(sending)).toBeNull();
      expect(await keyAnswer(sending)).toMatchObject({ refusal, operationId: null });
    },
  );

  test("an answer that the store could not take is told as a failure, and recorded once the store is back", async () => {
    const sending = await intend(writeOf("abandon"), here.context.node);
    let broken = true;
    const breaking = {
      ...store,
      transaction: ((work) =>
        broken
          ? Promise.reject(new Error("Connection terminated"))
          : store.transaction(work)) as typeof store.transaction,
    };
    const context: OperationsContext = { ...here.context, store: breaking };
    const exchange = { type: "answered", value: { key: id, snapshot: snapshot("RUNNING") } } as const;
    await expect(settle(context, sending, exchange)).rejects.toThrow("Connection terminated");
    // Nobody takes it up meanwhile, the gateway itself least of all.
    expect(context.underWay.intents()).toEqual([sending.intentId]);
    expect(await ids(ask({ node: context.node, underWay: context.underWay.intents() }))).toEqual([]);
    broken = false;
    await until(() => context.underWay.intents().length === 0);
    expect(await keyAnswer(sending)).toMatchObject({ operationId: sending.intentId });
    await context.underWay.dispose();
  });

  test("an answer whose recording went through, and only the word of it was lost, does not undo later polls", async () => {
    const sending = await intend(writeOf("follow"), here.context.node);
    let tries = 0;
    let broken = true;
    const breaking = {
      ...store,
      transaction: (async (work) => {
        tries += 1;
        if (tries > 1 && broken) throw new Error("Connection terminated");
        const value = await store.transaction(work);
        if (tries > 1) return value;
        throw new Error("Connection terminated");
      }) as typeof store.transaction,
    };
    const context: OperationsContext = { ...here.context, store: breaking };
    const exchange = { type: "answered", value: { key: id, snapshot: snapshot("PENDING"), read: true } } as const;
    await expect(settle(context, sending, exchange)).rejects.toThrow("Connection terminated");
    const { operation: polled } = await read(store, id, snapshot("RUNNING"), { owner: viewer.owner });
    expect([polled.id, polled.state, polled.revision]).toEqual([sending.intentId, "RUNNING", 2]);
    broken = false;
    await until(() => context.underWay.intents().length === 0);
    expect(tries).toBeGreaterThan(1);
    const [after] = await operationsById(store, viewer, [sending.intentId]);
    expect([after?.state, after?.revision]).toEqual(["RUNNING", 2]);
    await context.underWay.dispose();
  });

  test("the recoverer settles what it knows, leaves the rest, and ends", async () => {
    const known = await intend(writeOf("abandon"));
    id = `work-${++count}`;
    const unknown = await intend(writeOf("abandon", { mutation: "stopWork" }));
    const kinds = new Map(
      [...here.context.kinds].map(([name, one]) => {
        const client = { ...here.client, writes: [writeOf("abandon")] };
        return [name, { ...one, client }] as const;
      }),
    );
    const lines: string[] = [];
    const note = (_facts: object, line: string) => void lines.push(line);
    const log = { info: note, warn: note, error: note } as OperationsContext["log"];
    const context = { ...here.context, clock: systemClock, kinds, log };
    const ends: string[] = [];
    const recoverer = startRecoverer({ context, alone: true, onTakenUp: (end) => ends.push(end) });
    await until(() => lines.length > 0);
    await recoverer.dispose();
    await context.underWay.dispose();
    expect(ends).toEqual(["unconfirmed"]);
    expect(await keyAnswer(known)).toMatchObject({ operationId: known.intentId });
    expect(await keyAnswer(unknown)).toMatchObject({ operationId: null, refusal: null });
    expect(here.woken()).toBe(1);
    expect(lines).toEqual(["Writes that a dead gateway had left were taken up."]);
  });

  describe("a recoverer that can't settle what it takes up", () => {
    const failed = "A write that a dead gateway had left could not be taken up.";
    const storeFailed = "The store failed while writes that a dead gateway had left were taken up; it is tried again.";

    /** Its write, what it logs above info, and what it has taken up. Its time is the test's. */
    function recovering(write: IntendedWrite, more: Partial<OperationsContext> = {}) {
      const kinds = new Map(
        [...here.context.kinds].map(([name, one]) => [name, { ...one, client: { ...here.client, writes: [write] } }]),
      );
      const lines: Array<{ readonly level: string; readonly line: string; readonly facts: object }> = [];
      const warn = (facts: object, line = "") => void lines.push({ level: "warn", line, facts });
      const error = (facts: object, line = "") => void lines.push({ level: "error", line, facts });
      const log = { info: () => {}, warn, error } as OperationsContext["log"];
      const context: OperationsContext = { ...here.context, kinds, log, ...more };
      const ends: string[] = [];
      const recoverer = startRecoverer({ context, alone: true, onTakenUp: (end) => ends.push(end) });
      /** A look has ended once it sleeps again. */
      const looked = () => until(() => here.clock.sleeping === 1);
      return {
        lines,
        ends,
        looked,
        async pass(seconds: number) {
          for (let second = 0; second < seconds; second += 1) {
            await here.clock.advance(1_000);
            await looked();
          }
        },
        async dispose() {
          await recoverer.dispose();
          await context.underWay.dispose();
        },
      };
    }

    test("says why of each, lets it rest longer each time, and gets to those that came later", async () => {
      const tries = new Map<string, number>();
      let broken = true;
      const write = writeOf("abandon", {
        settleLost: async ({ snapshot: { fields } }) => {
          const name = String(fields.name);
          tries.set(name, (tries.get(name) ?? 0) + 1);
          if (broken && name.startsWith("bad")) throw new Error(`Nothing can be made of ${name}.`);
          return lostExchange;
        },
      });
      const bad: Unsettled[] = [];
      for (let n = 0; n < 45; n += 1) {
        id = `bad-${++count}`;
        bad.push(await intend(write));
      }
      id = `good-${count}`;
      const good = await intend(write);
      const { lines, ends, looked, pass, dispose } = recovering(write);
      await looked();
      await pass(6);
      expect(ends).toEqual(["unconfirmed"]);
      expect(await keyAnswer(good)).toMatchObject({ operationId: good.intentId });
      // Each was tried once, and told.
      expect([...tries.values()]).toEqual(Array(46).fill(1));
      expect(new Set(lines.map(({ level, line }) => `${level}: ${line}`))).toEqual(new Set([`error: ${failed}`]));
      const told = lines.map(({ facts }) => facts).sort(byIntent);
      const expected = bad.map(({ intentId, prepared: { snapshot } }) => ({
        intent: intentId,
        mutation: "startWork",
        err: new Error(`Nothing can be made of ${String(snapshot.fields.name)}.`),
      }));
      expect(told).toEqual(expected.sort(byIntent));

      // After 10 s, 20 s, and so on: five times in a little more than 150 s, not each 2 s.
      await pass(160);
      for (const [name, tried] of tries) expect([name, tried]).toEqual([name, name.startsWith("bad") ? 5 : 1]);
      // One that comes now is not behind them.
      id = `good-${++count}`;
      const late = await intend(write);
      await pass(2);
      expect(await keyAnswer(late)).toMatchObject({ operationId: late.intentId });

      broken = false;
      await pass(200);
      expect(ends).toHaveLength(47);
      expect(await store.db.selectFrom("intents").select("id").execute()).toEqual([]);
      await dispose();
    });

    test("says once that the store is away, and goes on once it is back", async () => {
      const write = writeOf("abandon");
      for (let n = 0; n < 3; n += 1) {
        id = `work-${++count}`;
        await intend(write);
      }
      let broken = true;
      const transaction = ((work) =>
        broken
          ? Promise.reject(new Error("Connection terminated"))
          : store.transaction(work)) as typeof store.transaction;
      const { lines, looked, dispose } = recovering(write, { store: { ...store, transaction } });
      await looked();
      expect(lines.filter(({ level }) => level === "error")).toEqual([]);
      expect(lines.filter(({ line }) => line === storeFailed).map(({ facts }) => facts)).toEqual([
        { count: 3, err: new Error("Connection terminated") },
      ]);
      broken = false;
      await until(async () => (await store.db.selectFrom("intents").select("id").execute()).length === 0);
      await dispose();
    });
  });

  test("of those that failed a gateway gets none that rests, and the others after all that did not fail", async () => {
    const all: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      id = `work-${++count}`;
      all.push((await intend(writeOf("abandon"), "here")).intentId);
      // A millisecond is what tells their ages apart.
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const [rests, again, other] = [all.slice(0, 1), all.slice(1, 3), all.slice(3)];
    const failed = { resting: rests, again };
    expect((await ids(ask({ failed, limit: 2 }))).sort()).toEqual(other.sort());
    expect((await ids(ask({ failed, limit: 3 }))).sort()).toEqual([...other, ...again.slice(0, 1)].sort());
    expect((await ids(ask({ failed, underWay: other }))).sort()).toEqual(again.sort());
  });
});
