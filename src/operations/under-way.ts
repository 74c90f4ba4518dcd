/**
 * The writes that this gateway is at. What became of each must be recorded before the store is closed, and nobody takes
 * up the intent of one for as long as it is in here. It knows no store and no provider.
 */
import { setTimeout as delay } from "node:timers/promises";

export interface UnderWay {
  /** The ids of their intents. */
  intents(): string[];
  /** Counts the intent as under way until `work` has ended. Work may follow on work. */
  track<T>(intentId: string, work: Promise<T>): Promise<T>;
  /** The same for a write's way to its provider and back, which a gateway that leaves lets end. */
  trackCall<T>(intentId: string, call: Promise<T>): Promise<T>;
  /** The gateway leaves: calls may take so long from now on, in ms of real time. */
  leaveWithin(ms: number): void;
  /** Whether a call that begins now may take so long; always, before the gateway leaves. */
  allows(ms: number): boolean;
  /** Resolves once no call is under way, or their time is up; whether all have ended. */
  callsEnded(): Promise<boolean>;
  /** Aborted when the gateway stops: what is tried again and again has then one more chance. */
  readonly stopping: AbortSignal;
  /** Resolves once all have ended. */
  dispose(): Promise<void>;
}

export function createUnderWay(): UnderWay {
  const works = new Map<Promise<unknown>, string>();
  const calls = new Set<Promise<unknown>>();
  const stop = new AbortController();
  let callsEndAt = Number.POSITIVE_INFINITY;
  async function track<T>(intentId: string, work: Promise<T>): Promise<T> {
    works.set(work, intentId);
    try {
      return await work;
    } finally {
      works.delete(work);
    }
  }
  return {
    intents: () => [...new Set(works.values())],
    track,
    async trackCall(intentId, call) {
      calls.add(call);
      try {
        return await track(intentId, call);
      } finally {
        calls.delete(call);
      }
    },
    leaveWithin(ms) {
      callsEndAt = performance.now() + ms;
    },
    allows: (ms) => performance.now() + ms <= callsEndAt,
    async callsEnded() {
      const settled = new AbortController();
      const { signal } = settled;
      const timeUp =
        callsEndAt === Number.POSITIVE_INFINITY
          ? []
          : [delay(Math.max(0, callsEndAt - performance.now()), undefined, { signal }).catch(() => {})];
      const all = async () => {
        while (calls.size > 0 && !signal.aborted) await Promise.allSettled(calls);
      };
      await Promise.race([all(), ...timeUp]);
      settled.abort();
      return calls.size === 0;
    },
    stopping: stop.signal,
    async dispose() {
      stop.abort();
      while (works.size > 0) await Promise.allSettled(works.keys());
    },
  };
}
