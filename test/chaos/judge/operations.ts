/**
 * Holds what is stored against what the provider says, past every fault, and against what callers were answered. It
 * knows the promises about writes, and no provider's wire.
 */
import type { Facts, SeenWrite, Truth } from "../provider/fault.ts";
import type { Done } from "../workload.ts";
import { type Figure, none, told } from "./figure.ts";
import type { LoggedChange, Stored, StoredState } from "./log.ts";

export interface OperationFacts {
  readonly stored: Stored;
  /** By the operation's id. */
  readonly truths: ReadonlyMap<string, Truth>;
  readonly done: readonly Done[];
  readonly facts: Facts;
  /** Whether what no provider knows was waited for until it was given up. */
  readonly waitsForUnknown: boolean;
}

export function judgeOperations(all: OperationFacts): Figure[] {
  const { stored, done } = all;
  const waited = all.waitsForUnknown ? [] : stored.operations.filter((operation) => isWaitedFor(operation, all));
  const outcomes = countBy(stored.operations, ({ kind, outcome }) => `${kind} ${outcome ?? "open"}`);
  const answers = countBy(
    done.flatMap(({ results }) => results),
    (result) => (result.type === "problem" ? `${result.problem.type} ${result.problem.code}` : result.type),
  );
  return [
    told("how they ended", outcomes),
    told("what callers were answered", answers),
    ...(waited.length > 0 ? [told("unknown to the provider, and waited for", waited.length)] : []),
    none(
      "operations that are not as the provider says",
      stored.operations.flatMap((one) => untrue(one, all)),
    ),
    none("words in the log that the provider never said, or not in that order", judgeHistory(all)),
    none("operations whose changes have gaps", judgeRevisions(stored)),
    none("calls without a definite answer", judgeAnswers(done)),
    none("answered operations that are gone, or several for one key", judgeKeys(done, stored)),
    none("writes sent again after they may have been taken", judgeWrites(all.facts.writes)),
    none("writes that were taken and are no operation", judgeTaken(all)),
    none("intents and keys left behind", [
      ...(stored.intents > 0 ? [`${stored.intents} intents`] : []),
      ...(stored.openKeys > 0 ? [`${stored.openKeys} keys that were never answered`] : []),
    ]),
  ];
}

function countBy<T>(all: readonly T[], keyOf: (one: T) => string): string {
  const counts = new Map<string, number>();
  for (const one of all) counts.set(keyOf(one), (counts.get(keyOf(one)) ?? 0) + 1);
  return [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, count]) => `${key} ${count}`)
    .join(", ");
}

const nameOf = ({ kind, id, naturalId, tags }: StoredState) => `${kind} ${id} (${naturalId}, ${tags.join(" ")})`;

/** Its write never came to Cleeng, which is believed only after a minute. */
function isWaitedFor({ id, followed, naturalId }: StoredState, { truths }: OperationFacts): boolean {
  return followed && naturalId !== null && truths.get(id)?.known === false;
}

/**
 * A sender that stood still was taken for dead, and its write for lost; then it went on, and knew that nothing had been
 * accepted. What was made of the write stays, and says so.
 */
function isKnownUnsent({ outcome, tags }: StoredState, { facts }: OperationFacts): boolean {
  return outcome === "FAILED" && !facts.writes.some(({ taken, work }) => taken && tags.includes(work));
}

function untrue(operation: StoredState, all: OperationFacts): string[] {
  const { state, outcome, problem, naturalId, kind } = operation;
  const name = nameOf(operation);
  const truth = all.truths.get(operation.id);
  if (!truth?.known && isKnownUnsent(operation, all)) return [];
  if (naturalId === null) {
    const right = outcome === "ABANDONED" && problem === "WRITE_UNCONFIRMED" && kind !== "PURCHASE_SYNC";
    return right ? [] : [`${name} has no id of the provider's, and is ${state} ${outcome} ${problem}`];
  }
  if (!truth) return [`${name}: the provider was not asked`];
  if (!truth.known) {
    if (outcome === "ABANDONED" && problem === "GONE_AT_PROVIDER") return [];
    if (!all.waitsForUnknown && isWaitedFor(operation, all)) return [];
    return [`${name} is not known to the provider, and is ${state} ${outcome} ${problem}`];
  }
  return outcome === truth.outcome && state === "SETTLED"
    ? []
    : [
        `${name} is ${state} ${outcome} ${problem ?? operation.checkProblem ?? ""}; the provider says ${truth.outcome ?? "not yet"}`,
      ];
}

