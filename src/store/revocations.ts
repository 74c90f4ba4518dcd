/** Tokens that were revoked, by whose they are: all that were issued up to an instant. */
import { sql } from "kysely";
import type { Store } from "./store.ts";

export interface Revocation {
  readonly tenant: string;
  readonly owner: string;
  /** By the database's clock. A token's own `iat` is its issuer's. */
  readonly issuedUntil: Date;
}

/** All that were issued until now. What has been revoked stays so. */
export async function revokeTokens(store: Store, tenant: string, owner: string): Promise<Date> {
  const { issuedUntil } = await store.db
    .insertInto("revocations")
    .values({ tenant, owner, issuedUntil: store.now() })
    .onConflict((conflict) =>
      conflict.columns(["tenant", "owner"]).doUpdateSet({
        issuedUntil: sql<Date>`greatest(revocations.issued_until, excluded.issued_until)`,
      }),
    )
    .returning("issuedUntil")
    .executeTakeFirstOrThrow();
  return issuedUntil;
}

/**
 * Those made since the latest that is known, `overlapMs` before it included: one that began earlier may have been committed
 * later. All of them where none is known.
 */
export function revocationsSince({ db }: Store, latest: Date | null, overlapMs: number): Promise<Revocation[]> {
  const query = db.selectFrom("revocations").selectAll();
  if (latest === null) return query.execute();
  return query.where("issuedUntil", ">=", new Date(latest.getTime() - overlapMs)).execute();
}
