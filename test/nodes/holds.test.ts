/** Holds, and what becomes of them while the database does not take them or the machine's time is set. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { sql } from "kysely";
import { createHolds, type Holds } from "../../src/nodes/holds.ts";
import { joinNodes } from "../../src/nodes/nodes.ts";
import { holdUpstream, upstreamHolds } from "../../src/store/holds.ts";
import { ManualClock } from "../support/clock.ts";
import { engines, openTestStore, type TestStore } from "../support/store.ts";
import { until } from "../support/until.ts";

const disposals: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const dispose of disposals.splice(0).reverse()) await dispose();
});

/** What was warned of. */
function listening() {
  const lines: string[] = [];
  return { lines, log: { info: () => {}, warn: (_facts: unknown, line?: string) => void lines.push(line ?? "") } };
}

describe.each(engines)("holds on $name", (engine) => {
  let store: TestStore;
  beforeAll(async () => {
    store = await openTestStore(engine);
  });
  beforeEach(() => sql`truncate upstream_holds`.execute(store.db));
  afterAll(() => store.dispose());
  const breakIt = ({ db }: TestStore) => sql`alter table upstream_holds rename to away`.execute(db);
  const mendIt = ({ db }: TestStore) => sql`alter table away rename to upstream_holds`.execute(db);
  const saved = async (store: TestStore) => (await upstreamHolds(store)).get("up") ?? 0;

  test("that the database did not take are written once it does, without another word, and are as long by then", async () => {
    const { lines, log } = listening();
    const nodes = await joinNodes({
      store,
      node: "a",
      redis: null,
      installation: "i",
      clock: new ManualClock(),
      log,
    });
    disposals.push(() => nodes.dispose());
    await breakIt(store);
    void nodes.turnsOf("up", 1).hold(60_000);
    const warned = () => lines.filter((line) => line.includes("could not be written down"));
    await until(() => warned().length > 0);
    await mendIt(store);
    await until(async () => (await saved(store)) > 0);
    expect(await saved(store)).toBeLessThanOrEqual(60_000);
    expect(warned()).toHaveLength(1);
  });

  test("are there for everybody once they are told, and what the database does not take keeps nobody for long", async () => {
    const { log } = listening();
    const holds = createHolds({ store, clock: new ManualClock(), log }, new Map());
    await holds.tell("up", 60_000);
    expect(await saved(store)).toBeGreaterThan(0);
    await breakIt(store);
    await holds.tell("elsewhere", 60_000);
    await mendIt(store);
    await holds.dispose();
    expect((await upstreamHolds(store)).has("elsewhere")).toBe(true);
  });

  test.each([-3_600_000, 3_600_000])("end as they were told where the time is set by %d ms meanwhile", async (step) => {
    const clock = new ManualClock();
    const { lines, log } = listening();
    await holdUpstream(store, "kept", 30_000);
    const holds: Holds = createHolds({ store, clock, log }, await upstreamHolds(store));
    await breakIt(store);
    void holds.tell("up", 60_000);
    await until(() => lines.length > 0);
    clock.set(step);
    await clock.advance(10_000);
    await mendIt(store);
    await until(async () => (await saved(store)) > 0);
    const ms = await saved(store);
    expect(ms).toBeGreaterThan(20_000);
    expect(ms).toBeLessThanOrEqual(50_000);
    const heard: number[] = [];
    holds.onHold("kept", (left) => heard.push(left));
    expect(heard).toEqual([expect.any(Number)]);
    expect(heard[0]).toBeGreaterThan(5_000);
    expect(heard[0]).toBeLessThanOrEqual(20_000);
    await holds.dispose();
  });

  test("that were not taken are tried once more at the end, which waits for nothing else", async () => {
    const { lines, log } = listening();
    const holds = createHolds({ store, clock: new ManualClock(), log }, new Map());
    await breakIt(store);
    void holds.tell("up", 60_000);
    await until(() => lines.length > 0);
    await mendIt(store);
    await holds.dispose();
    expect(await saved(store)).toBeGreaterThan(0);
    await breakIt(store);
    void holds.tell("elsewhere", 60_000);
    await holds.dispose();
    await mendIt(store);
  });
});
