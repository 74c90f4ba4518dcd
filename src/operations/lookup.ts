/**
 * Asking a provider on somebody's behalf: look-ups, follows and rechecks. Each answer goes through the store's one
 * rule of which answer counts.
 */
import type { CallOptions, Reading } from "../datasources/contract.ts";
import { isProblem, notFound, type Problem, unavailable } from "../datasources/problems.ts";
import type { StoredOperation } from "../store/database.ts";
import { type LastKnown, lastKnown, operationsById } from "../store/operations.ts";
import { beginRequest, type Learned, type Recorded, record } from "../store/record.ts";
import {
  keyOf,
  type OperationsContext,
  type RunningKind,
  runningKind,
  scopeOf,
  unconfigured,
  type Viewer,
} from "./context.ts";

export interface LookUp {
  readonly kind: string;
  /** The provider's own id. */
  readonly naturalId: string;
  readonly maxAgeSeconds: number;
}

const lookUpCall: CallOptions = { priority: "lookup" };

/**
 * From the store where that is fresh enough or final; else from the provider. What can't be asked comes as last known,
 * what is not known at all as the Problem.
 */
export async function lookUp(
  context: OperationsContext,
  viewer: Viewer,
  { kind: name, naturalId, maxAgeSeconds }: LookUp,
): Promise<StoredOperation | Problem> {
  const kind = runningKind(context, name);
  const last = await lastKnown(context.store, keyOf(kind, viewer, naturalId));
  if (last && isFreshEnough(last, maxAgeSeconds)) return last.operation;
  const known = last?.operation ?? null;
  if (!kind.client) return known ?? unconfigured(kind);
  const { answer, begun } = await ask(context, kind, naturalId, known);
  if (isProblem(answer) && !known) return answer;
  const id = isProblem(answer) ? (known?.id ?? null) : null;
  const learned = { kind, viewer, naturalId, id, answer, begun, follow: false, tags: [] };
  return (await take(context, learned))?.operation ?? (isProblem(answer) ? answer : removed());
}

/** By the store's clock alone: a gateway's own may be set to another time than the one that noted the answer. */
function isFreshEnough({ operation: { state, outcome }, ageMs }: LastKnown, maxAgeSeconds: number): boolean {
  if (state === "SETTLED" && outcome !== "ABANDONED") return true;
  return ageMs !== null && ageMs <= maxAgeSeconds * 1000;
}

/** Asks the provider once, and goes on asking. When it can't be asked, the Problem, and nothing is followed. */
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
  const known = (await lastKnown(context.store, keyOf(kind, viewer, naturalId)))?.operation ?? null;
  const { answer, begun } = await ask(context, kind, naturalId, known);
  if (isProblem(answer)) {
    if (known) {
      await take(context, { kind, viewer, naturalId, id: known.id, answer, begun, follow: false, tags: [] });
    }
    return answer;
  }
  const recorded = await take(context, { kind, viewer, naturalId, id: null, answer, begun, follow: true, tags });
  context.wake();
  return recorded?.operation ?? removed();
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
  const { answer, begun } = await ask(context, kind, known.naturalId, known);
  const { naturalId } = known;
  const learned = { kind, viewer, naturalId, id, answer, begun, follow: false, tags: [] };
  const recorded = await take(context, learned);
  return isProblem(answer) ? answer : (recorded?.operation ?? unknownId());
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
  return recorded?.operation ?? unknownId();
}

async function seen({ store }: OperationsContext, viewer: Viewer, id: string): Promise<StoredOperation | Problem> {
  const [known] = await operationsById(store, scopeOf(viewer), [id]);
  return known ?? unknownId();
}

function neverNamed(): Problem {
  const message = "The answer to this write never came, so there is no id of the provider's to ask for. Look there.";
  return notFound(message, "WRITE_UNCONFIRMED");
}

function removed(): Problem {
  return notFound("It was removed while the provider was being asked. Ask again.");
}

function unknownId(): Problem {
  return notFound("No operation has this id. Take the id of an operation that this gateway gave out.");
}

interface Asked {
  readonly answer: Reading | Problem;
  readonly begun: number;
}

async function ask(
  { store }: OperationsContext,
  { client, definition }: RunningKind,
  naturalId: string,
  known: StoredOperation | null,
): Promise<Asked> {
  const begun = await beginRequest(store);
  const answers = await client?.fetchMany([{ key: naturalId, fields: known?.fields ?? null }], lookUpCall);
  const answer = answers?.[0];
  if (answer !== undefined) return { answer, begun };
  const message = `${definition.title} gave no answer for one of the ids asked for.`;
  return { answer: unavailable(definition.provider, "UNREADABLE_ANSWER", message), begun };
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

/** Null where there is no operation of that `id` any more. */
function take(context: OperationsContext, taken: Taken): Promise<Recorded | null> {
  const { kind, viewer, naturalId, id, answer, begun, follow, tags } = taken;
  const learned: Learned = {
    subject:
      id !== null
        ? { by: "id", id }
        : {
            by: "naturalId",
            ...keyOf(kind, viewer, naturalId),
            newcomer: { owner: viewer.owner, correlationId: null },
          },
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
  return record(context.store, learned);
}
