/**
 * Asking a provider on somebody's behalf: look-ups, follows and rechecks. Each answer goes through the store's one
 * rule of which answer counts.
 */
import type { CallOptions, Reading, Target } from "../datasources/contract.ts";
import { isProblem, notFound, type Problem } from "../datasources/problems.ts";
import type { StoredOperation } from "../store/database.ts";
import { areHeldElsewhere, asSeen } from "../store/holders.ts";
import { type LastKnown, lastKnownMany, operationsById } from "../store/operations.ts";
import { beginRequest, heard, type Learned, record, recordMany } from "../store/record.ts";
import { askProviderOfMany } from "./asking.ts";
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
import { gathering } from "./gathering.ts";

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
  wanted: LookUp,
): Promise<StoredOperation | Problem> {
  const [found] = await lookUpMany(context, viewer, [wanted]);
  if (found?.status !== "fulfilled") throw found?.reason;
  return found.value;
}

type Found = PromiseSettledResult<StoredOperation | Problem>;

/**
 * The same of many, in their order. However many they are, the store is asked twice, and each provider once for all that
 * are its own, the providers at the same time. What is answered at about the same time is recorded together, while other
 * providers still answer.
 */
export async function lookUpMany(
  context: OperationsContext,
  viewer: Viewer,
  wanted: readonly LookUp[],
): Promise<readonly Found[]> {
  const all = wanted.map((one) => ({ ...one, kind: runningKind(context, one.kind) }));
  const keys = all.map(({ kind, naturalId }) => keyOf(kind, viewer, naturalId));
  const last = await lastKnownMany(context.store, keys, scopeOf(viewer).owner);
  const questions = new Map<string, Question>();
  const judged = all.map(({ kind, naturalId, maxAgeSeconds }, index): Found | Question => {
    const seen = last[index] ?? null;
    if (seen && isFreshEnough(seen, maxAgeSeconds)) return found(seen.operation);
    const known = seen?.operation ?? null;
    if (!known && !viewer.seesTenant) return found(kind.definition.unknownId);
    if (!kind.client) return found(known ?? unconfigured(kind));
    // Wanted twice, of different ages: asked for once.
    const name = JSON.stringify([kind.definition.id, naturalId]);
    const question = questions.get(name) ?? { kind, naturalId, known };
    questions.set(name, question);
    return question;
  });
  const answers = await answersTo(context, viewer, [...questions.values()]);
  return judged.map((one) => ("status" in one ? one : (answers.get(one) ?? found(one.kind.definition.unknownId))));
}

function found(value: StoredOperation | Problem): Found {
  return { status: "fulfilled", value };
}

