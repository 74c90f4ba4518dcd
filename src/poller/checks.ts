/**
 * The checks of one kind: as many at a time as its provider may be asked, and a few claimed ahead of them, so that a place
 * that becomes free is taken at once, and claims are made by the dozen. It claims nothing itself.
 */
import type { Claim } from "../store/claims.ts";
import { type Checking, type Claimed, check, giveUnasked } from "./check.ts";
import type { Term, TermMember } from "./term.ts";

export interface Checks {
  /** Those that were just claimed, by leases of one term. */
  add(claims: readonly Claim[], term: Term): void;
  /** How many have a place or wait for one. */
  taken(): number;
  /** How many may wait for a place. */
  ahead(): number;
  /** Whether nothing is to be claimed before some have ended. */
  isFull(): boolean;
  /** Resolves once those under way have ended. Those that wait are not begun any more. */
  end(): Promise<void>;
}

export interface ChecksOptions extends Omit<Checking, "answered"> {
  /** Ids of operations whose claim has not ended. Once given up, they stay. */
  readonly held: Set<string>;
  /** There is room again for what could not be claimed. */
  readonly hasRoom: () => void;
  /** Something was recorded, and is due again at some time from now on. */
  readonly hasRecorded: () => void;
}

/** What was claimed together. */
interface Group {
  readonly member: TermMember;
  /** How many of it have no place yet, and how many have not ended. */
  waiting: number;
  left: number;
}

/** As much is claimed ahead as gets a place within so many ms. */
const aheadMs = 100;
/** It is all read in one go, and nothing else runs meanwhile. */
const mostAhead = 150;

export function createChecks({ held, hasRoom, hasRecorded, ...checking }: ChecksOptions): Checks {
  const { kind, options, givenUp } = checking;
  const { concurrency } = kind;
  const waiting: Claimed[] = [];
  const tasks = new Set<Promise<void>>();
  const groups = new Map<Term, Group>();
  let underWay = 0;
  let ended = false;
  /** How long a provider was asked lately, on average; 0 before anything is known. */
  let meanMs = 0;

  const taken = () => underWay + waiting.length;
  const ahead = () => (meanMs === 0 ? 0 : Math.min(mostAhead, Math.floor((concurrency * aheadMs) / meanMs)));
  /** Half of what may be claimed ahead at a time, so that claims are few. */
  const isFull = () => taken() > 0 && taken() >= concurrency + Math.floor(ahead() / 2);

  const finish = ({ claim, term }: Claimed) => {
    if (!givenUp.aborted) held.delete(claim.operation.id);
    const group = groups.get(term);
    if (!group) return;
    group.left -= 1;
    if (group.left === 0) groups.delete(term);
  };
  const track = (task: Promise<void>, of: readonly Claimed[]) => {
    const tracked = task.finally(() => {
      tasks.delete(tracked);
      for (const one of of) finish(one);
      if (!isFull()) hasRecorded();
    });
    tasks.add(tracked);
  };
  const begin = (claimed: Claimed) => {
    const began = performance.now();
    underWay += 1;
    const answered = () => {
      underWay -= 1;
      const tookMs = performance.now() - began;
      meanMs = meanMs === 0 ? tookMs : meanMs + (tookMs - meanMs) / 16;
      fill();
      if (!isFull()) hasRoom();
    };
    track(check(claimed, { ...checking, answered }), [claimed]);
  };
  const fill = () => {
    while (!ended && underWay < concurrency) {
      const next = waiting.shift();
      if (!next) break;
      stopWaiting(next.term, 1);
      begin(next);
    }
  };
  const stopWaiting = (term: Term, count: number) => {
    const group = groups.get(term);
    if (!group) return;
    group.waiting -= count;
    // Nobody waits any more to be told that there is no turn.
    if (group.waiting === 0) term.leave(group.member);
  };
  /** Those of a term that got no place in time. */
  const giveBackWaiting = (term: Term) => {
    const turnless = waiting.filter((one) => one.term === term);
    if (turnless.length === 0) return;
    // Answers are not as quick as they were: nothing is claimed ahead before one has come.
    meanMs = 0;
    waiting.splice(0, waiting.length, ...waiting.filter((one) => one.term !== term));
    stopWaiting(term, turnless.length);
    track(
      giveUnasked(
        turnless.map(({ claim }) => claim),
        options,
      ),
      turnless,
    );
  };

  givenUp.addEventListener("abort", () => {
    for (const term of groups.keys()) term.end();
  });
  return {
    taken,
    ahead,
    isFull,
    add(claims, term) {
      if (claims.length === 0) return;
      if (term.isOver) {
        // By now another gateway may be asking.
        options.log.warn(
          { kind: kind.kind },
          "The database answered a claim after its lease had run out; it is not used.",
        );
        for (const { operation } of claims) held.delete(operation.id);
        return;
      }
      const at = performance.now();
      const member = { turnless: () => giveBackWaiting(term), expired: () => giveBackWaiting(term) };
      groups.set(term, { member, waiting: claims.length, left: claims.length });
      term.join(member);
      waiting.push(...claims.map((claim) => ({ claim, term, at })));
      fill();
    },
    async end() {
      ended = true;
      for (const [term, { member }] of groups) term.leave(member);
      while (tasks.size > 0) await Promise.all(tasks);
    },
  };
}
