/**
 * P6: a million followed operations on PostgreSQL, polled end to end over HTTP, beside ten thousand, and beside two queues
 * that do the same: they take a job that is due, ask the same provider, and put it back for later.
 */
import { setTimeout as delay } from "node:timers/promises";
import { openStore } from "../../src/store/store.ts";
import type { Part, Row } from "../part.ts";
import { type Provider, type Sample, sample, startProvider } from "../polling/sample.ts";
import { seedFollowed } from "../polling/seed.ts";
import { type BenchPostgres, settings, startPostgres, startRedis } from "../polling/server.ts";
import { pinning, spawnScript, startGateway } from "../support/pinned.ts";
import { digits, inTurn, median, ratios, row } from "../support/statistics.ts";

const sizes = { small: 10_000, large: 1_000_000 } as const;
/** Both sizes are asked at one pace, so that batches are alike; and the large one as fast as it goes. */
const pace = 1_000;
const concurrency = 64;
const peerJobs = 60_000;

export const part: Part = {
  name: "polling",
  title: "P6: polling a million operations",
  async measure({ runs, short, tell }) {
    const ms = short ? 1_000 : 4_000;
    const count = short ? { small: 10_000, large: 20_000 } : sizes;
    const undo: Array<() => Promise<void>> = [];
    try {
      const postgres = await startPostgres();
      undo.push(postgres.dispose);
      const redis = await startRedis();
      undo.push(redis.dispose);
      const provider = await startProvider();
      undo.push(provider.dispose);
      const databases = { small: "", large: "" };
      for (const size of ["small", "large"] as const) {
        tell(`seeding ${count[size].toLocaleString("en")} operations`);
        databases[size] = await postgres.createDatabase(size);
        await (await openStore({ database: { type: "postgres", url: databases[size] } })).dispose();
        await seedFollowed(databases[size], count[size], tell);
      }
      const peers = {
        "pg-boss": await startPeer("pg-boss", await postgres.createDatabase("boss"), provider),
        BullMQ: await startPeer("bullmq", redis.url, provider),
      };
      undo.push(peers["pg-boss"].dispose, peers.BullMQ.dispose);
      await postgres.query("checkpoint");
      const gateway = (size: "small" | "large", rate: number) => async () => {
        await rearm(postgres, databases[size], count[size]);
        const one = await measureGateway(databases[size], rate, provider, postgres, ms);
        tell(`${size} at ${rate} a second: ${sentence(one)}`);
        return one;
      };
      const peer = (name: keyof typeof peers, storePid: number, log: BenchPostgres | null) => async () => {
        const one = await peers[name].working(() => sample(peers[name], storePid, provider, log, ms));
        tell(`${name}: ${sentence(one)}`);
        return one;
      };
      const taken = await inTurn(runs, {
        small: gateway("small", pace),
        large: gateway("large", pace),
        fast: gateway("large", 100_000),
        boss: peer("pg-boss", postgres.pid, postgres),
        bull: peer("BullMQ", redis.pid, null),
      });
      return { rows: rowsOf(taken), details: detailsOf(taken, postgres.url, ms) };
    } finally {
      for (const step of undo.reverse()) await step();
    }
  },
};

/** All of ten thousand would be asked for in the end: those that were are made due again. */
async function rearm(postgres: BenchPostgres, database: string, count: number): Promise<void> {
  if (count > 100_000) return;
  await postgres.query(
    `update operations set next_check_at = now() - random() * interval '1 hour', lease_node = null, lease_until = null`,
    [],
    database,
  );
  await postgres.query("vacuum operations", [], database);
}

async function measureGateway(
  database: string,
  rate: number,
  provider: Provider,
  postgres: BenchPostgres,
  ms: number,
): Promise<Sample> {
  const gateway = await startGateway({
    env: {
      DATABASE_URL: database,
      SANDBOX: "off",
      CLEENG_INAPP_URL: provider.url,
      CLEENG_API_URL: provider.url,
      CLEENG_PUBLISHER_TOKEN: "publisher-token",
      CLEENG_RATE_PER_SECOND: String(rate),
      CLEENG_CONCURRENCY: String(concurrency),
    },
  });
  try {
    await delay(1_500);
    return await sample(gateway, postgres.pid, provider, postgres, ms);
  } finally {
    await gateway.dispose();
  }
}

interface Peer {
  readonly pid: number;
  working<T>(measure: () => Promise<T>): Promise<T>;
  dispose(): Promise<void>;
}

