/**
 * What becomes of a write that was sent, or may have been: an operation, a refusal, or nothing. The same whether its
 * caller still waits or a crash has left only the intent; and never a second sending.
 */
import { setTimeout as delay } from "node:timers/promises";
import type {
  AcceptedWrite,
  CallOptions,
  Exchange,
  IntendedWrite,
  PreparedWrite,
  Snapshot,
} from "../datasources/contract.ts";
import { isProblem, type Problem, writeUnconfirmed } from "../datasources/problems.ts";
import type { StoredOperation } from "../store/database.ts";
import { operationsById } from "../store/operations.ts";
import { beginRequest, type Learned, record } from "../store/record.ts";
import { fulfil, giveUp, type IdempotencyKey, type Witness } from "../store/writes.ts";
import { askProvider } from "./asking.ts";
import { keyOf, type OperationsContext, type RunningKind, type Viewer } from "./context.ts";
import { isDecoy } from "./decoy.ts";

/** A write of which it is not yet recorded what became of it. */
export interface Unsettled {
  readonly intentId: string;
  readonly viewer: Pick<Viewer, "tenant" | "owner">;
  readonly kind: RunningKind;
  readonly write: IntendedWrite;
  readonly prepared: PreparedWrite;
  readonly correlationId: string | null;
  readonly tags: readonly string[];
  readonly idempotency: IdempotencyKey | null;
  readonly witness: Witness;
}

const writeCall: CallOptions = { priority: "write" };

/** Null for a successor whose intent is gone: what became of the write has been recorded already. */
export async function settle(
  context: OperationsContext,
  unsettled: Unsettled,
  sent: Exchange<AcceptedWrite>,
): Promise<StoredOperation | Problem | null> {
  const { write, prepared } = unsettled;
  const exchange = sent.type === "lost" && write.settleLost ? await write.settleLost(prepared, writeCall) : sent;
  if (isDecoy(prepared)) return decoySettled(context, unsettled, exchange);
  switch (exchange.type) {
    case "answered": {
      const { key, snapshot, read = false } = exchange.value;
      return become(context, unsettled, key, () => ({ type: "begun", snapshot, unconfirmed: null, read }));
    }
    case "unsent":
      return refuse(context, unsettled, exchange.problem, null);
    case "refused": {
      const { problem } = exchange;
      if (problem.type === "WriteUnconfirmed") return lost(context, unsettled, problem);
      return refuse(context, unsettled, problem, freesKey(problem) ? null : problem);
    }
    case "lost":
      return lost(context, unsettled, exchange.problem);
  }
}

/**
 * What was throttled was not accepted, and may be sent again under the same key. So may what is about an id that the
 * provider does not know: it may come to know it.
 */
function freesKey({ type }: Problem): boolean {
  return type === "RateLimited" || type === "NotFound";
}

/**
 * A write about a decoy ends as any does whose id the provider does not know, but never as an operation: that would be of an
 * id that nobody has, and would show it. Where its answer was lost, and a read does not settle it either, the provider is
 * asked as often as for a write about an unknown id, and the answer is what that one's operation would say, as a problem. It
 * keeps no key, for there is nothing that a repeat could be answered with.
 */
async function decoySettled(
  context: OperationsContext,
  unsettled: Unsettled,
  exchange: Exchange<AcceptedWrite>,
): Promise<StoredOperation | Problem | null> {
  const { kind, prepared } = unsettled;
  const { unknownId, provider } = kind.definition;
  switch (exchange.type) {
    case "answered":
      // Against all odds there is one; it is nobody's all the same.
      return refuse(context, unsettled, unknownId, null);
    case "unsent":
      return refuse(context, unsettled, exchange.problem, null);
    case "refused": {
      const exists = exchange.problem.type === "AlreadyFinal" || exchange.problem.type === "WriteUnconfirmed";
      const problem = exists ? unknownId : exchange.problem;
      return refuse(context, unsettled, problem, freesKey(problem) ? null : problem);
    }
    case "lost":
      if (prepared.key !== null) await askProvider(kind, { key: prepared.key, fields: null }, writeCall);
      return refuse(context, unsettled, writeUnconfirmed(provider), null);
  }
}

/** The write may have been accepted. What that makes of it is the provider's to say. */
async function lost(
  context: OperationsContext,
  unsettled: Unsettled,
  problem: Problem,
): Promise<StoredOperation | null> {
  const { write, prepared, kind } = unsettled;
  const unconfirmed = writeUnconfirmed(kind.definition.provider);
  switch (write.whenLost) {
    case "follow":
      return become(context, unsettled, prepared.key, () => ({
        type: "begun",
        snapshot: prepared.snapshot,
        unconfirmed: problem,
        read: false,
      }));
    case "abandon":
      return become(context, unsettled, null, () => ({
        type: "unconfirmed",
        snapshot: prepared.snapshot,
        problem: unconfirmed,
      }));
    case "read": {
      const { key } = prepared;
      const reading = key === null ? null : await askProvider(kind, { key, fields: null }, writeCall);
      const unread = write.unread?.(prepared) ?? prepared.snapshot;
      return become(context, unsettled, key, (known) => {
        const read = reading !== null && !isProblem(reading);
        const snapshot: Snapshot = read ? reading.compose(known) : (known.snapshot ?? unread);
        return { type: "begun", snapshot, unconfirmed, read };
      });
    }
  }
}

