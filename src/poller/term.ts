/**
 * The time that a lease leaves to those that were claimed together: until when each must have had its turn, and until when
 * all must have ended. By real time, as the database counts; one pair of timers for all of them.
 */
import { turnsPart } from "./schedule.ts";

export interface TermMember {
  /** There was no turn for it in time, should it still wait for one. */
  turnless(): void;
  /** The lease has ended. */
  expired(): void;
}

export interface Term {
  readonly isOver: boolean;
  join(member: TermMember): void;
  leave(member: TermMember): void;
  /** Ends it now. */
  end(): void;
}

/** `ends`: by `performance.now`, and not after the leases in the rows. */
export function createTerm(ends: number): Term {
  const members = new Set<TermMember>();
  let timers: NodeJS.Timeout[] = [];
  let ended = false;
  let turnsEnded = false;
  const leftMs = Math.max(0, Math.floor(ends - performance.now()));
  const turnsEnd = performance.now() + leftMs * turnsPart;

  const stop = () => {
    for (const timer of timers) clearTimeout(timer);
    timers = [];
  };
  const endTurns = () => {
    turnsEnded = true;
    for (const member of [...members]) member.turnless();
  };
  const end = () => {
    ended = true;
    stop();
    for (const member of [...members]) member.expired();
  };
  const start = () => {
    const now = performance.now();
    timers = [setTimeout(endTurns, Math.max(0, turnsEnd - now)), setTimeout(end, Math.max(0, ends - now))];
  };
  return {
    get isOver() {
      return ended || performance.now() >= ends;
    },
    join(member) {
      members.add(member);
      if (ended) member.expired();
      else if (turnsEnded) member.turnless();
      if (timers.length === 0 && !ended) start();
    },
    leave(member) {
      members.delete(member);
      if (members.size === 0) stop();
    },
    end,
  };
}
