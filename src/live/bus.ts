/** Carries announcements of changes. An announcement is only a hint: whoever hears it reads the log. */
import type { ChangeHint } from "../store/store.ts";

export interface Bus {
  announce(hint: ChangeHint): void;
  /** Ends when the returned function is called. */
  listen(listener: (hint: ChangeHint) => void): () => void;
}

/** Reaches this process alone. */
export function memoryBus(): Bus {
  const listeners = new Set<(hint: ChangeHint) => void>();
  return {
    announce(hint) {
      for (const listener of listeners) listener(hint);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
