/**
 * One check: an operation that was claimed is asked for, and what came is recorded. It knows the client and the lease,
 * and not what is claimed when.
 */
import type { CallOptions, Reading } from "../datasources/contract.ts";
import { isProblem, type Problem, unavailable } from "../datasources/problems.ts";
import { type Claim, giveBack } from "../store/claims.ts";
import { heard, type Learned } from "../store/record.ts";
import type { PolledKind, PollerOptions } from "./poller.ts";
import type { Recorder } from "./recorder.ts";
import type { Term } from "./term.ts";

export interface Claimed {
  readonly claim: Claim;
  readonly term: Term;
  /** When the claim was there, by `performance.now`. */
  readonly at: number;
}

export interface Checking {
  readonly kind: PolledKind;
  readonly options: PollerOptions;
  readonly recorder: Recorder;
  /** Once aborted, nothing is recorded any more. */
  readonly givenUp: AbortSignal;
  /** Told when the provider is being asked no more; what it said may still have to be recorded. */
  readonly answered: () => void;
}

/** Never rejects: a check that fails in itself is logged. */
export async function check(claimed: Claimed, { answered, ...checking }: Checking): Promise<void> {
  const { claim, at } = claimed;
  const { kind, options, recorder, givenUp } = checking;
  const { isWatched, log } = options;
  const { operation, begun } = claim;
  try {
    const answer = await askInTime(claimed, checking).finally(answered);
    if (givenUp.aborted) return;
    if (answer === "turnless") {
      // Nobody was asked, so nothing is known: least of all that the provider did not answer.
      await giveUnasked([claim], options);
      return;
    }
    const { deadlineSeconds, settledMayChange } = kind;
    const learned: Learned = {
      subject: { by: "id", id: operation.id },
      begun,
      ...heard(answer),
      terms: { wait: kind.schedule.wait(isWatched(operation.id)), deadlineSeconds, follow: false, settledMayChange },
      tags: [],
      ends: operation,
    };
    await recorder.record(claim, learned, new Date(begun / 1000 + performance.now() - at));
  } catch (error) {
    if (!givenUp.aborted) log.error({ err: error, operation: operation.id }, "A check could not be recorded.");
  }
}

/** What was claimed and not asked for is due as it was. */
export async function giveUnasked(claims: readonly Claim[], { store, log }: PollerOptions): Promise<void> {
  try {
    for (const claim of claims) await giveBack(store, claim);
  } catch (error) {
    log.warn({ err: error }, "Leases could not be given back; they run out by themselves.");
  }
}

/** Past the lease another gateway may ask: this one has stopped by then. */
async function askInTime(
  { claim, term, at }: Claimed,
  { kind, options }: Omit<Checking, "answered">,
): Promise<Reading | Problem | "turnless"> {
  const ahead = kind.outlook();
  // Nobody is asked for long: that is told of it, and what waited a day past its deadline ends.
  if (ahead.type === "barred") return ahead.problem;
  const { isWatched, onCheck } = options;
  const { operation, begun } = claim;
  const dueMs = begun / 1000 - (operation.nextCheckAt?.getTime() ?? 0);
  const stop = new AbortController();
  let hasBegun = false;
  let isTurnless = false;
  const member = {
    turnless: () => {
      isTurnless = !hasBegun;
      if (isTurnless) stop.abort();
    },
    expired: () => stop.abort(),
  };
  term.join(member);
  try {
    const answer = await ask(claim, kind, {
      priority: isWatched(operation.id) ? "watched" : "background",
      signal: stop.signal,
      onBegin: () => {
        if (!hasBegun) onCheck?.(kind.kind, dueMs + Math.floor(performance.now() - at));
        hasBegun = true;
      },
    });
    return isTurnless && isProblem(answer) ? "turnless" : answer;
  } finally {
    term.leave(member);
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
