/** Many look-ups of one moment: asked and recorded together, and each with an outcome of its own. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { unavailable } from "../../src/datasources/problems.ts";
import { gathering } from "../../src/operations/gathering.ts";
import { lookUpMany } from "../../src/operations/lookup.ts";
import type { Store } from "../../src/store/store.ts";
import { tiny } from "../sandbox/tiny.ts";
import { read, snapshot } from "../store/learning.ts";
import { engines, openTestStore, type TestStore } from "../support/store.ts";
import { kind, type Running, reading, running, service, viewer } from "./running.ts";

if (tiny.type !== "operation") throw new Error("Expected the tiny provider to be one of operations.");
const { unknownId } = tiny;

for (const engine of engines) {
  describe(engine.name, () => {
    let store: TestStore;
    let here: Running;
    let round = 0;
    beforeAll(async () => {
      store = await openTestStore(engine);
    });
    beforeEach(() => {
      here = running(store);
      round += 1;
    });
    afterAll(() => store.dispose());

    const id = (name: string) => `${name}-${round}`;
    const look = (names: readonly string[], maxAgeSeconds = 0, context = here.context) =>
      lookUpMany(
        context,
        service,
        names.map((name) => ({ kind, naturalId: id(name), maxAgeSeconds })),
      );

    test("each has its own outcome, in their order: new, known and fresh, failed, unknown, another tenant's", async () => {
      await read(store, id("fresh"), snapshot("PENDING"), { owner: viewer.owner });
      await read(store, id("stale"), snapshot("PENDING"), { owner: viewer.owner });
      await store.db.updateTable("operations").set({ checkedAt: null }).where("naturalId", "=", id("stale")).execute();
      await read(store, id("theirs"), snapshot("RUNNING"), { tenant: "elsewhere" });
      const outage = unavailable("TINY", "TIMEOUT", "No answer.");
      here.client.answer(({ key }) => {
        if (key === id("new") || key === id("stale")) return snapshot("RUNNING");
        return key === id("failed") ? outage : unknownId;
      });
      const found = await look(["new", "fresh", "failed", "stale", "unknown", "theirs"], 60);
      expect(found).toMatchObject([
        { value: { naturalId: id("new"), state: "RUNNING", revision: 1 } },
        { value: { naturalId: id("fresh"), state: "PENDING", revision: 1 } },
        { value: outage },
        { value: { naturalId: id("stale"), state: "RUNNING", revision: 2 } },
        { value: unknownId },
        { value: unknownId },
      ]);
    });

    test("a provider is asked once for all that are its own, and the same id once", async () => {
      here.client.answer(() => snapshot("RUNNING"));
      const wanted = ["a", "b", "a"].map((name, age) => ({ kind, naturalId: id(name), maxAgeSeconds: age }));
      const found = await lookUpMany(here.context, service, wanted);
      expect(here.client.calls.map(({ targets }) => targets.map(({ key }) => key))).toEqual([[id("a"), id("b")]]);
      expect(found[2]).toEqual(found[0]);
    });

    test("the store is asked as often for many as for one", async () => {
      here.client.answer(() => snapshot("RUNNING"));
      const asked = async (names: readonly string[]) => {
        let count = 0;
        const counting: Store = {
          ...store,
          run: (statement, parameters) => {
            count += 1;
            return store.run(statement, parameters);
          },
          transaction: (work) => {
            count += 1;
            return store.transaction(work);
          },
        };
        await look(names, 0, { ...here.context, store: counting });
        return count;
      };
      const one = await asked(["one"]);
      expect(await asked(Array.from({ length: 25 }, (_, n) => `many-${n}`))).toBe(one);
    });

    test("one that can't be recorded fails alone", async () => {
      const broken = new Error("It can't be joined.");
      here.client.fetchMany = async (targets) =>
        targets.map(({ key }) => ({
          itemKeys: [],
          compose: (known) => {
            if (key === id("broken")) throw broken;
            return reading(snapshot("RUNNING")).compose(known);
          },
        }));
      const [good, bad] = await look(["good", "broken"]);
      expect(good).toMatchObject({ status: "fulfilled", value: { state: "RUNNING" } });
      expect(bad).toEqual({ status: "rejected", reason: broken });
    });

    test("nothing is asked where nothing is wanted", async () => {
      expect(await look([])).toEqual([]);
      expect(here.client.calls).toEqual([]);
    });
  });
}

describe("gathering", () => {
  test("what comes while a round is under way makes the next one, and each gets its own outcomes", async () => {
    const rounds: number[][] = [];
    const gate = Promise.withResolvers<void>();
    const gather = gathering(async (all: readonly number[]) => {
      rounds.push([...all]);
      await gate.promise;
      return all.map((value) => value * 2);
    });
    const first = [gather([1, 2]), gather([]), gather([3])];
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const second = [gather([4]), gather([5, 6])];
    gate.resolve();
    expect(await Promise.all([...first, ...second])).toEqual([[2, 4], [], [6], [8], [10, 12]]);
    expect(rounds).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  test("a round that fails fails its own, and not the next", async () => {
    let fails = true;
    const gather = gathering(async (all: readonly number[]) => {
      if (fails) throw new Error("Not now.");
      return all;
    });
    await expect(gather([1])).rejects.toThrow("Not now.");
    fails = false;
    expect(await gather([2])).toEqual([2]);
  });
});
