/**
 * Intents that were left behind: whose gateway died, or could not record what became of its write. It hands each to one
 * gateway, and knows nothing of what is made of it.
 */
import { sql } from "kysely";
import type { PreparedWrite } from "../datasources/contract.ts";
import { isAlive } from "./gateways.ts";
import type { Store } from "./store.ts";
import type { IdempotencyKey } from "./writes.ts";

export interface LeftIntent {
  readonly id: string;
  readonly tenant: string;
  readonly owner: string;
  readonly kind: string;
  readonly mutation: string;
  readonly prepared: PreparedWrite;
  readonly correlationId: string | null;
  readonly tags: readonly string[];
  readonly idempotency: IdempotencyKey | null;
}

export interface TakeUpRequest {
  readonly node: string;
  /** By mutation: how old, in ms, an intent must be before it is taken up. Others are left to gateways that know them. */
  readonly ages: ReadonlyMap<string, number>;
  /** Intents that this very gateway is at: it alone knows which of its own are left behind. */
  readonly underWay: readonly string[];
  /** Of its own, those that failed before: which are left to rest, and which come again, after all that did not fail. */
  readonly failed?: { readonly resting: readonly string[]; readonly again: readonly string[] };
  /** Whether nobody else can be alive: the embedded store. */
  readonly alone: boolean;
  readonly limit: number;
}

/**
 * The oldest first, and before those that failed. Each becomes this gateway's own, so that no other takes it up while this
 * one lives, and the next one does if this one dies over it.
 */
export async function takeUp(store: Store, request: TakeUpRequest): Promise<LeftIntent[]> {
  const { node, ages, underWay, failed, alone, limit } = request;
  const spared = [...underWay, ...(failed?.resting ?? [])];
  const now = store.now();
  const [mutations, waits] = [[...ages.keys()], [...ages.values()]];
  const rows = await store.db
    // Materialized, so that it runs once: as a plain subquery, a plan may run it again for each row and pass the limit.
    .with(
      (cte) => cte("abandoned").materialized(),
      (db) =>
        db
          .selectFrom("intents")
          .innerJoin(
            sql<{ mutation: string; ms: number }>`unnest(${mutations}::text[], ${waits}::float8[])`.as<"known">(
              sql`known(mutation, ms)`,
            ),
            "known.mutation",
            "intents.mutation",
          )
          .select("intents.id")
          .where("begunAt", "<=", sql<Date>`${now} - make_interval(secs => known.ms / 1000)`)
          .where((eb) =>
            eb.or([
              eb.and([eb("node", "=", node), eb("intents.id", "<>", sql<string>`all(${spared}::uuid[])`)]),
              eb.and([eb("node", "<>", node), alone ? sql.lit(true) : eb.not(isAlive(sql.ref("intents.node")))]),
            ]),
          )
          .orderBy(sql`intents.id = any(${[...(failed?.again ?? [])]}::uuid[])`)
          .orderBy("begunAt")
          .limit(limit)
          .forUpdate("intents")
          .skipLocked(),
    )
    .updateTable("intents")
    .set({ node })
    .where("id", "in", (eb) => eb.selectFrom("abandoned").select("id"))
    .returningAll()
    .execute();
  return rows.map(
    ({ id, tenant, owner, kind, mutation, naturalId, operation, correlationId, tags, idempotencyKey }) => ({
      id,
      tenant,
      owner,
      kind,
      mutation,
      prepared: { key: naturalId, snapshot: operation },
      correlationId,
      tags,
      idempotency: idempotencyKey === null ? null : { tenant, owner, mutation, key: idempotencyKey },
    }),
  );
}
