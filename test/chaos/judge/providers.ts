/** Whether the providers were asked more often than they allow, or before they wanted to be. By their own clock. */
import { type Facts, type Hold, faults as kinds, type Seen, upstreams } from "../provider/fault.ts";
import { type Figure, none, told } from "./figure.ts";

const windowMs = 10_000;

/** When a gateway was there to be told, and to tell the others. */
export interface Presence {
  readonly exits: ReadonlyArray<{ readonly at: number }>;
  readonly freezes: ReadonlyArray<readonly [from: number, until: number]>;
}

/** `graceMs`: for what was under way when the Retry-After was sent, and for it to be read and told to the others. */
export function judgeProviders(
  facts: Facts,
  { ratePerSecond, graceMs }: { readonly ratePerSecond: number; readonly graceMs: number },
  nodes: readonly Presence[],
): Figure[] {
  const most = ratePerSecond * 11;
  const grace = graceMs + facts.lagMs;
  const busiest = upstreams.map((id) => `${id} ${busiestWindow(facts.requests[id]).count}`).join(", ");
  const over = upstreams.flatMap((id) => {
    const { count, from } = busiestWindow(facts.requests[id]);
    return count > most ? [`${id}: ${count} requests in the 10 s from ${iso(from)}; at most ${most}`] : [];
  });
  const holds = upstreams.flatMap((id) => facts.holds[id]);
  const unheard = holds.filter((hold) => diedWith(hold, nodes[hold.node], grace));
  const early = upstreams.flatMap((id) => {
    const heard = facts.holds[id].filter((hold) => !unheard.includes(hold));
    const begun = facts.requests[id].filter(({ at, node }) => !justThawed(at, nodes[node], grace));
    return tooEarly(begun, heard, grace).map((what) => `${id}: ${what}`);
  });
  const requests = upstreams.map((id) => `${id} ${facts.requests[id].length}`).join(", ");
  const faults = Object.entries(facts.faults).map(([fault, count]) => `${fault} ${count}`);
  return [
    told("requests to the providers", requests),
    told("faults that they met", faults.join(", ")),
    told(`most requests in any 10 s (at most ${most} each)`, busiest),
    none(
      "kinds of fault that no provider met",
      Object.keys(kinds).filter((kind) => !facts.faults[kind]),
    ),
    none("providers asked above their budget", over),
    told(
      "Retry-After sent",
      upstreams.reduce((sum, id) => sum + facts.holds[id].length, 0),
    ),
    none(`requests before a Retry-After was over (${Math.round(grace)} ms after it was sent are let pass)`, early),
  ];
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

function busiestWindow(requests: readonly Seen[]): { count: number; from: number } {
  const times = requests.map(({ at }) => at).toSorted((a, b) => a - b);
  let [first, count, from] = [0, 0, 0];
  times.forEach((at, last) => {
    while (at - (times[first] ?? at) >= windowMs) first += 1;
    if (last - first + 1 > count) [count, from] = [last - first + 1, times[first] ?? at];
  });
  return { count, from };
}

function tooEarly(requests: readonly Seen[], holds: readonly Hold[], grace: number): string[] {
  return holds.flatMap(({ node, from, until, status }) =>
    requests
      .filter(({ at }) => at > from + grace && at < until - 1)
      .map((early) => {
        const times = `${Math.round(early.at - from)} ms after a ${status} to gateway ${node}`;
        const left = `${Math.round(until - early.at)} ms too early`;
        return `${early.what.slice(0, 80)} by gateway ${early.node} at ${iso(early.at)}, ${times}, ${left}`;
      }),
  );
}

/** Nobody else can know of an answer whose only reader ended, or stood still, before it could tell. */
function diedWith({ from }: Hold, node: Presence | undefined, grace: number): boolean {
  const until = from + grace;
  return (
    (node?.exits ?? []).some(({ at }) => at > from - grace && at < until) ||
    (node?.freezes ?? []).some(([stopped, went]) => stopped < until && went > from)
  );
}

/** Stopped between its decision and its sending, it sends when it goes on: no gateway can prevent that. */
function justThawed(at: number, node: Presence | undefined, grace: number): boolean {
  return (node?.freezes ?? []).some(([, went]) => at >= went && at < went + grace);
}
