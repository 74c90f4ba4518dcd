/**
 * What becomes of an operation when something is learned of it. Pure: rows, clocks and locks are the store's business.
 */
import { isDeepStrictEqual } from "node:util";
import type { Item, JsonFields, Outcome, Snapshot, State } from "../datasources/contract.ts";
import { notFound, type Problem } from "../datasources/problems.ts";
import type { Wait } from "../poller/schedule.ts";
import type { Progress } from "../store/database.ts";

/** The part of an operation that what we learn can move. */
export interface Moving {
  readonly state: State;
  readonly outcome: Outcome | null;
  readonly providerStatus: string | null;
  readonly fields: JsonFields;
  readonly progress: Progress;
  readonly itemCounts: Readonly<Record<string, number>>;
  readonly problem: Problem | null;
  readonly checkProblem: Problem | null;
  readonly followed: boolean;
  readonly createdAt: Date;
  /** When its work began, where we saw that: the provider took our write. Null for what was seen under way first. */
  readonly startedAt: Date | null;
  readonly changedAt: Date;
  readonly checkedAt: Date | null;
  readonly settledAt: Date | null;
  readonly deadlineAt: Date | null;
  readonly nextCheckAt: Date | null;
  readonly goneCount: number;
  readonly goneSince: Date | null;
}

/** What was learned. */
export type Event =
  /** A provider accepted a write, or may have. `unconfirmed` says what the call ran into, `read` whether the snapshot was read. */
  | {
      readonly type: "begun";
      readonly snapshot: Snapshot;
      readonly unconfirmed: Problem | null;
      readonly read: boolean;
    }
  /** A write's answer never came and its id was never seen: nothing can be asked any more. */
  | { readonly type: "unconfirmed"; readonly snapshot: Snapshot; readonly problem: Problem }
  /** The provider was asked and answered. */
  | { readonly type: "read"; readonly snapshot: Snapshot }
  /** The provider could not be asked, refused, or does not know the id. */
  | { readonly type: "failed"; readonly problem: Problem }
  /** Somebody asked us to go on asking; the answer to that request is older than what is recorded already. */
  | { readonly type: "followed" }
  /** An answer older than what is recorded already: it says nothing. */
  | { readonly type: "outdated" }
  /** Somebody asked us to stop asking. */
  | { readonly type: "unfollowed" };

export interface Terms {
  readonly now: Date;
  /** How long until it is asked for again. */
  readonly wait: Wait;
  readonly deadlineSeconds: number;
  /** Follow it from now on, with a new deadline where it was not followed. */
  readonly follow: boolean;
  /** Whether the provider may change its mind after it settled (a survey's reconciliation). */
  readonly settledMayChange: boolean;
}

/** Between which two ages it settled: it had not yet when the provider was asked last before. */
export interface Settling {
  /** Whether ages count from its work's beginning, or from when it was seen first. */
  readonly sinceStart: boolean;
  readonly afterMs: number;
  /** Null where we gave up: it had not settled by `afterMs`, and more is not known. */
  readonly withinMs: number | null;
}

export interface Advanced {
  readonly next: Moving;
  /** Where it settled now, after it had been seen under way. */
  readonly settling: Settling | null;
  /** Those that are not as they were. */
  readonly items: readonly Item[];
  /** Whether clients are told: a new revision. */
  readonly changed: boolean;
}

/** How often, and for how long, a provider must have said that it does not know an id before we believe it (assumed). */
export const goneChecks = 3;
export const goneMs = 60_000;
/** How long past its deadline an operation is waited for while the provider can't be asked. */
export const outageGraceMs = 24 * 3_600_000;

/**
 * `current` and `before` (its items) are null and empty for an operation that is seen for the first time; then `event`
 * brings a snapshot.
 */
export function advance(current: Moving | null, before: readonly Item[], event: Event, terms: Terms): Advanced {
  const { next, items: whole } = move(current, event, terms);
  const items = whole === null ? [] : changedItems(before, whole);
  const changed = current === null || items.length > 0 || differs(current, next);
  const changedAt = changed ? terms.now : next.changedAt;
  const settling = settlingOf(current, next, terms.now);
  return {
    items,
    changed,
    settling,
    next: { ...next, changedAt, nextCheckAt: nextCheck(next, changedAt, event, terms) },
  };
}

/** `items` is null where nothing was learned of them. */
type Moved = { readonly next: Moving; readonly items: readonly Item[] | null };

