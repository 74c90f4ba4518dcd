import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { sql } from "kysely";
import pg from "pg";
import { pino } from "pino";
import { v7 as uuidv7 } from "uuid";
import { planText, statementsOf } from "../../bench/support/plans.ts";
import { changesAfter, logEnd } from "../../src/store/changes.ts";
import type { Learned } from "../../src/store/record.ts";
import { type Trimmed, trimBatch } from "../../src/store/retention.ts";
import { openStore } from "../../src/store/store.ts";
import { startTrimmer } from "../../src/store/trimmer.ts";
import { answerOf, fulfil, type Intent, reserve } from "../../src/store/writes.ts";
import { ManualClock } from "../support/clock.ts";
import { engines, openTestStore, postgresEngines, type TestStore } from "../support/store.ts";
import { until } from "../support/until.ts";
import { item, learned, read, snapshot, succeeded } from "./learning.ts";

const day = 86_400_000;
const retentionSeconds = 30 * 86_400;

function writeOf(naturalId: string | null): Intent {
  return {
    id: uuidv7(),
    tenant: "default",
    owner: "olga",
    provider: "TINY",
    account: "default",
    kind: "TINY_WORK",
    mutation: "m",
    naturalId,
    reserves: false,
    snapshot: snapshot("PENDING"),
    correlationId: null,
    tags: [],
    node: "n",
  };
}

function byNaturalId(told: Learned) {
  const { subject } = told;
  if (subject.by !== "naturalId") throw new Error("Expected what was learned to be of a natural id.");
  return { ...told, subject };
}

