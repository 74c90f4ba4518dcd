import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import type { Snapshot } from "../../src/datasources/contract.ts";
import { type Problem, unavailable } from "../../src/datasources/problems.ts";
import { memoryBus } from "../../src/live/bus.ts";
import { createHub } from "../../src/live/hub.ts";
import { watchOperations } from "../../src/live/stream.ts";
import { type PolledKind, type Poller, type PollerOptions, startPoller } from "../../src/poller/poller.ts";
import { timelineOf } from "../../src/store/changes.ts";
import type { StoredOperation } from "../../src/store/database.ts";
import { operationsById } from "../../src/store/operations.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { liveOf } from "../live/listening.ts";
import { deferred, type FakeClient, fakeClient } from "../operations/running.ts";
import { item, read, snapshot, succeeded } from "../store/learning.ts";
import { ManualClock } from "../support/clock.ts";
import { unlearned } from "../support/schedule.ts";
import { engines, openTestStore, type TestStore } from "../support/store.ts";
import { until } from "../support/until.ts";

/** The store, with something that happens between a statement's end and its answer. */
function afterEachStatement(store: Store, work: () => Promise<void>): Store {
  const db = store.db.withPlugin({
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      await work();
      return result;
    },
  });
  return { ...store, db };
}

const silent = pino({ level: "silent" });
const outage = unavailable("TINY", "TIMEOUT", "No answer.");

