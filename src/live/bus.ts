/**
 * Carries announcements of changes, one channel an operation and one a tenant, so that a gateway hears only of what its
 * clients watch. An announcement is only a hint: whoever hears it reads the log.
 */
import type { ChangeHint } from "../store/store.ts";

/** What to hear of: one operation, or all of a tenant. */
export type Channel = { readonly operationId: string } | { readonly tenant: string };

/** Is given the place of a change in the log. */
export type ChannelListener = (place: number) => void;

export interface Bus {
  announce(hint: ChangeHint): void;
  /** Ends when the returned function is called. */
  listen(channel: Channel, listener: ChannelListener): () => void;
}

/** Reaches this process alone. */
export function memoryBus(): Bus {
  const channels = createChannels();
  return {
    announce(hint) {
      for (const name of namesOf(hint)) channels.tell(name, hint.place);
    },
    listen: (channel, listener) => channels.listen(nameOf(channel), listener),
  };
}

/** Listeners by the name of their channel. */
export interface Channels {
  readonly names: ReadonlySet<string>;
  tell(name: string, place: number): void;
  listen(name: string, listener: ChannelListener): () => void;
}

/** `onChange`: told of a name that has got its first listener, or lost its last. */
export function createChannels(onChange: (name: string) => void = () => {}): Channels {
  const byName = new Map<string, Set<ChannelListener>>();
  const names = new Set<string>();
  return {
    names,
    tell(name, place) {
      for (const listener of byName.get(name) ?? []) listener(place);
    },
    listen(name, listener) {
      const listeners = byName.get(name) ?? new Set();
      byName.set(name, listeners.add(listener));
      if (!names.has(name)) {
        names.add(name);
        onChange(name);
      }
      return () => {
        if (!listeners.delete(listener) || listeners.size > 0) return;
        byName.delete(name);
        names.delete(name);
        onChange(name);
      };
    },
  };
}

/** Never the same for an operation and a tenant. */
export function nameOf(channel: Channel): string {
  return "operationId" in channel ? `operation:${channel.operationId}` : `tenant:${channel.tenant}`;
}

/** The channels that a change is announced on. */
export function namesOf({ operationId, tenant }: ChangeHint): readonly string[] {
  return [nameOf({ operationId }), nameOf({ tenant })];
}
