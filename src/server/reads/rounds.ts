/** One piece of work for all who ask at the same time: whoever asks is served by a round that began after they asked. */

export class TooSlow extends Error {}

/**
 * Rounds follow one another. Who asks while one runs waits for the next; who asks while none runs begins one at the end of
 * this turn of the event loop, so that all requests that have just been read share it. One that takes longer than
 * `limitMs` rejects for all who wait, and so does every call until it has ended after all.
 */
export function createRounds(work: () => Promise<void>, limitMs: number): () => Promise<void> {
  let busy = false;
  let overdue = false;
  let next: PromiseWithResolvers<void> | null = null;

  const begin = (): void => {
    const mine = next;
    if (mine === null) return;
    next = null;
    busy = true;
    const timer = setTimeout(() => {
      overdue = true;
      mine.reject(tooSlow());
      next?.reject(tooSlow());
      next = null;
    }, limitMs);
    work()
      .then(mine.resolve, mine.reject)
      .finally(() => {
        clearTimeout(timer);
        busy = false;
        overdue = false;
        if (next !== null) setImmediate(begin);
      });
  };

  return () => {
    if (overdue) return Promise.reject(tooSlow());
    if (next === null) {
      next = Promise.withResolvers();
      if (!busy) setImmediate(begin);
    }
    return next.promise;
  };

  function tooSlow(): TooSlow {
    return new TooSlow(`Expected the store to answer within ${limitMs} ms.`);
  }
}