/** So far a sandbox's time and the database's may differ: they are of one machine. */
const clockMs = 5;

function judgeHistory({ stored, truths }: OperationFacts): string[] {
  const faults: string[] = [];
  for (const [id, changes] of groupByOperation(stored.changes)) {
    const { history } = truths.get(id) ?? { history: [] };
    if (history.length === 0) continue;
    let step = 0;
    for (const { word, at, revision } of changes) {
      if (word === null) continue;
      const found = history.findIndex(([when, said], index) => index >= step && said === word && when <= at + clockMs);
      if (found < 0) {
        const said = history.map(([when, what]) => `${what} ${Math.round(when - at)} ms`).join(", ");
        faults.push(`${id} revision ${revision} says "${word}"; the provider went through ${said}`);
        break;
      }
      step = found;
    }
  }
  return faults;
}

function groupByOperation(log: readonly LoggedChange[]): ReadonlyMap<string, LoggedChange[]> {
  const groups = new Map<string, LoggedChange[]>();
  for (const change of log) groups.set(change.operation, [...(groups.get(change.operation) ?? []), change]);
  return groups;
}

function judgeRevisions({ operations, changes }: Stored): string[] {
  const groups = groupByOperation(changes);
  return operations.flatMap((operation) => {
    const own = groups.get(operation.id) ?? [];
    const revisions = own.map(({ revision }) => revision).join(" ");
    const whole = Array.from({ length: operation.revision }, (_, index) => index + 1).join(" ");
    const last = own.at(-1);
    const agrees =
      last?.place === operation.place && last.state === operation.state && last.outcome === operation.outcome;
    return revisions === whole && agrees ? [] : [`${nameOf(operation)} has ${revisions}, of ${whole}`];
  });
}

function judgeAnswers(done: readonly Done[]): string[] {
  return done.flatMap(({ work, results }) =>
    results.flatMap((result) =>
      result.type === "none" ? [`${work.id} ${work.kind} ${work.via}: ${result.last}`] : [],
    ),
  );
}

function judgeKeys(done: readonly Done[], { operations }: Stored): string[] {
  const stored = new Set(operations.map(({ id }) => id));
  return done.flatMap(({ work, results }) => {
    const ids = new Set(results.flatMap((result) => (result.type === "operation" ? [result.operation.id] : [])));
    const gone = [...ids]
      .filter((id) => !stored.has(id))
      .map((id) => `${work.id}: ${id} was answered and is not stored`);
    const refused = results.find((result) => result.type === "problem");
    const both = refused?.type === "problem" && ids.size > 0 && work.via === "write";
    return [
      ...gone,
      ...(ids.size > 1 ? [`${work.id}: one key has the operations ${[...ids].join(", ")}`] : []),
      ...(both ? [`${work.id}: one key has an operation, and ${refused.problem.type} ${refused.problem.code}`] : []),
    ];
  });
}

/** What was answered 429, or 503 by the provider itself, was not taken, and may come again. */
function judgeWrites(writes: readonly SeenWrite[]): string[] {
  const maybeTaken = new Map<string, SeenWrite>();
  return writes
    .toSorted((a, b) => a.at - b.at)
    .flatMap((write) => {
      const before = maybeTaken.get(write.work);
      if (write.fault !== "throttled") maybeTaken.set(write.work, write);
      if (!before) return [];
      const ms = Math.round(write.at - before.at);
      return [
        `${write.upstream} ${write.work}: came again ${ms} ms after one that met "${before.fault ?? "no fault"}"`,
      ];
    });
}

function judgeTaken({ facts, stored, done }: OperationFacts): string[] {
  const byTag = new Map<string, StoredState[]>();
  for (const operation of stored.operations) {
    for (const tag of operation.tags) byTag.set(tag, [...(byTag.get(tag) ?? []), operation]);
  }
  const taken = facts.writes.filter((write) => write.taken).map(({ work }) => work);
  const lost = taken.filter((work) => !byTag.has(work)).map((work) => `${work} was taken, and no operation bears it`);
  const several = done.flatMap(({ work }) => {
    const own = byTag.get(work.id) ?? [];
    return own.length > 1 ? [`${work.id} has ${own.length} operations: ${own.map(nameOf).join("; ")}`] : [];
  });
  return [...lost, ...several];
}
