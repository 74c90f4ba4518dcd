/**
 * Whether this gateway may ask providers now, and by which way of sharing: what follows from its heartbeats' answers and
 * from the state of Redis. It holds no connection and no timer, so that many of them can be tried against each other.
 *
 * Two gateways must never act on views that exclude each other. A view is what a heartbeat's answer told; it counts for
 * `viewMs` from before the heartbeat was sent. Whoever joins, comes back after its view had run out, or changes the way
 * of sharing asks nobody for so long: by then everybody who may still ask has read its row.
 */
import { aliveSeconds, type GatewayRow, rememberedSeconds } from "../store/gateways.ts";

/** How long a view counts. */
export const viewMs = 2_000;
/** How long a gateway whose database is gone goes on through Redis. Shorter than its row is remembered. */
const withoutDatabaseMs = 50_000;
/** Dead or gone gateways still count for so long: what they asked lies in the last ten seconds. */
const settlingMs = { quick: aliveSeconds * 1000 + 2_000, slow: aliveSeconds * 1000 + 10_000 };

export type Sharing =
  /** Asks nobody. */
  | { readonly type: "none"; readonly waitMs: number }
  /** By the counter in Redis; from `since` on, and later after a switch. */
  | (Begun & {
      readonly type: "redis";
      /** Who has to be seen in Redis as well, for the database can't be asked; null where it can. */
      readonly peers: readonly string[] | null;
    })
  /** By its part of each rate. */
  | (Begun & { readonly type: "share" });

interface Begun {
  readonly since: number;
  readonly switched: boolean;
  /** The gateways among which a rate is shared, and whether this one is the first of them. */
  among(rate: number): { readonly nodes: number; readonly isFirst: boolean };
}

interface Beat {
  readonly redis: boolean;
  readonly sentAt: number;
}

export interface SharingMachine {
  /** To be called just before a heartbeat is sent, one at a time. `redis`: whether Redis answers now. */
  begin(redis: boolean): Beat;
  /** The heartbeat was answered. One that failed is not told: whether it was written is unknown. */
  answered(beat: Beat, gateways: readonly GatewayRow[]): void;
  /** Redis is gone, or was: what it counted may be lost. */
  redisLost(): void;
  /** Whether nothing but Redis decides when this gateway asks: what it tells the others there. */
  readonly throughRedis: boolean;
  current(): Sharing;
}

export function createSharing({ node, now }: { readonly node: string; readonly now: () => number }): SharingMachine {
  let view: { readonly sentAt: number; readonly gateways: readonly GatewayRow[] } | null = null;
  let way: "redis" | "share" | null = null;
  /** What this gateway's row says of Redis; null while that is not known. */
  let said: boolean | null = null;
  /** Redis was lost, and the row has not said so yet. */
  let lost = false;
  let since = 0;
  let switched = false;

  const viewCounts = (): boolean => view !== null && now() <= view.sentAt + viewMs;

  const throughRedis = (): boolean => way === "redis" && said === true && !lost;

  /** Redis decides who may ask, so a gateway that has lost its database may go on as long as all were in Redis. */
  const goesOn = (): boolean => view !== null && throughRedis() && now() <= view.sentAt + withoutDatabaseMs;

  function pause(at: number, bySwitch: boolean): void {
    switched = bySwitch || (switched && at < since + 10_000);
    since = at + viewMs;
  }

  function join(at: number, gateways: readonly GatewayRow[], others: number, redis: boolean): void {
    since = at;
    if (others > 0) pause(at, false);
    if (redis) return;
    // One that was not heard of since, but shared by Redis then, may have lost the database alone and be going on.
    for (const { ageMs, redis: sharing } of gateways) {
      if (sharing && !isAlive(ageMs)) since = Math.max(since, at + rememberedSeconds * 1000 - ageMs);
    }
  }

  function among(gateways: readonly GatewayRow[], rate: number) {
    const recent = (ms: number) => gateways.filter(({ ageMs }) => ageMs < ms);
    const all = recent(settlingMs.slow);
    const counted = rate >= all.length ? recent(settlingMs.quick) : all;
    return { nodes: counted.length, isFirst: counted[0]?.node === node };
  }

  return {
    begin(works) {
      const redis = works && !lost;
      // While it is unknown what the row says, the others may act on either.
      if (redis !== said) said = null;
      return { redis, sentAt: now() };
    },

    answered({ redis, sentAt }, gateways) {
      const at = now();
      const runOut = !viewCounts() && !goesOn();
      said = redis;
      if (!redis) lost = false;
      if (at > sentAt + viewMs) return;
      const live = gateways.filter(({ ageMs }) => isAlive(ageMs));
      const next = live.every((one) => one.redis) ? "redis" : "share";
      if (view === null) join(at, gateways, live.length - 1, redis);
      else if (way !== next) pause(at, true);
      else if (runOut && live.length > 1) pause(at, false);
      view = { sentAt, gateways };
      way = next;
    },

    redisLost() {
      lost = true;
    },

    get throughRedis() {
      return throughRedis();
    },

    current() {
      const retry = { type: "none", waitMs: 250 } as const;
      if (view === null || said === null || (way === "redis" && lost)) return retry;
      const counts = viewCounts();
      if (!counts && !goesOn()) return retry;
      if (now() < since) return { type: "none", waitMs: since - now() };
      const { gateways } = view;
      const begun = { since, switched, among: (rate: number) => among(gateways, rate) };
      if (way === "share") return { type: "share", ...begun };
      return {
        type: "redis",
        ...begun,
        peers: counts ? null : gateways.filter(({ ageMs }) => isAlive(ageMs)).map((one) => one.node),
      };
    },
  };
}

function isAlive(ageMs: number): boolean {
  return ageMs < aliveSeconds * 1000;
}
