/**
 * What a server's own processes do and nobody does in PGlite: vacuum, and checkpoints. Without the first, tables and
 * indexes grow with every poll; without the second, the write-ahead log does (measured: 16 MB in 20,000 polls), and a
 * start after a kill reads all of it again.
 */
import { sql } from "kysely";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { Store } from "./store.ts";

export interface UpkeepOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Pick<Logger, "warn">;
}

export interface Upkeep {
  dispose(): Promise<void>;
}

const intervalMs = 60_000;
/** As autovacuum judges, but for small tables: there each vacuum would cost more than it frees. */
const deadRows = 1_000;
const deadShare = 0.2;
/** Refused, like every write, while room is short (room.ts): PGlite does not outlive a checkpoint that finds none. */
const logBytes = 32 * 1024 * 1024;

/** Only for a store that nobody else looks after (`Store.embedded`). */
export function startUpkeep({ store, clock, log }: UpkeepOptions): Upkeep {
  const stop = new AbortController();
  const run = async () => {
    let checkpointed = await logPosition(store).catch(() => 0);
    await clock.sleep(intervalMs, stop.signal);
    while (!stop.signal.aborted) {
      try {
        await vacuumWorn(store, stop.signal);
        const position = await logPosition(store);
        if (position - checkpointed >= logBytes) {
          await sql`checkpoint`.execute(store.db);
          checkpointed = position;
        }
      } catch (error) {
        if (!stop.signal.aborted)
          log.warn({ err: error }, "The embedded store could not be tidied; it is tried again.");
      }
      await clock.sleep(intervalMs, stop.signal);
    }
  };
  const ended = run();
  return {
    async dispose() {
      stop.abort();
      await ended;
    },
  };
}

/** A table at a time, so that what else wants the one connection gets it between two. */
export async function vacuumWorn({ db }: Pick<Store, "db">, stop: AbortSignal): Promise<readonly string[]> {
  const worn = await sql<{ table: string }>`
    select relname as table from pg_stat_user_tables
    where n_dead_tup > ${deadRows}::float8 + ${deadShare}::float8 * n_live_tup
  `.execute(db);
  const tables = worn.rows.map(({ table }) => table);
  for (const table of tables) {
    if (stop.aborted) break;
    await sql`vacuum (analyze) ${sql.table(table)}`.execute(db);
  }
  return tables;
}

async function logPosition({ db }: Pick<Store, "db">): Promise<number> {
  const { rows } = await sql<{ position: number }>`
    select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 as position
  `.execute(db);
  return rows[0]?.position ?? 0;
}
