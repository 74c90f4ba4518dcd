/**
 * Carries announcements of changes, one channel an operation and one a tenant, so that a gateway hears only of what its
 * clients watch. An announcement is only a hint: whoever hears it reads the log.
 */
import type { ChangeHint } from "../store/store.ts";

/** What to hear of: one operation, or all of a tenant. */
export type Channel = { readonly operationId: string } | { readonly tenant: string };

export interface Bus {
  announce(hint: ChangeHint): void;
  /** Ends when the returned function is called. `listener` is given the place of a change in the log. */
  listen(channel: Channel, listener: (place: number) => void): () => void;
}

/** Reaches this process alone. */
export function memoryBus(): Bus {
  const channels = new Map<string, Set<(place: number) => void>>();
  return {
    announce({ operationId, tenant, place }) {
      for (const name of [nameOf({ operationId }), nameOf({ tenant })]) {
        for (const listener of channels.get(name) ?? []) listener(place);
      }
    },
    listen(channel, listener) {
      const name = nameOf(channel);
      const listeners = channels.get(name) ?? new Set();
      channels.set(name, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && channels.get(name) === listeners) channels.delete(name);
      };
    },
  };
}

/** Never the same for an operation and a tenant. */
export function nameOf(channel: Channel): string {
  return "operationId" in channel ? `operation:${channel.operationId}` : `tenant:${channel.tenant}`;
}
