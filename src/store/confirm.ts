/**
 * What most polls come to: the provider said of an operation what it had said before. Then one statement notes that for
 * many, without a transaction or a second look at their rows: each row must still be the one that was claimed.
 */
import type { Claim } from "./claims.ts";
import { isCheckedOnly, judge, type Learned } from "./learned.ts";
import { type Statement, statement } from "./statement.ts";
import type { Store } from "./store.ts";

/** A claim whose answer says nothing new. */
export interface Confirmation {
  readonly claim: Claim;
  /** Until the next check. */
  readonly waitMs: number;
}

/**
 * Null where it says something new, or where that can't be told by the claimed row alone: then it has to be recorded.
 * `now` is the database's time, as far as is known here; it only decides how long to wait.
 */
export function confirmationOf(claim: Claim, learned: Learned, now: Date): Confirmation | null {
  const { operation } = claim;
  const hasItems = learned.itemKeys.length > 0 || Object.keys(operation.itemCounts).length > 0;
  if (hasItems || operation.state === "SETTLED") return null;
  const known = { row: operation, unmoving: operation, items: [], elsewhere: new Map(), now, takesOver: false };
  const judged = judge(learned, known);
  const { nextCheckAt, checkedAt, checkProblem, goneCount } = judged.operation;
  const isAnswer = checkedAt === now && checkProblem === null && goneCount === 0;
  if (judged.stale || !isAnswer || nextCheckAt === null || !isCheckedOnly(judged)) return null;
  return { claim, waitMs: nextCheckAt.getTime() - now.getTime() };
}

/**
 * All that could change an answer's meaning makes a revision, and an answer to a later request moves `begun`. What was
 * claimed by somebody else meanwhile, or is past its deadline, is not confirmed either.
 */
const confirm: Statement<{ readonly id: string }> = statement(
  "confirm-checks",
  `update operations set check_problem = null, checked_at = clock.now,
    next_check_at = clock.now + row.wait_ms * interval '1 millisecond', begun = row.begun, gone_count = 0,
    gone_since = null, lease_node = null, lease_until = null
  from (select coalesce($1::timestamptz, date_trunc('milliseconds', clock_timestamp())) as now) clock,
    unnest($2::uuid[], $3::int[], $4::bigint[], $5::float8[], $6::text[], $7::timestamptz[])
      as row (id, revision, begun, wait_ms, lease_node, lease_until)
  where operations.id = row.id and operations.revision = row.revision and operations.followed
    and operations.lease_node = row.lease_node and operations.lease_until = row.lease_until
    and (operations.begun is null or operations.begun < row.begun)
    and (operations.deadline_at is null or operations.deadline_at > clock.now)
  returning operations.id`,
);

/** The ids of those that were as they had been claimed; the others have to be recorded. */
export async function confirmMany(store: Store, confirmations: readonly Confirmation[]): Promise<ReadonlySet<string>> {
  // In one order, as whoever locks several does.
  const all = [...confirmations].sort((a, b) => (a.claim.operation.id < b.claim.operation.id ? -1 : 1));
  const rows = await store.run(confirm, [
    store.instant(),
    all.map(({ claim }) => claim.operation.id),
    all.map(({ claim }) => claim.operation.revision),
    all.map(({ claim }) => claim.begun),
    all.map(({ waitMs }) => waitMs),
    all.map(({ claim }) => claim.operation.leaseNode),
    all.map(({ claim }) => claim.operation.leaseUntil),
  ]);
  return new Set(rows.map(({ id }) => id));
}
