/** Carries announcements between the gateways on one PostgreSQL. Whatever it loses is found by reading the log. */
import type { RedisConnections } from "../redis.ts";
import { type Bus, createChannels, nameOf, namesOf } from "./bus.ts";

/** `installation` keeps apart those that share one Redis; the same for all gateways on one database. */
export function redisBus(redis: RedisConnections, installation: string): Bus {
  const { commands, subscriber } = redis;
  const prefix = `statusgraph:${installation}:`;
  const hear = (message: string, channel: string) => {
    const place = Number(message);
    if (Number.isSafeInteger(place)) wanted.tell(channel.slice(prefix.length), place);
  };

  /** What Redis tells this gateway, as far as it has said so. */
  const subscribed = new Set<string>();
  let reconciling = false;
  /**
   * Brings what is subscribed to what is wanted, one step at a time. While Redis is away nothing is asked of it: the client
   * would keep every word, for as long as that lasts.
   */
  const reconcile = async (): Promise<void> => {
    if (reconciling) return;
    reconciling = true;
    try {
      while (subscriber.isReady) {
        const missing = [...wanted.names].filter((name) => !subscribed.has(name));
        const unwanted = [...subscribed].filter((name) => !wanted.names.has(name));
        if (missing.length === 0 && unwanted.length === 0) return;
        if (missing.length > 0) await subscriber.subscribe(missing.map(channelOf), hear);
        for (const name of missing) subscribed.add(name);
        if (unwanted.length > 0) await subscriber.unsubscribe(unwanted.map(channelOf), hear);
        for (const name of unwanted) subscribed.delete(name);
      }
    } catch {
      // The connection broke, or the gateway stops; the next one begins here again.
    } finally {
      reconciling = false;
    }
  };
  const channelOf = (name: string) => `${prefix}${name}`;
  const wanted = createChannels(() => void reconcile());
  // The client subscribes again by itself to what it was subscribed to; what has changed meanwhile is mended here.
  subscriber.on("ready", () => void reconcile());

  return {
    announce(hint) {
      for (const name of namesOf(hint)) {
        // This gateway's streams don't wait for Redis.
        wanted.tell(name, hint.place);
        if (redis.isReady()) commands.publish(channelOf(name), String(hint.place)).catch(() => {});
      }
    },
    listen: (channel, listener) => wanted.listen(nameOf(channel), listener),
  };
}
