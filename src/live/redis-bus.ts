/** Carries announcements between the gateways on one PostgreSQL. Whatever it loses is found by reading the log. */
import { ErrorReply } from "@redis/client";
import type { Logger } from "pino";
import type { RedisConnections } from "../redis.ts";
import { type Bus, createChannels, nameOf, namesOf } from "./bus.ts";

/** `installation` keeps apart those that share one Redis; the same for all gateways on one database. */
export function redisBus(redis: RedisConnections, installation: string, log: Pick<Logger, "warn">): Bus {
  const { commands, subscriber } = redis;
  const prefix = `statusgraph:${installation}:`;
  const channelOf = (name: string) => `${prefix}${name}`;
  const hear = (message: string, channel: string) => {
    const place = Number(message);
    if (Number.isSafeInteger(place)) wanted.tell(channel.slice(prefix.length), place);
  };

  /** What Redis tells this gateway, as far as it has said so. */
  const subscribed = new Set<string>();
  /** Names that may not be subscribed as they are wanted. Who comes or goes costs this one name, however many are watched. */
  const unsure = new Set<string>();
  /** What Redis would not tell, for want of a right. Not asked for again with every name, but once it grants another. */
  const refused = new Set<string>();
  let toldOfRefusal = false;
  let reconciling = false;

  /**
   * Brings what is subscribed to what is wanted, one step at a time. While Redis is away nothing is asked of it: the client
   * would keep every word, for as long as that lasts.
   */
  async function reconcile(): Promise<void> {
    if (reconciling) return;
    reconciling = true;
    try {
      while (subscriber.isReady && unsure.size > 0) {
        const names = [...unsure];
        unsure.clear();
        await subscribe(names.filter((name) => wanted.names.has(name) && !subscribed.has(name)));
        await unsubscribe(names.filter((name) => !wanted.names.has(name)));
      }
    } catch {
      // The connection broke, or the gateway stops; the next one begins with all names.
    } finally {
      reconciling = false;
    }
  }

  async function subscribe(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    try {
      await subscriber.subscribe(names.map(channelOf), hear);
    } catch (error) {
      // It answered, so nothing will be different soon. What it says may hold an id, its first word never does.
      if (!(error instanceof ErrorReply)) throw error;
      if (!toldOfRefusal) log.warn({ code: /^[A-Z]+/.exec(error.message)?.[0] ?? null }, refusal);
      toldOfRefusal = true;
      for (const name of names) refused.add(name);
      return;
    }
    for (const name of names) subscribed.add(name);
    for (const name of refused) unsure.add(name);
    refused.clear();
  }

  async function unsubscribe(names: readonly string[]): Promise<void> {
    for (const name of names) refused.delete(name);
    const unwanted = names.filter((name) => subscribed.has(name));
    if (unwanted.length === 0) return;
    await subscriber.unsubscribe(unwanted.map(channelOf), hear);
    for (const name of unwanted) subscribed.delete(name);
  }

  const wanted = createChannels((name) => {
    // Once it is back, all are looked at.
    if (!subscriber.isReady) return;
    unsure.add(name);
    void reconcile();
  });
  // The client subscribes again by itself to what it was subscribed to; what has changed meanwhile is mended here.
  subscriber.on("ready", () => {
    toldOfRefusal = false;
    for (const name of [...wanted.names, ...subscribed]) unsure.add(name);
    void reconcile();
  });

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

const refusal =
  "Redis answers, but lets nobody subscribe. What other gateways change is found in the log, within a second.";