for (const engine of engines) {
  describe(engine.name, () => {
    const clock = new ManualClock();
    let store: TestStore;
    beforeEach(async () => {
      store = await openTestStore(engine, { clock: () => clock.now() });
    });
    afterEach(() => store.dispose());

    const names = async () =>
      (await store.db.selectFrom("operations").select("naturalId").orderBy("naturalId").execute()).map(
        ({ naturalId }) => naturalId,
      );
    const count = async (table: "changes" | "operationItems" | "idempotencyKeys" | "listing") =>
      (await sql<{ count: number }>`select count(*) as count from ${sql.table(snake(table))}`.execute(store.db)).rows[0]
        ?.count;
    const floor = async () => (await store.db.selectFrom("log").select("floor").executeTakeFirstOrThrow()).floor;
    const trim = (rows = 500) => trimBatch(store, { retentionSeconds, rows });

    test("what settled goes after its time, with changes, items and all; what is younger, open and followed stays", async () => {
      const items = [item(0), item(1)];
      await read(store, "old", snapshot("RUNNING", { items }));
      await clock.advance(1);
      await read(store, "old", snapshot(succeeded, { items }));
      await read(store, "followed", snapshot("RUNNING"));
      const { place } = await logEnd(store.db);
      await clock.advance(20 * day);
      await read(store, "young", snapshot(succeeded, { items }));
      await clock.advance(10 * day);
      expect(await trim()).toEqual({ operations: 0, changes: 0, keys: 0 });
      await clock.advance(1);

      expect(await trim()).toEqual({ operations: 1, changes: 2, keys: 0 });
      expect(await names()).toEqual(["followed", "young"]);
      expect(await count("operationItems")).toBe(2);
      expect((await changesAfter(store, 0, 9)).map(({ naturalId }) => naturalId)).toEqual(["followed", "young"]);
      // The log is told to begin after the latest of the trimmed ones, and nothing that is left was counted.
      expect(await floor()).toBe(place - 1);
      expect(await trim()).toEqual({ operations: 0, changes: 0, keys: 0 });
      expect(await floor()).toBe(place - 1);
    });

    test("what nobody follows lives for as long as somebody asks for it", async () => {
      const look = (name: string) => read(store, name, snapshot("RUNNING"), { follow: false });
      for (const name of ["asked", "forgotten"]) await look(name);
      await clock.advance(20 * day);
      await look("asked");
      await clock.advance(15 * day);
      await trim();
      expect(await names()).toEqual(["asked"]);
      await clock.advance(16 * day);
      await trim();
      expect(await names()).toEqual([]);
    });

    test("what settled is kept by its end, however often it is looked at", async () => {
      await read(store, "settled", snapshot(succeeded));
      await clock.advance(20 * day);
      await read(store, "settled", snapshot(succeeded));
      await clock.advance(11 * day);
      await trim();
      expect(await names()).toEqual([]);
    });

    test("a key goes with its operation; one with a refusal after its time; one under way stays", async () => {
      const { operation } = await read(store, "old", snapshot(succeeded));
      const now = new Date(clock.now());
      const key = { tenant: "default", owner: "olga", mutation: "m", inputHash: "h", operationId: null, refusal: null };
      await store.db
        .insertInto("idempotencyKeys")
        .values([
          { ...key, key: "of-old", operationId: operation.id, createdAt: now, answeredAt: now },
          { ...key, key: "refused", refusal: JSON.stringify({ type: "x" }), createdAt: now, answeredAt: now },
          { ...key, key: "left-behind", createdAt: now, answeredAt: null },
        ])
        .execute();
      const underWay = { tenant: "default", owner: "olga", mutation: "m", key: "under-way", inputHash: "h" };
      await reserve(store, writeOf(null), underWay);
      await clock.advance(31 * day);
      expect(await trim()).toEqual({ operations: 1, changes: 1, keys: 3 });
      const left = await store.db.selectFrom("idempotencyKeys").select("key").execute();
      expect(left).toEqual([{ key: "under-way" }]);
    });

    test("a key that is younger than its operation keeps it: a repeat of its write is known again", async () => {
      const { operation } = await read(store, "old", snapshot(succeeded));
      await read(store, "without-keys", snapshot(succeeded));
      await clock.advance(31 * day);
      const idempotency = { tenant: "default", owner: "olga", mutation: "m", key: "young" };
      const intent = writeOf("old");
      expect(await reserve(store, intent, { ...idempotency, inputHash: "h" })).toEqual({ type: "reserved" });
      // The provider answers with the operation that is known, and nothing of it is new.
      const told = learned("old", { type: "read", snapshot: snapshot(succeeded) }, null);
      const recorded = await fulfil(store, intent.id, idempotency, byNaturalId(told), "sender");
      expect(recorded).toMatchObject({ changed: false, operation: { id: operation.id } });

      // It bars no other, though it is the oldest and a batch takes but one.
      expect(await trim(1)).toEqual({ operations: 1, changes: 1, keys: 0 });
      expect(await trim()).toEqual({ operations: 0, changes: 0, keys: 0 });
      expect(await answerOf(store, idempotency)).toMatchObject({ operationId: operation.id });
      await clock.advance(31 * day);
      expect(await trim()).toEqual({ operations: 1, changes: 1, keys: 1 });
    });

    test("a batch is bounded by rows, not by operations alone, and always gets on", async () => {
      const many = Array.from({ length: 30 }, (_, position) => item(position));
      for (let one = 0; one < 6; one += 1) await read(store, `large-${one}`, snapshot(succeeded, { items: many }));
      await clock.advance(31 * day);
      const batches: Trimmed[] = [];
      for (let batch = await trim(40); batch && batch.operations > 0; batch = await trim(40)) batches.push(batch);
      expect(batches.map(({ operations }) => operations)).toEqual([2, 2, 2]);
      expect(await count("operationItems")).toBe(0);
    });

    test("the trimmer rests no longer between two batches where the gateway's clock is set on meanwhile", async () => {
      await read(store, "old", snapshot(succeeded));
      await clock.advance(31 * day);
      const own = new ManualClock();
      const slept: number[] = [];
      const setOn: typeof store = {
        ...store,
        transaction(work) {
          own.set(day);
          return store.transaction(work);
        },
      };
      const trimmer = startTrimmer({
        store: setOn,
        retentionSeconds,
        clock: {
          now: () => own.now(),
          monotonic: () => own.monotonic(),
          sleep(ms, signal) {
            slept.push(ms);
            return own.sleep(ms, signal);
          },
        },
        random: () => 0,
        log: pino({ level: "silent" }),
      });
      await until(() => slept.length > 1);
      expect(await names()).toEqual([]);
      await trimmer.dispose();
      // What comes last is the rest until the next round.
      expect(slept.slice(0, 2)).toEqual([0, 20]);
    });

    test("the trimmer goes round by itself, says what it did, and outlives a store that fails", async () => {
      for (let one = 0; one < 5; one += 1) await read(store, `old-${one}`, snapshot(succeeded));
      let text = "";
      const log = pino(
        { level: "debug" },
        {
          write(line: string) {
            text += line;
          },
        },
      );
      await store.db.schema.alterTable("log").renameTo("log_away").execute();
      const trimmer = startTrimmer({ store, retentionSeconds: 2, clock, random: () => 0.5, log });
      const turns = async (said: string) => {
        await until(async () => {
          await clock.advance(500);
          return text.includes(said);
        });
      };
      await turns("the next round tries again");
      expect(await names()).toHaveLength(5);
      await store.db.schema.alterTable("log_away").renameTo("log").execute();
      await turns("Trimmed what was kept for its time.");
      expect(await names()).toEqual([]);
      expect(JSON.parse(text.trim().split("\n").at(-1) ?? "")).toMatchObject({ operations: 5, changes: 5, keys: 0 });
      await trimmer.dispose();
      expect(clock.sleeping).toBe(0);
    });
  });
}

