/** What is asked for on the command line. Pure. */
import { parseArgs } from "node:util";

/** In the order in which they run and are shown. */
export const partNames = ["reads", "aggregation", "fan-out", "spread", "idle", "polling", "start", "economy"] as const;

export interface Flags {
  readonly parts: readonly string[];
  readonly runs: number;
  readonly short: boolean;
  /** Whether results are kept, and docs/performance.md is composed of them anew. */
  readonly write: boolean;
}

export const usage = `Usage: npm run bench -- [parts…] [--runs <number>] [--short] [--write]
  parts    some of ${partNames.join(", ")}; all, unless named. All of them write docs/performance.md
  --runs   measured runs of each, after a warm-up; 5 unless given
  --short  see everything work, in about a second each: nothing is judged or written
  --write  put the named parts' rows in the place of those that docs/performance.md has`;

/** The flags, or a sentence of what is wrong with them. */
export function readFlags(args: readonly string[]): Flags | string {
  const { values, positionals: parts } = parseArgs({ args: [...args], options, allowPositionals: true, strict: false });
  const unknown = Object.keys(values).find((name) => !Object.hasOwn(options, name));
  if (unknown !== undefined) return `--${unknown}: there is no such flag. Expected --runs, --short or --write.`;
  const part = parts.find((name) => !partNames.some((known) => known === name));
  if (part !== undefined) return `${part}: there is no such part. Expected some of ${partNames.join(", ")}.`;
  const given = values.runs ?? "5";
  const runs = Number(given);
  if (!Number.isInteger(runs) || runs < 1 || runs > 100 || given === true) {
    return `--runs: expected a number from 1 to 100; got ${given === true ? "none" : given}.`;
  }
  const [short, write] = [values.short === true, values.write === true];
  if (short && write) return "--write: expected measured figures; those of --short say nothing.";
  if (short) return { parts: inOrder(parts), runs: 1, short, write: false };
  if (write && runs < leastRuns) {
    return `--write: expected at least ${leastRuns} runs, so that a median means something; got ${runs}.`;
  }
  return { parts: inOrder(parts), runs, short, write: write || (parts.length === 0 && runs >= leastRuns) };
}

const leastRuns = 5;

const options = {
  runs: { type: "string" },
  short: { type: "boolean" },
  write: { type: "boolean" },
} as const;

function inOrder(parts: readonly string[]): string[] {
  return partNames.filter((name) => parts.length === 0 || parts.includes(name));
}
