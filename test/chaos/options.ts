/** What a run is asked for on the command line: its size, its time, its seed. */
import { parseArgs } from "node:util";

export interface ChaosOptions {
  readonly seed: number;
  /** How many operations there must be at the end, at the least. */
  readonly operations: number;
  readonly subscribers: number;
  /** How long the faults go on, in seconds. */
  readonly seconds: number;
  /** How long all may take to settle once the faults are over. */
  readonly settleSeconds: number;
  /** Whether what the provider does not know at all, for a minute, is waited for until it is given up. */
  readonly waitsForUnknown: boolean;
  /** Whether the gateways know of a Redis at all. */
  readonly redis: boolean;
  /** For each upstream, in all. */
  readonly ratePerSecond: number;
  readonly leaseSeconds: number;
  /** How many changes the time of delivery is measured on, with Redis and without. */
  readonly deliveries: number;
  /**
   * What may come after a Retry-After was sent, for it was under way, in ms; and whether the times of delivery have a bar. The
   * short form is a test, and a slow machine must not break it.
   */
  readonly graceMs: number;
  readonly timed: boolean;
  /** The built program. */
  readonly program: string;
  /** Where the nodes' output is kept; null keeps that of a broken run alone. */
  readonly keep: string | null;
}

const forms = {
  long: { operations: 2_000, subscribers: 200, seconds: 240, settleSeconds: 150, ratePerSecond: 20, deliveries: 60 },
  short: { operations: 300, subscribers: 40, seconds: 26, settleSeconds: 80, ratePerSecond: 10, deliveries: 12 },
} as const;

export const usage = `npm run chaos -- [--short] [--seed N] [--operations N] [--subscribers N] [--seconds N] [--rate N]
                 [--without-redis] [--program DIRECTORY] [--keep DIRECTORY]

--short            the form that CI runs: ${forms.short.operations} operations, ${forms.short.subscribers} subscribers, ${forms.short.seconds} s of faults
--seed N           the plan of faults; printed by each run
--operations N     at least so many operations (${forms.long.operations})
--subscribers N    so many subscribers at a time (${forms.long.subscribers})
--seconds N        so long the faults go on (${forms.long.seconds})
--rate N           requests a second that each upstream allows (${forms.long.ratePerSecond})
--without-redis    the gateways are told of none
--program DIR      the built program (dist)
--keep DIR         keep the nodes' output and the facts there`;

/** Throws a sentence where a flag can't be read. */
export function readOptions(argv: readonly string[], root: string): ChaosOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      short: { type: "boolean", default: false },
      "without-redis": { type: "boolean", default: false },
      seed: { type: "string" },
      operations: { type: "string" },
      subscribers: { type: "string" },
      seconds: { type: "string" },
      rate: { type: "string" },
      program: { type: "string" },
      keep: { type: "string" },
    },
  });
  const form = values.short ? forms.short : forms.long;
  const count = (name: "seed" | "operations" | "subscribers" | "seconds" | "rate", usual: number): number => {
    const text = values[name];
    if (text === undefined) return usual;
    if (/^\d{1,9}$/.test(text) && (name === "seed" || Number(text) > 0)) return Number(text);
    throw new RangeError(`--${name}: expected a whole number above 0; got "${text}".`);
  };
  return {
    seed: count("seed", Math.floor(Math.random() * 1_000_000)),
    operations: count("operations", form.operations),
    subscribers: count("subscribers", form.subscribers),
    seconds: count("seconds", form.seconds),
    settleSeconds: form.settleSeconds,
    waitsForUnknown: !values.short,
    redis: !values["without-redis"],
    ratePerSecond: count("rate", form.ratePerSecond),
    leaseSeconds: 6,
    deliveries: form.deliveries,
    graceMs: values.short ? 1_500 : 250,
    timed: !values.short,
    program: values.program ?? `${root}dist`,
    keep: values.keep ?? null,
  };
}
