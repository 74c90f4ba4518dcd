/**
 * The writes that this gateway is at. What became of each must be recorded before the store is closed, and nobody takes
 * up the intent of one for as long as it is in here. It knows no store and no provider.
 */

export interface UnderWay {
  /** The ids of their intents. */
  intents(): string[];
  /** Counts the intent as under way until `work` has ended. Work may follow on work. */
  track<T>(intentId: string, work: Promise<T>): Promise<T>;
  /** Aborted when the gateway stops: what is tried again and again has then one more chance. */
  readonly stopping: AbortSignal;
  /** Resolves once all have ended. */
  dispose(): Promise<void>;
}

export function createUnderWay(): UnderWay {
  const works = new Map<Promise<unknown>, string>();
  const stop = new AbortController();
  return {
    intents: () => [...new Set(works.values())],
    async track(intentId, work) {
      works.set(work, intentId);
      try {
        return await work;
      } finally {
        works.delete(work);
      }
    },
    stopping: stop.signal,
    async dispose() {
      stop.abort();
      while (works.size > 0) await Promise.allSettled(works.keys());
    },
  };
}
