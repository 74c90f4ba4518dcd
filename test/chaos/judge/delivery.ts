/** How long a change takes from its commit to a subscriber, while nothing is broken. */
import type { Session } from "../subscriber.ts";
import type { Done, Phase } from "../workload.ts";
import { atMost, type Figure, told } from "./figure.ts";
import type { LoggedChange } from "./log.ts";

const medianLimitMs = 100;
const withoutRedisLimitMs = 2_000;

export function judgeDelivery(
  done: readonly Done[],
  sessions: readonly Session[],
  log: readonly LoggedChange[],
  { redis, timed }: { readonly redis: boolean; readonly timed: boolean },
): Figure[] {
  const bar = timed ? atMost : (name: string, ms: number) => told(name, show(ms));
  const across = times("quiet", done, sessions, log).toSorted((a, b) => a - b);
  const without = times("quiet without Redis", done, sessions, log).toSorted((a, b) => a - b);
  return [
    told("deliveries measured from one node to another, with Redis and without", `${across.length}, ${without.length}`),
    redis
      ? bar("from commit to subscriber with Redis, median", rank(across, 0.5), medianLimitMs, " ms")
      : bar("from commit to subscriber with no Redis known, most", rank(across, 1), withoutRedisLimitMs, " ms"),
    told("the same, 95th of 100, and most", `${show(rank(across, 0.95))}, ${show(rank(across, 1))}`),
    bar("from commit to subscriber without Redis, most", rank(without, 1), withoutRedisLimitMs, " ms"),
    told("the same, median and 95th of 100", `${show(rank(without, 0.5))}, ${show(rank(without, 0.95))}`),
  ];
}

const show = (ms: number) => `${Math.round(ms * 10) / 10} ms`;

function rank(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Of the first revision alone: which node committed it is known, for that one answered. */
function times(
  phase: Phase,
  done: readonly Done[],
  sessions: readonly Session[],
  log: readonly LoggedChange[],
): number[] {
  const committedBy = new Map<string, number>();
  for (const { phase: own, results } of done) {
    const [result] = results;
    if (own === phase && result?.type === "operation" && result.attempts === 1) {
      committedBy.set(result.operation.id, result.node);
    }
  }
  const committedAt = new Map(
    log
      .filter(({ operation, revision }) => revision === 1 && committedBy.has(operation))
      .map(({ operation, committedAt: at }) => [operation, at]),
  );
  return sessions.flatMap(({ messages }) =>
    messages.flatMap(({ kind, operation, revision, at, node }) => {
      const begun = committedAt.get(operation);
      const counts = kind === "CHANGED" && revision === 1 && begun !== null && begun !== undefined;
      return counts && committedBy.get(operation) !== node ? [at - begun] : [];
    }),
  );
}
