/**
 * This gateway among the others of its database: it beats, reads who else does, and gives every provider's budget the
 * turns that follow from that. An embedded store has one gateway, which shares with nobody.
 */
import type { Logger } from "pino";
import { type Clock, systemClock } from "../clock.ts";
import { localTurns, type Turns } from "../datasources/rate.ts";
import type { RedisConnections } from "../redis.ts";
import { messageOf } from "../store/errors.ts";
import { announceGateway, beat, leaveGateways } from "../store/gateways.ts";
import { upstreamHolds } from "../store/holds.ts";
import type { Store } from "../store/store.ts";
import { createCounter } from "./counter.ts";
import { createHolds, type Holds } from "./holds.ts";
import { createSharing, type Sharing } from "./sharing.ts";
import { createSharedTurns, type SharedTurns } from "./turns.ts";

export interface NodesOptions {
  readonly store: Store;
  /** This gateway's name, as in leases and intents. */
  readonly node: string;
  readonly redis: RedisConnections | null;
  /** The log's epoch: what two installations on one Redis differ by. */
  readonly installation: string;
  /** Of budgets and holds. Heartbeats go by real time. */
  readonly clock: Clock;
  readonly log: Pick<Logger, "info" | "warn">;
}

export interface Nodes {
  /** The turns of an upstream. Asked for once for each. */
  turnsOf(upstream: string, ratePerSecond: number): Turns;
  /** How this gateway shares budgets now. */
  sharing(): "alone" | Sharing["type"];
  /** Leaves the others. Whoever takes turns must have ended before. */
  dispose(): Promise<void>;
}

const beatMs = 500;
/** How long the others are tried to be told that this one has left; without that they learn it by themselves. */
const leavingMs = 2_000;

/** Resolves once this gateway's first heartbeat is written. */
export async function joinNodes(options: NodesOptions): Promise<Nodes> {
  const holds = createHolds(options, await upstreamHolds(options.store));
  return options.store.embedded ? alone(options, holds) : among(options, holds);
}

function alone({ clock }: NodesOptions, holds: Holds): Nodes {
  return {
    turnsOf: (upstream, ratePerSecond) => ({
      ...localTurns(ratePerSecond, clock),
      hold: (ms) => holds.tell(upstream, ms),
      onHold: (listener) => holds.onHold(upstream, listener),
    }),
    sharing: () => "alone",
    dispose: () => holds.dispose(),
  };
}

async function among(options: NodesOptions, holds: Holds): Promise<Nodes> {
  const { store, node, redis, clock, log } = options;
  const now = () => performance.now();
  const sharing = createSharing({ node, now });
  const counter = redis ? createCounter({ redis, prefix: `statusgraph:${options.installation}`, node }) : null;
  holds.alsoTell(counter);
  const all: SharedTurns[] = [];
  let ended = false;
  const narrator = createNarrator(log);
  /** Whether the others can see in Redis how this gateway asks. */
  let attends = false;
  /** Whether Redis answers, but not with what was asked of it. */
  let refused = false;
  const sleeps = new Set<AbortController>();
  const wake = () => {
    for (const sleep of sleeps) sleep.abort();
  };

  const stopListening = redis?.onReadyChange((ready) => {
    if (!ready) {
      attends = false;
      sharing.redisLost();
    }
    wake();
  });

  async function attend(): Promise<void> {
    if (!counter || !redis?.isReady()) return;
    const before = attends;
    try {
      await counter.attend(sharing.throughRedis, sharing.current().type !== "none");
      attends = redis.isReady();
      refused = false;
    } catch (error) {
      attends = false;
      // It answered: a right that is missing, say, or a replica that takes no writes.
      if (redis.isReady() && !refused)
        log.warn({ err: error }, "Redis answers, but does not count. Budgets are divided.");
      refused = redis.isReady();
    }
    if (attends !== before) wake();
    for (const turns of all) await turns.look();
  }

  async function beatOnce(): Promise<void> {
    const mine = sharing.begin(attends);
    const { gateways, holds: held } = await beat(store, node, mine.redis);
    sharing.answered(mine, gateways);
    holds.heard(held);
  }

  /** Again and again, a beat apart or as soon as Redis comes or goes, until this gateway leaves. */
  async function repeat(work: () => Promise<void>, health: Health): Promise<void> {
    while (!ended) {
      const sleep = new AbortController();
      sleeps.add(sleep);
      await work().then(health.well, health.failed);
      narrator.tell(sharing.current());
      if (!ended) await systemClock.sleep(beatMs, sleep.signal);
      sleeps.delete(sleep);
    }
  }

  await attend();
  await announceGateway(store, node, attends);
  await beatOnce();
  const loops = [
    repeat(attend, createHealth(log, "Sharing budgets by Redis")),
    repeat(beatOnce, createHealth(log, "This gateway's heartbeat in the database")),
  ];
  return {
    turnsOf(upstream, ratePerSecond) {
      const turns = createSharedTurns({
        upstream,
        ratePerSecond,
        clock,
        now,
        counter,
        sharing: () => sharing.current(),
        holds: () => upstreamHolds(store),
        tell: (held, ms) => holds.tell(held, ms),
      });
      all.push(turns);
      return {
        ...turns,
        onHold: (listener) => {
          turns.onHold(listener);
          holds.onHold(upstream, listener);
        },
      };
    },
    sharing: () => sharing.current().type,
    async dispose() {
      ended = true;
      wake();
      stopListening?.();
      const left = async () => {
        await Promise.all(loops);
        await holds.dispose();
        await counter?.leave().catch(() => {});
        await leaveGateways(store, node).catch(() => {});
      };
      // A database that is stopped answers nothing, and must not keep the process.
      const given = new AbortController();
      await Promise.race([left(), systemClock.sleep(leavingMs, given.signal)]);
      given.abort();
    },
  };
}

interface Health {
  readonly well: () => void;
  readonly failed: (error: unknown) => void;
}

/** Says in the log why work fails that is done twice a second: each cause once, until it goes well again. */
function createHealth(log: Pick<Logger, "info" | "warn">, work: string): Health {
  const told = new Set<string>();
  return {
    well() {
      if (told.size > 0) log.info(`${work} goes well again.`);
      told.clear();
    },
    failed(error) {
      const cause = messageOf(error);
      if (!told.has(cause)) log.warn({ err: error }, `${work} fails; it is tried again.`);
      told.add(cause);
    },
  };
}

/** Says in the log how budgets are shared, once for each change. */
function createNarrator(log: Pick<Logger, "info" | "warn">) {
  let told = "";
  const say = (level: "info" | "warn", sentence: string) => {
    if (sentence !== told) log[level](sentence);
    told = sentence;
  };
  return {
    tell(sharing: Sharing): void {
      if (sharing.type === "redis") say("info", "Budgets are shared by Redis.");
      else if (sharing.type === "share") {
        const { nodes } = sharing.among(Number.POSITIVE_INFINITY);
        say(
          "info",
          nodes === 1
            ? "This gateway is the only one: budgets are its own."
            : `Budgets are divided by ${nodes}, the number of gateways.`,
        );
      } else if (sharing.waitMs > 0) {
        say("warn", "No provider is asked until it is known how many gateways share the budgets.");
      }
    },
  };
}