function move(current: Moving | null, event: Event, terms: Terms): Moved {
  switch (event.type) {
    case "begun": {
      if (current && knowsMore(current, event)) {
        const fields = filled(current.fields, event.snapshot.fields);
        // Whether the write was taken is open for as long as no later check has shown it; an end has.
        const checkProblem = hasEnded(current) ? current.checkProblem : (event.unconfirmed ?? current.checkProblem);
        const next = { ...current, fields, checkProblem };
        return { next: terms.follow ? followedFrom(next, terms) : next, items: null };
      }
      const { next, items } = taken(current, event.snapshot, event.unconfirmed, terms);
      // A write whose answer was lost may be found much later, and one that was read before has an age of its own.
      const startedAt = current === null && event.unconfirmed === null ? terms.now : next.startedAt;
      return { next: { ...next, startedAt, checkedAt: event.read ? terms.now : next.checkedAt }, items };
    }
    case "unconfirmed":
      return {
        next: abandoned(taken(current, event.snapshot, null, terms).next, event.problem, terms),
        items: event.snapshot.items,
      };
    case "read":
      return read(current, event.snapshot, terms);
    case "failed":
      return { next: failed(known(current), event.problem, terms), items: null };
    case "followed":
      return { next: followedFrom(known(current), terms), items: null };
    case "outdated":
      return { next: known(current), items: null };
    case "unfollowed":
      return { next: { ...known(current), followed: false }, items: null };
  }
}

/** Read by a look-up while the write was still under way: that it was accepted is older news than what was read. */
function knowsMore(current: Moving, { snapshot, read }: Extract<Event, { type: "begun" }>): boolean {
  if (snapshot.standing.state === "SETTLED") return false;
  return hasEnded(current) || (!read && current.checkedAt !== null && current.state !== "SETTLED");
}

/** What was sent is known to us alone, so a look-up has left it open. */
function filled(known: JsonFields, submitted: JsonFields): JsonFields {
  const missing = Object.entries(submitted).filter(([name, value]) => value !== null && (known[name] ?? null) === null);
  return missing.length === 0 ? known : { ...known, ...Object.fromEntries(missing) };
}

/** Settled by the provider's word; what we gave up on (ABANDONED) may still go on. */
function hasEnded({ state, outcome }: Moving): boolean {
  return state === "SETTLED" && outcome !== "ABANDONED";
}

function followedFrom(current: Moving, terms: Terms): Moving {
  if (current.state === "SETTLED" || current.followed) return current;
  return { ...current, followed: true, deadlineAt: deadline(terms) };
}

function deadline({ now, deadlineSeconds }: Terms): Date {
  return new Date(now.getTime() + deadlineSeconds * 1000);
}

function known(current: Moving | null): Moving {
  if (current === null) throw new Error("Only an operation that is known can fail a check or be unfollowed.");
  return current;
}

function read(current: Moving | null, snapshot: Snapshot, terms: Terms): Moved {
  const settles = snapshot.standing.state === "SETTLED";
  if (current?.state === "SETTLED") {
    const reopens = current.outcome === "ABANDONED" && (settles || terms.follow);
    const revises = settles && terms.settledMayChange;
    if (!reopens && !revises) {
      return { next: { ...current, checkedAt: terms.now, checkProblem: null }, items: null };
    }
  }
  const { next, items } = taken(current, snapshot, null, terms);
  const checked = { ...next, checkedAt: terms.now };
  return { next: overdue(checked, terms.now, 0) ? abandoned(checked, deadlinePassed(), terms) : checked, items };
}

/** The snapshot becomes the operation's state. */
function taken(current: Moving | null, snapshot: Snapshot, checkProblem: Problem | null, terms: Terms): Moved {
  const { standing, items } = snapshot;
  const followed = standing.state !== "SETTLED" && (terms.follow || (current?.followed ?? false));
  const begins = followed && !current?.followed;
  const next: Moving = {
    state: standing.state,
    outcome: standing.state === "SETTLED" ? standing.outcome : null,
    providerStatus: snapshot.providerStatus,
    fields: snapshot.fields,
    progress: progressOf(snapshot),
    itemCounts: countByStatus(items),
    problem: standing.state === "SETTLED" ? standing.problem : null,
    checkProblem,
    followed,
    createdAt: current?.createdAt ?? terms.now,
    startedAt: current?.startedAt ?? null,
    changedAt: current?.changedAt ?? terms.now,
    checkedAt: current?.checkedAt ?? null,
    settledAt: standing.state === "SETTLED" ? settledSince(current, standing.outcome, terms.now) : null,
    deadlineAt: begins ? deadline(terms) : (current?.deadlineAt ?? null),
    nextCheckAt: null,
    goneCount: 0,
    goneSince: null,
  };
  return { next, items };
}

/** Seen again as it was: it settled then, not now. */
function settledSince(current: Moving | null, outcome: Outcome, now: Date): Date {
  return (current?.outcome === outcome ? current.settledAt : null) ?? now;
}

