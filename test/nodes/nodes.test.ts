/** What a gateway's log says when its heartbeats fail: why, and when that is over. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { sql } from "kysely";
import { joinNodes, type Nodes } from "../../src/nodes/nodes.ts";
import { ManualClock } from "../support/clock.ts";
import { openTestStore, postgresEngines, type TestStore } from "../support/store.ts";
import { until } from "../support/until.ts";

// On the embedded store nobody beats.
for (const engine of postgresEngines) {
  describe("a heartbeat that fails", () => {
    let store: TestStore;
    let nodes: Nodes | null = null;
    beforeAll(async () => {
      store = await openTestStore(engine);
    });
    afterEach(() => nodes?.dispose());
    afterAll(() => store.dispose());

    test("is told once for each cause, and once when it goes well again", async () => {
      const lines: string[] = [];
      const note = (facts: unknown, line?: string) => {
        const { err } = Object(facts);
        lines.push(line === undefined ? String(facts) : `${line} ${err.message}`);
      };
      // Every beat asks the store for its time.
      let beats = 0;
      const now: typeof store.now = () => {
        beats += 1;
        return store.now();
      };
      const fewBeats = async () => {
        const before = beats;
        await until(() => beats > before + 6);
      };
      nodes = await joinNodes({
        store: { ...store, now },
        node: "a",
        redis: null,
        installation: "i",
        clock: new ManualClock(),
        log: { info: note, warn: note },
      });
      const failures = () => lines.filter((line) => line.includes("heartbeat"));
      await fewBeats();
      expect(failures()).toEqual([]);

      const fails = "This gateway's heartbeat in the database fails; it is tried again.";
      const missing = `${fails} relation "gateways" does not exist`;
      await sql`alter table gateways rename to away`.execute(store.db);
      await until(() => failures().length > 0);
      await fewBeats();
      expect(failures()).toEqual([missing]);

      const other = `${fails} column "redis" of relation "gateways" does not exist`;
      await sql`alter table away rename to gateways`.execute(store.db);
      await sql`alter table gateways rename column redis to other`.execute(store.db);
      await until(() => failures().at(-1) === other);
      await fewBeats();
      await sql`alter table gateways rename column other to redis`.execute(store.db);
      await until(() => failures().at(-1) === "This gateway's heartbeat in the database goes well again.");
      await fewBeats();
      const seen = failures().filter((line) => line !== missing && line !== other);
      // Between the two renamings it may have gone well for a moment.
      expect(seen.length).toBeLessThanOrEqual(2);
      expect(failures().filter((line) => line === other)).toHaveLength(1);
      expect(failures().filter((line) => line === missing)).toHaveLength(1);
    });
  });
}
