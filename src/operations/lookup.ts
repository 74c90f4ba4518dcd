/**
 * Asking a provider on somebody's behalf: look-ups, follows and rechecks. Each answer goes through the store's one
 * rule of which answer counts.
 */
import type { CallOptions, Reading } from "../datasources/contract.ts";
import { isProblem, notFound, type Problem } from "../datasources/problems.ts";
import type { StoredOperation } from "../store/database.ts";
import { isHeldElsewhere, recordSeen } from "../store/holders.ts";
import { type LastKnown, lastKnown, operationsById } from "../store/operations.ts";
import { beginRequest, type Learned, record } from "../store/record.ts";
import { askProvider } from "./asking.ts";
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
import { decoyKey } from "./decoy.ts";

export interface LookUp {
  readonly kind: string;
  /** The provider's own id. */
  readonly naturalId: string;
  readonly maxAgeSeconds: number;
}

const lookUpCall: CallOptions = { priority: "lookup" };

/**
 * From the store where that is fresh enough or final; else from the provider. What can't be asked comes as last known,
 * what is not known at all as the Problem. Who sees own operations alone finds nothing else, at once.
 */
export async function lookUp(
  context: OperationsContext,
  viewer: Viewer,
  { kind: name, naturalId, maxAgeSeconds }: LookUp,
): Promise<StoredOperation | Problem> {
  const kind = runningKind(context, name);
  const { unknownId } = kind.definition;
  const last = await seenById(context, viewer, kind, naturalId);
  if (last && isFreshEnough(last, maxAgeSeconds)) return last.operation;
  const known = last?.operation ?? null;
  if (!known && !viewer.seesTenant) return unknownId;
  if (!kind.client) return known ?? unconfigured(kind);
  const { answer, begun } = await ask(context, viewer, kind, naturalId, known);
  if (isProblem(answer) && !known) return answer;
  const id = isProblem(answer) ? (known?.id ?? null) : null;
  const learned = { kind, viewer, naturalId, id, answer, begun, follow: false, tags: [] };
  return (await take(context, learned)) ?? (isProblem(answer) ? answer : unknownId);
}

/** By the store's clock alone: a gateway's own may be set to another time than the one that noted the answer. */
function isFreshEnough({ operation: { state, outcome }, ageMs }: LastKnown, maxAgeSeconds: number): boolean {
  if (state === "SETTLED" && outcome !== "ABANDONED") return true;
  return ageMs !== null && ageMs <= maxAgeSeconds * 1000;
}

/**
 * Asks the provider once, and goes on asking. When it can't be asked, the Problem, and nothing is followed. Who sees own
 * operations alone follows nothing else.
 */
export async function follow(
  context: OperationsContext,
  viewer: Viewer,
  {
    kind: name,
    naturalId,
    tags,
  }: { readonly kind: string; readonly naturalId: string; readonly tags: readonly string[] },
): Promise<StoredOperation | Problem> {
  const kind = runningKind(context, name);
  if (!kind.client) return unconfigured(kind);
  const { unknownId } = kind.definition;
  const known = (await seenById(context, viewer, kind, naturalId))?.operation ?? null;
  if (!known && !viewer.seesTenant) return unknownId;
  const { answer, begun } = await ask(context, viewer, kind, naturalId, known);
  if (isProblem(answer)) {
    if (known) {
      await take(context, { kind, viewer, naturalId, id: known.id, answer, begun, follow: false, tags: [] });
    }
    return answer;
  }
  const operation = await take(context, { kind, viewer, naturalId, id: null, answer, begun, follow: true, tags });
  context.wake();
  return operation ?? unknownId;
}

/** Asks the provider now, whatever the state, and neither follows nor unfollows. */
export async function recheck(
  context: OperationsContext,
  viewer: Viewer,
  id: string,
): Promise<StoredOperation | Problem> {
  const known = await seen(context, viewer, id);
  if (isProblem(known)) return known;
  if (known.naturalId === null) return neverNamed();
  const kind = runningKind(context, known.kind);
  if (!kind.client) return unconfigured(kind);
  const { answer, begun } = await ask(context, viewer, kind, known.naturalId, known);
  const { naturalId } = known;
  const learned = { kind, viewer, naturalId, id, answer, begun, follow: false, tags: [] };
  const operation = await take(context, learned);
  return isProblem(answer) ? answer : (operation ?? unknownOperation());
}

