import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { unavailable } from "../../src/datasources/problems.ts";
import { timelineOf } from "../../src/store/changes.ts";
import { type Claim, claimDue, giveBack, releaseAbandoned, releaseAll, untilDue } from "../../src/store/claims.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { engines, openTestStore, postgresEngines, type TestStore } from "../support/store.ts";
import { failed, read, snapshot, succeeded, unfollowed } from "./learning.ts";

const names = (claims: readonly Claim[]) => claims.map(({ operation }) => operation.naturalId).sort();

for (const engine of engines) {
  describe(engine.name, () => {
    let store: TestStore;
    let now = Date.parse("2026-01-01T00:00:00Z");
    let kind: string;
    let kinds = 0;
    beforeAll(async () => {
      store = await openTestStore(engine, { clock: () => now });
    });
    // What is due is a matter of the kind: each test has its own.
    beforeEach(() => {
      kind = `KIND_${++kinds}`;
    });
    afterAll(() => store.dispose());

    /** Due in a second, whatever a schedule would say. */
    const terms = { wait: () => 1000 };
    const add = (naturalId: string) => read(store, naturalId, snapshot("RUNNING"), { kind, terms });
    const claim = (node: string, limit = 10) => claimDue(store, { kind, node, limit, leaseSeconds: 30 });
    const pass = (ms: number) => {
      now += ms;
    };

    test("takes what is due and followed, the most overdue first, no more than asked for, and notes when", async () => {
      await add("first");
      pass(10);
      await add("second");
      await read(store, "unfollowed", snapshot("RUNNING"), { kind, follow: false });
      await read(store, "settled", snapshot(succeeded), { kind });
      pass(989);
      expect(await claim("a")).toEqual([]);
      pass(1);
      expect(names(await claim("a"))).toEqual(["first"]);
      pass(1000);
      await add("third");
      pass(2000);
      const [taken, ...more] = await claim("a", 1);
      expect(more).toEqual([]);
      expect(taken?.operation).toMatchObject({
        naturalId: "second",
        leaseNode: "a",
        leaseUntil: new Date(now + 30_000),
      });
      expect(taken?.begun).toBe(now * 1000);
    });

    test("leaves what is leased to its holder, until the lease runs out: then whoever asks takes it over", async () => {
      await add("leased");
      pass(1000);
      expect(names(await claim("a"))).toEqual(["leased"]);
      pass(29_999);
      expect(await claim("b")).toEqual([]);
      expect(await claim("a")).toEqual([]);
      pass(1);
      expect(names(await claim("b"))).toEqual(["leased"]);
      expect(await claim("a")).toEqual([]);
    });

    test("of named ones it takes those that are due, the most overdue first, wherever they stand among all", async () => {
      const ids: string[] = [];
      for (const name of ["first", "second", "third", "fourth"]) {
        ids.push((await add(name)).operation.id);
        pass(10);
      }
      const other = await read(store, "other", snapshot("RUNNING"), { kind: `${kind}_OTHER` });
      const [, second, third, fourth] = ids;
      if (!second || !third || !fourth) throw new Error("Expected four.");
      const among = [fourth, third, second, other.operation.id, "018f0000-0000-7000-8000-000000000000"];
      const take = (limit: number) => claimDue(store, { kind, node: "a", limit, leaseSeconds: 30, among });
      // The fourth is not due yet.
      pass(980);
      expect(names(await take(1))).toEqual(["second"]);
      expect(names(await take(10))).toEqual(["third"]);
      expect(await take(10)).toEqual([]);
      pass(10_000);
      expect(names(await take(10))).toEqual(["fourth"]);
      expect(names(await claim("b"))).toEqual(["first"]);
    });

    test("gives one claim back unasked, due as it was, and not once somebody else has taken it", async () => {
      await add("unasked");
      pass(1000);
      const [first] = await claim("a");
      if (!first) throw new Error("Expected a claim.");
      await giveBack(store, first);
      const [second] = await claim("a");
      expect(second?.operation).toMatchObject({
        nextCheckAt: first.operation.nextCheckAt,
        checkProblem: null,
        revision: 1,
      });
      // By now it is held by another claim, also where that is the same node's.
      pass(30_000);
      const [third] = await claim("a");
      if (!second || !third) throw new Error("Expected both claims.");
      await giveBack(store, second);
      expect(await claim("b")).toEqual([]);
      await giveBack(store, third);
      expect(names(await claim("b"))).toEqual(["unasked"]);
      await giveBack(store, third);
      expect(await claim("c")).toEqual([]);
    });

    test("gives back what one node holds, and nothing of another's", async () => {
      await add("one");
      pass(1000);
      const held = await claim("a");
      await add("two");
      pass(1000);
      const others = await claim("b");
      await releaseAll(
        store,
        "a",
        [...held, ...others].map(({ operation }) => operation.id),
      );
      expect(names(await claim("c"))).toEqual(["one"]);
    });

    test("knows how long it is until something is due", async () => {
      expect(await untilDue(store, kind)).toBeNull();
      await add("soon");
      expect(await untilDue(store, kind)).toBe(1000);
      pass(400);
      expect(await untilDue(store, kind)).toBe(600);
      pass(5000);
      expect(await untilDue(store, kind)).toBe(0);
      // What is leased is being asked: there is nothing to wait for.
      await claim("a");
      expect(await untilDue(store, kind)).toBeNull();
      await read(store, "later", snapshot("RUNNING"), { kind, terms });
      await failed(store, "later", unavailable("TINY", "THROTTLED", "Later.", 3600), { kind, begun: now * 1000 + 1 });
      expect(await untilDue(store, kind)).toBe(3_600_000);
      pass(30_000);
      expect(await untilDue(store, kind)).toBe(0);
    });

    test("gives back what anybody holds, for a process that is alone with its store", async () => {
      await add("abandoned");
      pass(1000);
      await claim("a");
      await releaseAbandoned(store);
      expect(names(await claim("b"))).toEqual(["abandoned"]);
    });

    test("a check that ends gives its claim back, and one that outlived it leaves the next one's alone", async () => {
      await add("slow");
      pass(1000);
      const [first] = await claim("a");
      pass(30_000);
      const [second] = await claim("b");
      if (!first || !second) throw new Error("Expected both claims.");
      const ended = async ({ operation, begun }: Claim) =>
        (await read(store, "slow", snapshot("RUNNING"), { kind, begun, follow: false, ends: operation })).operation;
      expect(await ended(first)).toMatchObject({ leaseNode: "b", leaseUntil: second.operation.leaseUntil });
      expect(await ended(second)).toMatchObject({ leaseNode: null, leaseUntil: null });
    });

    test("a look-up in the middle of a check leaves its claim, and no line of the log shows one", async () => {
      const { operation } = await add("watched");
      pass(1000);
      await claim("a");
      pass(1);
      const looked = await read(store, "watched", snapshot("RETRYING"), { kind });
      expect(looked.operation).toMatchObject({ revision: 2, leaseNode: "a" });
      const lines = await timelineOf(store, operation.id, null, 10);
      expect(lines.map((line) => [line.operation.leaseNode, line.operation.leaseUntil, line.operation.begun])).toEqual([
        [null, null, null],
        [null, null, null],
      ]);
    });

    test("what settles otherwise than by its check is held by nobody: whoever held it may be dead", async () => {
      await add("seen");
      pass(1000);
      await claim("a");
      pass(1);
      const looked = await read(store, "seen", snapshot(succeeded), { kind });
      expect(looked.operation).toMatchObject({ state: "SETTLED", leaseNode: null, leaseUntil: null });
    });

    test("nobody holds what is not followed any more, and who follows again asks once the check under way has ended", async () => {
      await add("dropped");
      pass(1000);
      const [claimed] = await claim("a");
      if (!claimed) throw new Error("Expected a claim.");
      const { operation } = await unfollowed(store, "dropped", { kind });
      expect(operation).toMatchObject({ leaseNode: null, leaseUntil: claimed.operation.leaseUntil });
      pass(1);
      await add("dropped");
      pass(5000);
      expect(await claim("b")).toEqual([]);
      const ends = { kind, begun: claimed.begun, follow: false, ends: claimed.operation };
      const { operation: checked } = await read(store, "dropped", snapshot("RUNNING"), ends);
      expect(checked).toMatchObject({ leaseNode: null, leaseUntil: null });
      pass(100_000);
      expect(names(await claim("b"))).toEqual(["dropped"]);
    });

    test("what is unfollowed while it is being asked is claimed no more", async () => {
      await read(store, "left", snapshot("RUNNING"));
      await unfollowed(store, "left");
      pass(100_000);
      expect(await claimDue(store, { kind: "TINY_WORK", node: "a", limit: 10, leaseSeconds: 30 })).toEqual([]);
    });
  });
}

