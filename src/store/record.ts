import { v7 as uuidv7 } from "uuid";
import type { Item, Known, Snapshot } from "../datasources/contract.ts";
import { advance, type Event, type Moving, type Terms } from "../operations/advance.ts";
import { appendChange, giveHistory } from "./changes.ts";
import type { StoredItem, StoredOperation } from "./database.ts";
import { itemsElsewhere, itemsOf, saveItems } from "./items.ts";
import type { NaturalKey } from "./operations.ts";
import type { ChangeHint, Store, Writer } from "./store.ts";

/** What an operation is known by when it is seen for the first time. */
export interface Newcomer {
  /** The id that it gets; a new one unless given. */
  readonly id?: string;
  readonly owner: string;
  readonly correlationId: string | null;
}

export type Subject =
  | { readonly by: "id"; readonly id: string }
  /** Made where it isn't known yet. A naturalId of null is always a new one. */
  | ({ readonly by: "naturalId"; readonly newcomer: Newcomer; readonly naturalId: string | null } & Omit<
      NaturalKey,
      "naturalId"
    >);

/** A claim, by what it wrote into the row. */
export type Lease = Pick<StoredOperation, "leaseNode" | "leaseUntil">;

export interface Learned {
  readonly subject: Subject;
  /** When the request was begun, by `Store.begun`; null for what no request told us. */
  readonly begun: number | null;
  /** Keys of the items that the answer is about. */
  readonly itemKeys: readonly string[];
  /** Pure: what the answer means, given what is known. */
  event(known: Known): Event;
  readonly terms: Omit<Terms, "now">;
  /** Added to those that it has. */
  readonly tags: readonly string[];
  /** The claim that this ends, where it still holds: one that ran out may be somebody else's by now. */
  readonly ends: Lease | null;
}

export type LearnedByNaturalId = Learned & { readonly subject: Extract<Subject, { by: "naturalId" }> };

export interface Recorded {
  readonly operation: StoredOperation;
  /** Whether it made a revision. */
  readonly changed: boolean;
  /** Whether it came too late to count. */
  readonly stale: boolean;
}

/** Null where an operation by id is not there (any more). */
export function record(store: Store, learned: Learned): Promise<Recorded | null> {
  return store.transaction((trx, changed) => recordIn(trx, store, learned, changed));
}

export interface Manner {
  /** Says whose an operation is that is seen for the first time; null: it may not be recorded, and nothing is. */
  readonly admit?: (trx: Writer, key: NaturalKey, newcomer: Newcomer) => Promise<Newcomer | null>;
  /** Whether it becomes the newcomer's owner's also where somebody else saw it before. */
  readonly takesOver?: boolean;
  /** Done with it. The change comes after, for all wait for it. */
  readonly alongside?: (operationId: string) => Promise<void>;
}

/** The same, inside a transaction. */
export async function recordIn(
  trx: Writer,
  store: Store,
  learned: Learned,
  changed: (hint: ChangeHint) => void,
  manner: Manner = {},
): Promise<Recorded | null> {
  const { now, row } = await locked(trx, store, learned.subject);
  const known = row ?? (await admitted(trx, learned.subject, manner));
  if (known === null) return null;
  const stale = row !== null && isStale(row, learned.begun);
  const before = row === null ? [] : await itemsOf(trx, row.id);
  const event: Event = stale
    ? { type: learned.terms.follow ? "followed" : "outdated" }
    : storable(learned.event(await knownOf(trx, row, before, learned)));

  const advanced = advance(row, before, event, { ...learned.terms, now });
  const { next, items } = advanced;
  const owner = manner.takesOver ? (newcomerOf(learned.subject)?.owner ?? known.owner) : known.owner;
  // Those who could not see it before have to be told of it.
  const changesHands = owner !== known.owner;
  const revises = advanced.changed || changesHands;
  const operation: StoredOperation = {
    ...known,
    ...next,
    owner,
    changedAt: changesHands ? now : next.changedAt,
    revision: (row?.revision ?? 0) + (revises ? 1 : 0),
    correlationId: newcomerOf(learned.subject)?.correlationId ?? known.correlationId,
    tags: withTags(row?.tags ?? [], learned.tags),
    // A check that failed told nothing, so an answer begun before it still counts.
    begun: stale || event.type === "failed" ? (row?.begun ?? null) : (learned.begun ?? row?.begun ?? null),
    ...(row === null ? {} : leaseOf(row, learned.ends, next)),
  };
  if (row === null) {
    // Somebody else made it since we looked: take theirs.
    if (!(await insert(trx, operation))) return recordIn(trx, store, learned, changed, manner);
  } else {
    await update(trx, operation);
  }
  await saveItems(trx, operation.id, operation.revision, items);
  await manner.alongside?.(operation.id);
  if (changesHands) await giveHistory(trx, operation);
  if (!revises) return { operation, changed: false, stale };
  const place = await appendChange(trx, operation, row?.state ?? null);
  changed({ place, operationId: operation.id, tenant: operation.tenant });
  return { operation: { ...operation, place }, changed: true, stale };
}

/**
 * The same as jsonb gives it back, so that it equals what is stored. PostgreSQL holds neither NUL nor halves of
 * surrogate pairs; a provider's answer may: such a character becomes U+FFFD. Nor does it tell -0 from 0.
 */
export function storable<T>(value: T): T {
  // A value of plain JSON keeps its type: only characters and a sign change.
  return mended(value) as T;
}

