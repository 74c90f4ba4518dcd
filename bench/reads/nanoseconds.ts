/** A process's CPU as its scheduler counts it: bursts of some milliseconds are too short for the ticks of /proc/<pid>/stat. */
import { readdirSync, readFileSync } from "node:fs";

/** Seconds that its living threads have used. */
export function cpuSecondsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
    const [ran] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ");
    return sum + Number(ran) / 1e9;
  }, 0);
}
