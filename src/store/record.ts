/**
 * Records what was learned of operations: their rows, their items and their changes, in one transaction, or none of them.
 *
 *   recordMany(store, learned[], manner?) → one result each, in their order, as of Promise.allSettled
 *
 * Each is an answer about one operation, by our id or by its natural id (then it is made where it isn't known, as by
 * `record`). However many they are, the statements are two where all of them change what has no items, and at most eight: the
 * rows are locked together in the order of their ids, items are read together, and the log's lock is taken once, last. An answer that can't be recorded loses none of the
 * others, and several about one operation count in their order. `record` is the case of one; it rejects where that failed.
 */
import type { Item } from "../datasources/contract.ts";
import { appendChanges, giveHistory } from "./changes.ts";
import type { StoredItem, StoredOperation } from "./database.ts";
import { isStoreFailure } from "./errors.ts";
import { itemsElsewhere, itemsOfMany, saveItems } from "./items.ts";
import { isCheckedOnly, type Judged, judge, type Learned, type Newcomer, unmovingOf } from "./learned.ts";
import type { NaturalKey } from "./operations.ts";
import { insertRows, lockRows, noteChecks, updateRows } from "./rows.ts";
import type { ChangeHint, Store, Writer } from "./store.ts";

export { heard, type Learned, type LearnedByNaturalId, type Newcomer, type Subject, snapshotOf } from "./learned.ts";
export { storable } from "./statement.ts";

export interface Recorded {
  readonly operation: StoredOperation;
  /** Whether it made a revision. */
  readonly changed: boolean;
  /** Whether it came too late to count. */
  readonly stale: boolean;
}

/** One that is about to be seen for the first time. */
export interface Admission {
  readonly key: NaturalKey;
  readonly newcomer: Newcomer;
}

export interface Manner {
  /**
   * Says whose operations are that are seen for the first time, in their order; null: it may not be recorded, and nothing
   * is. They come in the order of their keys, so that what is locked for them is locked in that order.
   */
  readonly admit?: (trx: Writer, admissions: readonly Admission[]) => Promise<ReadonlyArray<Newcomer | null>>;
  /** Whether it becomes the newcomer's owner's also where somebody else saw it before. */
  readonly takesOver?: boolean;
  /** Done with it. The change comes after, for all wait for it. */
  readonly alongside?: (operationId: string) => Promise<void>;
}

/** Null where an operation by id is not there (any more), or may not be recorded. */
export type Settled = PromiseSettledResult<Recorded | null>;

/** Null where an operation by id is not there (any more). */
export async function record(store: Store, learned: Learned): Promise<Recorded | null> {
  const [settled] = await recordMany(store, [learned]);
  return recordedOf(settled);
}

export async function recordMany(store: Store, all: readonly Learned[], manner: Manner = {}): Promise<Settled[]> {
  const settled = new Map<Learned, Settled>();
  let pending = all;
  while (pending.length > 0) {
    for (const [learned, outcome] of await recordTogether(store, pending, manner)) settled.set(learned, outcome);
    pending = pending.filter((learned) => !settled.has(learned));
  }
  return all.map((learned) => settled.get(learned) ?? { status: "fulfilled", value: null });
}

/** As many as can be in one transaction. Those that can't be recorded together are tried one by one. */
async function recordTogether(
  store: Store,
  all: readonly Learned[],
  manner: Manner,
): Promise<ReadonlyMap<Learned, Settled>> {
  try {
    return await store.transaction((trx, changed) => recordRound(trx, store, all, changed, manner));
  } catch (reason) {
    // Where the store is away, or there is but one, a repeat would tell the same.
    if (all.length === 1 || isStoreFailure(reason)) {
      return new Map(all.map((learned) => [learned, { status: "rejected", reason }]));
    }
  }
  const settled = new Map<Learned, Settled>();
  for (const learned of all) {
    const [outcome] = await recordMany(store, [learned], manner);
    if (outcome) settled.set(learned, outcome);
  }
  return settled;
}

/** One, inside a transaction. */
export async function recordIn(
  trx: Writer,
  store: Store,
  learned: Learned,
  changed: (hint: ChangeHint) => void,
  manner: Manner = {},
): Promise<Recorded | null> {
  for (;;) {
    const settled = (await recordRound(trx, store, [learned], changed, manner)).get(learned);
    // Without a result, somebody else made it since we looked: take theirs.
    if (settled) return recordedOf(settled);
  }
}