const snake = (table: string) => table.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

for (const engine of postgresEngines) {
  describe(`${engine.name}, while others write`, () => {
    test("a row that somebody holds is passed over, and what is being trimmed holds up nobody else", async () => {
      const clock = new ManualClock();
      const store = await openTestStore(engine, { clock: () => clock.now() });
      for (const name of ["held", "free"]) await read(store, name, snapshot(succeeded));
      await clock.advance(31 * day);
      const other = await openStore({ database: store.database.config, clock: () => clock.now() });
      await other.db.transaction().execute(async (trx) => {
        await trx.selectFrom("operations").selectAll().where("naturalId", "=", "held").forUpdate().execute();
        expect(await trimBatch(store, { retentionSeconds, rows: 500 })).toMatchObject({ operations: 1 });
      });
      expect(await trimBatch(store, { retentionSeconds, rows: 500 })).toMatchObject({ operations: 1 });

      await read(store, "again", snapshot(succeeded));
      await clock.advance(31 * day);
      await store.db.transaction().execute(async (trx) => {
        await sql`select pg_advisory_xact_lock(7302468842)`.execute(trx);
        // Somebody else trims: this one leaves it to them, and writers go on.
        expect(await trimBatch(other, { retentionSeconds, rows: 500 })).toBeNull();
        await read(other, "new", snapshot("RUNNING"));
      });
      await other.dispose();
      await store.dispose();
    });

    test("what is old is found by an index, however much there is that isn't", async () => {
      const store = await openTestStore(engine);
      await sql`
        insert into operations (id, tenant, owner, provider, account, kind, natural_id, state, outcome, revision, place, tags,
          fields, progress, item_counts, created_at, changed_at, checked_at, followed, next_check_at)
        select gen_random_uuid(), 'default', 'o', 'TINY', 'default', 'K', n::text, 'RUNNING', null, 1, n, '{}', '{}',
          '{"total":1}', '{}', now(), now(), now(), n % 2 = 0, case when n % 2 = 0 then now() end
        from generate_series(1, 20000) as n`.execute(store.db);
      await sql`analyze operations`.execute(store.db);
      // The very statements that a batch sends.
      const { config } = store.database;
      if (config.type !== "postgres") throw new Error("Expected a PostgreSQL.");
      const client = new pg.Client({ connectionString: config.url });
      await client.connect();
      const statements = await statementsOf(() => trimBatch(store, { retentionSeconds: 3_600, rows: 500 }));
      const search = statements.find(({ text }) => text.includes("idle as materialized"));
      if (!search) throw new Error("Expected a batch to look for what is idle.");
      const plan = await planText(client, search);
      await client.end();
      expect(plan).toContain("operations_idle_since");
      expect(plan).toMatch(/Index Cond: \(CASE/);
      await store.dispose();
    });
  });
}