async function answersTo(
  context: OperationsContext,
  viewer: Viewer,
  questions: readonly Question[],
): Promise<ReadonlyMap<Question, Found>> {
  const answers = new Map<Question, Found>();
  if (questions.length === 0) return answers;
  const begun = await begin(context, viewer, questions);
  const recordSoon = gathering((learned: readonly Learned[]) => recordMany(context.store, learned, asSeen));
  const byKind = [...Map.groupBy(begun, ({ question }) => question.kind)];
  await Promise.all(
    byKind.map(async ([kind, ofKind]) => {
      const asked = await ask(kind, ofKind);
      // Of what is not known, a problem is all that there is to tell.
      const recorded = asked.filter(({ answer, question }) => !isProblem(answer) || question.known);
      const learned = recorded.map(({ answer, begun, question: { naturalId, known } }) => {
        const id = isProblem(answer) ? (known?.id ?? null) : null;
        return learnedOf({ kind, viewer, naturalId, id, answer, begun, follow: false, tags: [] });
      });
      const settled = await recordSoon(learned);
      const outcomes = new Map(recorded.map((one, index) => [one, settled[index]]));
      for (const one of asked) {
        const outcome = outcomes.get(one);
        const operation = outcome?.status === "fulfilled" ? outcome.value?.operation : null;
        const untold = isProblem(one.answer) ? one.answer : kind.definition.unknownId;
        answers.set(one.question, outcome?.status === "rejected" ? outcome : found(operation ?? untold));
      }
    }),
  );
  return answers;
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
  const known = await seenById(context, viewer, kind, naturalId);
  if (!known && !viewer.seesTenant) return unknownId;
  const { answer, begun } = await askOne(context, viewer, { kind, naturalId, known });
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
  const { answer, begun } = await askOne(context, viewer, { kind, naturalId: known.naturalId, known });
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
    terms: { wait: () => 0, deadlineSeconds: 0, follow: false, settledMayChange: false },
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
async function seenById(
  { store }: OperationsContext,
  viewer: Viewer,
  kind: RunningKind,
  naturalId: string,
): Promise<StoredOperation | null> {
  const [last] = await lastKnownMany(store, [keyOf(kind, viewer, naturalId)], scopeOf(viewer).owner);
  return last?.operation ?? null;
}

function neverNamed(): Problem {
  const message = "The answer to this write never came, so there is no id of the provider's to ask for. Look there.";
  return notFound(message, "WRITE_UNCONFIRMED");
}

/** What the provider is to be asked. */
interface Question {
  readonly kind: RunningKind;
  readonly naturalId: string;
  /** Null for what is not known. */
  readonly known: StoredOperation | null;
}

interface Begun {
  readonly question: Question;
  readonly begun: number;
  /** Another tenant's. */
  readonly hidden: boolean;
}

interface Asked {
  readonly answer: Reading | Problem;
  readonly begun: number;
}

/** What is not known is looked for with other tenants before. */
async function begin(
  { store }: OperationsContext,
  viewer: Viewer,
  questions: readonly Question[],
): Promise<readonly Begun[]> {
  const unknown = questions.filter(({ known }) => known === null);
  const keys = unknown.map(({ kind, naturalId }) => keyOf(kind, viewer, naturalId));
  const [held, begun] = await Promise.all([areHeldElsewhere(store, keys), beginRequest(store)]);
  const hidden = new Set(unknown.filter((_, index) => held[index]));
  return questions.map((question) => ({ question, begun, hidden: hidden.has(question) }));
}

/**
 * In place of what another tenant holds the provider is asked for one that nobody has, by the very steps: reading the real
 * one would take another time, and that would tell of it. Should there be such a one after all, it is not heard.
 */
async function ask(kind: RunningKind, all: readonly Begun[]): Promise<ReadonlyArray<Asked & Begun>> {
  const targetOf = ({ hidden, question: { naturalId, known } }: Begun): Target => {
    return { key: hidden ? decoyKey(kind, naturalId) : naturalId, fields: known?.fields ?? null };
  };
  const answered = await askProviderOfMany(kind, all, targetOf, lookUpCall);
  return answered.map(({ asker, answer }) => {
    return { ...asker, answer: asker.hidden && !isProblem(answer) ? kind.definition.unknownId : answer };
  });
}

async function askOne(context: OperationsContext, viewer: Viewer, question: Question): Promise<Asked> {
  const [asked] = await ask(question.kind, await begin(context, viewer, [question]));
  if (!asked) throw new Error("One question has one answer.");
  return asked;
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
async function take({ store }: OperationsContext, taken: Taken): Promise<StoredOperation | null> {
  const [recorded] = await recordMany(store, [learnedOf(taken)], asSeen);
  if (recorded?.status === "rejected") throw recorded.reason;
  return recorded?.value?.operation ?? null;
}

function learnedOf({ kind, viewer, naturalId, id, answer, begun, follow, tags }: Taken): Learned {
  const newcomer = { owner: viewer.owner, correlationId: null };
  return {
    subject: id === null ? { by: "naturalId", ...keyOf(kind, viewer, naturalId), newcomer } : { by: "id", id },
    begun,
    ...heard(answer),
    terms: {
      wait: kind.schedule.wait(true),
      deadlineSeconds: kind.deadlineSeconds,
      follow,
      settledMayChange: kind.definition.settledMayChange ?? false,
    },
    tags,
    ends: null,
  };
}
