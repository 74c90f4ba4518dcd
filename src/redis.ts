/**
 * The connections to Redis, and whether it can be believed to answer. Redis is never waited for: a command that gets
 * no answer in time fails, also where Redis is stopped and its sockets stay open. What it is used for is not known here.
 */
import { createClient, type RedisClientType } from "@redis/client";
import type { Logger } from "pino";
import { commandLimitMs } from "./redis-limit.ts";

type RedisClient = RedisClientType;

export interface RedisConnections {
  /** For commands. Refuses at once while there is no connection. Prefer `ask`, which also limits the wait for an answer. */
  readonly commands: RedisClient;
  /** For subscriptions alone. It connects again by itself, and subscribes again to what it was subscribed to. */
  readonly subscriber: RedisClient;
  /** Whether Redis is connected and answered the latest command in time. */
  isReady(): boolean;
  /** Told of each change of `isReady`, until the returned function is called. */
  onReadyChange(listener: (ready: boolean) => void): () => void;
  /**
   * Runs a command. Rejects at once while Redis is not ready, and where the answer doesn't come within `commandLimitMs`;
   * the command may then still be run later.
   */
  ask<T>(command: (commands: RedisClient) => Promise<T>): Promise<T>;
  dispose(): Promise<void>;
}

export interface RedisOptions {
  readonly url: string;
  readonly log: Pick<Logger, "info" | "warn">;
}

/** How often Redis is asked whether it is still there. */
const probeMs = 500;
/** How long the start waits for the first connection, so that a gateway whose Redis is up begins with it. */
const firstConnectionMs = 1_000;
/** A connection on which nothing goes or comes for so long is ended; the probe sees to it that a live one is never so still. */
const silenceMs = 3_000;

/** Resolves also where Redis can't be reached: it goes on trying. The address is never logged, for it may hold a password. */
export async function connectRedis({ url, log }: RedisOptions): Promise<RedisConnections> {
  const socket = { connectTimeout: 2_000, socketTimeout: silenceMs, reconnectStrategy };
  const commands: RedisClient = createClient({ url, disableOfflineQueue: true, socket });
  const subscriber: RedisClient = createClient({ url, pingInterval: 1_000, socket });
  const listeners = new Set<(ready: boolean) => void>();
  let disposed = false;
  let answering = true;
  let ready = false;

  /** Looks again whether Redis is ready, and tells it where that has changed. */
  function look(): void {
    const now = !disposed && commands.isReady && answering;
    if (now === ready) return;
    ready = now;
    if (!disposed && ready) log.info("Redis is connected.");
    else if (!disposed) log.warn("Redis does not answer. The gateway goes on without it, and keeps trying.");
    for (const listener of [...listeners]) listener(ready);
  }

  async function judge<T>(pending: Promise<T>): Promise<T> {
    try {
      const answer = await withinLimit(pending);
      answering = true;
      return answer;
    } catch (error) {
      // An answer that is an error is an answer.
      if (error instanceof NoAnswer) answering = false;
      throw error;
    } finally {
      look();
    }
  }

  // Without a listener an error would end the process. What it says is told by `look`.
  commands.on("error", look);
  commands.on("ready", () => {
    answering = true;
    look();
  });
  commands.on("end", look);
  subscriber.on("error", () => {});
  const first = Promise.withResolvers<void>();
  commands.once("ready", first.resolve);
  // They reject when they are disposed of before they were ever connected.
  for (const client of [commands, subscriber]) void client.connect().catch(() => {});
  const limit = setTimeout(first.resolve, firstConnectionMs);
  await first.promise;
  clearTimeout(limit);
  if (!ready) log.warn("Redis can't be reached. The gateway starts without it, and keeps trying.");
  let probing = false;
  const probe = setInterval(() => {
    // One at a time: each write would keep up a connection on which nothing comes any more.
    if (probing || !commands.isReady) return;
    probing = true;
    const pong = commands.ping();
    void pong.catch(() => {}).finally(() => (probing = false));
    void judge(pong).catch(() => {});
  }, probeMs);

  return {
    commands,
    subscriber,
    isReady: () => ready,
    onReadyChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ask: async (command) => {
      if (!ready) throw new Error("Redis is not ready.");
      return judge(command(commands));
    },
    async dispose() {
      disposed = true;
      clearInterval(probe);
      for (const client of [commands, subscriber]) if (client.isOpen) client.destroy();
      look();
      listeners.clear();
    },
  };
}

/** Soon at first, for a Redis that was only restarted; then once a second. */
function reconnectStrategy(retries: number): number {
  return Math.min(1_000, 50 * 2 ** retries) * (0.5 + Math.random() / 2);
}

class NoAnswer extends Error {
  constructor() {
    super(`Redis did not answer within ${commandLimitMs} ms.`);
  }
}

/** Rejects at the limit. An answer that lies in the socket already, behind a busy event loop, still counts. */
function withinLimit<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => setImmediate(() => reject(new NoAnswer())), commandLimitMs);
    answer.then(resolve, reject).finally(() => clearTimeout(limit));
  });
}
