/**
 * A gateway's part of a provider's rate where several ask it without a shared counter, and how long nobody asks when the
 * way of sharing changes. Pure. What is promised of all together: in any 10 s at most ten times the rate and one
 * second's worth (one start, where the rate is below one).
 */
import { type Shape, shapeOf } from "../datasources/rate.ts";
import type { Standing } from "./standing.ts";

/** Longer than 10 s by what a call may be late on its way. */
const tenSecondsMs = 10_250;

/**
 * The part of one of `nodes` gateways; null where it has none. A rate of at least one start a gateway and second is
 * divided. A smaller one can't be: each would begin its stretch with one start, which is more than a second's worth in
 * all. So each gets a whole number of starts in 10 s; where not even one is left for each, the first alone asks.
 */
export function shareOf(rate: number, nodes: number, isFirst: boolean): Shape | null {
  if (nodes <= 1) return shapeOf(rate);
  if (rate >= nodes) return shapeOf(rate / nodes);
  const each = Math.floor((11 * rate) / nodes);
  if (each >= 1) return { size: 1, stretchMs: tenSecondsMs / each };
  return isFirst ? shapeOf(rate) : null;
}

/** A stretch in which nobody asks, so that the end of one way of sharing and the beginning of another are no double burst. */
export function gapMs(rate: number, nodes: number, to: "redis" | "share"): number {
  if (rate >= nodes) return 1000;
  if (to === "share") return 1000 + slowStartMs(rate, nodes);
  // Of a small rate each of the nodes may have made its start just now: that many starts are to be waited for.
  return Math.max(1000 / rate, Math.min(10_000, (nodes / rate + 1) * 1000));
}

/** A gateway that begins with a part of a small rate counts as having just made a start: it may have been another's. */
export function slowStartMs(rate: number, nodes: number): number {
  return rate >= nodes ? 0 : (shareOf(rate, nodes, true)?.stretchMs ?? 0);
}

/** What a standing means for a provider of this rate, at the instant `now` of the clock that the standing goes by. */
export type Plan =
  | { readonly type: "none"; readonly waitMs: number }
  | { readonly type: "redis"; readonly peers: readonly string[] | null }
  | { readonly type: "share"; readonly shape: Shape; readonly nodes: number };

export function planOf(standing: Standing, rate: number, now: number): Plan {
  if (standing.type === "none") return standing;
  const { type, since, switched } = standing;
  const { nodes, isFirst } = standing.among(rate);
  const gap = switched ? gapMs(rate, nodes, type) : type === "share" ? slowStartMs(rate, nodes) : 0;
  if (now < since + gap) return { type: "none", waitMs: since + gap - now };
  if (type === "redis") return { type, peers: standing.peers };
  const shape = shareOf(rate, nodes, isFirst);
  return shape ? { type, shape, nodes } : { type: "none", waitMs: 1000 };
}
