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

interface Work {
  readonly intentId: string;
  readonly isCall: boolean;
}

export function createUnderWay(): UnderWay {
  const works = new Map<Promise<unknown>, Work>();
  const stop = new AbortController();
  let callsEndAt = Number.POSITIVE_INFINITY;
  let timeUp = new Promise<void>(() => {});
  async function count<T>(promise: Promise<T>, work: Work): Promise<T> {
    works.set(promise, work);
    try {
      return await promise;
    } finally {
      works.delete(promise);
    }
  }
  const calls = () => [...works].flatMap(([promise, { isCall }]) => (isCall ? [promise] : []));
  const allEnded = async (left: () => readonly Promise<unknown>[]): Promise<void> => {
    while (left().length > 0) await Promise.allSettled(left());
  };
  return {
    intents: () => [...new Set([...works.values()].map(({ intentId }) => intentId))],
    track: (intentId, work) => count(work, { intentId, isCall: false }),
    trackCall: (intentId, call) => count(call, { intentId, isCall: true }),
    leaveWithin(ms) {
      callsEndAt = performance.now() + ms;
      timeUp = delay(ms, undefined, { ref: false });
    },
    allows: (ms) => performance.now() + ms <= callsEndAt,
    async callsEnded() {
      await Promise.race([allEnded(calls), timeUp]);
      return calls().length === 0;
    },
    stopping: stop.signal,
    async dispose() {
      stop.abort();
      await allEnded(() => [...works.keys()]);
    },
  };
}
