import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { sql } from "kysely";
import { pino } from "pino";
import { openStore, type Store } from "../../src/store/store.ts";
import { startUpkeep } from "../../src/store/upkeep.ts";
import { ManualClock } from "../support/clock.ts";
import { until } from "../support/until.ts";

let directory: string;
let store: Store;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "statusgraph-upkeep-"));
  store = await openStore({ database: { type: "embedded", directory: join(directory, "store") } });
}, 120_000);
afterEach(async () => {
  await store.dispose();
  await rm(directory, { recursive: true, force: true });
});

/** What a poll of each of `rows` rows writes, `times` over. */
async function wear(rows: number, times: number): Promise<void> {
  await sql`create table worn (id int primary key, filler text, moved timestamptz)`.execute(store.db);
  await sql`create index worn_moved on worn (moved)`.execute(store.db);
  await sql`insert into worn select n, repeat('x', 500), now() from generate_series(1, ${rows}::int) n`.execute(
    store.db,
  );
  for (let time = 0; time < times; time += 1) {
    await sql`update worn set moved = clock_timestamp()`.execute(store.db);
  }
}

const figures = async () => {
  const { rows } = await sql<{ dead: number; bytes: number; redo: number; end: number }>`
    select (select n_dead_tup from pg_stat_user_tables where relname = 'worn') as dead,
      pg_total_relation_size('worn') as bytes,
      pg_wal_lsn_diff((pg_control_checkpoint()).redo_lsn, '0/0')::float8 as redo,
      pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 as end`.execute(store.db);
  const [row] = rows;
  if (!row) throw new Error("Expected one row of figures.");
  return row;
};

test("the embedded store is vacuumed and its log cut short, so that it does not grow with what is overwritten", async () => {
  const clock = new ManualClock();
  const upkeep = startUpkeep({ store, clock, log: pino({ level: "silent" }) });
  await until(() => clock.sleeping === 1);
  await wear(2_000, 40);
  // PostgreSQL writes its counts down at most once a second.
  await until(async () => (await figures()).dead > 20_000);
  const worn = await figures();
  expect(worn.end - worn.redo).toBeGreaterThan(32 * 1024 * 1024);

  // PostgreSQL counts dead rows some moments late, so that a round may count those that it has just removed.
  await until(async () => {
    await clock.advance(60_000);
    return (await figures()).dead === 0;
  });
  await until(async () => (await figures()).redo > worn.redo);
  const { bytes } = await figures();
  for (let time = 0; time < 5; time += 1) await sql`update worn set moved = clock_timestamp()`.execute(store.db);
  // What was freed is used again: five times the rows would else be some megabytes more.
  expect((await figures()).bytes - bytes).toBeLessThan(1024 * 1024);
  await upkeep.dispose();
  expect(clock.sleeping).toBe(0);
}, 120_000);
