/**
 * No question to the store reads more than its answer needs: at a few ten thousand operations the planner already
 * chooses as it does at a million, and whoever reads a table from end to end is found here. See docs/growth.md.
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { nodesOf, type PlanNode, planOf, rowsOf, rowsRead, statementsOf } from "../../bench/support/plans.ts";
import { type Probe, prepareProbes } from "../../bench/support/probes.ts";
import { seed, seeded } from "../../bench/support/seed.ts";
import { claimDue, releaseAll } from "../../src/store/claims.ts";
import { isHeldElsewhere } from "../../src/store/holders.ts";
import { record } from "../../src/store/record.ts";
import { openStore } from "../../src/store/store.ts";
import { reserve } from "../../src/store/writes.ts";
import { openTestStore, postgresEngines, type TestStore } from "../support/store.ts";

const followed = 20_000;
/** Those that grow with the operations. */
const growing = ["operations", "changes", "operation_items", "listing"];

for (const engine of postgresEngines) {
  describe(engine.name, () => {
    const at = new Date("2026-01-01T00:00:00Z");
    let store: TestStore;
    let client: pg.Client;
    let probes: Probe[];
    beforeAll(async () => {
      store = await openTestStore(engine, { clock: () => at.getTime() + 60_000 });
      const { config } = store.database;
      if (config.type !== "postgres") throw new Error("Expected a PostgreSQL.");
      await seed(config.url, { followed, at });
      client = new pg.Client({ connectionString: config.url });
      await client.connect();
      probes = await prepareProbes(store);
    }, 180_000);
    afterAll(async () => {
      await client.end();
      await store.dispose();
    });

    const plansOf = async (work: () => Promise<unknown>): Promise<PlanNode[]> => {
      const plans: PlanNode[] = [];
      for (const statement of await statementsOf(work)) plans.push(await planOf(client, statement));
      return plans;
    };

    /** What is wrong with them, in words; empty where nothing is. */
    const complaints = (plans: readonly PlanNode[], mostRows: number): string[] => {
      const nodes = plans.flatMap(nodesOf);
      const read = plans.reduce((total, plan) => total + rowsRead(plan), 0);
      return [
        ...(plans.length === 0 ? ["no statement was seen"] : []),
        ...nodes
          .filter((node) => node["Node Type"] === "Seq Scan" && growing.includes(node["Relation Name"] ?? ""))
          .map((node) => `reads all of ${node["Relation Name"]}`),
        ...nodes
          .filter(
            (node) => node["Node Type"] === "Sort" && (node.Plans ?? []).some((input) => rowsOf(input) > mostRows),
          )
          .map(() => `sorts more than ${mostRows} rows`),
        ...(read > mostRows ? [`takes ${read} rows; ${mostRows} are enough`] : []),
      ];
    };

    test("each question reads no more than its answer needs, be what is looked for common, rare or not there", async () => {
      const found: Record<string, string[]> = {};
      for (const { name, mostRows, run } of probes) {
        const wrong = complaints(await plansOf(() => run(store)), mostRows);
        if (wrong.length > 0) found[name] = wrong;
      }
      expect(found).toEqual({});
      expect(probes.length).toBeGreaterThan(100);
    }, 120_000);

    test("a claim, a record and the giving back read no more than what they claim, record and give back", async () => {
      const claim = () => claimDue(store, { kind: seeded.commonKind, node: "a", limit: 10, leaseSeconds: 30 });
      // The ten that were claimed to see the statement are passed over when it is explained.
      expect(complaints(await plansOf(claim), 100)).toEqual([]);
      const claims = await claim();
      expect(claims).toHaveLength(10);
      const ids = claims.map(({ operation }) => operation.id);
      expect(complaints(await plansOf(() => releaseAll(store, "a", ids)), 20)).toEqual([]);

      const [first] = claims;
      if (!first) throw new Error("Expected a claim.");
      const recorded = await plansOf(() =>
        record(store, {
          subject: { by: "id", id: first.operation.id },
          begun: first.begun,
          itemKeys: [...seeded.itemKeys],
          event: ({ snapshot }) => {
            if (!snapshot) throw new Error("Expected a snapshot of what is known.");
            return { type: "read", snapshot };
          },
          terms: { wait: () => 1000, deadlineSeconds: 60, follow: false, settledMayChange: false },
          tags: [],
          ends: null,
        }),
      );
      expect(complaints(recorded, 100)).toEqual([]);
    }, 120_000);

    test("a claim of what is watched reads what is watched, however much else is due", async () => {
      const { rows } = await client.query("select id from operations where kind = $1 and followed limit 100", [
        seeded.commonKind,
      ]);
      const among = rows.map(({ id }) => String(id));
      expect(among).toHaveLength(100);
      const claim = () => claimDue(store, { kind: seeded.commonKind, node: "w", limit: 6, leaseSeconds: 30, among });
      // Each id once, and the few that are taken twice more.
      expect(complaints(await plansOf(claim), 130)).toEqual([]);
    }, 120_000);

    test("by the database's own clock too, a claim reads no more than is due", async () => {
      const { config } = store.database;
      const own = await openStore({ database: config });
      await client.query(
        "update operations set next_check_at = now() + interval '1 hour' where kind = $1 and followed",
        [seeded.commonKind],
      );
      await client.query(
        `update operations set next_check_at = now() - interval '1 second' where id in
           (select id from operations where kind = $1 and followed limit 5)`,
        [seeded.commonKind],
      );
      await client.query("vacuum analyze operations");
      const claim = () => claimDue(own, { kind: seeded.commonKind, node: "b", limit: 10, leaseSeconds: 30 });
      expect(complaints(await plansOf(claim), 100)).toEqual([]);
      await own.dispose();
    }, 120_000);

    test("whether another tenant holds an id is a look into the operations and one into their parts", async () => {
      const { rows } = await client.query("select natural_id from operations where kind = $1 limit 1", [
        seeded.commonKind,
      ]);
      const part = seeded.itemKeys[0];
      const held: Record<string, boolean> = {};
      for (const naturalId of [String(rows[0]?.natural_id), String(part), "nobody-has-this"]) {
        const { commonKind: kind, commonProvider: provider } = seeded;
        const look = async () => {
          held[naturalId] = await isHeldElsewhere(store, {
            tenant: "new",
            provider,
            account: "default",
            kind,
            naturalId,
          });
        };
        const plans = await plansOf(look);
        // What is found is handed on by the union and its sort; of a part, its operation is found besides.
        expect(complaints(plans, 20)).toEqual([]);
        const indexes = plans.flatMap(nodesOf).map((node) => node["Index Name"]);
        expect(indexes).toEqual(expect.arrayContaining(["operations_known", "operation_items_key"]));
      }
      expect(held).toMatchObject({ [String(rows[0]?.natural_id)]: true, "nobody-has-this": false });
    }, 120_000);

    test("whether anybody has taken an id is one look", async () => {
      const intent = {
        id: "018f0000-0000-7000-8000-000000000000",
        tenant: "new",
        owner: "olga",
        provider: seeded.commonProvider,
        account: "default",
        kind: seeded.commonKind,
        mutation: "registerPurchase",
        naturalId: "nobody-has-this",
        reserves: true,
        snapshot: { standing: { state: "PENDING" }, providerStatus: null, fields: {}, items: [] },
        correlationId: null,
        tags: [],
        node: "a",
      } as const;
      const plans = await plansOf(() => reserve(store, intent, null));
      expect(complaints(plans, 1)).toEqual([]);
      expect(plans.flatMap(nodesOf).map((node) => node["Index Name"])).toContain("operations_known");
    }, 120_000);
  });
}
