/** What a stretch of polling took: from the provider's count, /proc and the server's log. */
import { setTimeout as delay } from "node:timers/promises";
import { busyShare, coreTimes, cpuOf, cpuOfTree } from "../support/cpu.ts";
import { gatewayCore, loadCore, type Spawned, spawnScript } from "../support/pinned.ts";
import type { BenchPostgres } from "./server.ts";

export interface Sample {
  readonly perSecond: number;
  /** Microseconds of CPU a poll: of whoever polls, and of its database or Redis. */
  readonly ownCpu: number;
  readonly storeCpu: number;
  /** Bytes a poll of write-ahead log; NaN where there is none. */
  readonly wal: number;
  /** How busy the two cores were, 0 to 1. */
  readonly ownCore: number;
  readonly loadCore: number;
}

export interface Provider {
  readonly url: string;
  answered(): Promise<number>;
  dispose(): Promise<void>;
}

export async function startProvider(): Promise<Provider> {
  const provider = spawnScript(new URL("./provider-process.ts", import.meta.url));
  const { url } = await provider.message<{ url: string }>();
  return {
    url,
    async answered() {
      const told = provider.message<{ answered: number }>();
      provider.process.send({});
      return (await told).answered;
    },
    dispose: () => provider.dispose(),
  };
}

export async function sample(
  own: Pick<Spawned, "pid">,
  storePid: number,
  provider: Provider,
  postgres: BenchPostgres | null,
  ms: number,
): Promise<Sample> {
  const reading = async () => ({
    log: (await postgres?.query("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn as bytes"))?.[0]?.bytes,
    polls: await provider.answered(),
    at: performance.now(),
    own: cpuOf(own.pid),
    store: cpuOfTree(storePid),
    cores: [coreTimes(gatewayCore), coreTimes(loadCore)] as const,
  });
  const before = await reading();
  await delay(ms);
  const after = await reading();
  const polls = after.polls - before.polls;
  const micros = (seconds: number) => (seconds * 1e6) / polls;
  return {
    perSecond: (polls / (after.at - before.at)) * 1000,
    ownCpu: micros(after.own - before.own),
    storeCpu: micros(after.store - before.store),
    wal: (Number(after.log) - Number(before.log)) / polls,
    ownCore: busyShare(before.cores[0], after.cores[0]),
    loadCore: busyShare(before.cores[1], after.cores[1]),
  };
}
