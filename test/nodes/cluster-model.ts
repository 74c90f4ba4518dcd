/**
 * Gateways in a model of time, database and Redis, each with always more to ask than it may. Answers are late or lost,
 * gateways lose the database or Redis, together or alone, and are killed and started. What is real is what decides who
 * may ask: sharing, plan and rate.
 */
import { createRate, type Rate } from "../../src/datasources/rate.ts";
import { createPlanner } from "../../src/nodes/share.ts";
import { createSharing, type SharingMachine, viewMs } from "../../src/nodes/sharing.ts";
import { type GatewayRow, rememberedSeconds } from "../../src/store/gateways.ts";

export type Fault =
  | { readonly type: "redis" | "database"; readonly up: boolean }
  | { readonly type: "redisLink" | "databaseLink"; readonly slot: number; readonly up: boolean }
  | { readonly type: "kill" | "leave" | "start"; readonly slot: number };

export interface Script {
  readonly rate: number;
  readonly slots: number;
  readonly redisConfigured: boolean;
  readonly faults: ReadonlyArray<readonly [at: number, fault: Fault]>;
  /** Whether answers are late or lost now and then. */
  readonly shaky: boolean;
  /** 0 ≤ x < 1, the same for the same script. */
  readonly random: () => number;
  readonly untilMs: number;
}

const stepMs = 25;

interface Gateway {
  readonly name: string;
  readonly sharing: SharingMachine;
  readonly plan: ReturnType<typeof createPlanner>;
  readonly own: Rate;
  alive: boolean;
  attends: boolean;
  knowsLoss: boolean;
  nextBeat: number;
  nextAttend: number;
}

export interface Outcome {
  /** When each call began. */
  readonly starts: readonly number[];
  /** The most that gateways might ask at one time by what each believed: parts of the rate, 1 is the whole. */
  readonly believed: number;
}

