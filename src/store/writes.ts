/**
 * Writes before and after their call: the intent that says what is about to be sent, and the key under which a repeat
 * is known again. An intent is no operation: a refused write leaves none.
 */
import { sql } from "kysely";
import { v7 as uuidv7 } from "uuid";
import type { Snapshot } from "../datasources/contract.ts";
import type { Problem } from "../datasources/problems.ts";
import { type Learned, type Recorded, recordIn, storable } from "./record.ts";
import type { Store, Writer } from "./store.ts";

export interface IdempotencyKey {
  readonly tenant: string;
  readonly owner: string;
  readonly mutation: string;
  readonly key: string;
}

export interface Intent {
  readonly tenant: string;
  readonly owner: string;
  readonly provider: string;
  readonly account: string;
  readonly kind: string;
  readonly mutation: string;
  readonly naturalId: string | null;
  /** Whether the id is ours to make, so that it must not exist yet, for whomever. */
  readonly reserves: boolean;
  readonly snapshot: Snapshot;
  readonly correlationId: string | null;
  readonly tags: readonly string[];
  readonly node: string;
}

export type Reservation =
  | { readonly type: "reserved"; readonly intentId: string }
  /** The id that was to become the operation's is taken. */
  | { readonly type: "idInUse" }
  /** The idempotency key was used before; see `answerOf`. */
  | { readonly type: "repeated" };

/** Notes what is about to be sent. Nothing may be sent unless it answers "reserved". */
export async function reserve(
  store: Store,
  intent: Intent,
  idempotency: (IdempotencyKey & { readonly inputHash: string }) | null,
): Promise<Reservation> {
  return store.transaction(async (trx) => {
    if (idempotency) {
      const { inputHash, ...key } = idempotency;
      const taken = await trx
        .insertInto("idempotencyKeys")
        .values({ ...key, inputHash, operationId: null, refusal: null, createdAt: store.now(), answeredAt: null })
        .onConflict((conflict) => conflict.doNothing())
        .returning("key")
        .executeTakeFirst();
      if (!taken) return { type: "repeated" };
    }
    const { snapshot, ...columns } = intent;
    const id = uuidv7();
    const noted = await trx
      .insertInto("intents")
      .values({
        id,
        ...columns,
        tags: [...intent.tags],
        idempotencyKey: idempotency?.key ?? null,
        operation: JSON.stringify(storable(snapshot)),
        begunAt: store.now(),
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning("id")
      .executeTakeFirst();
    if (!noted || (intent.reserves && (await existsForAnyone(trx, intent)))) {
      await free(trx, noted ? id : null, idempotency);
      return { type: "idInUse" };
    }
    return { type: "reserved", intentId: id };
  });
}

async function existsForAnyone(trx: Writer, { provider, account, kind, naturalId }: Intent): Promise<boolean> {
  const found = await trx
    .selectFrom("operations")
    .select("id")
    .where("provider", "=", provider)
    .where("account", "=", account)
    .where("kind", "=", kind)
    .where("naturalId", "=", naturalId)
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

/** The write was not accepted: its intent goes. With a refusal, the key keeps it; without, the key is free again. */
export async function giveUp(
  store: Store,
  intentId: string,
  idempotency: IdempotencyKey | null,
  refusal: Problem | null,
): Promise<void> {
  await store.transaction(async (trx) => {
    if (idempotency && refusal) {
      await trx
        .updateTable("idempotencyKeys")
        .set({ refusal: JSON.stringify(storable(refusal)), answeredAt: store.now() })
        .where(sameKey(idempotency))
        .execute();
      await free(trx, intentId, null);
    } else {
      await free(trx, intentId, idempotency);
    }
  });
}

/** The write was accepted, or may have been: its intent becomes the operation. */
export async function fulfil(
  store: Store,
  intentId: string,
  idempotency: IdempotencyKey | null,
  learned: Learned,
): Promise<Recorded> {
  return store.transaction(async (trx, changed) => {
    const recorded = await recordIn(trx, store, learned, changed, async (operationId) => {
      if (idempotency) {
        await trx
          .updateTable("idempotencyKeys")
          .set({ operationId, answeredAt: store.now() })
          .where(sameKey(idempotency))
          .execute();
      }
      await free(trx, intentId, null);
    });
    if (!recorded) throw new Error("A write that was accepted made no operation.");
    return recorded;
  });
}

export interface KeyAnswer {
  readonly inputHash: string;
  readonly operationId: string | null;
  readonly refusal: Problem | null;
}

/** What became of the call that used the key first; null where the key is free. */
export async function answerOf({ db }: Store, idempotency: IdempotencyKey): Promise<KeyAnswer | null> {
  const row = await db.selectFrom("idempotencyKeys").selectAll().where(sameKey(idempotency)).executeTakeFirst();
  if (!row) return null;
  return {
    inputHash: row.inputHash,
    operationId: row.operationId,
    refusal: row.refusal,
  };
}

async function free(trx: Writer, intentId: string | null, idempotency: IdempotencyKey | null): Promise<void> {
  if (intentId !== null) await trx.deleteFrom("intents").where("id", "=", intentId).execute();
  if (idempotency) await trx.deleteFrom("idempotencyKeys").where(sameKey(idempotency)).execute();
}

function sameKey({ tenant, owner, mutation, key }: IdempotencyKey) {
  return () => sql<boolean>`tenant = ${tenant} and owner = ${owner} and mutation = ${mutation} and key = ${key}`;
}