/** The intent becomes the operation. */
async function become(
  context: OperationsContext,
  unsettled: Unsettled,
  naturalId: string | null,
  event: Learned["event"],
): Promise<StoredOperation | null> {
  const { viewer, kind, correlationId, tags, idempotency, intentId, witness } = unsettled;
  /**
   * Counted from the answer on: a poll begun while the write was under way may have seen the state before it. One instant
   * for all tries: one whose commit went through, and only its word was lost, must not count again, after later polls.
   */
  let begun: number | null = null;
  const recorded = await persisted(context, intentId, async () => {
    begun ??= await beginRequest(context.store);
    return fulfil(
      context.store,
      intentId,
      idempotency,
      {
        subject: {
          by: "naturalId",
          ...keyOf(kind, viewer, ""),
          naturalId,
          newcomer: { owner: viewer.owner, correlationId },
        },
        begun,
        itemKeys: [],
        event,
        terms: termsOf(kind),
        tags,
        ends: null,
      },
      witness,
    );
  });
  if (!recorded) return null;
  context.wake();
  return recorded.operation;
}

/** Nothing was accepted. `kept` is what the idempotency key answers with; null frees it. */
async function refuse(
  context: OperationsContext,
  unsettled: Unsettled,
  problem: Problem,
  kept: Problem | null,
): Promise<StoredOperation | Problem | null> {
  const { intentId, idempotency, witness } = unsettled;
  return persisted(context, intentId, async () => {
    if (await giveUp(context.store, intentId, idempotency, kept)) return problem;
    return witness === "successor" ? null : ((await failed(context, unsettled, problem)) ?? problem);
  });
}

/**
 * Others have taken the write for lost, and made an operation of its intent. It can't be unmade, for it has been seen;
 * but its sender knows better: nothing was accepted, and why. What has been given up stays so, for whoever watched it has
 * been told the end. Null where there is none of its own (`read`).
 */
async function failed(
  context: OperationsContext,
  { viewer, kind, write, prepared, intentId }: Unsettled,
  problem: Problem,
): Promise<StoredOperation | null> {
  const [made] = await operationsById(context.store, viewer, [intentId]);
  if (!made || write.whenLost === "read") return null;
  if (made.state === "SETTLED") return made;
  const standing = { state: "SETTLED", outcome: "FAILED", problem } as const;
  const recorded = await record(context.store, {
    subject: { by: "id", id: intentId },
    begun: null,
    itemKeys: [],
    event: ({ snapshot }) =>
      snapshot?.standing.state === "SETTLED"
        ? { type: "outdated" }
        : { type: "begun", snapshot: { ...prepared.snapshot, standing }, unconfirmed: null, read: false },
    terms: termsOf(kind),
    tags: [],
    ends: null,
  });
  return recorded?.operation ?? null;
}

function termsOf({ definition, deadlineSeconds, schedule }: RunningKind): Learned["terms"] {
  const settledMayChange = definition.settledMayChange ?? false;
  // Whoever has just written waits for it.
  return { wait: schedule.wait(true), deadlineSeconds, follow: true, settledMayChange };
}

const firstPauseMs = 250;
const longestPauseMs = 5_000;
const triedForMs = 15 * 60_000;

/**
 * What a provider answered must not be lost with a database that is away for a while: floLIVE's id is never told again.
 * The caller hears of the failure at once; the recording is tried again until it succeeds, or the gateway stops. It is
 * done in one transaction, which a repeat finds done where only the word of its commit was lost.
 */
export async function persisted<T>(context: OperationsContext, intentId: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { underWay, log } = context;
    log.warn({ err: error }, "What became of a write could not be recorded; it is tried again.");
    void underWay.track(intentId, again(context, work)).catch((last: unknown) => {
      log.error({ err: last }, "What became of a write could not be recorded; it will be taken for lost.");
    });
    throw error;
  }
}

/** By real time, as the database's failures are, and however the machine's clock is set meanwhile. */
async function again({ underWay: { stopping } }: OperationsContext, work: () => Promise<unknown>): Promise<void> {
  const until = performance.now() + triedForMs;
  for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, longestPauseMs)) {
    await delay(pause, undefined, { signal: stopping }).catch(() => {});
    const last = stopping.aborted || performance.now() >= until;
    try {
      await work();
      return;
    } catch (error) {
      if (last) throw error;
    }
  }
}
