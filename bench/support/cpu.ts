/** What processes have used, from /proc. Differences of two readings are what counts; a tick is 10 ms, so measure a second or more. */
import { readdirSync, readFileSync } from "node:fs";

const ticksPerSecond = 100;

/** Seconds that this process has used, without its children; NaN once it is gone. */
export function cpuOf(pid: number): number {
  const stat = statOf(pid);
  return stat === null ? Number.NaN : (stat.user + stat.system) / ticksPerSecond;
}

/** With all that descend from it, living or waited for. */
export function cpuOfTree(pid: number): number {
  const all = allStats();
  const ticks = (one: Stat): number =>
    one.user +
    one.system +
    one.reaped +
    all.filter(({ parent }) => parent === one.pid).reduce((sum, child) => sum + ticks(child), 0);
  const own = all.find((one) => one.pid === pid);
  return own === undefined ? Number.NaN : ticks(own) / ticksPerSecond;
}

/** Bytes of memory that it holds at the moment. */
export function residentBytes(pid: number): number {
  return kilobytes(pid, "VmRSS") * 1024;
}

/** The most that it has held. */
export function peakResidentBytes(pid: number): number {
  return kilobytes(pid, "VmHWM") * 1024;
}

export interface CoreTimes {
  readonly busy: number;
  readonly total: number;
}

/** Ticks of a core since the machine started. */
export function coreTimes(core: number): CoreTimes {
  const line = readFileSync("/proc/stat", "utf8")
    .split("\n")
    .find((one) => one.startsWith(`cpu${core} `));
  if (!line) throw new Error(`Expected a line of core ${core} in /proc/stat.`);
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  const total = ticks.reduce((sum, value) => sum + value, 0);
  return { busy: total - (ticks[3] ?? 0) - (ticks[4] ?? 0), total };
}

/** The part of the time between two readings in which the core worked, 0 to 1. Above 0.95 the core is what is measured. */
export function busyShare(before: CoreTimes, after: CoreTimes): number {
  return (after.busy - before.busy) / Math.max(1, after.total - before.total);
}

interface Stat {
  readonly pid: number;
  readonly name: string;
  readonly parent: number;
  readonly user: number;
  readonly system: number;
  /** Of children that it has waited for. */
  readonly reaped: number;
}

function statOf(pid: number): Stat | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch (error) {
    if (process.platform !== "linux")
      throw new Error("CPU is read from /proc, which only Linux has.", { cause: error });
    return null;
  }
  // The name is in parentheses, and may hold any character.
  const end = text.lastIndexOf(")");
  const fields = text.slice(end + 2).split(" ");
  const number = (index: number) => Number(fields[index]);
  return {
    pid,
    name: text.slice(text.indexOf("(") + 1, end),
    parent: number(1),
    user: number(11),
    system: number(12),
    reaped: number(13) + number(14),
  };
}

function allStats(): Stat[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((stat) => stat !== null);
}

function kilobytes(pid: number, name: string): number {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  if (!found) throw new Error(`Expected ${name} in /proc/${pid}/status.`);
  return Number(found[1]);
}