function recordedOf(settled: Settled | undefined): Recorded | null {
  if (settled?.status === "rejected") throw settled.reason;
  return settled?.value ?? null;
}

/** One that is recorded in this round, and what is known of it. */
interface Candidate {
  readonly learned: Learned;
  readonly row: StoredOperation | null;
  readonly newcomer: Newcomer | null;
}

/**
 * Without a result are those that have to be recorded after the others: a second answer about one operation, and one that
 * somebody else made meanwhile. The first has a result, unless it is one of the latter.
 */
async function recordRound(
  trx: Writer,
  store: Store,
  all: readonly Learned[],
  changed: (hint: ChangeHint) => void,
  manner: Manner,
): Promise<Map<Learned, Settled>> {
  const settled = new Map<Learned, Settled>();
  const { now, rows } = await lockRows(
    trx,
    store,
    all.map(({ subject }) => subject),
  );
  const found = candidates(all, rows);
  const admitted = await admit(trx, found, manner);
  for (const { learned } of found)
    if (!admitted.has(learned)) settled.set(learned, { status: "fulfilled", value: null });

  const present = found.filter(({ learned }) => admitted.has(learned));
  const items = await itemsOfMany(
    trx,
    // One without any is the more common, and its row says so.
    present.flatMap(({ row }) => (row === null || Object.keys(row.itemCounts).length === 0 ? [] : [row.id])),
  );
  const elsewhere = await elsewhereOf(trx, present, items);
  const judged = new Map<Learned, Judged>();
  for (const { learned, row } of present) {
    const newcomer = admitted.get(learned) ?? null;
    const unmoving =
      row ?? (learned.subject.by === "naturalId" && newcomer ? unmovingOf(learned.subject, newcomer) : null);
    if (unmoving === null) throw new Error("An operation by our id is never made; expected its row.");
    const takesOver = manner.takesOver ?? false;
    const known = {
      row,
      unmoving,
      items: items.get(row?.id ?? "") ?? [],
      elsewhere: elsewhere(learned),
      now,
      takesOver,
    };
    try {
      judged.set(learned, judge(learned, known));
    } catch (reason) {
      // Nothing of it was written, and the others know nothing of it.
      settled.set(learned, { status: "rejected", reason });
    }
  }
  for (const [learned, value] of await write(trx, judged, changed, manner)) {
    settled.set(learned, { status: "fulfilled", value });
  }
  return settled;
}

/** Each operation once. Left out are those of which another comes before. */
function candidates(all: readonly Learned[], rows: readonly StoredOperation[]): Candidate[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const byKey = new Map(rows.map((row) => [keyOf(row), row]));
  const taken = new Set<string>();
  const found: Candidate[] = [];
  for (const learned of all) {
    const { subject } = learned;
    const key = subject.by === "naturalId" ? keyOf(subject) : null;
    const row =
      (subject.by === "id" ? byId.get(subject.id.toLowerCase()) : key === null ? null : byKey.get(key)) ?? null;
    const name = row?.id ?? key;
    if (name !== null) {
      if (taken.has(name)) continue;
      taken.add(name);
    }
    found.push({ learned, row, newcomer: subject.by === "naturalId" ? subject.newcomer : null });
  }
  return found;
}

/** Null for what has no natural id: it is never known again. */
function keyOf(subject: Omit<NaturalKey, "naturalId"> & { readonly naturalId: string | null }): string | null {
  const { tenant, provider, account, kind, naturalId } = subject;
  if (naturalId === null) return null;
  // As the database has it: half of a surrogate pair is sent to it as U+FFFD.
  return JSON.stringify([naturalId, provider, account, kind, tenant].map((part) => part.toWellFormed()));
}

/** Those that may be recorded, and as whose the new ones are. */
async function admit(
  trx: Writer,
  found: readonly Candidate[],
  { admit: decide }: Manner,
): Promise<ReadonlyMap<Learned, Newcomer | null>> {
  const admitted = new Map<Learned, Newcomer | null>();
  const asked: Array<Admission & { readonly learned: Learned; readonly order: string }> = [];
  for (const { learned, row, newcomer } of found) {
    const { subject } = learned;
    if (row !== null) admitted.set(learned, null);
    else if (subject.by === "naturalId" && newcomer !== null) {
      const { tenant, provider, account, kind, naturalId } = subject;
      const order = keyOf(subject);
      if (!decide || naturalId === null || order === null) admitted.set(learned, newcomer);
      else asked.push({ learned, newcomer, order, key: { tenant, provider, account, kind, naturalId } });
    }
  }
  if (!decide || asked.length === 0) return admitted;
  asked.sort((a, b) => (a.order < b.order ? -1 : 1));
  const newcomers = await decide(
    trx,
    asked.map(({ key, newcomer }) => ({ key, newcomer })),
  );
  for (const [index, { learned }] of asked.entries()) {
    const newcomer = newcomers[index];
    if (newcomer) admitted.set(learned, newcomer);
  }
  return admitted;
}

