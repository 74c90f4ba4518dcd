/**
 * Holds what each subscriber was sent against the log: every revision once, in order of place, from where it began to
 * where it ended. It judges sequences and knows nothing of sockets.
 */
import { decodeCursor } from "../../../src/store/cursor.ts";
import type { Filter, Message, Session } from "../subscriber.ts";
import { type Figure, none, told } from "./figure.ts";
import type { LoggedChange } from "./log.ts";

interface Faults {
  readonly lost: string[];
  readonly twice: string[];
  readonly disordered: string[];
  readonly wrong: string[];
  readonly strange: string[];
}

/** `end`: the place up to which all must have been sent; what came later may have been on its way. */
export function judgeSubscribers(sessions: readonly Session[], log: readonly LoggedChange[], end: number): Figure[] {
  const faults: Faults = { lost: [], twice: [], disordered: [], wrong: [], strange: [] };
  const byOperation = groupByOperation(log);
  const due = log.filter(({ place }) => place <= end);
  const dueByOperation = groupByOperation(due);
  let [messages, resumed] = [0, 0];
  sessions.forEach((session, index) => {
    const name = `session ${index} (${nameOf(session)})`;
    messages += session.messages.length;
    resumed += session.attempts - 1;
    faults.strange.push(...session.strange.map((what) => `${name}: ${what}`));
    judgeMessages(name, session, byOperation, faults);
    if (session.interest.type === "ids") judgeLot(name, session, session.interest.ids, dueByOperation, faults);
    else judgeAll(name, session, session.interest.filter, { log, end }, faults);
  });
  return [
    told("subscriptions, and messages that they were sent", `${sessions.length}, ${messages}`),
    told("subscriptions refused or ended by the server, and begun again", resumed),
    none("changes lost to a subscriber", faults.lost),
    none("changes sent twice", faults.twice),
    none("changes out of order", faults.disordered),
    none("messages that don't show the operation at that revision", faults.wrong),
    none("messages and ends of streams that no fault explains", faults.strange),
  ];
}

function nameOf({ interest }: Session): string {
  return interest.type === "ids" ? `${interest.ids.length} ids` : `all ${JSON.stringify(interest.filter)}`;
}

function groupByOperation(log: readonly LoggedChange[]): ReadonlyMap<string, LoggedChange[]> {
  const groups = new Map<string, LoggedChange[]>();
  for (const change of log) {
    const group = groups.get(change.operation);
    if (group) group.push(change);
    else groups.set(change.operation, [change]);
  }
  return groups;
}

const placeOf = ({ cursor }: Message): number => decodeCursor(cursor)?.place ?? Number.NaN;

/** What holds for every message, whatever the subscription. */
function judgeMessages(
  name: string,
  { messages }: Session,
  byOperation: ReadonlyMap<string, LoggedChange[]>,
  { twice, disordered, wrong, strange }: Faults,
): void {
  const seen = new Set<string>();
  let last = Number.NEGATIVE_INFINITY;
  for (const message of messages) {
    const { kind, operation, revision } = message;
    const what = `${name}: ${kind} ${operation} revision ${revision}`;
    const place = placeOf(message);
    if (kind === "RESET") strange.push(`${what}: a reset, though the log was never cut`);
    if (seen.has(`${operation} ${revision}`)) twice.push(what);
    seen.add(`${operation} ${revision}`);
    if (!(place > last)) disordered.push(`${what}: place ${place} after ${last}`);
    last = place;
    const logged = byOperation.get(operation)?.find((change) => change.revision === revision);
    if (!logged) wrong.push(`${what} is not in the log`);
    else if (message.change !== logged.told || message.shown !== logged.told) {
      wrong.push(`${what} says "${message.change}", shows "${message.shown}"; the log has "${logged.told}"`);
    } else if (kind === "CHANGED" ? place !== logged.place : place < logged.place) {
      wrong.push(`${what} has place ${place}; the log has ${logged.place}`);
    }
  }
}

/** Of certain operations: the state at first, then each change, until none of them is followed any more. */
function judgeLot(
  name: string,
  { messages, completed }: Session,
  ids: readonly string[],
  byOperation: ReadonlyMap<string, LoggedChange[]>,
  { lost, strange }: Faults,
): void {
  const firstChange = messages.findIndex(({ kind }) => kind !== "SNAPSHOT");
  const snapshots = firstChange < 0 ? messages : messages.slice(0, firstChange);
  const late = firstChange < 0 ? [] : messages.slice(firstChange).filter(({ kind }) => kind === "SNAPSHOT");
  for (const { operation } of late) strange.push(`${name}: a snapshot of ${operation} after changes`);
  const lastSnapshot = snapshots.at(-1);
  if (!lastSnapshot) {
    lost.push(`${name}: no snapshot of ${ids.join(", ")} ever came`);
    return;
  }
  // Cut among the snapshots, it is sent the rest as changes after the last one.
  const resumedAt = placeOf(lastSnapshot);
  for (const id of ids) {
    const logged = byOperation.get(id) ?? [];
    const own = messages.filter(({ operation }) => operation === id);
    const began = own.find(({ kind }) => kind === "SNAPSHOT")?.revision;
    const from = began ?? logged.find(({ place }) => place > resumedAt)?.revision ?? 1;
    const lastSent = own.at(-1)?.revision ?? 0;
    const atEnd = logged.find(({ revision }) => revision === lastSent);
    const ended = completed && atEnd !== undefined && (atEnd.state === "SETTLED" || !atEnd.followed);
    const to = ended ? lastSent : (logged.at(-1)?.revision ?? 0);
    const sent = new Set(own.map(({ revision }) => revision));
    for (let revision = from; revision <= to; revision += 1) {
      if (!sent.has(revision)) {
        lost.push(
          `${name}: ${id} revision ${revision} of ${from} to ${to}${completed ? ", and the stream has ended" : ""}`,
        );
      }
    }
  }
}

/** Of all that the filter lets through: each change after the place at which it began. */
function judgeAll(
  name: string,
  { messages, after, completed }: Session,
  filter: Filter,
  { log, end }: { readonly log: readonly LoggedChange[]; readonly end: number },
  { lost, strange, wrong }: Faults,
): void {
  if (completed) strange.push(`${name}: it ended by itself`);
  const [first] = messages;
  const from = after === null ? (first ? placeOf(first) - 1 : Number.POSITIVE_INFINITY) : decodeCursor(after)?.place;
  const expected = log.filter((change) => change.place > (from ?? 0) && passes(change, filter));
  const due = new Set(expected.map(({ place }) => place));
  const sent = new Set(messages.map(placeOf));
  for (const { place, operation, revision } of expected) {
    if (place <= end && !sent.has(place)) lost.push(`${name}: ${operation} revision ${revision} at place ${place}`);
  }
  for (const message of messages) {
    const place = placeOf(message);
    if (!due.has(place))
      wrong.push(`${name}: ${message.operation} revision ${message.revision} at ${place} was not asked for`);
  }
}

/** As the schema says it: members by and, values by or, tags all of them; judged against the change as it was. */
function passes(change: LoggedChange, { kinds, providers, states, outcomes, tags }: Filter): boolean {
  return (
    (!kinds || kinds.includes(change.kind)) &&
    (!providers || providers.includes(change.provider)) &&
    (!states || states.includes(change.state)) &&
    (!outcomes || (change.outcome !== null && outcomes.includes(change.outcome))) &&
    (!tags || tags.every((tag) => change.tags.includes(tag)))
  );
}