for (const engine of engines) {
  describe(engine.name, () => {
    const clock = new ManualClock();
    const bus = memoryBus();
    let store: TestStore;
    /** A second gateway's: on PGlite there is but one. */
    let elsewhere: Store;
    let client: FakeClient;
    /** Each test's own, so that none polls another's. */
    let kind: string;
    let count = 0;
    const pollers: Poller[] = [];
    beforeAll(async () => {
      const options = { clock: () => clock.now(), onChange: bus.announce };
      store = await openTestStore(engine, options);
      const { config } = store.database;
      elsewhere = config.type === "postgres" ? await openStore({ database: config, ...options }) : store;
    });
    beforeEach(async () => {
      client = fakeClient();
      kind = `KIND_${++count}`;
      await clock.advance(1000);
    });
    afterEach(async () => {
      for (const poller of pollers.splice(0)) await poller.dispose();
      expect(clock.sleeping).toBe(0);
    });
    afterAll(async () => {
      if (elsewhere !== store) await elsewhere.dispose();
      await store.dispose();
    });

    function start(parts: Partial<PollerOptions> = {}, polled: Partial<PolledKind> = {}): Poller {
      const one: PolledKind = {
        kind,
        provider: "TINY",
        client,
        outlook: () => ({ type: "open", calls: 1000 }),
        concurrency: 4,
        deadlineSeconds: 3600,
        settledMayChange: false,
        schedule: unlearned(() => 0.5),
        ...polled,
      };
      const poller = startPoller({
        store,
        kinds: [one],
        node: "a",
        leaseSeconds: 30,
        graceMs: 0,
        clock,
        isWatched: () => false,
        watched: () => [],
        log: silent,
        ...parts,
      });
      pollers.push(poller);
      return poller;
    }
    const now = async (id: string): Promise<StoredOperation> => {
      const [found] = await operationsById(store, { tenant: "default", owner: null }, [id]);
      if (!found) throw new Error("Expected the operation to be there.");
      return found;
    };
    /** Lets time pass, a little at a time, until it is so. */
    const pass = (holds: () => boolean | Promise<boolean>) =>
      until(async () => {
        if (await holds()) return true;
        await clock.advance(100);
        return false;
      });
    const begin = async (naturalId = "work", answer = snapshot("PENDING"), deadlineSeconds = 3600) =>
      (await read(store, naturalId, answer, { kind, terms: { deadlineSeconds } })).operation;
    /** Another gateway's look-up, say, brought the next check forward. */
    const makeDue = (id: string) =>
      store.db
        .updateTable("operations")
        .set({ nextCheckAt: new Date(0) })
        .where("id", "=", id)
        .execute();
    const asked = () => client.calls.length;
    const makeAllDue = () =>
      store.db
        .updateTable("operations")
        .set({ nextCheckAt: new Date(0) })
        .where("kind", "=", kind)
        .execute();
    const leases = () =>
      store.db.selectFrom("operations").select("naturalId").where("kind", "=", kind).where("leaseNode", "is not", null);

    test("asks until it has settled, and then no more", async () => {
      const answers = [snapshot("PENDING"), snapshot("RUNNING", { fields: { size: 1 } }), snapshot(succeeded)];
      client.answer(() => answers.shift() ?? outage);
      const { id } = await begin();
      start();
      await pass(async () => (await now(id)).state === "SETTLED");
      await clock.advance(90_000);
      expect(client.calls.map(({ targets }) => targets)).toEqual([
        [{ key: "work", fields: {} }],
        [{ key: "work", fields: {} }],
        [{ key: "work", fields: { size: 1 } }],
      ]);
      const lines = await timelineOf(store, id, null, 10);
      expect(lines.map(({ state }) => state)).toEqual(["PENDING", "RUNNING", "SETTLED"]);
    });

    test("tells of each check how long it was due", async () => {
      client.answer((_target, { onBegin }) => {
        onBegin?.();
        onBegin?.();
        return snapshot("RUNNING");
      });
      const { id } = await begin();
      const due = (await now(id)).nextCheckAt?.getTime() ?? 0;
      const told: Array<readonly [string, number]> = [];
      // Nobody polls meanwhile.
      await clock.advance(due - clock.now() + 7_000);
      start({ onCheck: (name, lateMs) => told.push([name, lateMs]) });
      await until(() => told.length > 0);
      expect(told).toEqual([[kind, expect.any(Number)]]);
      // And however long it then waited for its turn, in real time.
      expect(told[0]?.[1]).toBeGreaterThanOrEqual(7_000);
    });

    test("asks once for all its items, however many watch it, and says that it is watched", async () => {
      const items = (status: string) => Array.from({ length: 200 }, (_, position) => item(position, { status }));
      const { id } = await begin("bulk", snapshot("RUNNING", { items: items("OPEN") }));
      await begin("unwatched");
      const hub = createHub({ store, bus, clock, log: silent });
      const streams = await Promise.all(
        Array.from({ length: 50 }, () => watchOperations(liveOf(store, hub), { tenant: "default", owner: null }, [id])),
      );
      for (const stream of streams) expect((await stream.next()).value).toMatchObject({ kind: "SNAPSHOT" });
      client.answer(({ key }) =>
        key === "bulk" ? snapshot(succeeded, { items: items("DONE") }) : snapshot("PENDING"),
      );
      start({ isWatched: hub.isWatched, watched: hub.watched });
      await pass(() => asked() >= 2);
      for (const stream of streams) expect((await stream.next()).value).toMatchObject({ kind: "CHANGED" });
      const calls = client.calls.map(({ targets, options }) => [targets.map(({ key }) => key), options.priority]);
      expect(calls.filter(([keys]) => String(keys) === "bulk")).toEqual([[["bulk"], "watched"]]);
      expect(calls).toContainEqual([["unwatched"], "background"]);
      await hub.dispose();
    });

    test("has no more under way than it may, and takes the next when one is done", async () => {
      const slow = deferred<Snapshot>();
      client.answer(() => slow.promise);
      for (const name of ["a", "b", "c"]) await begin(name);
      start({}, { concurrency: 2 });
      await pass(() => asked() === 2);
      await clock.advance(5000);
      expect(asked()).toBe(2);
      slow.resolve(snapshot(succeeded));
      await pass(() => asked() === 3);
    });

    test("claims nothing while no call would begin, so others may, and tells of no failure", async () => {
      let calls = 0;
      client.answer(() => snapshot(succeeded));
      const { id } = await begin();
      await makeDue(id);
      start({}, { outlook: () => ({ type: "open", calls }) });
      await until(() => clock.sleeping === 1);
      await clock.advance(100_000);
      expect(asked()).toBe(0);
      expect(await now(id)).toMatchObject({ leaseNode: null, leaseUntil: null, checkProblem: null });
      calls = 1;
      await pass(async () => (await now(id)).state === "SETTLED");
    });

    test("claims no more than would begin soon, however many places it has", async () => {
      const slow = deferred<Snapshot>();
      client.answer(() => slow.promise);
      for (const name of ["a", "b", "c"]) await begin(name);
      await makeAllDue();
      let calls = 1;
      start({}, { outlook: () => ({ type: "open", calls: Math.max(0, calls - asked()) }) });
      await pass(() => asked() === 1);
      await clock.advance(5000);
      expect(await leases().execute()).toHaveLength(1);
      calls = 3;
      await pass(() => asked() === 3);
      slow.resolve(snapshot(succeeded));
    });

    test("gives back, unasked and due as before, what doesn't get its turn, and cuts none that did", async () => {
      const over = deferred<Snapshot | Problem>();
      client.answer(({ key }, { signal, onBegin }) => {
        if (key === "begun") {
          onBegin?.();
          return over.promise;
        }
        return new Promise((resolve) => signal?.addEventListener("abort", () => resolve(outage)));
      });
      const { id: begun } = await begin("begun");
      const { id: waiting } = await begin("waiting");
      await makeAllDue();
      await clock.advance(1000);
      // A third of the lease is for its turn, by real time.
      start({ leaseSeconds: 6 }, { outlook: () => ({ type: "open", calls: Math.max(0, 2 - asked()) }) });
      await until(async () => asked() === 2 && (await now(waiting)).leaseNode === null);
      expect(await now(waiting)).toMatchObject({ nextCheckAt: new Date(0), checkProblem: null, revision: 1 });
      expect(await now(begun)).toMatchObject({ leaseNode: "a" });
      over.resolve(outage);
      await until(async () => (await now(begun)).leaseNode === null);
      expect(await now(begun)).toMatchObject({ checkProblem: outage });
    });

    test("while the circuit is open, a few each ten seconds are told so, what waited a day past its deadline ends, and the rest is left alone", async () => {
      const { id: late } = await begin("late", snapshot("PENDING"), 10);
      await clock.advance(10_000 + 24 * 3_600_000);
      for (let index = 0; index < 60; index += 1) await begin(`op-${index}`);
      await makeAllDue();
      await store.db
        .updateTable("operations")
        .set({ nextCheckAt: new Date(-1) })
        .where("id", "=", late)
        .execute();
      await clock.advance(1000);
      const barred = unavailable("TINY", "CIRCUIT_OPEN", "Left alone.", 60);
      let answer: Snapshot | Problem = barred;
      client.answer(() => answer);
      start(
        {},
        { outlook: () => (answer === barred ? { type: "barred", problem: barred } : { type: "open", calls: 1000 }) },
      );
      for (let second = 0; second < 60; second += 1) {
        await clock.advance(1000);
        await until(async () => clock.sleeping === 1 && (await leases().execute()).length === 0);
      }
      // Nobody was asked, and four at a time were told why.
      expect(asked()).toBe(0);
      expect(await now(late)).toMatchObject({ outcome: "ABANDONED", problem: { code: "DEADLINE_PASSED" } });
      const rows = store.db.selectFrom("operations").select("checkProblem").where("kind", "=", kind);
      const told = (await rows.execute()).filter(({ checkProblem }) => checkProblem?.code === "CIRCUIT_OPEN").length;
      expect(told).toBeGreaterThanOrEqual(20);
      expect(told).toBeLessThanOrEqual(28);
      answer = snapshot(succeeded);
      await pass(async () => {
        const open = store.db.selectFrom("operations").select("id").where("kind", "=", kind);
        return (await open.where("followed", "=", true).execute()).length === 0;
      });
    });

    test("asks what is watched first, also behind a long backlog, and the backlog goes on", async () => {
      client.answer(() => snapshot("RUNNING"));
      for (let index = 0; index < 300; index += 1) await begin(`op-${index}`);
      await makeAllDue();
      const { id } = await begin("watched");
      await store.db
        .updateTable("operations")
        .set({ nextCheckAt: new Date(1) })
        .where("id", "=", id)
        .execute();
      const hub = createHub({ store, bus, clock, log: silent });
      const stream = await watchOperations(liveOf(store, hub), { tenant: "default", owner: null }, [id]);
      start({ isWatched: hub.isWatched, watched: hub.watched });
      await pass(() => asked() >= 20);
      const keys = client.calls.map(({ targets }) => targets[0]?.key);
      expect(keys.slice(0, 4)).toContain("watched");
      expect(keys.filter((key) => key !== "watched").length).toBeGreaterThan(15);
      await stream.return();
      await hub.dispose();
    });

    test("two gateways ask one at a time; a lease that ran out is taken over, and the late answer leaves the new one alone", async () => {
      const slow = deferred<Snapshot>();
      const next = deferred<Snapshot>();
      const answers = [slow.promise, next.promise];
      client.answer(() => answers.shift() ?? outage);
      const { id } = await begin();
      start();
      start({ store: elsewhere, node: "b" });
      await pass(() => asked() === 1);
      const first = (await now(id)).leaseNode;
      await clock.advance(28_000);
      expect(asked()).toBe(1);
      await pass(() => asked() === 2);
      const { leaseNode } = await now(id);
      expect([first, leaseNode].sort()).not.toContain(null);

      slow.resolve(snapshot("RUNNING", { providerStatus: "late" }));
      await until(async () => (await now(id)).providerStatus === "late");
      // It was begun first and recorded first, so it counts; the claim is the other check's by now.
      expect(await now(id)).toMatchObject({ leaseNode });
      next.resolve(snapshot(succeeded));
      await until(async () => (await now(id)).state === "SETTLED");
      expect(await now(id)).toMatchObject({ revision: 3, leaseNode: null, leaseUntil: null });
      expect(asked()).toBe(2);
    });

    test("an answer that was asked for earlier never overwrites a later one's", async () => {
      const slow = deferred<Snapshot>();
      client.answer(() => slow.promise);
      const { id } = await begin();
      start();
      await pass(() => asked() === 1);
      await clock.advance(50);
      await read(store, "work", snapshot(succeeded), { kind, follow: false });
      slow.resolve(snapshot("RUNNING"));
      await until(async () => (await now(id)).leaseNode === null);
      expect(await now(id)).toMatchObject({ state: "SETTLED", outcome: "SUCCEEDED", revision: 2 });
    });

    test("what fails keeps its state and makes no line, says why, and is asked when the provider allows", async () => {
      const throttled = unavailable("TINY", "THROTTLED", "Later.", 20);
      const answers: Array<Snapshot | Problem> = [throttled, snapshot("PENDING")];
      client.answer(() => answers.shift() ?? outage);
      const { id } = await begin();
      start();
      await pass(async () => (await now(id)).checkProblem !== null);
      const failing = await now(id);
      expect(failing).toMatchObject({ state: "PENDING", revision: 1, checkProblem: throttled, followed: true });
      expect((failing.nextCheckAt?.getTime() ?? 0) - clock.now()).toBeGreaterThan(15_000);
      await clock.advance(15_000);
      expect(asked()).toBe(1);
      await pass(async () => (await now(id)).checkProblem === null);
      expect(asked()).toBe(2);
      expect(await timelineOf(store, id, null, 10)).toHaveLength(1);
    });

    test("one that fails in itself, or is not answered at all, harms no other", async () => {
      const { id } = await begin("good");
      await begin("broken");
      client.answer(({ key }) => {
        if (key === "broken") throw new Error("a mistake in a provider");
        return snapshot(succeeded);
      });
      start();
      await pass(async () => (await now(id)).state === "SETTLED");
      const { id: unanswered } = await begin("unanswered");
      await pollers[0]?.dispose();
      start({}, { client: { fetchMany: async () => [] } });
      await pass(async () => (await now(unanswered)).checkProblem !== null);
      expect((await now(unanswered)).checkProblem).toMatchObject({ code: "UNREADABLE_ANSWER" });
    });

    test("gives up at the deadline with a check that was answered, and a day past it in an outage", async () => {
      client.answer(({ key }) => (key === "answered" ? snapshot("PENDING") : outage));
      const { id } = await begin("answered", snapshot("PENDING"), 10);
      const { id: unanswered, createdAt } = await begin("unanswered", snapshot("PENDING"), 10);
      const poller = start();
      await clock.advance(9000);
      expect((await now(id)).state).toBe("PENDING");
      await pass(async () => (await now(id)).state === "SETTLED");
      expect(await now(id)).toMatchObject({ outcome: "ABANDONED", problem: { code: "DEADLINE_PASSED" }, revision: 2 });
      expect(await now(unanswered)).toMatchObject({ state: "PENDING", followed: true, checkProblem: outage });
      await poller.dispose();

      await clock.advance(createdAt.getTime() + 10_000 + 24 * 3_600_000 - clock.now());
      await makeDue(unanswered);
      start();
      await pass(async () => (await now(unanswered)).state === "SETTLED");
      expect(await now(unanswered)).toMatchObject({ outcome: "ABANDONED", problem: { code: "DEADLINE_PASSED" } });
    });

    test("what is nudged is asked at once, without waiting for the loop's next look", async () => {
      const poller = start();
      await until(() => clock.sleeping === 1);
      client.answer(() => snapshot(succeeded));
      const { id } = await begin();
      await makeDue(id);
      await clock.advance(1);
      poller.nudge();
      await until(async () => (await now(id)).state === "SETTLED");
    });

    test("a store that fails is tried again", async () => {
      client.answer(() => snapshot(succeeded));
      const { id } = await begin();
      let failures = 2;
      const flaky: Store = {
        ...store,
        get db() {
          if (failures > 0) {
            failures -= 1;
            throw new Error("the connection broke");
          }
          return store.db;
        },
      };
      start({ store: flaky });
      await pass(async () => (await now(id)).state === "SETTLED");
      expect(failures).toBe(0);
    });

    test("a claim that the database answered after its lease is not used: another gateway may be asking", async () => {
      client.answer(() => snapshot(succeeded));
      const { id } = await begin();
      await makeDue(id);
      const warnings: string[] = [];
      const log = pino({ level: "warn" }, { write: (line: string) => void warnings.push(line) });
      const late = afterEachStatement(store, () => delay(1_100));
      const poller = start({ store: late, leaseSeconds: 1, log });
      await until(() => warnings.length > 0 || asked() > 0);
      expect(asked()).toBe(0);
      expect(warnings.join()).toContain("after its lease had run out");
      await poller.dispose();
      // The next one takes it over.
      start();
      await pass(async () => (await now(id)).state === "SETTLED");
    });

    // A row that somebody else holds needs a second connection.
    const testOfSeveral = engine.name === "PostgreSQL" ? test : () => {};
    testOfSeveral(
      "what is due and held by somebody else is looked at some times a second, not all the time",
      async () => {
        client.answer(() => snapshot(succeeded));
        const { id } = await begin();
        await makeDue(id);
        let statements = 0;
        const counted = afterEachStatement(store, async () => {
          statements += 1;
        });
        await elsewhere.db.transaction().execute(async (trx) => {
          await trx.selectFrom("operations").select("id").where("id", "=", id).forUpdate().execute();
          start({ store: counted });
          // It sleeps, where without a pause it would ask on and on.
          await until(() => clock.sleeping === 1);
          expect(statements).toBe(2);
          await clock.advance(99);
          expect(statements).toBe(2);
          await clock.advance(1);
          await until(() => clock.sleeping === 1);
          expect(statements).toBe(4);
          expect(asked()).toBe(0);
        });
        await pass(async () => (await now(id)).state === "SETTLED");
      },
    );

    test("claims ahead of its places once it knows how quick answers are, and still asks no more at a time than it may", async () => {
      let [asking, most] = [0, 0];
      client.answer(async () => {
        asking += 1;
        most = Math.max(most, asking);
        await delay(2);
        asking -= 1;
        return snapshot(succeeded);
      });
      for (let index = 0; index < 80; index += 1) await begin(`op-${100 + index}`);
      await makeAllDue();
      await clock.advance(1000);
      const claims: number[] = [];
      const counting: Store = {
        ...store,
        db: store.db.withPlugin({
          transformQuery: ({ node }) => node,
          async transformResult({ result }) {
            const claimed = result.rows.filter((row) => "claimed" in row).length;
            if (claimed > 0) claims.push(claimed);
            return result;
          },
        }),
      };
      start({ store: counting }, { concurrency: 2 });
      await pass(async () => asked() === 80 && (await leases().execute()).length === 0);
      expect(most).toBe(2);
      expect(claims.reduce((sum, count) => sum + count, 0)).toBe(80);
      // By ones and twos it would be forty at the least.
      expect(claims.length).toBeLessThan(40);
      expect(Math.max(...claims)).toBeGreaterThan(10);
    });

    test("gives back what it claimed ahead and could not begin, due as before", async () => {
      const over = deferred<Snapshot>();
      let quick = 4;
      client.answer(() => {
        quick -= 1;
        return quick >= 0 ? delay(1).then(() => snapshot(succeeded)) : over.promise;
      });
      for (let index = 0; index < 40; index += 1) await begin(`op-${100 + index}`);
      await makeAllDue();
      await clock.advance(1000);
      const poller = start({ leaseSeconds: 12 }, { concurrency: 2 });
      await until(() => asked() === 6);
      // A third of the lease later, by real time, those that wait are given back; those under way are not.
      await until(async () => (await leases().execute()).length === 2);
      const rows = store.db.selectFrom("operations").select("nextCheckAt").where("kind", "=", kind);
      const due = await rows.where("state", "<>", "SETTLED").execute();
      expect(due).toHaveLength(36);
      expect(new Set(due.map(({ nextCheckAt }) => nextCheckAt?.getTime()))).toEqual(new Set([0]));
      over.resolve(snapshot(succeeded));
      await poller.dispose();
      expect(await leases().execute()).toEqual([]);
    });

    test("looks again when something that it recorded is due, however soon that is", async () => {
      client.answer(() => snapshot("RUNNING"));
      await begin();
      await makeAllDue();
      start({}, { schedule: { wait: () => () => 250 } });
      await until(() => asked() === 1);
      for (let times = 2; times <= 3; times += 1) {
        await until(async () => (await leases().execute()).length === 0);
        await until(() => clock.sleeping === 1);
        // Not a second, for which it sleeps where it knows of nothing.
        await clock.advance(250);
        await until(() => asked() === times);
      }
    });

    test("when it ends it aborts what is under way, gives its claims back, and asks no more; the next one goes on", async () => {
      const aborted: boolean[] = [];
      client.answer(
        (_target, { signal }) =>
          new Promise((resolve) => {
            signal?.addEventListener("abort", () => {
              aborted.push(true);
              resolve(outage);
            });
          }),
      );
      const { id } = await begin();
      await begin("second");
      const poller = start();
      await pass(() => asked() === 2);
      await poller.dispose();
      expect(aborted).toEqual([true, true]);
      expect(clock.sleeping).toBe(0);
      expect(await now(id)).toMatchObject({ leaseNode: null, followed: true, checkProblem: null, revision: 1 });
      await clock.advance(60_000);
      expect(asked()).toBe(2);

      client.answer(() => snapshot(succeeded));
      start({ store: elsewhere, node: "b" });
      await pass(async () => (await now(id)).state === "SETTLED");
    });
  });
}
