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
  /** Files of settle times, for the part economy instead of its own. */
  readonly distributions: readonly string[];
}

export const usage = `Usage: npm run bench -- [parts…] [--runs <number>] [--short] [--write]
       npm run bench -- economy --distribution <file.json> [--distribution …]
  parts    some of ${partNames.join(", ")}; all, unless named. All of them write docs/performance.md
  --runs   measured runs of each, after a warm-up; 5 unless given
  --short  see everything work, in about a second each: nothing is judged or written
  --write  put the named parts' rows in the place of those that docs/performance.md has
  --distribution  a JSON list of at least 20 settle times in seconds, or of quantiles at even distances: economy prints its
           rows for that distribution, and writes nothing`;

/** The flags, or a sentence of what is wrong with them. */
export function readFlags(args: readonly string[]): Flags | string {
  const { values, positionals: parts } = parseArgs({ args: [...args], options, allowPositionals: true, strict: false });
  const unknown = Object.keys(values).find((name) => !Object.hasOwn(options, name));
  if (unknown !== undefined)
    return `--${unknown}: there is no such flag. Expected --runs, --short, --write or --distribution.`;
  const part = parts.find((name) => !partNames.some((known) => known === name));
  if (part !== undefined) return `${part}: there is no such part. Expected some of ${partNames.join(", ")}.`;
  const given = values.runs ?? "5";
  const runs = Number(given);
  if (!Number.isInteger(runs) || runs < 1 || runs > 100 || given === true) {
    return `--runs: expected a number from 1 to 100; got ${given === true ? "none" : given}.`;
  }
  const [short, write] = [values.short === true, values.write === true];
  const distributions = values.distribution ?? [];
  if (distributions.length > 0) return ofOwn({ parts, runs, short, write, distributions });
  if (short && write) return "--write: expected measured figures; those of --short say nothing.";
  if (short) return { parts: inOrder(parts), runs: 1, short, write: false, distributions: [] };
  if (write && runs < leastRuns) {
    return `--write: expected at least ${leastRuns} runs, so that a median means something; got ${runs}.`;
  }
  const whole = parts.length === 0 && runs >= leastRuns;
  return { parts: inOrder(parts), runs, short, write: write || whole, distributions: [] };
}

function ofOwn(
  flags: Omit<Flags, "distributions"> & { distributions: ReadonlyArray<string | boolean> },
): Flags | string {
  const files = flags.distributions.filter((file): file is string => typeof file === "string" && file !== "");
  if (files.length < flags.distributions.length) return "--distribution: expected a file; got none.";
  if (flags.write) return "--distribution: expected no --write; docs/performance.md has the bench's own distributions.";
  const other = flags.parts.find((name) => name !== "economy");
  if (other !== undefined) return `--distribution: expected the part economy alone; got ${other}.`;
  return { ...flags, parts: ["economy"], distributions: files };
}

const leastRuns = 5;

const options = {
  runs: { type: "string" },
  short: { type: "boolean" },
  write: { type: "boolean" },
  distribution: { type: "string", multiple: true },
} as const;

function inOrder(parts: readonly string[]): string[] {
  return partNames.filter((name) => parts.length === 0 || parts.includes(name));
}