/** It stands still but while it is measured. */
async function startPeer(name: string, store: string, provider: Provider): Promise<Peer> {
  const file = new URL(`../polling/${name}-process.ts`, import.meta.url);
  const spawned = spawnScript(file, [store, provider.url, String(peerJobs)], { core: 0 });
  await spawned.message(60_000);
  const command = async (word: "go" | "pause") => {
    const done = spawned.message(30_000);
    spawned.process.send(word);
    await done;
  };
  return {
    pid: spawned.pid,
    async working(measure) {
      await command("go");
      try {
        await delay(500);
        return await measure();
      } finally {
        await command("pause");
      }
    },
    dispose: spawned.dispose,
  };
}

type Taken = Readonly<Record<"small" | "large" | "fast" | "boss" | "bull", readonly Sample[]>>;

const costOf = ({ ownCpu, storeCpu }: Sample): number => ownCpu + storeCpu;
/** Above it the load, and not the gateway, is what is measured. */
const saturated = 0.97;

function rowsOf({ small, large, fast, boss, bull }: Taken): Row[] {
  const speeds = fast.map(({ perSecond }) => perSecond);
  const speed = row("P6 polls a second, 1,000,000 operations", speeds, { atLeast: 2_000 }, "/s");
  const load = median(fast.map(({ loadCore }) => loadCore));
  const own = median(fast.map(({ ownCore }) => ownCore));
  // Fast enough is fast enough, whatever else was at its end.
  const isVoid = speed.verdict === "short" && load >= saturated && own < saturated;
  const of = (samples: readonly Sample[], figure: (one: Sample) => number) => samples.map(figure);
  return [
    isVoid ? { ...speed, measured: `${speed.measured}; the load's core was at its end`, verdict: "void" } : speed,
    row("P6 CPU a poll: at 1,000,000 of that at 10,000", ratios(of(large, costOf), of(small, costOf)), { atMost: 1.2 }),
    row(
      "P6 polls a second: of pg-boss's",
      ratios(
        speeds,
        of(boss, ({ perSecond }) => perSecond),
      ),
      null,
    ),
    row(
      "P6 polls a second: of BullMQ's",
      ratios(
        speeds,
        of(bull, ({ perSecond }) => perSecond),
      ),
      null,
    ),
    row("P6 CPU a poll: of pg-boss's", ratios(of(fast, costOf), of(boss, costOf)), null),
    row("P6 CPU a poll: of BullMQ's", ratios(of(fast, costOf), of(bull, costOf)), null),
  ];
}

function detailsOf(taken: Taken, _url: string, ms: number): string {
  const names: Record<keyof Taken, string> = {
    small: `10,000 operations, at ${pace} polls a second`,
    large: `1,000,000 operations, at ${pace} polls a second`,
    fast: "1,000,000 operations, as fast as it goes",
    boss: "pg-boss, as fast as it goes",
    bull: "BullMQ, as fast as it goes",
  };
  const lines = (Object.keys(names) as Array<keyof Taken>).map((name) => {
    const of = (figure: (one: Sample) => number) => digits(median(taken[name].map(figure)));
    const wal = of(({ wal: bytes }) => bytes);
    return `| ${[
      names[name],
      of(({ perSecond }) => perSecond),
      of(({ ownCpu }) => ownCpu),
      of(({ storeCpu }) => storeCpu),
      wal === "NaN" ? "none" : wal,
      of(({ ownCore }) => ownCore * 100),
      of(({ loadCore: busy }) => busy * 100),
    ].join(" | ")} |`;
  });
  const set = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  return `### How the polling was measured

All operations are due, and a provider of its own process answers that each is still being processed. Medians of runs of
${ms / 1000} s, in turns; ${pinning}: the provider, PostgreSQL with all its processes, and Redis. PostgreSQL is one of its own, with
${set.join(", ")}; a checkpoint came before the first run, so that a page that is touched first is written whole, which
happens to nearly every poll of a million and to none of ten thousand. The peers have ${peerJobs.toLocaleString("en")} jobs, ${concurrency} calls at a time,
and put each job back for ten minutes later: pg-boss fetches, inserts and completes ${concurrency} at a time, in two turns; BullMQ's worker
moves each to those that are delayed, in a Redis that keeps nothing on its disk.

| | polls a second | CPU a poll, µs | of its store, µs | log a poll, bytes | its core, % | the other, % |
|---|---|---|---|---|---|---|
${lines.join("\n")}`;
}

function sentence({ perSecond, ownCpu, storeCpu, wal, ownCore, loadCore }: Sample): string {
  const share = (part: number) => `${Math.round(part * 100)} %`;
  return `${digits(perSecond)}/s, ${digits(ownCpu)} + ${digits(storeCpu)} µs, ${digits(wal)} B of log, cores ${share(ownCore)} and ${share(loadCore)}`;
}
