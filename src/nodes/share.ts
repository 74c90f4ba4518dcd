/**
 * A gateway's part of a provider's rate where several ask it without a shared counter, and how long nobody asks when the
 * way of sharing changes. Pure. What is promised of all together: in any 10 s at most ten times the rate and one
 * second's worth (one start, where that is less than one).
 */
import { type Shape, shapeOf, tenSecondsMs } from "../datasources/rate.ts";
import type { Sharing } from "./sharing.ts";

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

/**
 * A gateway whose part of a small rate is new, or has changed, counts as having just made a start: others may have made
 * it. Where one asked alone, or is to, all starts of the last 10 s may be another's.
 */
function slowStartMs(rate: number, nodes: number): number {
  if (rate >= nodes) return 0;
  const others = shareOf(rate, nodes, false);
  return others ? others.stretchMs : Math.max(tenSecondsMs, 1000 / rate);
}

/** What a way of sharing means for a provider of some rate. */
export type TurnPlan =
  | { readonly type: "none"; readonly waitMs: number }
  | { readonly type: "redis"; readonly peers: readonly string[] | null }
  | { readonly type: "share"; readonly shape: Shape; readonly nodes: number };

/** Makes plans for one provider, one after the other: of a small rate it matters what the one before was. */
export function createPlanner(rate: number): (sharing: Sharing, now: number) => TurnPlan {
  let former: { readonly nodes: number; readonly isFirst: boolean } | null = null;
  let notBefore = Number.NEGATIVE_INFINITY;

  return (sharing, now) => {
    if (sharing.type === "none") return sharing;
    const { type, since, switched } = sharing;
    const part = sharing.among(rate);
    const { nodes, isFirst } = part;
    if (former && (former.nodes !== nodes || former.isFirst !== isFirst)) {
      notBefore = Math.max(notBefore, now + Math.max(slowStartMs(rate, nodes), slowStartMs(rate, former.nodes)));
    }
    former = part;
    const gap = switched ? gapMs(rate, nodes, type) : type === "share" ? slowStartMs(rate, nodes) : 0;
    if (type === "redis")
      return now < since + gap ? { type: "none", waitMs: since + gap - now } : { type, peers: sharing.peers };
    const waitMs = Math.max(since + gap, notBefore) - now;
    if (waitMs > 0) return { type: "none", waitMs };
    const shape = shareOf(rate, nodes, isFirst);
    return shape ? { type, shape, nodes } : { type: "none", waitMs: 1000 };
  };
}
