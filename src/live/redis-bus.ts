/** Carries announcements between the gateways on one PostgreSQL. Whatever it loses is found by reading the log. */
import type { RedisConnections } from "../redis.ts";
import { type Bus, memoryBus, nameOf } from "./bus.ts";

/** `installation` keeps apart those that share one Redis; the same for all gateways on one database. */
export function redisBus(redis: RedisConnections, installation: string): Bus {
  const own = memoryBus();
  const channel = (name: string) => `statusgraph:${installation}:${name}`;
  return {
    announce(hint) {
      // This gateway's streams don't wait for Redis.
      own.announce(hint);
      if (!redis.isReady()) return;
      for (const name of [nameOf(hint), nameOf({ tenant: hint.tenant })]) {
        redis.commands.publish(channel(name), String(hint.place)).catch(() => {});
      }
    },
    listen(wanted, listener) {
      const name = channel(nameOf(wanted));
      const hear = (message: string) => {
        const place = Number(message);
        if (Number.isSafeInteger(place)) listener(place);
      };
      const unlisten = own.listen(wanted, listener);
      // While Redis is away it waits until it can; it rejects when the gateway stops before.
      redis.subscriber.subscribe(name, hear).catch(() => {});
      return () => {
        unlisten();
        redis.subscriber.unsubscribe(name, hear).catch(() => {});
      };
    },
  };
}
