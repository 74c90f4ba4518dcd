/** Work that takes long enough for others to wait for it: whoever does it may let them have their turn after each step. */
export type Steps<T> = Generator<void, T, void>;

/** All at once. */
export function whole<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** A step at a time. Null where it was told to stop. */
export async function inTurns<T>(steps: Steps<T>, stop: AbortSignal): Promise<T | null> {
  while (!stop.aborted) {
    const { done, value } = steps.next();
    if (done) return value;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return null;
}