function mended(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed().replaceAll("\0", "\uFFFD");
  if (typeof value === "number") return value + 0;
  if (Array.isArray(value)) return value.map(mended);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [mended(name), mended(member)]));
}

function newcomerOf(subject: Subject): Newcomer | null {
  return subject.by === "naturalId" ? subject.newcomer : null;
}

/** What is asked no more is held by nobody: nobody would take a claim over that a dead gateway has left there. */
function leaseOf(row: StoredOperation, ends: Lease | null, next: Moving): Partial<Lease> {
  if (holds(row, ends) || next.state === "SETTLED") return { leaseNode: null, leaseUntil: null };
  // Its time stands: whoever follows again must not ask beside a check that is under way.
  return next.followed ? {} : { leaseNode: null };
}

function holds({ leaseNode, leaseUntil }: StoredOperation, lease: Lease | null): boolean {
  const isMine = leaseNode === null || leaseNode === lease?.leaseNode;
  return lease !== null && isMine && leaseUntil?.getTime() === lease.leaseUntil?.getTime();
}

async function locked(
  trx: Writer,
  store: Store,
  subject: Subject,
): Promise<{ now: Date; row: StoredOperation | null }> {
  const { now } = await trx.selectNoFrom(store.now().as("now")).executeTakeFirstOrThrow();
  if (subject.by === "naturalId" && subject.naturalId === null) return { now, row: null };
  let query = trx.selectFrom("operations").selectAll().forUpdate();
  query =
    subject.by === "id"
      ? query.where("id", "=", subject.id)
      : query
          .where("tenant", "=", subject.tenant)
          .where("provider", "=", subject.provider)
          .where("account", "=", subject.account)
          .where("kind", "=", subject.kind)
          .where("naturalId", "=", subject.naturalId);
  return { now, row: (await query.executeTakeFirst()) ?? null };
}

function isStale(row: StoredOperation, begun: number | null): boolean {
  return begun !== null && row.begun !== null && begun <= row.begun;
}

async function knownOf(
  trx: Writer,
  row: StoredOperation | null,
  before: readonly StoredItem[],
  { subject, itemKeys }: Learned,
): Promise<Known> {
  const own = new Set(before.map(({ key }) => key));
  const scope = row ?? (subject.by === "naturalId" ? subject : null);
  const elsewhere =
    scope === null
      ? new Map<string, Item>()
      : await itemsElsewhere(
          trx,
          scope,
          itemKeys.filter((key) => !own.has(key)),
        );
  return { snapshot: row === null ? null : snapshotOf(row, before), elsewhere };
}

/** A stored operation in the contract's words. */
export function snapshotOf(row: StoredOperation, items: readonly StoredItem[]): Snapshot {
  return {
    // What we gave up on is, for a provider, still under way.
    standing:
      row.state !== "SETTLED"
        ? { state: row.state }
        : row.outcome === null || row.outcome === "ABANDONED"
          ? { state: "RUNNING" }
          : { state: "SETTLED", outcome: row.outcome, problem: row.problem },
    providerStatus: row.providerStatus,
    fields: row.fields,
    items,
  };
}

function withTags(before: readonly string[], added: readonly string[]): string[] {
  return [...new Set([...before, ...added])];
}

type Unmoving = Omit<StoredOperation, keyof Moving | "revision" | "tags" | "begun">;

/** Null for one by our id, which is never made, and for one that may not be recorded. */
async function admitted(trx: Writer, subject: Subject, { admit }: Manner): Promise<Unmoving | null> {
  if (subject.by === "id") return null;
  const { tenant, provider, account, kind, naturalId } = subject;
  const newcomer =
    admit && naturalId !== null
      ? await admit(trx, { tenant, provider, account, kind, naturalId }, subject.newcomer)
      : subject.newcomer;
  if (newcomer === null) return null;
  return {
    id: newcomer.id ?? uuidv7(),
    place: 0,
    tenant,
    provider,
    account,
    kind,
    naturalId,
    owner: newcomer.owner,
    correlationId: newcomer.correlationId,
    leaseNode: null,
    leaseUntil: null,
  };
}

async function insert(trx: Writer, operation: StoredOperation): Promise<boolean> {
  const inserted = await trx
    .insertInto("operations")
    .values({ ...operation, ...serialized(operation) })
    .onConflict((conflict) => conflict.columns(["tenant", "provider", "account", "kind", "naturalId"]).doNothing())
    .returning("id")
    .executeTakeFirst();
  return inserted !== undefined;
}

async function update(trx: Writer, { id, ...operation }: StoredOperation): Promise<void> {
  await trx
    .updateTable("operations")
    .set({ ...operation, ...serialized(operation) })
    .where("id", "=", id)
    .execute();
}

function serialized({
  fields,
  progress,
  itemCounts,
  problem,
  checkProblem,
}: Pick<StoredOperation, "fields" | "progress" | "itemCounts" | "problem" | "checkProblem">) {
  return {
    fields: JSON.stringify(fields),
    progress: JSON.stringify(progress),
    itemCounts: JSON.stringify(itemCounts),
    problem: problem && JSON.stringify(problem),
    checkProblem: checkProblem && JSON.stringify(checkProblem),
  };
}

/** The instant from which a request about to be sent counts. */
export async function beginRequest({ db, begun }: Store): Promise<number> {
  const { value } = await db.selectNoFrom(begun().as("value")).executeTakeFirstOrThrow();
  return value;
}
