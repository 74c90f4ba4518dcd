/**
 * Writes before and after their call: the intent that says what is about to be sent, and the key under which a repeat
 * is known again. An intent is no operation: a refused write leaves none.
 */
import { sql } from "kysely";
import type { Snapshot } from "../datasources/contract.ts";
import type { Problem } from "../datasources/problems.ts";
import type { StoredOperation } from "./database.ts";
import { type HeldElsewhere, holdersOf, isAnothers, lockId } from "./holders.ts";
import { type LearnedByNaturalId, type Recorded, recordIn, storable } from "./record.ts";
import type { Store, Writer } from "./store.ts";

export interface IdempotencyKey {
  readonly tenant: string;
  readonly owner: string;
  readonly mutation: string;
  readonly key: string;
}

export interface Intent {
  /** Also the id of the operation that it becomes, where that is a new one: so whoever comes late finds it. */
  readonly id: string;
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
  | { readonly type: "reserved" }
  /** The id that was to become the operation's is taken. */
  | { readonly type: "idInUse" }
  /** The id is not ours to make, and another tenant has it. */
  | { readonly type: HeldElsewhere }
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
    const obstacle = await obstacleTo(trx, intent);
    if (obstacle) {
      if (idempotency) await free(trx, idempotency);
      return { type: obstacle };
    }
    const { snapshot, ...columns } = intent;
    const noted = await trx
      .insertInto("intents")
      .values({
        ...columns,
        tags: [...intent.tags],
        idempotencyKey: idempotency?.key ?? null,
        operation: JSON.stringify(storable(snapshot)),
        begunAt: store.now(),
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning("id")
      .executeTakeFirst();
    if (!noted) {
      if (idempotency) await free(trx, idempotency);
      return { type: "idInUse" };
    }
    return { type: "reserved" };
  });
}

/** Whether the id that is known before the call stands in its way; null where it does not. */
async function obstacleTo(
  trx: Writer,
  { tenant, provider, account, kind, naturalId, reserves }: Intent,
): Promise<"idInUse" | HeldElsewhere | null> {
  if (naturalId === null) return null;
  const key = { tenant, provider, account, kind, naturalId };
  await lockId(trx, key);
  const holders = await holdersOf(trx, key);
  if (reserves) return holders.length > 0 ? "idInUse" : null;
  return isAnothers(holders, key) ? "heldElsewhere" : null;
}

/**
 * The write was not accepted: its intent goes. With a refusal, the key keeps it; without, the key is free again. False
 * where the intent is not there any more: then somebody else has decided what became of it, and nothing is changed.
 */
export async function giveUp(
  store: Store,
  intentId: string,
  idempotency: IdempotencyKey | null,
  refusal: Problem | null,
): Promise<boolean> {
  return store.transaction(async (trx) => {
    if (!(await remove(trx, intentId))) return false;
    if (idempotency && refusal) {
      await trx
        .updateTable("idempotencyKeys")
        .set({ refusal: JSON.stringify(storable(refusal)), answeredAt: store.now() })
        .where(sameKey(idempotency))
        .execute();
    } else if (idempotency) {
      await free(trx, idempotency);
    }
    return true;
  });
}

/** Who brings what became of a write. */
export type Witness =
  /** The gateway that sent it: what it saw counts, also where others took the write for lost meanwhile. */
  | "sender"
  /** Who takes up what a dead gateway left: it knows nothing that the sender would not know better. */
  | "successor";

/**
 * The write was accepted, or may have been: its intent becomes the operation, and its sender the operation's owner, also
 * where somebody else had looked at it before. Null where a successor finds that the intent is gone: then the sender was
 * alive after all, or another successor was faster.
 */
export async function fulfil(
  store: Store,
  intentId: string,
  idempotency: IdempotencyKey | null,
  learned: LearnedByNaturalId,
  witness: Witness,
): Promise<Recorded | null> {
  return store.transaction(async (trx, changed) => {
    const held = await remove(trx, intentId);
    if (!held && witness === "successor") return null;
    const { subject } = learned;
    if (!held) {
      const made = await adopt(trx, intentId, subject.naturalId);
      // Lost for the sender as well: what was made of the intent says so already.
      if (made && subject.naturalId === null) return { operation: made, changed: false, stale: true };
    }
    const newcomer = held ? { ...subject.newcomer, id: intentId } : subject.newcomer;
    const recorded = await recordIn(trx, store, { ...learned, subject: { ...subject, newcomer } }, changed, {
      // With the intent, and not again by a repeat: a later write's sender may have it by then.
      takesOver: held,
      async alongside(operationId) {
        if (!idempotency) return;
        await trx
          .updateTable("idempotencyKeys")
          .set({ operationId, refusal: null, answeredAt: store.now() })
          .where(sameKey(idempotency))
          .execute();
      },
    });
    if (!recorded) throw new Error("A write that was accepted made no operation.");
    return recorded;
  });
}

/** The operation that others made of an intent gets the provider's id that its sender saw, unless another one has it. */
async function adopt(trx: Writer, intentId: string, naturalId: string | null): Promise<StoredOperation | null> {
  const made = await trx.selectFrom("operations").selectAll().where("id", "=", intentId).forUpdate().executeTakeFirst();
  if (!made || made.naturalId !== null || naturalId === null) return made ?? null;
  const { tenant, provider, account, kind } = made;
  const taken = trx
    .selectFrom("operations")
    .select("id")
    .where("tenant", "=", tenant)
    .where("provider", "=", provider)
    .where("account", "=", account)
    .where("kind", "=", kind)
    .where("naturalId", "=", naturalId);
  await trx
    .updateTable("operations")
    .set({ naturalId })
    .where("id", "=", intentId)
    .where(({ not, exists }) => not(exists(taken)))
    .execute();
  return made;
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

/** Whether it was there. Whoever removes it decides: the others wait for that, and find it gone. */
async function remove(trx: Writer, intentId: string): Promise<boolean> {
  const removed = await trx.deleteFrom("intents").where("id", "=", intentId).returning("id").executeTakeFirst();
  return removed !== undefined;
}

async function free(trx: Writer, idempotency: IdempotencyKey): Promise<void> {
  await trx.deleteFrom("idempotencyKeys").where(sameKey(idempotency)).execute();
}

function sameKey({ tenant, owner, mutation, key }: IdempotencyKey) {
  return () => sql<boolean>`tenant = ${tenant} and owner = ${owner} and mutation = ${mutation} and key = ${key}`;
}
