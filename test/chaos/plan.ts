/** The plan of faults: which, when and for how long. Pure: one seed, one plan. */
import { type Fault, faults, type UpstreamId, upstreams, type Weather } from "./provider/fault.ts";
import { createRandom, type Random } from "./random.ts";

export type Act =
  | { readonly type: "kill a node"; readonly node: number; readonly ms: number }
  | { readonly type: "kill every node"; readonly ms: number }
  | { readonly type: "stop a node"; readonly node: number; readonly ms: number }
  | { readonly type: "freeze a node"; readonly node: number; readonly ms: number }
  | { readonly type: "kill Redis"; readonly ms: number }
  | { readonly type: "freeze Redis"; readonly ms: number }
  | { readonly type: "restart PostgreSQL" }
  | { readonly type: "kill PostgreSQL"; readonly ms: number }
  | { readonly type: "freeze PostgreSQL"; readonly ms: number }
  | { readonly type: "kill Redis and PostgreSQL"; readonly ms: number }
  | { readonly type: "cut sockets"; readonly share: number }
  | { readonly type: "stall readers"; readonly share: number; readonly ms: number }
  | { readonly type: "provider fails"; readonly upstream: UpstreamId; readonly weather: Weather; readonly ms: number };

export interface Planned {
  /** From the beginning of the faults. */
  readonly atMs: number;
  readonly act: Act;
}

export const nodeCount = 3;

const every = Object.keys(faults) as [Fault, ...Fault[]];
/** Always, everywhere. */
export const drizzle: Weather = { share: 0.04, faults: every };

/** What every upstream meets at the least. */
export function firstDrizzle(seed: number, upstream: UpstreamId): Weather {
  return { ...drizzle, must: createRandom(seed + upstreams.indexOf(upstream)).shuffled(every) };
}

/** The outages: each upstream meets each of them in time. */
const outages: readonly [Weather, ...Weather[]] = [
  { share: 1, faults: ["error"] },
  { share: 0.9, faults: ["cut", "cutAfter"] },
  { share: 0.8, faults: ["late"] },
  { share: 0.8, faults: ["hang"] },
  { share: 0.8, faults: ["garbage", "truncated", "gatewayError"] },
  { share: 0.5, faults: ["throttled"] },
  { share: 0.5, faults: ["unavailable", "throttled"] },
];

/** One of each kind, with times that are drawn. */
export function makers(random: Random, leaseMs: number): ReadonlyArray<() => Act> {
  const node = () => random.between(0, nodeCount - 1);
  const ms = (least: number, most: number) => random.between(least, most);
  return [
    () => ({ type: "kill a node", node: node(), ms: ms(200, 4_000) }),
    () => ({ type: "kill Redis", ms: ms(1_000, 5_000) }),
    () => ({ type: "restart PostgreSQL" }),
    () => ({ type: "cut sockets", share: 0.2 + random.next() * 0.6 }),
    () => ({ type: "stop a node", node: node(), ms: ms(100, 2_000) }),
    () => ({ type: "kill PostgreSQL", ms: ms(300, 2_500) }),
    () => ({ type: "stall readers", share: 0.3, ms: ms(1_500, 5_000) }),
    () => ({ type: "freeze a node", node: node(), ms: leaseMs + ms(500, 2_500) }),
    () => ({ type: "kill every node", ms: ms(200, 1_500) }),
    () => ({ type: "freeze Redis", ms: ms(1_000, 4_000) }),
    () => ({ type: "kill a node", node: node(), ms: ms(200, 4_000) }),
    () => ({ type: "freeze PostgreSQL", ms: ms(1_000, 3_000) }),
    () => ({ type: "kill Redis and PostgreSQL", ms: ms(500, 2_500) }),
  ];
}

/** About so far apart, for long enough a run. */
const usualGapMs = 5_000;

/** Each kind once in each round, every round in another order. Towards the end it clears up, so that work can settle. */
export function planFaults(seed: number, seconds: number, leaseMs: number): readonly Planned[] {
  const random = createRandom(seed);
  const kinds = makers(random, leaseMs);
  const planned: Planned[] = [];
  const endMs = seconds * 1000;
  const rounds = Math.max(1, Math.round(endMs / (kinds.length * usualGapMs)));
  const gapMs = endMs / (rounds * kinds.length + 1);
  const drift = () => Math.round((random.next() - 0.5) * 0.8 * gapMs);
  for (let round = 0; round < rounds; round += 1) {
    random.shuffled(kinds).forEach((make, place) => {
      planned.push({ atMs: Math.round((round * kinds.length + place + 0.5) * gapMs) + drift(), act: make() });
    });
  }
  const outageGapMs = Math.min(usualGapMs, endMs / 10);
  let turn = random.between(0, outages.length - 1);
  for (let atMs = outageGapMs / 2; atMs < endMs * 0.75; atMs += outageGapMs) {
    for (const upstream of random.shuffled(upstreams).slice(0, 2)) {
      const weather = outages[turn % outages.length] ?? outages[0];
      turn += 1;
      const act = { type: "provider fails", upstream, weather, ms: random.between(800, 3_500) } as const;
      planned.push({ atMs: Math.round(atMs), act });
    }
  }
  return planned.toSorted((a, b) => a.atMs - b.atMs);
}
