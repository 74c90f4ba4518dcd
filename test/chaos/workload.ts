/**
 * Callers at work: they send pieces of work at a steady pace until there are enough operations, look them up, repeat
 * calls, and stop following for a while. What each was answered is kept for the judgement.
 */
import type { Client, Result } from "./client.ts";
import type { ProviderSide } from "./provider/side.ts";
import type { Random } from "./random.ts";
import { nextWork, recheck, unfollow, type Work } from "./work.ts";

/** One piece of work, and all that its callers heard. */
export interface Done {
  readonly work: Work;
  readonly results: readonly Result[];
  /** Of the phase in which time was measured, where it was one of those. */
  readonly phase: Phase;
}
export type Phase = "quiet" | "quiet without Redis" | "chaos";

export interface Workload {
  readonly done: readonly Done[];
  /** Ids of operations, the latest last. */
  readonly operations: readonly string[];
  /** Questions asked besides: look-ups, rechecks, lists. */
  readonly asked: number;
  /** One after the other, each to the next node; resolves when all are answered. */
  measure(phase: Phase, count: number): Promise<void>;
  /** Resolves when there are so many operations, or time is over. */
  run(count: number, seconds: number): Promise<void>;
}

export interface WorkloadOptions {
  readonly client: Client;
  readonly nodes: number;
  readonly random: Random;
  readonly side: ProviderSide;
  readonly isOver: () => boolean;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const listed = `query ($tags: [String!]) { operations(first: 20, filter: { tags: $tags }) { nodes { id revision } } }`;
const access = `query { accessMany(offerIds: ["S580476507", "S580476508"], customerToken: "sandbox-customer-chaos") { __typename } }`;
/** So many callers at the most, so that callers who wait don't hold up the rest. */
const mostCallers = 150;

export function createWorkload({ client, nodes, random, side, isOver }: WorkloadOptions): Workload {
  const done: Done[] = [];
  const operations: string[] = [];
  const known = new Set<string>();
  let [number, asked, unanswered] = [0, 0, 0];

  function note(result: Result): void {
    if (result.type !== "operation" || known.has(result.operation.id)) return;
    known.add(result.operation.id);
    operations.push(result.operation.id);
  }

  async function begin(phase: Phase, node?: number): Promise<Done> {
    number += 1;
    const work = await nextWork(number, random, side.beginElsewhere);
    // The same call from several callers at once, each to another node: one operation, and one write.
    const callers = phase === "chaos" && random.chance(0.08) ? 5 : 1;
    const results: Result[] = [];
    const one: Done = { work, results, phase };
    done.push(one);
    unanswered += 1;
    await Promise.all(
      Array.from({ length: callers }, async (_, place) => {
        const result = await client.call(work.call, node ?? (callers > 1 ? place % nodes : undefined));
        results.push(result);
        note(result);
      }),
    );
    unanswered -= 1;
    return one;
  }

  async function lookAround({ work, results }: Done): Promise<void> {
    const [first] = results;
    if (first?.type !== "operation" || isOver()) return;
    const { id } = first.operation;
    if (random.chance(0.3)) {
      await pause(random.between(200, 2_000));
      asked += 1;
      await client.ask(
        random.between(0, nodes - 1),
        (work.lookUp ?? recheck(id)).document,
        (work.lookUp ?? recheck(id)).variables,
      );
    }
    if (random.chance(0.1)) {
      asked += 2;
      await client.ask(random.between(0, nodes - 1), listed, { tags: [work.id] });
      await client.ask(random.between(0, nodes - 1), access, {});
    }
    if (work.via === "follow" && random.chance(0.2)) {
      asked += 2;
      await client.call(unfollow(id));
      await pause(random.between(100, 1_500));
      // Followed again: it must settle like any other. A settled one stays as it is.
      (results as Result[]).push(await client.call(work.call));
    }
    // Repeated much later, by whatever node: the same operation, and no second write.
    if (work.via === "write" && random.chance(0.1)) {
      await pause(random.between(500, 5_000));
      if (isOver()) return;
      (results as Result[]).push(await client.call(work.call));
    }
  }

  return {
    done,
    operations,
    get asked() {
      return asked;
    },
    async measure(phase, count) {
      const all = Array.from({ length: count }, async (_, place) => {
        await pause(place * 250);
        await begin(phase, place % nodes);
      });
      await Promise.all(all);
    },
    async run(count, seconds) {
      const gap = (seconds * 1000) / Math.max(1, count - operations.length);
      const underWay = new Set<Promise<void>>();
      while (operations.length < count && !isOver()) {
        // Those under way may become operations; more are begun only as far as that would not do.
        if (underWay.size < mostCallers && operations.length + unanswered < count) {
          const caller = begin("chaos")
            .then(lookAround)
            .finally(() => underWay.delete(caller));
          underWay.add(caller);
        }
        await pause(gap);
      }
      await Promise.all(underWay);
    },
  };
}
