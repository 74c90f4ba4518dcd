/**
 * One check: an operation that was claimed is asked for, and what came is recorded. It knows the client and the lease,
 * and not what is claimed when.
 */
import type { CallOptions, Reading } from "../datasources/contract.ts";
import { isProblem, type Problem, unavailable } from "../datasources/problems.ts";
import { type Claim, giveBack } from "../store/claims.ts";
import { record } from "../store/record.ts";
import type { PolledKind, PollerOptions } from "./poller.ts";
import { turnsPart } from "./schedule.ts";

export interface Claimed {
  readonly claim: Claim;
  /** By `performance.now`, and not after the lease in the row. */
  readonly leaseEnds: number;
}

/** Never rejects: a check that fails in itself is logged. */
export async function check(
  { claim, leaseEnds }: Claimed,
  kind: PolledKind,
  options: PollerOptions,
  givenUp: AbortSignal,
): Promise<void> {
  const { store, isWatched, random, clock, log } = options;
  const { operation, begun } = claim;
  const claimedAt = clock.monotonic();
  const dueMs = begun / 1000 - (operation.nextCheckAt?.getTime() ?? 0);
  const leftMs = Math.floor(leaseEnds - performance.now());
  if (leftMs <= 0) {
    // By now another gateway may be asking.
    log.warn({ operation: operation.id }, "The database answered a claim after its lease had run out; it is not used.");
    return;
  }
  const turnless = new AbortController();
  const patience = setTimeout(() => turnless.abort(), leftMs * turnsPart);
  let hasBegun = false;
  const onBegin = () => {
    clearTimeout(patience);
    if (!hasBegun) options.onCheck?.(kind.kind, dueMs + clock.monotonic() - claimedAt);
    hasBegun = true;
  };
  try {
    const ahead = kind.outlook();
    // Nobody is asked for long: that is told of it, and what waited a day past its deadline ends.
    const barred = ahead.type === "barred" ? ahead.problem : null;
    const answer =
      barred ??
      (await ask(claim, kind, {
        priority: isWatched(operation.id) ? "watched" : "background",
        // Past the lease another gateway may ask: this one must have stopped by then.
        signal: AbortSignal.any([givenUp, turnless.signal, AbortSignal.timeout(leftMs)]),
        onBegin,
      }));
    if (givenUp.aborted) return;
    if (turnless.signal.aborted && isProblem(answer)) {
      // Nobody was asked, so nothing is known: least of all that the provider did not answer.
      await giveBack(store, claim).catch((error: unknown) => {
        log.warn({ err: error }, "Leases could not be given back; they run out by themselves.");
      });
      return;
    }
    const { deadlineSeconds, settledMayChange } = kind;
    await record(store, {
      subject: { by: "id", id: operation.id },
      begun,
      itemKeys: isProblem(answer) ? [] : answer.itemKeys,
      event: (known) =>
        isProblem(answer) ? { type: "failed", problem: answer } : { type: "read", snapshot: answer.compose(known) },
      terms: { random: random(), deadlineSeconds, follow: false, settledMayChange },
      tags: [],
      ends: operation,
    });
  } catch (error) {
    if (!givenUp.aborted) log.error({ err: error, operation: operation.id }, "A check could not be recorded.");
  } finally {
    clearTimeout(patience);
  }
}

async function ask({ operation }: Claim, kind: PolledKind, options: CallOptions): Promise<Reading | Problem> {
  if (operation.naturalId === null) throw new Error("An operation without a natural id can't be asked for.");
  const [answer] = await kind.client.fetchMany([{ key: operation.naturalId, fields: operation.fields }], options);
  return (
    answer ??
    unavailable(kind.provider, "UNREADABLE_ANSWER", "The provider's client gave no answer for this operation.")
  );
}
