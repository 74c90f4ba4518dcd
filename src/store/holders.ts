/**
 * Who holds a provider's id. The account at a provider is shared by all tenants of a gateway, so an id belongs to the
 * tenant that had it first: by an operation, by a part of one (a node of a bulk call), or by a write that is under way
 * with it. Whoever would be the first to have it locks it before looking: of two that come at once, the later sees the
 * earlier. The log's lock stays the last one taken: see changes.ts.
 */
import { createHash } from "node:crypto";
import { columnsOf, type NaturalKey } from "./operations.ts";
import {
  type Admission,
  type LearnedByNaturalId,
  type Manner,
  type Newcomer,
  type Recorded,
  recordMany,
} from "./record.ts";
import { runIn, type Statement, statement } from "./statement.ts";
import type { Reader, Store, Writer } from "./store.ts";

/** Nothing was recorded: the id is another tenant's. */
export type HeldElsewhere = "heldElsewhere";

export interface Holder {
  readonly by: "operation" | "item" | "intent";
  readonly tenant: string;
  readonly owner: string;
  readonly correlationId: string | null;
}

/** Held until the transaction ends. */
export async function lockId(trx: Writer, key: Omit<NaturalKey, "tenant">): Promise<void> {
  const [high, low] = digestOf(key);
  await runIn(trx, lockIds, [[high], [low]]);
}

/** A pair of numbers: no pair is ever the log's lock, which is one number. */
function digestOf({ provider, account, kind, naturalId }: Omit<NaturalKey, "tenant">): readonly [number, number] {
  const digest = createHash("sha256")
    .update(JSON.stringify([provider, account, kind, naturalId]))
    .digest();
  return [digest.readInt32BE(0), digest.readInt32BE(4)];
}

/** In their order. */
const lockIds: Statement<never> = statement(
  "lock-ids",
  "select pg_advisory_xact_lock(id.high, id.low) from unnest($1::int[], $2::int[]) as id (high, low)",
);

type Found = Holder & { readonly ordinal: number };

/** The offsets keep each a look into an index, whatever the planner takes the tables for. */
const holders: Statement<Found> = statement(
  "holders",
  `select ordinal::int, holder.*
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
    with ordinality as wanted (natural_id, provider, account, kind, tenant, ordinal)
  cross join lateral (
    (select 'operation' as by, tenant, owner, correlation_id, created_at as since
    from operations
    where natural_id = wanted.natural_id
      and provider = wanted.provider and account = wanted.account and kind = wanted.kind
    offset 0)
    union all
    (select 'item', whole.tenant, owner, correlation_id, created_at
    from (select operation_id from operation_items where key = wanted.natural_id offset 0) part
    cross join lateral (
      select tenant, owner, correlation_id, created_at
      from operations
      where id = part.operation_id
        and provider = wanted.provider and account = wanted.account and kind = wanted.kind and tenant <> wanted.tenant
      offset 0
    ) whole)
    union all
    (select 'intent', tenant, owner, correlation_id, begun_at
    from intents
    where natural_id = wanted.natural_id
      and provider = wanted.provider and account = wanted.account and kind = wanted.kind
    offset 0)
  ) holder
  order by ordinal, since`,
);

/**
 * The oldest first; of the parts of operations, other tenants' alone. One statement, for a write that ends takes its
 * intent away and brings its operation at one moment: between two looks it would be seen by neither.
 */
export async function holdersOf(db: Reader | Writer, key: NaturalKey): Promise<readonly Holder[]> {
  return (await holdersOfMany(db, [key]))[0] ?? [];
}

/** The same of each, in their order. */
async function holdersOfMany(db: Reader | Writer, keys: readonly NaturalKey[]): Promise<Holder[][]> {
  const all: Holder[][] = keys.map(() => []);
  if (keys.length === 0) return all;
  for (const { ordinal, ...holder } of await runIn(db, holders, columnsOf(keys))) all[ordinal - 1]?.push(holder);
  return all;
}

export async function isHeldElsewhere(store: Store, key: NaturalKey): Promise<boolean> {
  return (await areHeldElsewhere(store, [key]))[0] ?? false;
}

/** Of each, in their order: by one statement, however many they are. */
export async function areHeldElsewhere({ db }: Store, keys: readonly NaturalKey[]): Promise<readonly boolean[]> {
  const held = await holdersOfMany(db, keys);
  return keys.map((key, index) => isAnothers(held[index] ?? [], key));
}

export function isAnothers(holders: readonly Holder[], { tenant }: Pick<NaturalKey, "tenant">): boolean {
  return holders.some((holder) => holder.tenant !== tenant);
}

/** Records what somebody looked for and found at the provider. What its tenant has already is recorded whoever else has it. */
export async function recordSeen(store: Store, learned: LearnedByNaturalId): Promise<Recorded | HeldElsewhere> {
  const [seen] = await recordSeenMany(store, [learned]);
  if (seen?.status === "rejected") throw seen.reason;
  return seen?.value ?? "heldElsewhere";
}

/** The same of many, in one transaction: see `recordMany`. */
export async function recordSeenMany(
  store: Store,
  all: readonly LearnedByNaturalId[],
): Promise<Array<PromiseSettledResult<Recorded | HeldElsewhere>>> {
  const settled = await recordMany(store, all, asSeen);
  return settled.map((one) =>
    one.status === "rejected" ? one : { status: "fulfilled", value: one.value ?? "heldElsewhere" },
  );
}

/** For `recordMany`: what is another tenant's is not recorded. */
export const asSeen: Manner = { admit };

/** Whoever looks at what a write of the tenant is about to make does not become its owner: its sender does. */
async function admit(trx: Writer, admissions: readonly Admission[]): Promise<Array<Newcomer | null>> {
  const keys = admissions.map(({ key }) => key);
  const digests = keys.map(digestOf);
  await runIn(trx, lockIds, [digests.map(([high]) => high), digests.map(([, low]) => low)]);
  const held = await holdersOfMany(trx, keys);
  return admissions.map(({ key, newcomer }, index) => {
    const holders = held[index] ?? [];
    const sent = holders.find(({ by }) => by === "intent");
    const admitted = sent ? { ...newcomer, owner: sent.owner, correlationId: sent.correlationId } : newcomer;
    return isAnothers(holders, key) ? null : admitted;
  });
}
