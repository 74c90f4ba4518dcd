/**
 * What a loop of the poller may claim next: no more than its provider would be asked soon, and first what somebody
 * watches. It decides, and touches neither store nor provider.
 */
import type { Clock } from "../clock.ts";
import type { Outlook } from "../datasources/http.ts";

/** One look at the store. */
export type Look =
  /** Nothing may be claimed: no call would begin, or as many as may are under way. */
  | { readonly type: "none" }
  /** What is due of these. */
  | { readonly type: "watched"; readonly limit: number; readonly ids: readonly string[] }
  /** What is due, whatever it is. */
  | { readonly type: "any"; readonly limit: number };

export interface Looks {
  next(underWay: number): Look;
  /** To be told how many were claimed, before the next one. */
  took(look: Look, claimed: number): void;
}

export interface LooksOptions {
  /** How many checks may be under way at once. */
  readonly concurrency: number;
  /** How many more may be claimed than there are places, so that the next ones are there when places become free. */
  readonly ahead?: () => number;
  readonly outlook: () => Outlook;
  readonly watched: () => Iterable<string>;
  readonly clock: Pick<Clock, "monotonic">;
}

/** One place in so many is not for what is watched, so that the rest gets on however much that is. */
const placesPerRest = 4;
/** How many watched ids are looked up at a time: a millisecond or two of the database. */
const mostIds = 500;
/**
 * While nobody is asked for long, so often as many of what is due as have a place are claimed all the same, and told why:
 * their problem is shown, and what waited a day past its deadline ends.
 */
const barredEveryMs = 10_000;

export function createLooks({ concurrency, ahead: more = () => 0, outlook, watched, clock }: LooksOptions): Looks {
  const round = createRound(watched);
  /** Whether more may be due than can be claimed. Where all of it can, what is watched needs no look of its own. */
  let crowded = true;
  let lastType: Look["type"] = "none";
  /** Which place the next claim gets, counted around. */
  let place = 0;
  let barredBefore = Number.NEGATIVE_INFINITY;

  function choose(places: number): Look {
    const ahead = outlook();
    if (ahead.type === "barred") {
      if (places <= 0 || clock.monotonic() - barredBefore < barredEveryMs) return { type: "none" };
      barredBefore = clock.monotonic();
      return { type: "any", limit: places };
    }
    // What was claimed ahead has its calls before these.
    const waiting = Math.max(0, -places);
    const limit = Math.min(places + more(), ahead.calls - waiting);
    if (limit <= 0) return { type: "none" };
    const forWatched = crowded && lastType !== "watched" ? watchedPlaces(place, limit) : 0;
    const ids = forWatched > 0 ? round(mostIds) : [];
    return ids.length > 0 ? { type: "watched", limit: forWatched, ids } : { type: "any", limit };
  }

  return {
    next(underWay) {
      const look = choose(concurrency - underWay);
      lastType = look.type;
      if (look.type === "none") crowded = true;
      return look;
    },
    took(look, claimed) {
      place = (place + claimed) % placesPerRest;
      if (look.type === "any") crowded = claimed === look.limit;
    },
  };
}

/** How many of `count` places, counted around from `first`, may go to what is watched: all but each fourth. */
function watchedPlaces(first: number, count: number): number {
  return count - Math.floor((first + count) / placesPerRest);
}

/** Gives what is watched a part at a time, so that each has its turn however many there are. */
function createRound(watched: () => Iterable<string>): (most: number) => string[] {
  let rest = watched()[Symbol.iterator]();
  const take = (most: number): string[] => {
    const ids: string[] = [];
    while (ids.length < most) {
      const next = rest.next();
      if (next.done) {
        rest = watched()[Symbol.iterator]();
        break;
      }
      ids.push(next.value);
    }
    return ids;
  };
  return (most) => {
    const ids = take(most);
    // The round may have ended just with the part before.
    return ids.length > 0 ? ids : take(most);
  };
}
