/** `npm run fuzz`: flags in, a table out; exit code 1 on any finding. See docs/fuzzing.md. */
import type { RunOptions } from "./batches.ts";
import { type Figures, report } from "./figures.ts";
import { fuzzHttp } from "./http/run.ts";
import { type FuzzOptions, readOptions, usage } from "./options.ts";
import { fuzzSockets } from "./socket/run.ts";
import { fuzzWire } from "./wire/run.ts";
import { fuzzStore } from "./wire/store.ts";
import { subjects } from "./wire/subjects.ts";

const write = (line: string) => void process.stdout.write(`${line}\n`);
const fail = (line: string, code: number): never => {
  process.stderr.write(`${line}\n`);
  process.exit(code);
};

let options: FuzzOptions;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  options = fail(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`, 2);
}
const { gc: collect } = globalThis;
if (!collect) fail("Expected to measure the heap, and can't force a collection. Run it by npm run fuzz.", 2);

const { seed, runs } = options;
const again = `npm run fuzz -- --seed ${seed} --runs ${runs.wire}`;
// Half a million failures are made on purpose, and each would cost as much as its stack is deep.
Error.stackTraceLimit = 0;
for (const event of ["uncaughtException", "unhandledRejection"] as const) {
  process.once(event, (error) => fail(`FOUND ${event}: ${String(error)}\nThe same again: ${again}`, 1));
}

const run = (part: string): Promise<Figures> => {
  const of = (count: number): RunOptions => ({ seed, runs: count, limitMs: 1_000, collect: () => void collect?.() });
  switch (part) {
    case "store":
      return fuzzStore(of(runs.store));
    case "http":
      return fuzzHttp(of(runs.http));
    case "websocket":
      return fuzzSockets(of(runs.websocket));
    default: {
      const subject = subjects.find(({ id }) => id === part);
      if (!subject) throw new Error(`There is no part "${part}".`);
      return fuzzWire(subject, of(runs.wire));
    }
  }
};

write(`Fuzzing with seed ${seed}. The same again: ${again}`);
const all: Figures[] = [];
for (const part of options.parts) {
  const figures = await run(part);
  all.push(figures);
  write(
    `[${figures.seconds.toFixed(0)} s] ${figures.part}: ${figures.thrown} thrown, ${figures.findings.length} findings`,
  );
}
write(`\n${report(all)}\n`);
const found = all.reduce((sum, { findings }) => sum + findings.length, 0);
write(found > 0 ? `${found} FINDINGS. The same again: ${again}` : "Nothing was found.");
process.exit(found > 0 ? 1 : 0);
