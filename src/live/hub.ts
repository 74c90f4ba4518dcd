/**
 * Reads the log once for all streams of this gateway, and hands each change to the streams that it concerns. It knows
 * the log and its order, and nothing of providers.
 */
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import { changesAfter, logEnd } from "../store/changes.ts";
import type { StoredChange } from "../store/database.ts";
import type { Store } from "../store/store.ts";
import type { Bus } from "./bus.ts";

/** What a stream wants to hear of. */
export interface Listener {
  /** Only these operations; null for all of the tenant. */
  readonly operationIds: ReadonlySet<string> | null;
  readonly tenant: string;
  hear(change: StoredChange): void;
}

export interface Hub {
  /** From the returned promise on, every change that is committed later is heard, in order of place. */
  join(listener: Listener): Promise<() => void>;
  isWatched(operationId: string): boolean;
  dispose(): Promise<void>;
}

export interface HubOptions {
  readonly store: Store;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Pick<Logger, "error">;
}

/** How often the log is read without being asked to: announcements may be lost, or be another gateway's. */
const heartbeatMs = 1_000;
const pageSize = 500;

export function createHub({ store, bus, clock, log }: HubOptions): Hub {
  const byOperation = new Map<string, Set<Listener>>();
  const byTenant = new Map<string, Set<Listener>>();
  const stop = new AbortController();
  let nap = new AbortController();
  let hinted = false;
  let tail: AbortController | null = null;
  const tails = new Set<Promise<void>>();
  let starting: Promise<void> | null = null;

  const unlisten = bus.listen(() => {
    hinted = true;
    nap.abort();
  });

  const deliver = (change: StoredChange) => {
    for (const listener of [...(byOperation.get(change.operationId) ?? []), ...(byTenant.get(change.tenant) ?? [])]) {
      if (listener.tenant === change.tenant) listener.hear(change);
    }
  };

  const follow = async (from: number, left: AbortSignal) => {
    let place = from;
    while (!stop.signal.aborted && !left.aborted) {
      nap = new AbortController();
      hinted = false;
      try {
        const page = await changesAfter(store, place, pageSize);
        // Whoever joined meanwhile has a tail of their own, and would hear these twice.
        if (left.aborted) break;
        for (const change of page) {
          deliver(change);
          place = change.place;
        }
        if (page.length === pageSize) continue;
      } catch (error) {
        if (stop.signal.aborted) break;
        log.error({ err: error }, "The log could not be read; streams wait, and lose nothing.");
      }
      if (!hinted) await clock.sleep(heartbeatMs, AbortSignal.any([stop.signal, left, nap.signal]));
    }
  };

  /** The log is read only while somebody listens. */
  const start = async () => {
    const { place } = await logEnd(store.db);
    tail = new AbortController();
    const ended = follow(place, tail.signal).finally(() => tails.delete(ended));
    tails.add(ended);
  };

  const sets = ({ operationIds, tenant }: Listener): Array<[Map<string, Set<Listener>>, string]> =>
    operationIds === null ? [[byTenant, tenant]] : [...operationIds].map((id) => [byOperation, id]);

  return {
    async join(listener) {
      for (const [map, key] of sets(listener)) {
        const set = map.get(key) ?? new Set();
        map.set(key, set.add(listener));
      }
      const leave = () => {
        for (const [map, key] of sets(listener)) {
          const set = map.get(key);
          set?.delete(listener);
          if (set?.size === 0) map.delete(key);
        }
        if (byOperation.size === 0 && byTenant.size === 0 && starting === null) {
          tail?.abort();
          tail = null;
        }
      };
      try {
        if (tail === null) {
          starting ??= start().finally(() => {
            starting = null;
          });
          await starting;
        }
        return leave;
      } catch (error) {
        leave();
        throw error;
      }
    },
    isWatched: (operationId) => byOperation.has(operationId),
    async dispose() {
      unlisten();
      stop.abort();
      await starting;
      await Promise.all(tails);
    },
  };
}
