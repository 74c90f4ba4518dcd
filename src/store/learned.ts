/**
 * What is learned of an operation, and what its row becomes by it. Pure: which rows are there, and what is written, is
 * record.ts'.
 */
import { v7 as uuidv7 } from "uuid";
import type { Item, Known, Reading, Snapshot } from "../datasources/contract.ts";
import { isProblem, type Problem } from "../datasources/problems.ts";
import { advance, type Event, type Moving, type Settling, type Terms } from "../operations/advance.ts";
import type { StoredItem, StoredOperation } from "./database.ts";
import type { NaturalKey } from "./operations.ts";
import { storable } from "./statement.ts";

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

/** What a provider's answer about it says, or that there was none. */
export function heard(answer: Reading | Problem): Pick<Learned, "itemKeys" | "event"> {
  if (isProblem(answer)) return { itemKeys: [], event: () => ({ type: "failed", problem: answer }) };
  return { itemKeys: answer.itemKeys, event: (known) => ({ type: "read", snapshot: answer.compose(known) }) };
}

export type LearnedByNaturalId = Learned & { readonly subject: Extract<Subject, { by: "naturalId" }> };

/** What never moves by what is learned, of a row that is there or is about to be made. */
export type Unmoving = Omit<StoredOperation, keyof Moving | "revision" | "tags" | "begun">;

/** What is known of the one that is learned of. */
export interface Standing {
  /** Null for one that is seen for the first time. */
  readonly row: StoredOperation | null;
  readonly unmoving: Unmoving;
  readonly items: readonly StoredItem[];
  readonly elsewhere: ReadonlyMap<string, Item>;
  readonly now: Date;
  /** Whether it becomes the newcomer's owner's, also where somebody else saw it before. */
  readonly takesOver: boolean;
}

/** What is to be written. */
export interface Judged {
  readonly row: StoredOperation | null;
  readonly operation: StoredOperation;
  /** Those that are not as they were. */
  readonly items: readonly Item[];
  /** Whether it makes a revision. */
  readonly revises: boolean;
  /** Whether those who could not see it before have to be told of it. */
  readonly changesHands: boolean;
  /** Whether it came too late to count. */
  readonly stale: boolean;
  readonly settling: Settling | null;
}

export function judge(learned: Learned, { row, unmoving, items: before, elsewhere, now, takesOver }: Standing): Judged {
  const stale = row !== null && isStale(row, learned.begun);
  const known: Known = { snapshot: row === null ? null : snapshotOf(row, before), elsewhere };
  const event: Event = stale
    ? { type: learned.terms.follow ? "followed" : "outdated" }
    : storable(learned.event(known));
  const { next, items, changed, settling } = advance(row, before, event, { ...learned.terms, now });
  const newcomer = newcomerOf(learned.subject);
  const owner = takesOver ? (newcomer?.owner ?? unmoving.owner) : unmoving.owner;
  const changesHands = owner !== unmoving.owner;
  const revises = changed || changesHands;
  const operation: StoredOperation = {
    ...unmoving,
    ...next,
    owner,
    changedAt: changesHands ? now : next.changedAt,
    revision: (row?.revision ?? 0) + (revises ? 1 : 0),
    correlationId: newcomer?.correlationId ?? unmoving.correlationId,
    tags: withTags(row?.tags ?? [], learned.tags),
    // A check that failed told nothing, so an answer begun before it still counts.
    begun: stale || event.type === "failed" ? (row?.begun ?? null) : (learned.begun ?? row?.begun ?? null),
    ...(row === null ? {} : leaseOf(row, learned.ends, next)),
  };
  return { row, operation, items, revises, changesHands, stale, settling };
}

/** What a check moves of an operation of which it tells nothing new. */
export type Checked = Pick<
  StoredOperation,
  "checkProblem" | "checkedAt" | "nextCheckAt" | "begun" | "goneCount" | "goneSince" | "leaseNode" | "leaseUntil"
>;

/** Whether nothing moves but what a check moves, so that no more has to be written. */
export function isCheckedOnly({ row, operation, revises }: Judged): boolean {
  if (row === null || revises) return false;
  const at = (instant: Date | null) => instant?.getTime() ?? null;
  return (
    row.tags.length === operation.tags.length &&
    row.correlationId === operation.correlationId &&
    at(row.startedAt) === at(operation.startedAt) &&
    at(row.settledAt) === at(operation.settledAt) &&
    at(row.deadlineAt) === at(operation.deadlineAt)
  );
}

function isStale(row: StoredOperation, begun: number | null): boolean {
  return begun !== null && row.begun !== null && begun <= row.begun;
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

/** One that is about to be seen for the first time. */
export function unmovingOf(subject: Extract<Subject, { by: "naturalId" }>, newcomer: Newcomer): Unmoving {
  const { tenant, provider, account, kind, naturalId } = subject;
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

function newcomerOf(subject: Subject): Newcomer | null {
  return subject.by === "naturalId" ? subject.newcomer : null;
}

function withTags(before: readonly string[], added: readonly string[]): string[] {
  return [...new Set([...before, ...added])];
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
