import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { sql } from "kysely";
import { announceGateway, beat, isAlive, leaveGateways } from "../../src/store/gateways.ts";
import { holdUpstream, upstreamHolds } from "../../src/store/holds.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { engines, openTestStore, postgresEngines, type TestStore } from "../support/store.ts";

for (const engine of engines) {
  describe(`gateways on ${engine.name}`, () => {
    let store: TestStore;
    beforeAll(async () => {
      store = await openTestStore(engine);
    });
    afterAll(() => store.dispose());

    const age = (node: string, seconds: number) =>
      sql`update gateways set heartbeat_at = heartbeat_at - make_interval(secs => ${seconds}::float8)
          where node = ${node}`.execute(store.db);
    const alive = async (node: string) =>
      (await sql<{ alive: boolean }>`select ${isAlive(sql`${node}::text`)} as alive`.execute(store.db)).rows[0]?.alive;

    test("are alive for as long as they beat, and are forgotten after a minute", async () => {
      await announceGateway(store, "b", false);
      const { gateways } = await beat(store, "a", true);
      expect(gateways.map(({ node, redis }) => [node, redis])).toEqual([
        ["a", true],
        ["b", false],
      ]);
      expect(gateways[1]?.ageMs).toBeGreaterThan(0);
      expect(await alive("b")).toBe(true);

      await age("b", 5);
      expect(await alive("a")).toBe(true);
      expect(await alive("b")).toBe(false);
      expect((await beat(store, "a", false)).gateways.map(({ node }) => node)).toEqual(["a", "b"]);
      await age("b", 60);
      expect((await beat(store, "a", false)).gateways).toEqual([{ node: "a", ageMs: 0, redis: false }]);
      const rows = await store.db.selectFrom("gateways").select("node").execute();
      expect(rows).toEqual([{ node: "a" }]);
    });

    test("that leave are not alive any more, and are remembered", async () => {
      await beat(store, "c", true);
      await leaveGateways(store, "c");
      expect(await alive("c")).toBe(false);
      const { gateways } = await beat(store, "a", true);
      expect(gateways.find(({ node }) => node === "c")).toMatchObject({ redis: false });
    });

    test("hear of holds, which are never shortened and end by themselves", async () => {
      await holdUpstream(store, "one", 60_000);
      await holdUpstream(store, "one", 1_000);
      await holdUpstream(store, "over", 0);
      for (const holds of [await upstreamHolds(store), (await beat(store, "a", true)).holds]) {
        expect([...holds.keys()]).toEqual(["one"]);
        expect(holds.get("one")).toBeGreaterThan(30_000);
        expect(holds.get("one")).toBeLessThanOrEqual(60_000);
      }
    });
  });
}

for (const engine of postgresEngines) {
  test("of gateways that start at once, all but one know of another", async () => {
    const store = await openTestStore(engine);
    const others: Store[] = [];
    for (let count = 0; count < 3; count += 1) others.push(await openStore({ database: store.database.config }));
    for (let round = 0; round < 20; round += 1) {
      await sql`delete from gateways`.execute(store.db);
      const counts = await Promise.all(
        [store, ...others].map(async (one, index) => {
          await announceGateway(one, `${round}-${index}`, false);
          return (await beat(one, `${round}-${index}`, false)).gateways.length;
        }),
      );
      expect(counts.filter((count) => count === 1).length).toBeLessThanOrEqual(1);
      expect(Math.max(...counts)).toBe(4);
    }
    for (const other of others) await other.dispose();
    await store.dispose();
  });
}
