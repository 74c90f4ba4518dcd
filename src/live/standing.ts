/** The state of operations as they stood at one end of the log, in order of their latest places. What a stream begins with. */
import type { StoredChange } from "../store/database.ts";
import { type Interest, type StandingChange, standingPage } from "../store/replay.ts";
import type { Live } from "./feed.ts";

/** How many operations are read at a time to tell their state. */
const standingPageSize = 50;

export interface StandingRead {
  readonly kind: "SNAPSHOT" | "RESET";
  readonly change: StandingChange;
  readonly last: boolean;
}

export interface Standing {
  /** The next operation's latest change; null after the last. */
  next(): Promise<StandingRead | null>;
}

export interface StandingOptions {
  readonly kind: StandingRead["kind"];
  readonly after: number;
  readonly end: number;
  readonly isLeft: () => boolean;
}

/** Read page by page, in order of place: a cut in the middle loses none of the rest. */
export function createStanding(
  { store, inTurn }: Live,
  interest: Interest,
  accepts: (change: StoredChange) => boolean,
  { kind, after, end, isLeft }: StandingOptions,
): Standing {
  /** Where the next page begins; null after the last. */
  let next: number | null = after;
  const page: StandingChange[] = [];
  const fill = async () => {
    // One ahead, so that the last one is known when it is told. A page may hold none, and not be the last.
    while (next !== null && page.length < 2 && !isLeft()) {
      const from: number = next;
      const read = await inTurn(() => standingPage(store, interest, { after: from, end, limit: standingPageSize }));
      next = read.next;
      page.push(...read.changes.filter(accepts));
    }
  };
  return {
    async next() {
      await fill();
      const change = page.shift();
      return change ? { kind, change, last: page.length === 0 } : null;
    },
  };
}
