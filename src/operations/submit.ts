/**
 * Sending a write: intent, call, operation. A write is sent once; whatever becomes of its answer, it is never sent
 * again.
 */
import { createHash } from "node:crypto";
import stringify from "safe-stable-stringify";
import type { AcceptedWrite, CallOptions, Exchange, PreparedWrite, Snapshot, Write } from "../datasources/contract.ts";
import { alreadyRunning, invalidInput, isProblem, type Problem, writeUnconfirmed } from "../datasources/problems.ts";
import type { StoredOperation } from "../store/database.ts";
import { operationsById } from "../store/operations.ts";
import { beginRequest, type Learned } from "../store/record.ts";
import { answerOf, fulfil, giveUp, type IdempotencyKey, reserve } from "../store/writes.ts";
import { keyOf, type OperationsContext, type RunningKind, runningKind, unconfigured, type Viewer } from "./context.ts";

export interface Submission<Input> {
  readonly kind: string;
  /** Null where the provider is not configured. */
  readonly write: Write<Input> | null;
  /** Already judged: nothing is sent that a provider's input.ts refuses. */
  readonly input: Input;
  /** What the caller said, before anything was filled in from the connection: a repeat may come by another one. */
  readonly asked: unknown;
  readonly correlationId: string | null;
  readonly tags: readonly string[];
  readonly idempotencyKey: string | null;
}

const writeCall: CallOptions = { priority: "write" };
const repeatPauseMs = 100;

/** The operation, followed until it settles; or why there is none. */
export async function submit<Input>(
  context: OperationsContext,
  viewer: Viewer,
  submission: Submission<Input>,
): Promise<StoredOperation | Problem> {
  const kind = runningKind(context, submission.kind);
  const { write, input } = submission;
  if (!write) return unconfigured(kind);
  const prepared = write.prepare(input);
  const idempotency = keyFor(viewer, write, submission);
  const inputHash = hashOf(submission);
  const reserved = await reserve(
    context.store,
    {
      tenant: viewer.tenant,
      owner: viewer.owner,
      provider: kind.definition.provider,
      account: "default",
      kind: submission.kind,
      mutation: write.mutation,
      naturalId: prepared.key,
      reserves: write.whenLost === "follow",
      snapshot: prepared.snapshot,
      correlationId: submission.correlationId,
      tags: submission.tags,
      node: context.node,
    },
    idempotency && { ...idempotency, inputHash },
  );
  switch (reserved.type) {
    case "idInUse":
      return correlationIdInUse();
    case "repeated":
      return repeated(context, viewer, kind, submission, idempotency, inputHash);
    case "reserved":
      return tracked(
        context,
        send(context, { viewer, kind, write, prepared, submission, idempotency, intentId: reserved.intentId }),
      );
  }
}

/** A caller that has gone away does not end the write: what was sent is recorded, also while the gateway stops. */
async function tracked<T>({ underWay }: OperationsContext, write: Promise<T>): Promise<T> {
  underWay.add(write);
  try {
    return await write;
  } finally {
    underWay.delete(write);
  }
}

interface Sending<Input> {
  readonly viewer: Viewer;
  readonly kind: RunningKind;
  readonly write: Write<Input>;
  readonly prepared: PreparedWrite;
  readonly submission: Submission<Input>;
  readonly idempotency: IdempotencyKey | null;
  readonly intentId: string;
}

async function send<Input>(context: OperationsContext, sending: Sending<Input>): Promise<StoredOperation | Problem> {
  const { write, prepared, submission, idempotency, intentId } = sending;
  let exchange = await write.send(submission.input, prepared, writeCall);
  if (exchange.type === "lost" && write.settleLost) {
    exchange = await write.settleLost(submission.input, prepared, writeCall);
  }
  switch (exchange.type) {
    case "answered": {
      const { key, snapshot, read = false } = exchange.value;
      return become(context, sending, key, () => ({ type: "begun", snapshot, unconfirmed: null, read }));
    }
    case "unsent":
      await giveUp(context.store, intentId, idempotency, null);
      return exchange.problem;
    case "refused": {
      if (exchange.problem.type === "WriteUnconfirmed") return lost(context, sending, exchange);
      // What was throttled was not accepted, and may be sent again under the same key.
      const final = exchange.problem.type !== "RateLimited";
      await giveUp(context.store, intentId, idempotency, final ? exchange.problem : null);
      return exchange.problem;
    }
    case "lost":
      return lost(context, sending, exchange);
  }
}

