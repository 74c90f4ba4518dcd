/** What a run is asked for on the command line: its seed, its size, its parts. */
import { parseArgs } from "node:util";
import { subjects } from "./wire/subjects.ts";

export const parts = [...subjects.map(({ id }) => id), "store", "http", "websocket"] as const;

export interface FuzzOptions {
  readonly seed: number;
  /** How many bodies at each provider's wire, requests at the HTTP door, sequences at the WebSocket's, and lives of operations. */
  readonly runs: { readonly wire: number; readonly http: number; readonly websocket: number; readonly store: number };
  readonly parts: readonly string[];
}

/** How much of a run at one provider's wire each of the others is. An operation lives through some four answers. */
const shares = { http: 5, websocket: 5, store: 80 } as const;
const usualRuns = 100_000;

export const usage = `npm run fuzz -- [--seed N] [--runs N] [--only PART]

--seed N      what is thrown; random unless given, and printed by each run
--runs N      so many bodies at each provider's wire (${usualRuns}); a fifth as many requests, and as many sequences of frames
--only PART   one part alone: ${parts.join(", ")}`;

/** Throws a sentence where a flag can't be read. */
export function readOptions(argv: readonly string[]): FuzzOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: { seed: { type: "string" }, runs: { type: "string" }, only: { type: "string" } },
  });
  const count = (name: "seed" | "runs", usual: number): number => {
    const text = values[name];
    if (text === undefined) return usual;
    if (/^\d{1,9}$/.test(text) && (name === "seed" || Number(text) > 0)) return Number(text);
    throw new RangeError(`--${name}: expected a whole number above 0; got "${text}".`);
  };
  const { only } = values;
  if (only !== undefined && !parts.includes(only)) {
    throw new RangeError(`--only: expected one of ${parts.join(", ")}; got "${only}".`);
  }
  const wire = count("runs", usualRuns);
  const share = (name: keyof typeof shares) => Math.ceil(wire / shares[name]);
  return {
    seed: count("seed", Math.floor(Math.random() * 1_000_000)),
    runs: { wire, http: share("http"), websocket: share("websocket"), store: share("store") },
    parts: only === undefined ? parts : [only],
  };
}