for (const engine of postgresEngines) {
  test(`${engine.name}: two gateways that claim at the same time share what is due, and nothing is taken twice`, async () => {
    const store = await openTestStore(engine);
    const other: Store = await openStore({ database: store.database.config });
    for (let index = 0; index < 60; index += 1) await read(store, `op-${index}`, snapshot("RUNNING"));
    await store.db
      .updateTable("operations")
      .set({ nextCheckAt: new Date(0) })
      .execute();

    const claims = await Promise.all(
      Array.from({ length: 16 }, (_, index) => {
        const [from, node] = index % 2 === 0 ? [store, "a"] : [other, "b"];
        return claimDue(from, { kind: "TINY_WORK", node, limit: 3, leaseSeconds: 30 });
      }),
    );
    expect(Math.max(...claims.map(({ length }) => length))).toBe(3);
    const rest = await claimDue(store, { kind: "TINY_WORK", node: "a", limit: 60, leaseSeconds: 30 });
    const taken = [...claims.flat(), ...rest].map(({ operation }) => operation.naturalId);
    expect(taken).toHaveLength(60);
    expect(new Set(taken).size).toBe(60);

    // By the database's own clock, which is finer than a Date.
    const [last] = [...claims.flat(), ...rest];
    if (!last) throw new Error("Expected a claim.");
    await giveBack(store, last);
    const request = { kind: "TINY_WORK", node: "b", limit: 60, leaseSeconds: 30 };
    expect(names(await claimDue(other, request))).toEqual([last.operation.naturalId]);

    await store.db.updateTable("operations").set({ leaseNode: null, leaseUntil: null }).execute();
    const among = [...claims.flat(), ...rest].map(({ operation }) => operation.id);
    const named = await Promise.all(
      Array.from({ length: 16 }, (_, index) =>
        claimDue(index % 2 === 0 ? store : other, { ...request, node: index % 2 === 0 ? "a" : "b", limit: 3, among }),
      ),
    );
    const takenAgain = named.flat().map(({ operation }) => operation.id);
    expect(new Set(takenAgain).size).toBe(takenAgain.length);
    expect(takenAgain.length).toBeGreaterThan(0);

    await other.dispose();
    await store.dispose();
  });
}
