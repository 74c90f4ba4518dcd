import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import type { Asked } from "../../src/poller/schedule.ts";
import { leastSeen, type Schedules, startSchedules } from "../../src/poller/schedules.ts";
import { settleTimesAfter, trimSettleTimes } from "../../src/store/settle-times.ts";
import { ManualClock } from "../support/clock.ts";
import { engines, openTestStore, type TestStore } from "../support/store.ts";
import { until } from "../support/until.ts";

const begun: Asked = {
  sinceStart: true,
  ageMs: 0,
  silentMs: 0,
  answered: true,
  retryAfterMs: 0,
  leftMs: 86_400_000,
};

for (const engine of engines) {
  describe(engine.name, () => {
    let store: TestStore;
    let kind: string;
    let count = 0;
    let clock: ManualClock;
    const started: Schedules[] = [];
    beforeAll(async () => {
      store = await openTestStore(engine);
    });
    beforeEach(() => {
      kind = `KIND_${++count}`;
      clock = new ManualClock();
    });
    afterEach(async () => {
      for (const schedules of started.splice(0)) await schedules.dispose();
      expect(clock.sleeping).toBe(0);
    });
    afterAll(() => store.dispose());

    async function start(random = () => 0.5): Promise<Schedules> {
      const kinds = [{ kind, upstream: "tiny", usualMs: 10_000 }];
      const schedules = await startSchedules({
        store,
        kinds,
        clock,
        random,
        log: pino({ level: "silent" }),
      });
      started.push(schedules);
      return schedules;
    }
    /** Work that takes ten minutes, seen to within ten seconds. */
    const settle = (schedules: Schedules, sinceStart = true) => {
      for (let i = 0; i < 2 * leastSeen; i += 1)
        schedules.settled({ kind, sinceStart, afterMs: 590_000 + 250 * i, withinMs: 600_000 + 250 * i });
    };
    const firstWait = (schedules: Schedules, parts: Partial<Asked> = {}, watched = false) =>
      schedules.of(kind).wait(watched)({ ...begun, ...parts });

    test("learns from what settled, keeps it, and begins with it the next time", async () => {
      const schedules = await start();
      expect(firstWait(schedules)).toBeLessThan(2_000);
      settle(schedules);
      await until(async () => {
        await clock.advance(6_000);
        return firstWait(schedules) > 400_000;
      });
      const next = await start();
      expect(firstWait(next)).toBe(firstWait(schedules));
    });

    test("what was seen under way first is learned by itself", async () => {
      const schedules = await start();
      settle(schedules, false);
      await until(async () => {
        await clock.advance(6_000);
        return firstWait(schedules, { sinceStart: false }) > 400_000;
      });
      expect(firstWait(schedules)).toBeLessThan(2_000);
    });

    test("what is watched is asked for sooner, and all later while the budget is short", async () => {
      const schedules = await start();
      const usual = firstWait(schedules, { ageMs: 20_000 });
      expect(firstWait(schedules, { ageMs: 20_000 }, true)).toBeLessThan(usual);
      expect(schedules.prices()).toEqual(new Map([["tiny", 1]]));
      for (let period = 0; period < 3; period += 1) {
        schedules.began(kind, 60_000);
        await clock.advance(6_000);
      }
      expect(firstWait(schedules, { ageMs: 20_000 })).toBeGreaterThan(usual);
      expect(schedules.prices().get("tiny")).toBeGreaterThan(1);
    });

    test("writes a part of what settles, however much that is, and says nothing of what was not waited for", async () => {
      let drawn = 0;
      // Over all of 0 to 1, in no order: the golden section.
      const schedules = await start(() => {
        drawn += 1;
        return (drawn * 0.618_034) % 1;
      });
      for (let i = 0; i < 10_000; i += 1) schedules.settled({ kind, sinceStart: true, afterMs: i, withinMs: i + 1 });
      schedules.settled({ kind, sinceStart: false, afterMs: 0, withinMs: 0 });
      await schedules.dispose();
      const rows = (await settleTimesAfter(store, 0)).filter((row) => row.kind === kind);
      expect(rows).toMatchObject([{ sinceStart: true }]);
      expect(rows[0]?.samples).toHaveLength(40);
      // Of all of them, not of the first.
      expect(Math.max(...(rows[0]?.samples ?? []).map(([after]) => after))).toBeGreaterThan(4_000);
    });

    test("keeps the last of each kind", async () => {
      const schedules = await start();
      for (let round = 0; round < 4; round += 1) {
        settle(schedules);
        await until(async () => {
          await clock.advance(6_000);
          return (await settleTimesAfter(store, 0)).filter((row) => row.kind === kind).length > round;
        });
      }
      await trimSettleTimes(store, 100);
      const rows = (await settleTimesAfter(store, 0)).filter((row) => row.kind === kind);
      expect(rows).toHaveLength(3);
    });
  });
}
