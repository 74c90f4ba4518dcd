/** Many subscribers: some watch operations, one lot after the other; some watch all, through filters or without. */
import type { Random } from "./random.ts";
import { createSubscriber, type Filter, type Session, type Subscriber } from "./subscriber.ts";

export interface Crowd {
  readonly size: number;
  readonly sessions: readonly Session[];
  /** Cuts some; how many. */
  cut(share: number): number;
  stall(share: number, ms: number): void;
  /** No new lots: those that watch operations end by themselves. */
  lastCall(): void;
  dispose(): Promise<void>;
}

export interface CrowdOptions {
  readonly urls: readonly string[];
  readonly size: number;
  readonly random: Random;
  /** Where those that watch all begin, so that what they must be sent is known exactly. */
  readonly after: string;
  /** Ids of operations, the latest last. */
  readonly operations: readonly string[];
}

const filters: readonly [Filter, ...Filter[]] = [
  { kinds: ["PURCHASE_SYNC"] },
  { kinds: ["BULK_CALL", "PARTNER_BATCH"] },
  { providers: ["PURESPECTRUM"] },
  { states: ["SETTLED"] },
  { outcomes: ["FAILED", "ABANDONED"] },
  { states: ["RUNNING"], providers: ["CLEENG", "LIBERIS"] },
  { tags: ["fifth-3"] },
  { tags: ["fifth-1"], outcomes: ["SUCCEEDED", "PARTIAL"] },
];
/** Of the crowd: those that watch everything, those with a filter; the rest watch operations. */
const shares = { everything: 0.1, filtered: 0.3 };

export function createCrowd({ urls, size, random, after, operations }: CrowdOptions): Crowd {
  const chance = random.fork();
  let [closing, left] = [false, false];

  const members = Array.from({ length: size }, (_, place): Subscriber => {
    const subscriber = createSubscriber(urls, place % urls.length, chance.fork());
    const everything = Math.ceil(size * shares.everything);
    const filtered = everything + Math.ceil(size * shares.filtered);
    if (place < everything) void subscriber.watch({ type: "all", filter: {} }, after);
    else if (place < filtered)
      void subscriber.watch({ type: "all", filter: chance.pick([filters[0], ...filters]) }, after);
    else void watchLots(subscriber);
    return subscriber;
  });

  async function watchLots(subscriber: Subscriber): Promise<void> {
    while (!closing) {
      const recent = operations.slice(-30);
      if (recent.length > 0) {
        const ids = chance.shuffled(recent).slice(0, chance.between(1, 8));
        await subscriber.watch({ type: "ids", ids }, null);
      }
      await new Promise((resolve) => setTimeout(resolve, chance.between(50, 500)));
    }
  }

  return {
    size,
    get sessions() {
      return members.flatMap(({ sessions }) => sessions);
    },
    cut(share) {
      const chosen = members.filter(() => chance.chance(share));
      for (const subscriber of chosen) subscriber.cut();
      return chosen.length;
    },
    stall(share, ms) {
      for (const subscriber of members) if (chance.chance(share) && !left) void subscriber.stall(ms);
    },
    lastCall: () => {
      closing = true;
    },
    async dispose() {
      [closing, left] = [true, true];
      await Promise.all(members.map((subscriber) => subscriber.dispose()));
    },
  };
}
