/** What is recorded together, and what of it may be noted without a look at the rows. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Snapshot } from "../../src/datasources/contract.ts";
import { isProblem, type Problem, unavailable } from "../../src/datasources/problems.ts";
import { createRecorder, type Recorder } from "../../src/poller/recorder.ts";
import { type Claim, claimDue } from "../../src/store/claims.ts";
import type { StoredOperation } from "../../src/store/database.ts";
import { operationsById } from "../../src/store/operations.ts";
import { beginRequest, type Learned } from "../../src/store/record.ts";
import type { Store } from "../../src/store/store.ts";
import { failed, item, read, snapshot, succeeded, unfollowed, waitOf } from "../store/learning.ts";
import { engines, openTestStore, type TestStore } from "../support/store.ts";

const outage = unavailable("TINY", "TIMEOUT", "No answer.");

for (const engine of engines) {
  describe(engine.name, () => {
    let store: TestStore;
    let now = Date.parse("2026-01-01T00:00:00Z");
    let recorder: Recorder;
    let kind: string;
    let count = 0;
    let transactions = 0;
    const statements: string[] = [];
    beforeAll(async () => {
      store = await openTestStore(engine, { clock: () => now });
      const counted: Store = {
        ...store,
        transaction: (work) => {
          transactions += 1;
          return store.transaction(work);
        },
        run: (statement, parameters) => {
          statements.push(statement.text);
          return store.run(statement, parameters);
        },
      };
      recorder = createRecorder(counted);
    });
    beforeEach(() => {
      kind = `KIND_${++count}`;
      now += 100_000;
      transactions = 0;
      statements.splice(0);
    });
    afterAll(() => store.dispose());

    const begin = async (names: readonly string[], answer = snapshot("RUNNING"), deadlineSeconds = 3600) => {
      for (const name of names) await read(store, name, answer, { kind, terms: { deadlineSeconds } });
    };
    const claimAll = async (): Promise<Claim[]> => {
      now += 2_000;
      const claims = await claimDue(store, { kind, node: "a", limit: 500, leaseSeconds: 30 });
      return claims.sort((a, b) => ((a.operation.naturalId ?? "") < (b.operation.naturalId ?? "") ? -1 : 1));
    };
    const tell = ({ operation, begun }: Claim, answer: Snapshot | Problem): Learned => ({
      subject: { by: "id", id: operation.id },
      begun,
      itemKeys: [],
      event: () => (isProblem(answer) ? { type: "failed", problem: answer } : { type: "read", snapshot: answer }),
      terms: { wait: waitOf(0.5), deadlineSeconds: 3600, follow: false, settledMayChange: false },
      tags: [],
      ends: operation,
    });
    const record = (claim: Claim, answer: Snapshot | Problem) =>
      recorder.record(claim, tell(claim, answer), new Date(claim.begun / 1000));
    const rowOf = async ({ operation }: Claim): Promise<StoredOperation> => {
      const [row] = await operationsById(store, { tenant: "default", owner: null }, [operation.id]);
      if (!row) throw new Error("Expected the operation to be there.");
      return row;
    };
    const one = async (): Promise<Claim> => {
      const [claim] = await claimAll();
      if (!claim) throw new Error("Expected a claim.");
      return claim;
    };

    test("answers that say nothing new are noted by one statement, as if each had been recorded", async () => {
      await begin(["a", "b", "c"], snapshot("RUNNING", { fields: { size: 1 }, providerStatus: "busy" }));
      await failed(store, "b", outage, { kind });
      const claims = await claimAll();
      expect(claims).toHaveLength(3);
      now += 700;
      await Promise.all(
        claims.map((claim) => record(claim, snapshot("RUNNING", { fields: { size: 1 }, providerStatus: "busy" }))),
      );
      expect(transactions).toBe(0);
      expect(statements).toHaveLength(1);
      for (const claim of claims) {
        const { operation } = claim;
        const row = await rowOf(claim);
        const moved = {
          checkedAt: new Date(now),
          checkProblem: null,
          begun: claim.begun,
          leaseNode: null,
          leaseUntil: null,
        };
        expect(row).toEqual({ ...operation, ...moved, nextCheckAt: row.nextCheckAt });
        // From when it was noted on, not from when it was asked.
        expect(row.nextCheckAt?.getTime()).toBeGreaterThanOrEqual(now + 1_000);
      }
    });

    test("news is recorded at once and together, beside what is not", async () => {
      await begin(["a", "b", "c", "d"]);
      const claims = await claimAll();
      const answers = [snapshot("RETRYING"), snapshot(succeeded), outage, snapshot("RUNNING")];
      await Promise.all(claims.map((claim, index) => record(claim, answers[index] ?? outage)));
      expect(transactions).toBe(1);
      expect(await Promise.all(claims.map(rowOf))).toMatchObject([
        { state: "RETRYING", revision: 2, leaseNode: null },
        { state: "SETTLED", revision: 2, leaseNode: null },
        { state: "RUNNING", revision: 1, checkProblem: outage, leaseNode: null },
        { state: "RUNNING", revision: 1, checkProblem: null, leaseNode: null },
      ]);
    });

    test("what came while others were being recorded is recorded together after them", async () => {
      const names = Array.from({ length: 30 }, (_, index) => `op-${100 + index}`);
      await begin(names);
      const [first, ...rest] = await claimAll();
      if (!first) throw new Error("Expected claims.");
      const all = [record(first, snapshot(succeeded))];
      await new Promise((resolve) => setImmediate(resolve));
      for (const claim of rest) all.push(record(claim, snapshot(succeeded)));
      await Promise.all(all);
      expect(transactions).toBe(2);
    });

    test("an answer to a request that is older than what was recorded meanwhile is not noted", async () => {
      await begin(["a"]);
      const claim = await one();
      now += 500;
      await read(store, "a", snapshot("RUNNING"), { kind, follow: false });
      const before = await rowOf(claim);
      now += 500;
      await record(claim, snapshot("RUNNING"));
      expect(await rowOf(claim)).toMatchObject({ checkedAt: before.checkedAt, begun: before.begun, leaseNode: null });
    });

    test("what changed since the claim is changed back by what was read, as a revision", async () => {
      await begin(["a"]);
      const claim = await one();
      await read(store, "a", snapshot("RETRYING"), { kind, follow: false, begun: claim.begun - 1 });
      await record(claim, snapshot("RUNNING"));
      expect(await rowOf(claim)).toMatchObject({ state: "RUNNING", revision: 3 });
    });

    test("an operation that nobody follows any more is not asked for again", async () => {
      await begin(["a"]);
      const claim = await one();
      await unfollowed(store, "a", { kind });
      await record(claim, snapshot("RUNNING"));
      expect(await rowOf(claim)).toMatchObject({ followed: false, nextCheckAt: null, checkedAt: new Date(now) });
    });

    test("one past its deadline is given up, although the provider says what it said before", async () => {
      await begin(["a"], snapshot("RUNNING"), 10);
      const claim = await one();
      now += 20_000;
      await record(claim, snapshot("RUNNING"));
      expect(await rowOf(claim)).toMatchObject({ outcome: "ABANDONED", problem: { code: "DEADLINE_PASSED" } });
    });

    test("a claim that ran out, and is another's by now, stays the other's", async () => {
      await begin(["a"]);
      const claim = await one();
      now += 40_000;
      const [theirs] = await claimDue(store, { kind, node: "b", limit: 1, leaseSeconds: 30 });
      await record(claim, snapshot("RUNNING"));
      expect(await rowOf(claim)).toMatchObject({
        leaseNode: "b",
        leaseUntil: theirs?.operation.leaseUntil,
        begun: claim.begun,
      });
    });

    test("items that are as they were make no revision, and those that are not make one", async () => {
      const items = [item(0, { status: "OPEN" }), item(1, { status: "OPEN" })];
      await begin(["a", "b"], snapshot("RUNNING", { items }));
      const [a, b] = await claimAll();
      if (!a || !b) throw new Error("Expected two claims.");
      const moved = [item(0, { status: "OPEN" }), item(1, { status: "DONE" })];
      await Promise.all([record(a, snapshot("RUNNING", { items })), record(b, snapshot("RUNNING", { items: moved }))]);
      expect(await rowOf(a)).toMatchObject({ revision: 1, checkedAt: new Date(now) });
      expect(await rowOf(b)).toMatchObject({ revision: 2, itemCounts: { DONE: 1, OPEN: 1 } });
    });

    test("one that can't be recorded is told of, and no other is lost", async () => {
      await begin(["a", "b"]);
      const [a, b] = await claimAll();
      if (!a || !b) throw new Error("Expected two claims.");
      const impossible = snapshot("RUNNING", { items: [item(0), item(0)] });
      const [first, second] = await Promise.allSettled([record(a, impossible), record(b, snapshot(succeeded))]);
      expect([first?.status, second?.status]).toEqual(["rejected", "fulfilled"]);
      expect(await rowOf(b)).toMatchObject({ state: "SETTLED" });
    });

    test("requests begun later count later, also where both were noted without a look at the row", async () => {
      await begin(["a"]);
      const claim = await one();
      await record(claim, snapshot("RUNNING"));
      const again = await beginRequest(store);
      now += 1;
      expect((await rowOf(claim)).begun).toBeLessThanOrEqual(again);
      const late = await read(store, "a", snapshot(succeeded), { kind, begun: claim.begun, follow: false });
      expect(late.stale).toBe(true);
    });
  });
}
