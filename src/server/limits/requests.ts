/**
 * How many requests a viewer has sent in the last minute: by all gateways together in Redis, and by each on its own where
 * there is none, or where it doesn't answer. What a refusal looks like is said here too, for both doors.
 */
import type { GraphQLError } from "graphql";
import type { Logger } from "pino";
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import type { Limits } from "../../config/limits.ts";
import type { RedisConnections } from "../../redis.ts";
import { codedError } from "../../resolvers/errors.ts";
import { messageOf } from "../../store/errors.ts";
import { type Counted, keyOfViewer } from "./viewers.ts";

export interface Taken {
  readonly allowed: boolean;
  readonly limit: number;
  /** How many have come in this minute, this one among them. */
  readonly asked: number;
  readonly remaining: number;
  /** Until the next minute of this viewer begins; at least 1. */
  readonly resetSeconds: number;
}

/** Its clients are not used as they are: they would be waited for. */
type Redis = Pick<RedisConnections, "isReady" | "ask">;

export interface RequestLimiter {
  /** Counts a request. Never rejects, and waits for Redis no longer than redis.ts does; without one, for nothing. */
  take(viewer: Counted): Taken | Promise<Taken>;
}

export interface RequestLimiterOptions {
  readonly limits: Pick<Limits, "requestsPerMinute">;
  /** Null for a gateway that counts alone. */
  readonly redis: Redis | null;
  /** The log's epoch: what two installations on one Redis differ by. */
  readonly installation: string;
  readonly log: Pick<Logger, "warn">;
}

const seconds = 60;

export function createRequestLimiter({ limits, redis, installation, log }: RequestLimiterOptions): RequestLimiter {
  const limit = limits.requestsPerMinute;
  if (redis === null) return countedAlone(limit);
  const shape = { points: limit, duration: seconds, keyPrefix: `statusgraph:${installation}:requests` };
  const alone = new RateLimiterMemory(shape);
  const limiter = new RateLimiterRedis({ ...shape, ...storeOf(redis, log), insuranceLimiter: alone });
  return {
    async take(viewer) {
      const counted = await limiter.consume(keyOfViewer(viewer)).catch((refusal: unknown) => {
        if (refusal instanceof RateLimiterRes) return refusal;
        throw refusal;
      });
      return takenOf(limit, counted.consumedPoints, counted.msBeforeNext);
    },
  };
}

function takenOf(limit: number, asked: number, msLeft: number): Taken {
  const resetSeconds = Math.max(1, Math.ceil(msLeft / 1000));
  return { allowed: asked <= limit, limit, asked, remaining: Math.max(0, limit - asked), resetSeconds };
}

/**
 * The same minutes without Redis. Not by the library's own counter in memory, which is asked by a promise and keeps a timer
 * for each viewer: a read that is answered from memory costs little more than those.
 */
function countedAlone(limit: number): RequestLimiter {
  const minutes = new Map<string, { asked: number; endsAt: number }>();
  /** Most come as the same object each time: an identity, for as long as its token is remembered. */
  const keys = new WeakMap<Counted, string>();
  const keyOf = (viewer: Counted): string => {
    const known = keys.get(viewer);
    if (known !== undefined) return known;
    const key = keyOfViewer(viewer);
    keys.set(viewer, key);
    return key;
  };
  let sweepAt = 0;
  return {
    take(viewer) {
      const now = performance.now();
      if (now >= sweepAt) {
        for (const [key, { endsAt }] of minutes) if (endsAt <= now) minutes.delete(key);
        sweepAt = now + seconds * 1000;
      }
      const key = keyOf(viewer);
      let minute = minutes.get(key);
      if (!minute || minute.endsAt <= now) {
        minute = { asked: 0, endsAt: now + seconds * 1000 };
        minutes.set(key, minute);
      }
      minute.asked += 1;
      return takenOf(limit, minute.asked, minute.endsAt - now);
    },
  };
}

/**
 * Redis as the library knows it, asked through `ask`, for its client would wait seconds for a Redis that is stopped.
 * Whatever fails, the count of this gateway alone takes over.
 */
function storeOf(redis: Redis, log: Pick<Logger, "warn">) {
  let failing = false;
  const storeClient = {
    get isReady() {
      return redis.isReady();
    },
    async eval(script: string, options: { readonly keys: string[]; readonly arguments: string[] }): Promise<unknown> {
      try {
        const answer = await redis.ask((client) => client.eval(script, options));
        failing = false;
        return answer;
      } catch (error) {
        // That it doesn't answer is told where it is connected.
        if (!failing && redis.isReady()) {
          log.warn({ reason: messageOf(error) }, "Redis can't count requests. Each gateway counts its own meanwhile.");
        }
        failing = true;
        throw error;
      }
    },
  };
  return { storeClient, useRedisPackage: true, rejectIfRedisNotReady: true };
}

/** As in draft-ietf-httpapi-ratelimit-headers-06; with Retry-After (RFC 9110) for a refusal. */
export function rateHeaders({ allowed, limit, remaining, resetSeconds }: Taken): Record<string, string> {
  return {
    "RateLimit-Limit": `${limit}`,
    "RateLimit-Remaining": `${remaining}`,
    "RateLimit-Reset": `${resetSeconds}`,
    "RateLimit-Policy": `${limit};w=${seconds}`,
    ...(allowed ? {} : { "Retry-After": `${resetSeconds}` }),
  };
}

/** The same for a request that was let through, in Node's own form: names and values in turns. */
export function rateHead({ limit, remaining, resetSeconds }: Taken): string[] {
  return [
    "ratelimit-limit",
    `${limit}`,
    "ratelimit-remaining",
    `${remaining}`,
    "ratelimit-reset",
    `${resetSeconds}`,
    "ratelimit-policy",
    `${limit};w=${seconds}`,
  ];
}

export function rateRefusal({ limit, asked, resetSeconds }: Taken): GraphQLError {
  const name = "requests a minute";
  const message = `Expected ${name} to be at most ${limit}; got ${asked}. Come back in ${resetSeconds} s.`;
  return codedError("RATE_LIMITED", message, { retryAfterSeconds: resetSeconds, limit: name, value: limit, asked });
}
