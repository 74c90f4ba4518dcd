/**
 * Gives memory back once many have come or gone. What their coming takes for a moment is several times what they keep, and
 * V8 holds on to it for as long as nothing more is asked of it: 40 kB a subscription stayed, where 7 are in use. One
 * collection after them, when it is quiet again, costs a pause; see docs/decisions/0024-one-execution-for-a-group.md.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Clock } from "../clock.ts";

export interface Collector {
  /** A subscription has begun, has told what there was to tell, or has ended. */
  note(): void;
  /** Somebody is told something: a pause would be felt. */
  told(): void;
  dispose(): Promise<void>;
}

export interface CollectorOptions {
  readonly clock: Clock;
  readonly collect?: () => void;
}

/** Fewer than these leave too little behind for a pause. */
const many = 1_000;
/** How long nobody has come or gone by then, nor been told anything. */
const quietMs = 10_000;

export function startCollector({ clock, collect = collectAll }: CollectorOptions): Collector {
  const stop = new AbortController();
  let noted = 0;
  let latest = 0;
  let waiting: Promise<void> | null = null;
  const wait = async () => {
    for (;;) {
      const quiet = clock.monotonic() - latest;
      if (quiet >= quietMs) break;
      await clock.sleep(quietMs - quiet, stop.signal);
      if (stop.signal.aborted) return;
    }
    noted = 0;
    waiting = null;
    collect();
  };
  return {
    note() {
      noted += 1;
      latest = clock.monotonic();
      if (noted >= many && !stop.signal.aborted) waiting ??= wait();
    },
    told() {
      if (waiting) latest = clock.monotonic();
    },
    async dispose() {
      stop.abort();
      await waiting;
    },
  };
}

/** What only --expose-gc gives otherwise. This kind gives the pages back to the system, too. */
function collectAll(): void {
  setFlagsFromString("--expose-gc");
  const gc: unknown = runInNewContext("gc");
  if (typeof gc === "function") gc({ type: "major", flavor: "last-resort" });
}