export function runCluster({ rate, slots, redisConfigured, faults, shaky, random, untilMs }: Script): Outcome {
  let now = 0;
  const clock = { monotonic: () => now };
  const starts: number[] = [];
  const rows = new Map<string, { at: number; redis: boolean }>();
  const links = { redis: new Array<boolean>(slots).fill(true), database: new Array<boolean>(slots).fill(true) };
  const up = { redis: redisConfigured, database: true };
  let counter = createRate(rate, clock);
  const attending = new Map<string, number>();
  const later: Array<{ at: number; run: () => void }> = [];
  const gateways: Array<Gateway | null> = new Array(slots).fill(null);
  let born = 0;
  let believed = 0;

  const delay = (): number => (shaky && random() < 0.03 ? random() * 3500 : random() * 60);
  const after = (ms: number, run: () => void) => later.push({ at: now + ms, run });
  const reachesRedis = (slot: number): boolean => up.redis && links.redis[slot] === true;
  const reachesDatabase = (slot: number): boolean => up.database && links.database[slot] === true;

  function start(slot: number): void {
    if (gateways[slot] || !reachesDatabase(slot)) return;
    const name = `${Math.floor(random() * 10)}-${born++}`;
    const sharing = createSharing({ node: name, now: clock.monotonic });
    const own = createRate(rate, clock);
    const gateway = {
      name,
      sharing,
      own,
      plan: createPlanner(rate),
      alive: true,
      attends: false,
      knowsLoss: true,
      nextBeat: now,
      nextAttend: now,
    };
    gateways[slot] = gateway;
    attend(gateway, slot);
    rows.set(name, { at: now, redis: gateway.attends });
    gateway.nextBeat = now + 10;
  }

  function loseRedis(slot: number): void {
    const gateway = gateways[slot];
    if (!gateway || gateway.knowsLoss) return;
    gateway.knowsLoss = true;
    gateway.attends = false;
    gateway.sharing.redisLost();
    // One beat at a time.
    if (Number.isFinite(gateway.nextBeat)) gateway.nextBeat = now;
  }

  function apply(fault: Fault): void {
    switch (fault.type) {
      case "redis":
        if (!redisConfigured) return;
        up.redis = fault.up;
        if (fault.up) return;
        // It comes back empty, and every connection broke at once.
        counter = createRate(rate, clock);
        attending.clear();
        for (let slot = 0; slot < slots; slot += 1) loseRedis(slot);
        return;
      case "database":
        up.database = fault.up;
        return;
      case "redisLink": {
        links.redis[fault.slot] = fault.up;
        // A link that is silent is noticed later than one that breaks.
        if (!fault.up) after(random() * 500, () => !links.redis[fault.slot] && loseRedis(fault.slot));
        return;
      }
      case "databaseLink":
        links.database[fault.slot] = fault.up;
        return;
      case "start":
        start(fault.slot);
        return;
      default: {
        const gateway = gateways[fault.slot];
        if (!gateway) return;
        gateway.alive = false;
        gateways[fault.slot] = null;
        const row = rows.get(gateway.name);
        if (fault.type === "leave" && row && reachesDatabase(fault.slot)) {
          rows.set(gateway.name, { at: now - 5000, redis: false });
          if (reachesRedis(fault.slot)) attending.delete(gateway.name);
        }
      }
    }
  }

  function attend(gateway: Gateway, slot: number): void {
    gateway.nextAttend = now + 500;
    if (!reachesRedis(slot)) return;
    gateway.knowsLoss = false;
    gateway.attends = true;
    attending.set(gateway.name, gateway.sharing.throughRedis ? now + viewMs : -now);
    for (const [name, at] of attending) if (Math.abs(at) < now - 60_000) attending.delete(name);
  }

  function beat(gateway: Gateway, slot: number): void {
    gateway.nextBeat = Number.POSITIVE_INFINITY;
    const mine = gateway.sharing.begin(gateway.attends);
    const again = () => {
      gateway.nextBeat = now + 500;
    };
    const fate = shaky ? random() : 1;
    if (!reachesDatabase(slot) || fate < 0.02) {
      after(delay(), again);
      return;
    }
    after(delay(), () => {
      if (!gateway.alive) return;
      rows.set(gateway.name, { at: now, redis: mine.redis });
      const seen = [...rows]
        .map(([node, { at, redis }]): GatewayRow => ({ node, ageMs: now - at, redis }))
        .filter(({ ageMs }) => ageMs < rememberedSeconds * 1000)
        .sort((a, b) => (a.node < b.node ? -1 : 1));
      after(delay(), () => {
        if (fate >= 0.04) gateway.sharing.answered(mine, seen);
        again();
      });
    });
  }

  /** Asks as much as it may, and gives back its part of the rate; all who go by Redis have one part together. */
  function ask(gateway: Gateway, slot: number): { redis: number; share: number } {
    const nothing = { redis: 0, share: 0 };
    const plan = gateway.plan(gateway.sharing.current(), now);
    if (plan.type === "none") return nothing;
    if (plan.type === "redis") {
      if (!reachesRedis(slot)) return nothing;
      if (plan.peers && [...attending.values()].some((until) => until < now)) return nothing;
      if (plan.peers?.some((peer) => !attending.has(peer))) return nothing;
    } else gateway.own.reshape(plan.shape);
    const from = plan.type === "redis" ? counter : gateway.own;
    while (from.wait() === 0) {
      from.take();
      starts.push(now);
    }
    if (plan.type === "redis") return { redis: 1, share: 0 };
    return { redis: 0, share: (plan.shape.size / plan.shape.stretchMs) * (1000 / rate) };
  }

  const script = [...faults].sort((a, b) => a[0] - b[0]);
  for (let slot = 0; slot < slots; slot += 1) start(slot);
  for (; now < untilMs; now += stepMs) {
    while (script[0] && script[0][0] <= now) apply((script.shift() as (typeof script)[number])[1]);
    const due = later.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
    for (const one of due) later.splice(later.indexOf(one), 1);
    for (const { run } of due) run();
    gateways.forEach((gateway, slot) => {
      if (!gateway) return;
      if (gateway.nextAttend <= now) attend(gateway, slot);
      if (gateway.nextBeat <= now) beat(gateway, slot);
    });
    const first = Math.floor(random() * slots);
    let [redis, share] = [0, 0];
    for (let turn = 0; turn < slots; turn += 1) {
      const slot = (first + turn) % slots;
      const gateway = gateways[slot];
      const part = gateway ? ask(gateway, slot) : null;
      redis = Math.max(redis, part?.redis ?? 0);
      share += part?.share ?? 0;
    }
    believed = Math.max(believed, redis + share);
  }
  return { starts, believed };
}