/** Stops asking, for everyone. */
export async function unfollow(
  context: OperationsContext,
  viewer: Viewer,
  id: string,
): Promise<StoredOperation | Problem> {
  const known = await seen(context, viewer, id);
  if (isProblem(known)) return known;
  const recorded = await record(context.store, {
    subject: { by: "id", id: known.id },
    begun: null,
    itemKeys: [],
    event: () => ({ type: "unfollowed" }),
    terms: { random: context.random(), deadlineSeconds: 0, follow: false, settledMayChange: false },
    tags: [],
    ends: null,
  });
  return recorded?.operation ?? unknownOperation();
}

/** By our id. */
async function seen({ store }: OperationsContext, viewer: Viewer, id: string): Promise<StoredOperation | Problem> {
  const [known] = await operationsById(store, scopeOf(viewer), [id]);
  return known ?? unknownOperation();
}

/** By the provider's. */
function seenById(
  { store }: OperationsContext,
  viewer: Viewer,
  kind: RunningKind,
  naturalId: string,
): Promise<LastKnown | null> {
  return lastKnown(store, keyOf(kind, viewer, naturalId), scopeOf(viewer).owner);
}

function neverNamed(): Problem {
  const message = "The answer to this write never came, so there is no id of the provider's to ask for. Look there.";
  return notFound(message, "WRITE_UNCONFIRMED");
}

interface Asked {
  readonly answer: Reading | Problem;
  readonly begun: number;
}

/**
 * What is not known is looked for with other tenants before. In place of one that they hold the provider is asked for one
 * that nobody has, by the very steps: reading the real one would take another time, and that would tell of it. Should there
 * be such a one after all, it is not heard.
 */
async function ask(
  { store }: OperationsContext,
  viewer: Viewer,
  kind: RunningKind,
  naturalId: string,
  known: StoredOperation | null,
): Promise<Asked> {
  const hidden = known === null && (await isHeldElsewhere(store, keyOf(kind, viewer, naturalId)));
  const begun = await beginRequest(store);
  const key = hidden ? decoyKey(kind, naturalId) : naturalId;
  const answer = await askProvider(kind, { key, fields: known?.fields ?? null }, lookUpCall);
  return { answer: hidden && !isProblem(answer) ? kind.definition.unknownId : answer, begun };
}

interface Taken extends Asked {
  readonly kind: RunningKind;
  readonly viewer: Viewer;
  readonly naturalId: string;
  /** Where it is known, and is not to be made anew should it have been trimmed while the provider was asked. */
  readonly id: string | null;
  readonly follow: boolean;
  readonly tags: readonly string[];
}

/** Null where there is no operation of that `id` any more, or without one, where another tenant came first. */
async function take(context: OperationsContext, taken: Taken): Promise<StoredOperation | null> {
  const { kind, viewer, naturalId, id, answer, begun, follow, tags } = taken;
  const learned: Omit<Learned, "subject"> = {
    begun,
    itemKeys: isProblem(answer) ? [] : answer.itemKeys,
    event: (known) =>
      isProblem(answer) ? { type: "failed", problem: answer } : { type: "read", snapshot: answer.compose(known) },
    terms: {
      random: context.random(),
      deadlineSeconds: kind.deadlineSeconds,
      follow,
      settledMayChange: kind.definition.settledMayChange ?? false,
    },
    tags,
    ends: null,
  };
  if (id !== null) return (await record(context.store, { ...learned, subject: { by: "id", id } }))?.operation ?? null;
  const newcomer = { owner: viewer.owner, correlationId: null };
  const subject = { by: "naturalId", ...keyOf(kind, viewer, naturalId), newcomer } as const;
  const seen = await recordSeen(context.store, { ...learned, subject });
  return seen === "heldElsewhere" ? null : seen.operation;
}
