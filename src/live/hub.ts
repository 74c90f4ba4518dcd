/**
 * Reads the log once for all streams of this gateway, and hands each change to the streams that it concerns. It knows
 * the log and its order, and nothing of providers.
 */
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import { logEnd } from "../store/changes.ts";
import type { LogPosition } from "../store/cursor.ts";
import type { StoredChange } from "../store/database.ts";
import { tailPage } from "../store/replay.ts";
import type { Store } from "../store/store.ts";
import type { Bus, Channel } from "./bus.ts";

/** What a stream wants to hear of. */
export interface Listener {
  /** Only these operations; null for all of the tenant. */
  readonly operationIds: Iterable<string> | null;
  readonly tenant: string;
  hear(change: StoredChange): void;
  /** Changes that it may have wanted were trimmed before they were read: what it does not look up now, it never hears. */
  miss(): void;
}

export interface Hub {
  /** From the returned promise on, every change that is committed later is heard, in order of place. */
  join(listener: Listener): Promise<() => void>;
  isWatched(operationId: string): boolean;
  /** Ids of the operations that somebody listens to by name, while they are read: those that come meanwhile are among them. */
  watched(): Iterable<string>;
  /** How many have joined. */
  readonly listeners: number;
  dispose(): Promise<void>;
}

export interface HubOptions {
  readonly store: Store;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Pick<Logger, "error">;
}

/** Those who listen to one operation or tenant, and what ends the hearing of its announcements. */
interface Audience {
  readonly listeners: Set<Listener>;
  readonly unlisten: () => void;
}

interface Room {
  readonly map: Map<string, Audience>;
  readonly key: string;
  readonly channel: Channel;
}

/** How often the log is read without being asked to: announcements may be lost, or be another gateway's. */
const heartbeatMs = 1_000;
const pageSize = 500;

export function createHub({ store, bus, clock, log }: HubOptions): Hub {
  const byOperation = new Map<string, Audience>();
  const byTenant = new Map<string, Audience>();
  const stop = new AbortController();
  let nap = new AbortController();
  let hinted = false;
  /** How far the log has been read. */
  let place = 0;
  let epoch = "";
  let tail: AbortController | null = null;
  const tails = new Set<Promise<void>>();
  const joined = new Set<Listener>();
  let starting: Promise<void> | null = null;

  const hint = (announced: number) => {
    // Read already: by the announcement of another change, or by the heartbeat.
    if (announced <= place) return;
    hinted = true;
    nap.abort();
  };

  const deliver = (change: StoredChange) => {
    tell(byOperation.get(change.operationId), change);
    tell(byTenant.get(change.tenant), change);
  };
  const tell = (audience: Audience | undefined, change: StoredChange) => {
    // Who joins meanwhile hears it too, and knows by its place whether it has seen it already.
    for (const listener of audience?.listeners ?? []) {
      if (listener.tenant !== change.tenant) continue;
      try {
        listener.hear(change);
      } catch (error) {
        failed(error);
      }
    }
  };
  const tellMissed = () => {
    for (const listener of joined) {
      try {
        listener.miss();
      } catch (error) {
        failed(error);
      }
    }
  };
  /** A listener that fails must not take a change from the others, nor have it told to them twice. */
  const failed = (error: unknown) => log.error({ err: error }, "A stream failed at a change. This is a bug.");

  const follow = async (from: LogPosition, left: AbortSignal) => {
    ({ place, epoch } = from);
    while (!stop.signal.aborted && !left.aborted) {
      nap = new AbortController();
      hinted = false;
      try {
        const page = await tailPage(store, place, pageSize);
        // Whoever joined meanwhile has a tail of their own, and would hear these twice.
        if (left.aborted) break;
        if (page.epoch !== epoch) {
          // Another log, by its renewal or a restore: its places say nothing of this one's.
          ({ place, epoch } = await logEnd(store.db));
          tellMissed();
          continue;
        }
        // After an outage longer than the retention.
        if (page.floor > place) tellMissed();
        place = Math.max(place, page.floor);
        for (const change of page.changes) {
          deliver(change);
          place = change.place;
        }
        if (page.changes.length === pageSize) continue;
      } catch (error) {
        if (stop.signal.aborted) break;
        log.error({ err: error }, "The log could not be read; streams wait, and lose nothing.");
      }
      if (!hinted) await clock.sleep(heartbeatMs, AbortSignal.any([stop.signal, left, nap.signal]));
    }
  };

  /** The log is read only while somebody listens. */
  const start = async () => {
    const end = await logEnd(store.db);
    tail = new AbortController();
    const ended = follow(end, tail.signal).finally(() => tails.delete(ended));
    tails.add(ended);
  };

  const rooms = ({ operationIds, tenant }: Listener): Room[] =>
    operationIds === null
      ? [{ map: byTenant, key: tenant, channel: { tenant } }]
      : [...operationIds].map((id) => ({ map: byOperation, key: id, channel: { operationId: id } }));
  const enter = (listener: Listener) => {
    joined.add(listener);
    for (const { map, key, channel } of rooms(listener)) {
      const audience = map.get(key) ?? { listeners: new Set(), unlisten: bus.listen(channel, hint) };
      audience.listeners.add(listener);
      map.set(key, audience);
    }
  };
  const exit = (listener: Listener) => {
    joined.delete(listener);
    for (const { map, key } of rooms(listener)) {
      const audience = map.get(key);
      if (!audience?.listeners.delete(listener) || audience.listeners.size > 0) continue;
      audience.unlisten();
      map.delete(key);
    }
  };

  return {
    async join(listener) {
      enter(listener);
      const leave = () => {
        exit(listener);
        if (joined.size === 0 && starting === null) {
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
    watched: () => byOperation.keys(),
    get listeners() {
      return joined.size;
    },
    async dispose() {
      stop.abort();
      // Whoever waits for the start hears why it failed.
      await starting?.catch(() => {});
      await Promise.all(tails);
    },
  };
}
