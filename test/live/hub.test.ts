import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type KyselyPlugin, sql } from "kysely";
import { pino } from "pino";
import { memoryBus } from "../../src/live/bus.ts";
import { createHub, type Hub } from "../../src/live/hub.ts";
import { renewEpoch } from "../../src/store/changes.ts";
import type { Store } from "../../src/store/store.ts";
import { read, snapshot } from "../store/learning.ts";
import { ManualClock } from "../support/clock.ts";
import { engines, openTestStore, type TestStore } from "../support/store.ts";
import { until } from "../support/until.ts";

for (const engine of engines) {
  describe(engine.name, () => {
    const bus = memoryBus();
    let announces: boolean;
    let store: TestStore;
    let hub: Hub;
    let clock: ManualClock;
    let logged: string[];
    /** What a test does to each answer of the database before the hub sees it. */
    let answered: () => Promise<void>;
    let reads: number;
    let count = 0;
    beforeAll(async () => {
      store = await openTestStore(engine, { onChange: (hint) => announces && bus.announce(hint) });
    });
    beforeEach(() => {
      clock = new ManualClock();
      logged = [];
      reads = 0;
      announces = true;
      answered = async () => {};
      const plugin: KyselyPlugin = {
        transformQuery: ({ node }) => node,
        async transformResult({ result }) {
          reads += 1;
          await answered();
          return result;
        },
      };
      const watched: Store = { ...store, db: store.db.withPlugin(plugin) };
      const log = pino({ base: null }, { write: (text: string) => logged.push(text) });
      hub = createHub({ store: watched, bus, clock, log });
    });
    afterEach(async () => {
      await hub.dispose();
      expect(clock.sleeping).toBe(0);
    });
    afterAll(() => store.dispose());

    const change = async (name = `op-${++count}`) => {
      const { operation } = await read(store, name, snapshot("RUNNING", { providerStatus: `${++count}` }));
      return operation;
    };
    /** Hears all of the tenant; `heard` are the places. */
    async function join(operationIds: ReadonlySet<string> | null = null) {
      const heard: number[] = [];
      /** How much had been heard each time when something was missed. */
      const missed: number[] = [];
      const leave = await hub.join({
        tenant: "default",
        operationIds,
        miss: () => missed.push(heard.length),
        hear: ({ place }) => heard.push(place),
      });
      return { heard, missed, leave };
    }
    const idle = () => until(() => clock.sleeping === 1);

    test("an announcement is heard at once; without one, a change is found within a second", async () => {
      const { heard, leave } = await join();
      await idle();
      const announced = await change();
      await until(() => heard.length === 1);
      await idle();
      announces = false;
      const silent = await change();
      await clock.advance(999);
      expect(heard).toEqual([announced.place]);
      await clock.advance(1);
      await until(() => heard.length === 2);
      expect(heard).toEqual([announced.place, silent.place]);
      leave();
    });

    test("the log is read while somebody listens, once for all, and not otherwise", async () => {
      await change();
      await clock.advance(5000);
      expect(reads).toBe(0);
      const joined = await Promise.all([join(), join(), join(new Set(["someone"]))]);
      await idle();
      expect(reads).toBe(2);
      for (const { leave } of joined) leave();
      const before = reads;
      await change();
      await clock.advance(5000);
      expect(reads).toBe(before);
    });

    test("listeners of an operation hear of it alone, and one who has left hears no more", async () => {
      const operation = await change("mine");
      const [mine, both] = [await join(new Set([operation.id])), await join(new Set([operation.id, "other"]))];
      const everything = await join();
      await change();
      const next = await change("mine");
      await until(() => everything.heard.length === 2);
      expect([mine.heard, both.heard]).toEqual([[next.place], [next.place]]);
      expect(hub.listeners).toBe(3);
      mine.leave();
      mine.leave();
      expect(hub.listeners).toBe(2);
      expect(hub.isWatched(operation.id)).toBe(true);
      expect([...hub.watched()].sort()).toEqual([operation.id, "other"].sort());
      await change("mine");
      await until(() => both.heard.length === 2);
      expect(mine.heard).toHaveLength(1);
      both.leave();
      everything.leave();
      expect(hub.isWatched(operation.id)).toBe(false);
      expect([...hub.watched()]).toEqual([]);
      expect(hub.listeners).toBe(0);
    });

    test("what was being read when the last listener left is not told to the next, who begins by itself", async () => {
      const first = await join();
      await idle();
      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const before = reads;
      answered = () => held;
      const early = await change();
      await until(() => reads > before);
      answered = async () => {};
      first.leave();
      const second = await join();
      const late = await change();
      await until(() => second.heard.length === 1);
      release();
      await clock.advance(10);
      expect(second.heard).toEqual([late.place]);
      expect(first.heard).toEqual([]);
      expect(early.place).toBeLessThan(late.place);
      second.leave();
    });

    test("a log that can't be read is read again, and nothing is lost", async () => {
      const { heard, leave } = await join();
      await idle();
      answered = async () => {
        throw new Error("the connection broke");
      };
      const { place } = await change();
      await until(() => logged.length > 0);
      expect(logged[0]).toContain("The log could not be read; streams wait, and lose nothing.");
      answered = async () => {};
      await until(async () => {
        await clock.advance(1000);
        return heard.length > 0;
      });
      expect(heard).toEqual([place]);
      leave();
    });

    test("what was trimmed, or is of another log, before it could be read is said to be missed, and the rest is heard", async () => {
      const { heard, missed, leave } = await join();
      await idle();
      announces = false;
      const lost = await change();
      await sql`update log set floor = ${lost.place}::bigint`.execute(store.db);
      await sql`delete from changes where place = ${lost.place}::bigint`.execute(store.db);
      const kept = await change();
      await clock.advance(1000);
      await until(() => heard.length === 1);
      expect({ heard, missed }).toEqual({ heard: [kept.place], missed: [0] });
      await idle();
      await renewEpoch(store.db);
      await clock.advance(1000);
      await until(() => missed.length === 2);
      // Told once, not with each look.
      await idle();
      await clock.advance(1000);
      await idle();
      expect({ heard, missed }).toEqual({ heard: [kept.place], missed: [0, 1] });
      leave();
    });

    test("who can't join because the log can't be read is told so, and the next can", async () => {
      answered = async () => {
        throw new Error("the connection broke");
      };
      await expect(join(new Set(["someone"]))).rejects.toThrow("the connection broke");
      expect(hub.isWatched("someone")).toBe(false);
      answered = async () => {};
      const { heard, leave } = await join();
      const { place } = await change();
      await until(() => heard.length === 1);
      expect(heard).toEqual([place]);
      leave();
    });

    test("pages longer than one are read to their end at once", async () => {
      const { heard, leave } = await join();
      await idle();
      announces = false;
      const { id } = await change();
      await sql`insert into changes
        select nextval('change_place'), operation_id, tenant, owner, provider, account, kind, natural_id, revision + more,
          at, previous_state, state, outcome, operation
        from changes, generate_series(1, 500) as more where operation_id = ${id}::uuid`.execute(store.db);
      await clock.advance(1000);
      await until(() => heard.length === 501);
      expect(heard).toEqual(heard.toSorted((a, b) => a - b));
      leave();
    });

    test("when it ends it waits for what it is reading", async () => {
      const { leave } = await join();
      await idle();
      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const before = reads;
      answered = () => held;
      await change();
      await until(() => reads > before);
      leave();
      let disposed = false;
      const disposing = hub.dispose().then(() => {
        disposed = true;
      });
      await clock.advance(10);
      expect(disposed).toBe(false);
      release();
      await disposing;
    });
  });
}
