/** P5: what 10,000 subscriptions take that hear of nothing, each of an operation of its own. */
import { startCrowd } from "../fan-out/crowd.ts";
import { cpuMs, pause, startWideGateway, watching } from "../fan-out/gateway.ts";
import { createWorld } from "../fan-out/world.ts";
import type { Measured, Part, PartOptions } from "../part.ts";
import { residentBytes } from "../support/cpu.ts";
import { pinning } from "../support/pinned.ts";
import { digits, median, row } from "../support/statistics.ts";

interface Setting {
  readonly name: string;
  readonly sockets: number;
  readonly each: number;
  readonly mostKilobytes: number;
}

const settings: readonly Setting[] = [
  { name: "on 1,000 sockets", sockets: 1_000, each: 10, mostKilobytes: 10 },
  { name: "at one a socket", sockets: 10_000, each: 1, mostKilobytes: 16 },
];
/** By then what their coming took has been given back. */
const settleMs = 15_000;
const watchMs = 15_000;
/** A gateway for each: memory that was once given back is no measure of the next. */
const mostRuns = 2;

interface Sample {
  readonly kilobytes: number;
  readonly before: number;
  readonly after: number;
  /** Cores that it uses while nothing happens. */
  readonly load: number;
}

async function measure({ runs, short, tell }: PartOptions): Promise<Measured> {
  const rows: Measured["rows"][number][] = [];
  const lines: string[] = [];
  for (const setting of settings) {
    const sockets = short ? setting.sockets / 10 : setting.sockets;
    const samples: Sample[] = [];
    for (let run = 0; run < Math.min(runs, mostRuns); run += 1) {
      tell(`idle, ${setting.name}`);
      samples.push(await sample({ ...setting, sockets }, short));
    }
    const each = samples.map(({ kilobytes }) => kilobytes);
    rows.push(row(`P5 idle, ${setting.name}: memory a subscription`, each, { atMost: setting.mostKilobytes }, "KB"));
    const middle = (of: (one: Sample) => number) => digits(median(samples.map(of)));
    lines.push(
      `| ${setting.name} | ${middle(({ before }) => before)} MB | ${middle(({ after }) => after)} MB | ${middle(({ load }) => load * 100)} % |`,
    );
  }
  const details = [
    `10,000 subscriptions of 10,000 operations on PostgreSQL, a gateway of its own for each run (at most ${mostRuns}). Resident memory of the gateway's process before the first has come, and ${(settleMs + watchMs) / 1000} s after the last: the difference, divided by the subscriptions, is what counts. What comes to a client in the last ${watchMs / 1000} s, other than pings, fails the measurement. ${pinning}.`,
    `| | before | with them | CPU of a core meanwhile |\n| --- | ---: | ---: | ---: |\n${lines.join("\n")}`,
  ].join("\n\n");
  return { rows, details };
}

async function sample({ sockets, each }: Setting, short: boolean): Promise<Sample> {
  const world = await createWorld("idle");
  const gateway = await startWideGateway(world.url);
  const crowd = startCrowd();
  try {
    const ids = await world.fill(sockets * each);
    await pause(2_000);
    const before = residentBytes(gateway.pid);
    const lists = Array.from({ length: sockets }, (_, index) => ids.slice(index * each, (index + 1) * each));
    await crowd.open({ url: gateway.url, sockets, ids: lists, query: watching, first: 1, protocol: true });
    await pause(short ? 1_000 : settleMs);
    const [count, used] = [await crowd.count(), cpuMs(gateway.pid)];
    const watched = short ? 1_000 : watchMs;
    await pause(watched);
    const load = (cpuMs(gateway.pid) - used) / watched;
    const faults = await crowd.faults();
    if (faults.length > 0 || (await crowd.count()) !== count) {
      throw new Error(
        `Expected nothing to come but pings; ${(await crowd.count()) - count} events did. ${faults.join("; ")}`,
      );
    }
    const after = residentBytes(gateway.pid);
    const megabytes = (bytes: number) => bytes / 1024 / 1024;
    return {
      kilobytes: (after - before) / 1024 / (sockets * each),
      before: megabytes(before),
      after: megabytes(after),
      load,
    };
  } finally {
    await crowd.dispose();
    await gateway.dispose();
    await world.dispose();
  }
}

export const part: Part = { name: "idle", title: "Idle subscriptions (P5)", measure };
