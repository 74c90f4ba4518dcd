/** How long work took, as it was seen to settle: the last of each kind, from all gateways. */
import { sql } from "kysely";
import type { SettleTimesTable } from "./database.ts";
import type { Store } from "./store.ts";

/** Not settled at the first age, settled by the second, in ms; null where it never was. */
export type SettleTime = readonly [afterMs: number, withinMs: number | null];

export interface SettleTimes {
  readonly kind: string;
  readonly sinceStart: boolean;
  /** From the oldest to the youngest. */
  readonly samples: readonly SettleTime[];
}

export interface StoredSettleTimes extends SettleTimes {
  readonly id: number;
}

const columns = ["id", "kind", "sinceStart", "samples"] as const satisfies ReadonlyArray<keyof SettleTimesTable>;

export async function addSettleTimes(store: Store, added: readonly SettleTimes[]): Promise<StoredSettleTimes[]> {
  if (added.length === 0) return [];
  return store.db
    .insertInto("settleTimes")
    .values(
      added.map(({ kind, sinceStart, samples }) => ({
        kind,
        sinceStart,
        seenAt: store.now(),
        count: samples.length,
        samples: JSON.stringify(samples),
      })),
    )
    .returning(columns)
    .execute();
}

/** In the order in which they came. Ids are drawn before a commit, so whoever reads on has to look back a little. */
export function settleTimesAfter({ db }: Store, id: number): Promise<StoredSettleTimes[]> {
  return db.selectFrom("settleTimes").select(columns).where("id", ">", id).orderBy("id").execute();
}

/** Leaves the rows with the last `kept` of each kind. */
export async function trimSettleTimes({ db }: Store, kept: number): Promise<void> {
  await sql`
    delete from settle_times where id in (
      select id from (
        select id, sum(count) over (partition by kind, since_start order by id desc) - count as younger from settle_times
      ) as counted where younger >= ${kept}::int)
  `.execute(db);
}
