/**
 * Who holds a provider's id. The account at a provider is shared by all tenants of a gateway, so an id belongs to the
 * tenant that had it first: by an operation, by a part of one (a node of a bulk call), or by a write that is under way
 * with it. Whoever would be the first to have it locks it before looking: of two that come at once, the later sees the
 * earlier. The log's lock stays the last one taken: see changes.ts.
 */
import { createHash } from "node:crypto";
import { sql } from "kysely";
import type { NaturalKey } from "./operations.ts";
import { type LearnedByNaturalId, type Newcomer, type Recorded, recordIn } from "./record.ts";
import type { Reader, Store, Writer } from "./store.ts";

/** Nothing was recorded: the id is another tenant's. */
export type HeldElsewhere = "heldElsewhere";

export interface Holder {
  readonly by: "operation" | "item" | "intent";
  readonly tenant: string;
  readonly owner: string;
  readonly correlationId: string | null;
}

/** Held until the transaction ends. A pair of numbers: no pair is ever the log's lock, which is one number. */
export async function lockId(
  trx: Writer,
  { provider, account, kind, naturalId }: Omit<NaturalKey, "tenant">,
): Promise<void> {
  const digest = createHash("sha256")
    .update(JSON.stringify([provider, account, kind, naturalId]))
    .digest();
  await sql`select pg_advisory_xact_lock(${digest.readInt32BE(0)}::int, ${digest.readInt32BE(4)}::int)`.execute(trx);
}

/**
 * The oldest first; of the parts of operations, other tenants' alone. One statement, for a write that ends takes its
 * intent away and brings its operation at one moment: between two looks it would be seen by neither.
 */
export async function holdersOf(
  db: Reader | Writer,
  { tenant, provider, account, kind, naturalId }: NaturalKey,
): Promise<Holder[]> {
  const ofKind = sql`provider = ${provider} and account = ${account} and kind = ${kind}`;
  const { rows } = await sql<Holder>`
    select 'operation' as by, tenant, owner, correlation_id, created_at as since
    from operations where natural_id = ${naturalId} and ${ofKind}
    union all
    select 'item', tenant, owner, correlation_id, created_at
    from operation_items join operations on operations.id = operation_items.operation_id
    where key = ${naturalId} and ${ofKind} and tenant <> ${tenant}
    union all
    select 'intent', tenant, owner, correlation_id, begun_at
    from intents where natural_id = ${naturalId} and ${ofKind}
    order by since
  `.execute(db);
  return rows;
}

export async function isHeldElsewhere({ db }: Store, key: NaturalKey): Promise<boolean> {
  return isAnothers(await holdersOf(db, key), key);
}

export function isAnothers(holders: readonly Holder[], { tenant }: Pick<NaturalKey, "tenant">): boolean {
  return holders.some((holder) => holder.tenant !== tenant);
}

/** Records what somebody looked for and found at the provider. What its tenant has already is recorded whoever else has it. */
export async function recordSeen(store: Store, learned: LearnedByNaturalId): Promise<Recorded | HeldElsewhere> {
  const recorded = await store.transaction((trx, changed) => recordIn(trx, store, learned, changed, { admit }));
  return recorded ?? "heldElsewhere";
}

/** Whoever looks at what a write of the tenant is about to make does not become its owner: its sender does. */
async function admit(trx: Writer, key: NaturalKey, newcomer: Newcomer): Promise<Newcomer | null> {
  await lockId(trx, key);
  const holders = await holdersOf(trx, key);
  if (isAnothers(holders, key)) return null;
  const sent = holders.find(({ by }) => by === "intent");
  return sent ? { ...newcomer, owner: sent.owner, correlationId: sent.correlationId } : newcomer;
}
