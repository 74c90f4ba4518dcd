/**
 * A queue that is read as an async iterator. It is an object, not an async generator: a generator would keep return()
 * waiting behind a pending next(), so that a silent stream could never be left.
 */
export interface Queue<T> extends AsyncIterableIterator<T> {
  push(value: T): void;
  /** No more will come; what is queued is still delivered. */
  end(): void;
  /** What is queued is still delivered; then next() rejects. */
  fail(error: unknown): void;
  return(): Promise<IteratorResult<T>>;
}

/** `onReturn` runs once, when the reader leaves or the queue has ended. */
export function createQueue<T>(onReturn: () => void): Queue<T> {
  const waiting: Array<{ resolve(result: IteratorResult<T>): void; reject(error: unknown): void }> = [];
  let values: T[] = [];
  let ended: { readonly error: unknown } | "done" | null = null;
  let left = false;
  const leave = () => {
    if (left) return;
    left = true;
    onReturn();
  };
  const finish = () => {
    if (ended === null || values.length > 0) return;
    leave();
    const result = ended;
    for (const reader of waiting.splice(0)) {
      if (result === "done") reader.resolve({ done: true, value: undefined });
      else {
        reader.reject(result.error);
        // Told; but not before somebody has asked.
        ended = "done";
      }
    }
  };
  return {
    push(value) {
      if (ended !== null) return;
      const reader = waiting.shift();
      if (reader) reader.resolve({ done: false, value });
      else values.push(value);
    },
    end() {
      ended ??= "done";
      finish();
    },
    fail(error) {
      ended ??= { error };
      finish();
    },
    next() {
      const value = values.shift();
      if (value !== undefined) return Promise.resolve({ done: false, value });
      const result = new Promise<IteratorResult<T>>((resolve, reject) => waiting.push({ resolve, reject }));
      finish();
      return result;
    },
    return() {
      values = [];
      ended = "done";
      finish();
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