/** The write may have been accepted. What that makes of it is the provider's to say. */
async function lost<Input>(
  context: OperationsContext,
  sending: Sending<Input>,
  { problem }: Extract<Exchange<AcceptedWrite>, { problem: Problem }>,
): Promise<StoredOperation> {
  const { write, prepared, kind, submission } = sending;
  switch (write.whenLost) {
    case "follow":
      return become(context, sending, prepared.key, () => ({
        type: "begun",
        snapshot: prepared.snapshot,
        unconfirmed: problem,
        read: false,
      }));
    case "abandon":
      return become(context, sending, null, () => ({
        type: "unconfirmed",
        snapshot: prepared.snapshot,
        problem: unconfirmed(kind),
      }));
    case "read": {
      const answers =
        prepared.key === null ? [] : await kind.client?.fetchMany([{ key: prepared.key, fields: null }], writeCall);
      const reading = answers?.[0];
      const unread = write.unread?.(submission.input) ?? prepared.snapshot;
      return become(context, sending, prepared.key, (known) => {
        const read = reading !== undefined && !isProblem(reading);
        const snapshot: Snapshot = read ? reading.compose(known) : (known.snapshot ?? unread);
        return { type: "begun", snapshot, unconfirmed: unconfirmed(kind), read };
      });
    }
  }
}

function unconfirmed({ definition }: RunningKind): Problem {
  return writeUnconfirmed(definition.provider);
}

/** The intent becomes the operation. */
async function become<Input>(
  context: OperationsContext,
  { viewer, kind, submission, idempotency, intentId }: Sending<Input>,
  naturalId: string | null,
  event: Learned["event"],
): Promise<StoredOperation> {
  // Counted from the answer on: a poll that was begun while the write was under way may have seen the state before it.
  const begun = await beginRequest(context.store);
  const { operation } = await fulfil(context.store, intentId, idempotency, {
    subject: {
      by: "naturalId",
      ...keyOf(kind, viewer, ""),
      naturalId,
      newcomer: { owner: viewer.owner, correlationId: submission.correlationId },
    },
    begun,
    itemKeys: [],
    event,
    terms: {
      random: context.random(),
      deadlineSeconds: kind.deadlineSeconds,
      follow: true,
      settledMayChange: kind.definition.settledMayChange ?? false,
    },
    tags: submission.tags,
    ends: null,
  });
  context.wake();
  return operation;
}

/** The same key again: the same answer. While the first call is still under way, its answer is waited for. */
async function repeated<Input>(
  context: OperationsContext,
  viewer: Viewer,
  kind: RunningKind,
  submission: Submission<Input>,
  idempotency: IdempotencyKey | null,
  inputHash: string,
): Promise<StoredOperation | Problem> {
  if (!idempotency) throw new Error("Only a call with an idempotency key can be a repeat.");
  const until = context.clock.now() + kind.timeoutMs;
  for (;;) {
    const first = await answerOf(context.store, idempotency);
    // The first call was not accepted and freed the key: this one goes on as the first.
    if (!first) return submit(context, viewer, submission);
    if (first.inputHash !== inputHash) return keyReused();
    if (first.refusal) return first.refusal;
    if (first.operationId !== null) {
      const [operation] = await operationsById(context.store, { tenant: viewer.tenant, owner: viewer.owner }, [
        first.operationId,
      ]);
      if (operation) return operation;
    }
    if (context.clock.now() >= until) {
      return alreadyRunning(
        "The first call with this idempotency key is still under way. Ask again in a moment.",
        null,
      );
    }
    await context.clock.sleep(repeatPauseMs);
  }
}

function keyFor<Input>(
  viewer: Viewer,
  write: Write<Input>,
  { idempotencyKey }: Submission<Input>,
): IdempotencyKey | null {
  if (idempotencyKey === null) return null;
  return { tenant: viewer.tenant, owner: viewer.owner, mutation: write.mutation, key: idempotencyKey };
}

/** Of all that the caller sent but the key, as canonical JSON, so that the order of members makes no difference. */
function hashOf({ asked, correlationId, tags }: Pick<Submission<unknown>, "asked" | "correlationId" | "tags">): string {
  return createHash("sha256")
    .update(stringify({ asked, correlationId, tags }) ?? "")
    .digest("hex");
}

function correlationIdInUse(): Problem {
  const message =
    "Expected an id that no write has used before: it becomes the synchronization's id. Send another, or none.";
  return invalidInput([{ path: "correlationId", message }], "CORRELATION_ID_IN_USE");
}

function keyReused(): Problem {
  const message = "Expected the input that this key was first used with, but it differs. Use a new key for new work.";
  return invalidInput([{ path: "idempotencyKey", message }], "IDEMPOTENCY_KEY_REUSED");
}
