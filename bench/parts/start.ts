/** P7: how long the gateway takes to be ready, by its own start, and what it holds in memory then. */
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import type { Measured, Part, PartOptions, Row } from "../part.ts";
import { coreTimes, cpuOfTree, peakResidentBytes, residentBytes } from "../support/cpu.ts";
import { program, type Spawned, spawnPinned } from "../support/pinned.ts";
import { freePort } from "../support/ports.ts";
import { digits, inTurn, median, row } from "../support/statistics.ts";

interface Start {
  readonly readyMs: number;
  /** Seconds that it used until then. */
  readonly cpu: number;
  readonly residentMb: number;
  readonly peakMb: number;
  /** Cores that something else kept busy meanwhile. */
  readonly elsewhere: number;
}

/** After so long the memory is read: what the start alone took is given back by then. */
const settleMs = 3_000;

/** Where something else takes more of the machine than this, the time says nothing of the gateway. */
const mostElsewhere = 0.35;

async function measure({ runs, short, tell }: PartOptions): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), "statusgraph-bench-start-"));
  let count = 0;
  try {
    const directly = [process.execPath, program];
    const existing = join(folder, "existing");
    const start = starter(short ? 0 : settleMs);
    tell("the directory that exists");
    await start(directly, existing);
    const fresh = () => {
      count += 1;
      return join(folder, `fresh-${count}`);
    };
    const npm = ["npm", "start", "--silent"];
    const taken = await inTurn(
      runs,
      {
        fresh: () => start(directly, fresh()),
        existing: () => start(directly, existing),
        memory: () => start(directly, "memory:"),
        npm: () => start(npm, existing),
      },
      short ? 0 : 1,
    );
    const seconds = (starts: readonly Start[]) => starts.map(({ readyMs }) => readyMs / 1000);
    const megabytes = taken.existing.map(({ residentMb }) => residentMb);
    return {
      rows: [
        unless(taken.fresh, row("P7 ready on an empty directory", seconds(taken.fresh), { atMost: 2.5 }, "s")),
        unless(taken.existing, row("P7 ready on an existing directory", seconds(taken.existing), { atMost: 1.2 }, "s")),
        row("P7 resident memory 3 s after, existing directory", megabytes, null, "MB"),
      ],
      details: [
        `From the process's being started to its log's line that it is ready: \`node ${program.split("/").slice(-2).join("/")}\`, all four sandboxes on, nothing configured, free to use every core. \`npm start\` compiles what has changed first. CPU time is of all its threads until then. Memory is read three seconds later; the most that it held before is PGlite's. A row is void where something else took more than ${mostElsewhere} of a core meanwhile.`,
        [
          "| start | ready | CPU until then | resident | at the most | cores busy with other things |",
          "| --- | ---: | ---: | ---: | ---: | ---: |",
          line("an empty directory", taken.fresh),
          line("an existing directory", taken.existing),
          line("`memory:`", taken.memory),
          line("`npm start`, an existing directory", taken.npm),
        ].join("\n"),
      ].join("\n\n"),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const starter =
  (quietMs: number) =>
  async (command: readonly string[], database: string): Promise<Start> => {
    const [file = "", ...args] = command;
    const before = machine();
    const began = performance.now();
    const spawned = spawnPinned(file, args, {
      core: null,
      env: { DATABASE_URL: database, PORT: String(await freePort()), LOG_FORMAT: "json" },
    });
    try {
      await spawned.says(/"Ready after \d+ ms\."/, 60_000);
      const readyMs = performance.now() - began;
      const after = machine();
      const cpu = cpuOfTree(spawned.pid);
      const pid = file === "npm" ? gatewayOf(spawned) : spawned.pid;
      const elsewhere = Math.max(0, (after - before) / 100 - cpu) / (readyMs / 1000);
      await new Promise((resolve) => setTimeout(resolve, quietMs));
      const [residentMb, peakMb] = [residentBytes(pid) / 2 ** 20, peakResidentBytes(pid) / 2 ** 20];
      return { readyMs, cpu, residentMb, peakMb, elsewhere };
    } finally {
      await spawned.dispose();
    }
  };

/** npm starts a shell, and that the gateway: its log says which process it is. */
function gatewayOf(spawned: Spawned): number {
  const pid = /"pid":(\d+)/.exec(spawned.output())?.[1];
  return pid === undefined ? spawned.pid : Number(pid);
}

/** Ticks in which any core was busy. */
function machine(): number {
  return cpus().reduce((sum, _, core) => sum + coreTimes(core).busy, 0);
}

function unless(starts: readonly Start[], judged: Row): Row {
  const elsewhere = median(starts.map((one) => one.elsewhere));
  if (elsewhere <= mostElsewhere || judged.verdict === "pass") return judged;
  return {
    ...judged,
    verdict: "void",
    measured: `${judged.measured}; ${digits(elsewhere)} cores were busy with other things`,
  };
}

function line(name: string, starts: readonly Start[]): string {
  const of = (pick: (start: Start) => number) => digits(median(starts.map(pick)));
  return `| ${name} | ${of(({ readyMs }) => readyMs / 1000)} s | ${of(({ cpu }) => cpu)} s | ${of(({ residentMb }) => residentMb)} MB | ${of(({ peakMb }) => peakMb)} MB | ${of(({ elsewhere }) => elsewhere)} |`;
}

export const part: Part = { name: "start", title: "P7 Start", measure };
