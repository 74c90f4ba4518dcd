/** Who polls what, and when. A claim is a lease in the operation's row: a node that dies loses it when it runs out. */
import { type QueryCreator, sql } from "kysely";
import type { Database, StoredOperation } from "./database.ts";
import type { Store } from "./store.ts";

export interface Claim {
  readonly operation: StoredOperation;
  /** When the check was begun, by the database's clock. */
  readonly begun: number;
}

export interface ClaimRequest {
  readonly kind: string;
  readonly node: string;
  readonly limit: number;
  readonly leaseSeconds: number;
  /** Only these, by id; all, unless given. */
  readonly among?: readonly string[];
}

/** Takes what is due, the most overdue first. Rows that another node is just taking are passed over. */
export async function claimDue(store: Store, request: ClaimRequest): Promise<Claim[]> {
  const { node, leaseSeconds, among } = request;
  const now = store.now();
  const rows = await store.db
    // Materialized, so that it runs once: as a plain subquery, a plan may run it again for each row and pass the limit.
    .with(
      (cte) => cte("due").materialized(),
      (db) => (among ? dueAmong(db, now, request, among) : due(db, now, request)).forUpdate().skipLocked(),
    )
    .updateTable("operations")
    .set({ leaseNode: node, leaseUntil: sql<Date>`${now} + make_interval(secs => ${leaseSeconds}::float8)` })
    .where("id", "in", (eb) => eb.selectFrom("due").select("id"))
    .returningAll()
    .returning(store.begun().as("claimed"))
    .execute();
  return rows.map(({ claimed, ...operation }) => ({ operation, begun: claimed }));
}

type Now = ReturnType<Store["now"]>;

/** Followed, due, and asked by nobody. Of whatever row these columns are of. */
const isDue = (kind: string, now: Now) => sql<boolean>`
  kind = ${kind} and followed = true and next_check_at <= ${now} and (lease_until is null or lease_until <= ${now})`;

function due(db: QueryCreator<Database>, now: Now, { kind, limit }: ClaimRequest) {
  return db.selectFrom("operations").select("id").where(isDue(kind, now)).orderBy("nextCheckAt").limit(limit);
}

/**
 * The rows of these ids are looked up first, all of them (the offset keeps the planner from mixing the two), and only
 * then is it asked which are due: with a backlog, the index of what is due would lead through all of that.
 */
function dueAmong(db: QueryCreator<Database>, now: Now, { kind, limit }: ClaimRequest, ids: readonly string[]) {
  const named = db
    .selectFrom("operations")
    .select(["id", "kind", "followed", "nextCheckAt", "leaseUntil"])
    .where((eb) => eb("id", "=", sql<string>`any(${[...ids]}::uuid[])`))
    .offset(0)
    .as("named");
  const first = db.selectFrom(named).select("id").where(isDue(kind, now)).orderBy("nextCheckAt").limit(limit);
  // Once more, of the row as it is locked: somebody may have taken it since it was looked up.
  return db.selectFrom("operations").select("id").where("id", "in", first).where(isDue(kind, now));
}

/** Gives one claim back unasked, where it still holds; when its operation is due stays as it is. */
export async function giveBack({ db }: Store, { operation }: Claim): Promise<void> {
  const { id, leaseNode, leaseUntil } = operation;
  if (leaseUntil === null) return;
  await db
    .updateTable("operations")
    .set({ leaseNode: null, leaseUntil: null })
    .where("id", "=", id)
    .where("leaseNode", "=", leaseNode)
    // The database's time is finer than a Date. A later claim of the same node's runs out later than this one.
    .where("leaseUntil", "<", new Date(leaseUntil.getTime() + 2))
    .execute();
}

/**
 * Milliseconds until something of this kind is due; 0 where it is, null where nothing is to be waited for. What is
 * leased is passed over: it is being asked. One look into the index of what is due, whatever the number of rows.
 */
export async function untilDue(store: Store, kind: string): Promise<number | null> {
  const now = store.now();
  const row = await store.db
    .selectFrom("operations")
    .select(sql<number>`ceil(extract(epoch from next_check_at - ${now}) * 1000)::float8`.as("ms"))
    .where("kind", "=", kind)
    .where("followed", "=", true)
    .where((eb) => eb.or([eb("leaseUntil", "is", null), eb("leaseUntil", "<=", now)]))
    .orderBy("nextCheckAt")
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : Math.max(0, row.ms);
}

/**
 * Gives back what this node holds of these: at shutdown. The ids are asked for because an index of who holds what would
 * be written to by every claim.
 */
export async function releaseAll({ db }: Store, node: string, operationIds: readonly string[]): Promise<void> {
  if (operationIds.length === 0) return;
  await db
    .updateTable("operations")
    .set({ leaseNode: null, leaseUntil: null })
    .where((eb) => eb("id", "=", sql<string>`any(${[...operationIds]}::uuid[])`))
    .where("leaseNode", "=", node)
    .execute();
}

/**
 * Gives back what any node holds, for a process that is alone with the store (the embedded one): whoever held a lease
 * there is dead, and a killed program that starts again must not wait for its own leases to run out. It reads the whole
 * table, once a start.
 */
export async function releaseAbandoned({ db }: Store): Promise<void> {
  await db
    .updateTable("operations")
    .set({ leaseNode: null, leaseUntil: null })
    .where("leaseUntil", "is not", null)
    .execute();
}
