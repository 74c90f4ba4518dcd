/** Does what the plan says, and mends all at its end. One thing is broken one way at a time; different ones together. */
import type { PostgresServer } from "../support/postgres-server.ts";
import type { Crowd } from "./crowd.ts";
import type { GatewayNode } from "./node.ts";
import { type Act, drizzle, firstDrizzle, type Planned } from "./plan.ts";
import { fair, type UpstreamId, upstreams } from "./provider/fault.ts";
import type { ProviderSide } from "./provider/side.ts";
import type { RedisServer } from "./redis.ts";

export interface Stage {
  readonly nodes: readonly GatewayNode[];
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
  readonly side: ProviderSide;
  readonly crowd: Crowd;
  readonly say: (line: string) => void;
}

/** How often each was done, and how many sockets were cut. */
export interface Weathered {
  readonly acts: ReadonlyMap<Act["type"], number>;
  readonly socketsCut: number;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export async function weatherStorm(
  stage: Stage,
  plan: readonly Planned[],
  { seed, seconds }: { readonly seed: number; readonly seconds: number },
): Promise<Weathered> {
  const { nodes, postgres, redis, side, crowd, say } = stage;
  const acts = new Map<Act["type"], number>();
  const locks = new Map<string, Promise<void>>();
  let socketsCut = 0;
  const begun = performance.now();

  /** Who is broken already is left until it is whole again. */
  function withThing(thing: string, work: () => Promise<void>): Promise<void> {
    const turn = (locks.get(thing) ?? Promise.resolve()).then(work);
    locks.set(thing, turn);
    return turn;
  }

  const node = (index: number): GatewayNode => {
    const found = nodes[index];
    if (!found) throw new Error(`Expected a node; there is no number ${index}.`);
    return found;
  };

  /** A node that can't reach its store at the start ends; like any supervisor, this starts it again. */
  async function up(one: GatewayNode): Promise<void> {
    for (let tries = 0; tries < 60 && !one.running; tries += 1) {
      await one.start();
      if (!one.running) await pause(300);
    }
  }

  const downFor = (index: number, ms: number, how: "kill" | "leave") =>
    withThing(`node ${index}`, async () => {
      await node(index)[how]();
      await pause(ms);
      await up(node(index));
    });
  const withoutRedis = (ms: number) =>
    withThing("redis", async () => {
      await redis.kill();
      await pause(ms);
      await redis.start();
    });
  const withoutPostgres = (ms: number) =>
    withThing("postgres", async () => {
      await postgres.kill();
      await pause(ms);
      await postgres.start();
    });
  const still = (thing: string, one: { freeze(): void; thaw(): void }, ms: number) =>
    withThing(thing, async () => {
      one.freeze();
      await pause(ms);
      one.thaw();
    });

  async function play(act: Act): Promise<unknown> {
    acts.set(act.type, (acts.get(act.type) ?? 0) + 1);
    switch (act.type) {
      case "kill a node":
        return downFor(act.node, act.ms, "kill");
      case "kill every node":
        return Promise.all(nodes.map((_, index) => downFor(index, act.ms, "kill")));
      case "stop a node":
        return downFor(act.node, act.ms, "leave");
      case "freeze a node":
        return still(`node ${act.node}`, node(act.node), act.ms);
      case "kill Redis":
        return withoutRedis(act.ms);
      case "freeze Redis":
        return still("redis", redis, act.ms);
      case "restart PostgreSQL":
        return withThing("postgres", () => postgres.restart());
      case "kill PostgreSQL":
        return withoutPostgres(act.ms);
      case "freeze PostgreSQL":
        return still("postgres", postgres, act.ms);
      case "kill Redis and PostgreSQL":
        return Promise.all([withoutRedis(act.ms), withoutPostgres(act.ms)]);
      case "cut sockets":
        socketsCut += crowd.cut(act.share);
        return;
      case "stall readers":
        return crowd.stall(act.share, act.ms);
      case "provider fails":
        return withThing(act.upstream, () => badWeather(act.upstream, act));
    }
  }

  async function badWeather(upstream: UpstreamId, { weather, ms }: Extract<Act, { type: "provider fails" }>) {
    await side.weather(upstream, weather);
    await pause(ms);
    await side.weather(upstream, drizzle);
  }

  await Promise.all(upstreams.map((upstream) => side.weather(upstream, firstDrizzle(seed, upstream))));
  const playing: Promise<unknown>[] = [];
  for (const { atMs, act } of plan) {
    await pause(Math.max(0, begun + atMs - performance.now()));
    say(`${Math.round(atMs / 100) / 10} s: ${describe(act)}`);
    playing.push(play(act));
  }
  await pause(Math.max(0, begun + seconds * 1000 - performance.now()));
  await Promise.all(playing);
  await Promise.all(upstreams.map((upstream) => side.weather(upstream, fair)));
  await Promise.all(nodes.map(up));
  return { acts, socketsCut };
}

function describe(act: Act): string {
  switch (act.type) {
    case "provider fails":
      return `${act.upstream}: ${act.weather.faults.join(", ")} (${act.weather.share}) for ${act.ms} ms`;
    case "cut sockets":
      return `cut ${Math.round(act.share * 100)} % of the sockets`;
    default:
      return `${act.type}${"node" in act ? ` ${act.node}` : ""}${"ms" in act ? ` for ${act.ms} ms` : ""}`;
  }
}