/** What other operations know of the items that the answers are about: one look for each tenant and provider. */
async function elsewhereOf(
  trx: Writer,
  present: readonly Candidate[],
  items: ReadonlyMap<string, readonly StoredItem[]>,
): Promise<(learned: Learned) => ReadonlyMap<string, Item>> {
  const wanted = new Map<Learned, { readonly scope: string; readonly keys: readonly string[] }>();
  const scopes = new Map<string, { readonly of: Omit<NaturalKey, "naturalId" | "kind">; readonly keys: Set<string> }>();
  for (const { learned, row } of present) {
    const of = row ?? (learned.subject.by === "naturalId" ? learned.subject : null);
    if (of === null || learned.itemKeys.length === 0) continue;
    const own = new Set(items.get(row?.id ?? "")?.map(({ key }) => key));
    const keys = learned.itemKeys.filter((key) => !own.has(key));
    const scope = JSON.stringify([of.tenant, of.provider, of.account]);
    wanted.set(learned, { scope, keys });
    const together = scopes.get(scope) ?? { of, keys: new Set() };
    for (const key of keys) together.keys.add(key);
    scopes.set(scope, together);
  }
  const found = new Map<string, ReadonlyMap<string, Item>>();
  for (const [scope, { of, keys }] of scopes) found.set(scope, await itemsElsewhere(trx, of, [...keys]));
  return (learned) => {
    const { scope, keys } = wanted.get(learned) ?? { scope: "", keys: [] };
    const ofScope = found.get(scope);
    return new Map(
      keys.flatMap((key) => {
        const item = ofScope?.get(key);
        return item ? [[key, item]] : [];
      }),
    );
  };
}

/** Without a result are those that somebody else made meanwhile. */
async function write(
  trx: Writer,
  judged: ReadonlyMap<Learned, Judged>,
  changed: (hint: ChangeHint) => void,
  { alongside }: Manner,
): Promise<Map<Learned, Recorded>> {
  const all = [...judged.values()];
  const begun = all.filter(({ row }) => row === null).sort(byKey);
  const made = await insertRows(trx, begun.map(operationOf));
  const known = all.filter(({ row }) => row !== null);
  await noteChecks(trx, known.filter(isCheckedOnly).map(operationOf));
  // Where there is a change, its statement writes the row as well.
  await updateRows(trx, known.filter((one) => !one.revises && !isCheckedOnly(one)).map(operationOf));

  const written = [...judged].filter(([, { row, operation }]) => row !== null || made.has(operation.id));
  await saveItems(
    trx,
    written.map(([, { operation, items }]) => ({ operation, items })),
  );
  for (const [, { operation, changesHands }] of written) {
    await alongside?.(operation.id);
    if (changesHands) await giveHistory(trx, operation);
  }
  const places = await appendChanges(
    trx,
    written.flatMap(([, { row, operation, revises }]) =>
      revises ? [{ operation, previousState: row?.state ?? null }] : [],
    ),
  );
  return new Map(
    written.map(([learned, { operation, stale, settling }]): [Learned, Recorded] => {
      const place = places.get(operation.id);
      if (place === undefined) return [learned, { operation, changed: false, stale }];
      const { id: operationId, tenant, kind } = operation;
      changed({ place, operationId, tenant, ...(settling && { settled: { kind, ...settling } }) });
      return [learned, { operation: { ...operation, place }, changed: true, stale }];
    }),
  );
}

const operationOf = ({ operation }: Judged): StoredOperation => operation;

/** As they are admitted: of two that make the same ones, one waits for the other. */
function byKey({ operation: a }: Judged, { operation: b }: Judged): number {
  const [first, second] = [keyOf(a) ?? "", keyOf(b) ?? ""];
  return first < second ? -1 : first > second ? 1 : 0;
}

/** The instant from which a request about to be sent counts. */
export async function beginRequest({ db, begun }: Store): Promise<number> {
  const { value } = await db.selectNoFrom(begun().as("value")).executeTakeFirstOrThrow();
  return value;
}
