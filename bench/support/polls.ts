/** What a poll costs the store: the claim and the record of an answer, as the poller does them, without a provider. */
import { sql } from "kysely";
import { claimDue } from "../../src/store/claims.ts";
import type { StoredOperation } from "../../src/store/database.ts";
import { takeUp } from "../../src/store/intents.ts";
import { record } from "../../src/store/record.ts";
import { trimBatch } from "../../src/store/retention.ts";
import type { Store } from "../../src/store/store.ts";
import { seeded } from "./seed.ts";

export interface PollCost {
  /** Milliseconds, the median. */
  readonly claimMs: number;
  readonly recordMs: number;
  /** Bytes of write-ahead log, by everything that the server did meanwhile. */
  readonly wal: number;
  /** Without the images of whole pages: each page has one when it is first touched after a checkpoint. */
  readonly walBesidesImages: number;
  /** Of a hundred updates of an operation's row, how many wrote into no index. */
  readonly hot: number;
}

/** As many at once as a poller of a fast provider. */
const claimed = 20;

/** Every answer says what is known already, or something new each time. */
export async function measurePolls(store: Store, rounds: number, news: boolean): Promise<PollCost> {
  const claims: number[] = [];
  const records: number[] = [];
  await sql`checkpoint`.execute(store.db);
  const before = await written(store);
  for (let round = 0; round < rounds; round += 1) {
    const began = performance.now();
    const taken = await claim(store, claimed);
    claims.push(performance.now() - began);
    if (taken.length < claimed) throw new Error("Less is due than is to be polled: seed more, or poll less.");
    for (const { operation, begun } of taken) {
      const start = performance.now();
      await answered(store, operation, begun, news ? `round ${round}` : null);
      records.push(performance.now() - start);
    }
  }
  const after = await written(store);
  const log = await logBetween(store, before.place, after.place);
  const polls = rounds * claimed;
  return {
    claimMs: median(claims),
    recordMs: median(records),
    wal: Math.round(log.total / polls),
    walBesidesImages: Math.round(log.records / polls),
    hot: Math.round((100 * (after.hot - before.hot)) / Math.max(1, after.updates - before.updates)),
  };
}

/** What the provider says: the same as ever, or a word that is new. */
function answered(store: Store, operation: StoredOperation, begun: number, news: string | null) {
  return record(store, {
    subject: { by: "id", id: operation.id },
    begun,
    itemKeys: [],
    event: ({ snapshot }) => {
      if (!snapshot) throw new Error("A claimed operation is known.");
      return { type: "read", snapshot: { ...snapshot, providerStatus: news ?? snapshot.providerStatus } };
    },
    terms: {
      wait: () => 54_000 + Math.random() * 12_000,
      deadlineSeconds: 86_400,
      follow: false,
      settledMayChange: false,
    },
    tags: [],
    ends: operation,
  });
}

const claim = (store: Store, limit: number) =>
  claimDue(store, { kind: seeded.commonKind, node: "bench", limit, leaseSeconds: 30 });

const trim = (store: Store) => trimBatch(store, { retentionSeconds: 20 * 86_400, rows: 500 });

/** Milliseconds for a batch, the median: a third of what has settled is older than is kept here. */
export async function measureTrims(store: Store, rounds: number): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const began = performance.now();
    const trimmed = await trim(store);
    times.push(performance.now() - began);
    if (!trimmed?.operations) throw new Error("Nothing is old enough: seed more, or trim less.");
  }
  return median(times);
}

/** What a thousand writes left that a dead gateway was at. */
async function leaveIntents({ db }: Store): Promise<void> {
  await sql`
    insert into intents (id, tenant, owner, provider, account, kind, mutation, natural_id, reserves, operation, tags, node, begun_at)
    select gen_random_uuid(), 'default', 'anonymous', 'CLEENG', 'default', 'PURCHASE_SYNC', 'registerPurchase', 'left-' || n,
      false, '{}', '{}', 'dead', now() - interval '1 day' + n * interval '1 second'
    from generate_series(1, 1000) n`.execute(db);
  await sql`analyze intents`.execute(db);
}

const dropIntents = ({ db }: Store) => sql`delete from intents`.execute(db);

/** What writes, for its plans: each does its work once when its statements are looked at. */
export const writing: ReadonlyArray<{
  readonly name: string;
  before?(store: Store): Promise<unknown>;
  run(store: Store): Promise<unknown>;
  after?(store: Store): Promise<unknown>;
}> = [
  { name: "claiming", run: (store) => claim(store, claimed) },
  {
    // A change's line in the log can't be written a second time, to be explained: it is one insert by its key.
    name: "claiming one, and recording an answer that says nothing new",
    async run(store) {
      const [taken] = await claim(store, 1);
      if (!taken) throw new Error("Nothing is due.");
      await answered(store, taken.operation, taken.begun, null);
    },
  },
  // What a batch removed can't be removed again to be explained: its search finds the next one's.
  { name: "trimming a batch", run: trim },
  {
    name: "taking up ten of a thousand writes that a dead gateway left",
    before: leaveIntents,
    after: dropIntents,
    run: (store) =>
      takeUp(store, {
        node: "bench",
        ages: new Map([["registerPurchase", 20_000]]),
        underWay: [],
        alone: false,
        limit: 10,
      }),
  },
];

async function written(store: Store): Promise<{ place: string; updates: number; hot: number }> {
  // Each connection tells of its updates about once a second, when it is idle.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await store.db.selectNoFrom(sql`1`.as("one")).execute();
  const { rows } = await sql<{ place: string; updates: number; hot: number }>`
    select pg_current_wal_flush_lsn()::text as place, n_tup_upd::float8 as updates, n_tup_hot_upd::float8 as hot
    from pg_stat_user_tables where relname = 'operations'`.execute(store.db);
  const [row] = rows;
  if (!row) throw new Error("There is no table of operations.");
  return row;
}

async function logBetween(store: Store, from: string, to: string): Promise<{ total: number; records: number }> {
  await sql`create extension if not exists pg_walinspect`.execute(store.db);
  const { rows } = await sql<{ total: number; records: number }>`
    select sum(combined_size)::float8 as total, sum(record_size)::float8 as records
    from pg_get_wal_stats(${from}::pg_lsn, ${to}::pg_lsn)`.execute(store.db);
  const [row] = rows;
  if (!row) throw new Error("The write-ahead log could not be read.");
  return row;
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