function failed(current: Moving, problem: Problem, terms: Terms): Moving {
  const next = { ...current, checkProblem: problem };
  if (current.state === "SETTLED") return next;
  const answered = problem.type === "NotFound" || problem.type === "ProviderRejected";
  if (problem.type === "NotFound") {
    const goneCount = current.goneCount + 1;
    const goneSince = current.goneSince ?? terms.now;
    const gone = goneCount >= goneChecks && terms.now.getTime() - goneSince.getTime() >= goneMs;
    if (gone && current.followed) return abandoned(next, goneAtProvider(), terms);
    return overdue(next, terms.now, 0) ? abandoned(next, deadlinePassed(), terms) : { ...next, goneCount, goneSince };
  }
  return overdue(next, terms.now, answered ? 0 : outageGraceMs) ? abandoned(next, deadlinePassed(), terms) : next;
}

function overdue({ followed, deadlineAt }: Moving, now: Date, graceMs: number): boolean {
  return followed && deadlineAt !== null && deadlineAt.getTime() + graceMs <= now.getTime();
}

function abandoned(moving: Moving, problem: Problem, { now }: Terms): Moving {
  return {
    ...moving,
    state: "SETTLED",
    outcome: "ABANDONED",
    problem,
    checkProblem: null,
    followed: false,
    settledAt: now,
  };
}

function goneAtProvider(): Problem {
  return notFound(
    "The provider says, again and again, that it does not know this id (any more). Its outcome is not known here.",
    "GONE_AT_PROVIDER",
  );
}

function deadlinePassed(): Problem {
  const message = "The provider had not finished this work by its deadline. Follow it again to go on waiting.";
  return { type: "DeadlinePassed", code: "DEADLINE_PASSED", message };
}

function nextCheck(next: Moving, changedAt: Date, event: Event, { now, wait }: Terms): Date | null {
  if (!next.followed) return null;
  const asked =
    event.type === "failed" && "retryAfterSeconds" in event.problem ? event.problem.retryAfterSeconds : null;
  const since = (instant: Date) => now.getTime() - instant.getTime();
  const waitMs = wait({
    sinceStart: next.startedAt !== null,
    ageMs: since(next.startedAt ?? next.createdAt),
    silentMs: since(changedAt),
    answered: event.type !== "failed",
    retryAfterMs: (asked ?? 0) * 1000,
    leftMs: next.deadlineAt === null ? null : -since(next.deadlineAt),
  });
  return new Date(now.getTime() + waitMs);
}

/** What was never seen under way says nothing, and nor does one that was given up because its provider lost it. */
function settlingOf(current: Moving | null, next: Moving, now: Date): Settling | null {
  if (current === null || current.state === "SETTLED" || next.state !== "SETTLED") return null;
  const gaveUp = next.outcome === "ABANDONED";
  if (gaveUp && next.problem?.type !== "DeadlinePassed") return null;
  const origin = (next.startedAt ?? next.createdAt).getTime();
  const lastSeen = gaveUp ? next.checkedAt : current.checkedAt;
  return {
    sinceStart: next.startedAt !== null,
    afterMs: Math.max(0, (lastSeen?.getTime() ?? origin) - origin),
    withinMs: gaveUp ? null : Math.max(0, now.getTime() - origin),
  };
}

/** What clients are told of. checkedAt, nextCheckAt, deadlineAt and a failed check's problem are not: an outage is no news. */
function differs(a: Moving, b: Moving): boolean {
  return !(
    a.state === b.state &&
    a.outcome === b.outcome &&
    a.providerStatus === b.providerStatus &&
    a.followed === b.followed &&
    isDeepStrictEqual(a.progress, b.progress) &&
    isDeepStrictEqual(a.itemCounts, b.itemCounts) &&
    isDeepStrictEqual(a.problem, b.problem) &&
    isDeepStrictEqual(a.fields, b.fields)
  );
}

/** The items of `next` that are not as they were. */
function changedItems(before: readonly Item[], next: readonly Item[]): readonly Item[] {
  const known = new Map(before.map((item) => [item.position, item]));
  return next.filter((item) => !sameItem(known.get(item.position), item));
}

function sameItem(a: Item | undefined, b: Item): boolean {
  return (
    a !== undefined &&
    a.key === b.key &&
    a.status === b.status &&
    a.providerStatus === b.providerStatus &&
    a.disposition === b.disposition &&
    isDeepStrictEqual(a.fields, b.fields)
  );
}

function countByStatus(items: readonly Item[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { status } of items) counts.set(status, (counts.get(status) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function progressOf({ standing, items }: Snapshot): Progress {
  if (items.length > 0) {
    const succeeded = items.filter(({ disposition }) => disposition === "succeeded").length;
    const failed = items.filter(({ disposition }) => disposition === "failed").length;
    return { total: items.length, done: succeeded + failed, succeeded, failed };
  }
  const settled = standing.state === "SETTLED";
  const succeeded = settled && standing.outcome === "SUCCEEDED" ? 1 : 0;
  const failed = settled && standing.outcome === "FAILED" ? 1 : 0;
  return { total: 1, done: settled ? 1 : 0, succeeded, failed };
}
