/**
 * Sending a write: intent, call, operation. A write is sent once; whatever becomes of its answer, it is never sent
 * again.
 */
import { createHash } from "node:crypto";
import stringify from "safe-stable-stringify";
import { v7 as uuidv7 } from "uuid";
import type { AcceptedWrite, Exchange, IntendedWrite, PreparedWrite, Write } from "../datasources/contract.ts";
import { alreadyRunning, invalidInput, type Problem } from "../datasources/problems.ts";
import { type SendBy, sendWithin } from "../datasources/send-by.ts";
import { shutDown } from "../datasources/sentences.ts";
import type { StoredOperation } from "../store/database.ts";
import { isHeldElsewhere } from "../store/holders.ts";
import { operationsById } from "../store/operations.ts";
import { answerOf, giveUp, type IdempotencyKey, type Reservation, reserve } from "../store/writes.ts";
import {
  keyOf,
  type OperationsContext,
  type RunningKind,
  runningKind,
  scopeOf,
  unconfigured,
  unknownOperation,
  type Viewer,
} from "./context.ts";
import { decoyWrite, isDecoy } from "./decoy.ts";
import { persisted, settle } from "./settle.ts";

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

/**
 * How long after its intent a write may begin to be sent, in ms of real time. Past it others may take it for lost, if
 * this gateway shows no sign of life: one that was stopped, or cut off from the database, must not send it then.
 */
export const sendWithinMs = 10_000;
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
  const idempotency = keyFor(viewer, write, submission);
  const prepared = write.prepare(input);
  const withinTime = sendWithin(sendWithinMs);
  const sending: Sending<Input> = {
    viewer,
    kind,
    write,
    input,
    prepared,
    submission,
    idempotency,
    inputHash: hashOf(submission),
    intentId: uuidv7(),
    sendBy: { hasPassed: () => withinTime.hasPassed() || comesTooLate(context, kind, write) },
  };
  return go(context, (await isHidden(context, sending)) ? aboutDecoy(sending) : sending);
}

async function go<Input>(context: OperationsContext, sending: Sending<Input>): Promise<StoredOperation | Problem> {
  const { underWay } = context;
  const reserved = await underWay.track(sending.intentId, intend(context, sending));
  switch (reserved.type) {
    case "idInUse":
      return correlationIdInUse();
    case "heldElsewhere":
      // Somebody was faster since it was looked for. A decoy is nobody's.
      return isDecoy(sending.prepared) ? sending.kind.definition.unknownId : go(context, aboutDecoy(sending));
    case "repeated":
      return repeated(context, sending);
    case "reserved":
      // A caller that has gone away does not end the write: what was sent is recorded, also while the gateway stops.
      return underWay.trackCall(sending.intentId, send(context, sending));
  }
}

/** Whether another tenant holds the id. One that is ours to make is not looked for: whoever has it, it is in use. */
async function isHidden<Input>(
  { store }: OperationsContext,
  { kind, viewer, write, prepared: { key } }: Sending<Input>,
): Promise<boolean> {
  return key !== null && write.whenLost !== "follow" && isHeldElsewhere(store, keyOf(kind, viewer, key));
}

/**
 * What another tenant holds is not written. The same is written about an id that nobody has, in every step as any write is
 * that the provider refuses for its id: so nothing tells the two apart, and the words are the provider's own.
 */
function aboutDecoy<Input>(sending: Sending<Input>): Sending<Input> {
  const { kind, write, input, prepared } = sending;
  if (prepared.key === null) throw new Error("Only an id that is known before its write can be held; this one is not.");
  return { ...sending, ...decoyWrite(kind, write, input, prepared.key) };
}

/** Whether this gateway would leave before its answer: nobody could ever tell what became of it. */
function comesTooLate(
  { underWay }: OperationsContext,
  { timeoutMs }: RunningKind,
  { whenLost }: IntendedWrite,
): boolean {
  return whenLost === "abandon" && !underWay.allows(timeoutMs);
}

interface Sending<Input> {
  readonly viewer: Viewer;
  readonly kind: RunningKind;
  readonly write: Write<Input>;
  /** The submission's, or the same about a decoy; `prepared` is of it. */
  readonly input: Input;
  readonly prepared: PreparedWrite;
  readonly submission: Submission<Input>;
  readonly idempotency: IdempotencyKey | null;
  readonly inputHash: string;
  readonly intentId: string;
  readonly sendBy: SendBy;
}

/** Where the intent can't be noted, it may have been all the same: nothing was sent, so it has to go. */
async function intend<Input>(context: OperationsContext, sending: Sending<Input>): Promise<Reservation> {
  const { viewer, kind, write, prepared, submission, idempotency, inputHash, intentId: id } = sending;
  const intent = {
    id,
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
  };
  try {
    return await reserve(context.store, intent, idempotency && { ...idempotency, inputHash });
  } catch (error) {
    const undo = () => giveUp(context.store, id, idempotency, null);
    void context.underWay.track(id, persisted(context, id, undo)).catch(() => {});
    throw error;
  }
}

async function send<Input>(context: OperationsContext, sending: Sending<Input>): Promise<StoredOperation | Problem> {
  const { viewer, kind, write, input, prepared, submission, idempotency, intentId, sendBy } = sending;
  const exchange: Exchange<AcceptedWrite> = comesTooLate(context, kind, write)
    ? { type: "unsent", problem: shutDown(kind.definition) }
    : await write.send(input, prepared, { priority: "write", sendBy });
  const { correlationId, tags } = submission;
  const unsettled = { viewer, kind, write, prepared, correlationId, tags, idempotency, intentId };
  const settled = await settle(context, { ...unsettled, witness: "sender" }, exchange);
  if (!settled) throw new Error("What became of a write is always told to its sender.");
  return settled;
}

/** The same key again: the same answer. While the first call is still under way, its answer is waited for. */
async function repeated<Input>(
  context: OperationsContext,
  { viewer, kind, submission, idempotency, inputHash }: Sending<Input>,
): Promise<StoredOperation | Problem> {
  if (!idempotency) throw new Error("Only a call with an idempotency key can be a repeat.");
  const until = context.clock.monotonic() + kind.timeoutMs;
  for (;;) {
    const first = await answerOf(context.store, idempotency);
    // The first call was not accepted and freed the key: this one goes on as the first.
    if (!first) return submit(context, viewer, submission);
    if (first.inputHash !== inputHash) return keyReused();
    if (first.refusal) return first.refusal;
    if (first.operationId !== null) {
      const { tenant, owner } = scopeOf(viewer);
      const [operation] = await operationsById(context.store, { tenant, owner: null }, [first.operationId]);
      // By a later write it may have become somebody else's. Where there is none, it has just been trimmed, and its key.
      if (operation) return owner === null || operation.owner === owner ? operation : unknownOperation();
    }
    if (context.clock.monotonic() >= until) {
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
