/** `npm run chaos`: flags in, a table out; exit code 1 where any bar is broken. See docs/chaos.md. */
import { access } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { hasPostgresPrograms } from "../support/postgres-server.ts";
import { type ChaosOptions, readOptions, usage } from "./options.ts";
import { hasRedis } from "./redis.ts";
import { startChaos } from "./run.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const write = (line: string) => void process.stdout.write(`${line}\n`);
const fail = (line: string): never => {
  process.stderr.write(`${line}\n`);
  process.exit(2);
};

let options: ChaosOptions;
try {
  options = readOptions(process.argv.slice(2), root);
} catch (error) {
  options = fail(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
}
if (!hasPostgresPrograms())
  fail("Expected the programs of PostgreSQL, to kill a server of its own. Install PostgreSQL.");
if (!hasRedis()) fail("Expected redis-server on the PATH, to kill one of its own; there is none. Install Redis.");
await access(join(options.program, "main.js")).catch(() =>
  fail(`--program: expected a built program; ${options.program} has no main.js. Run npm run build.`),
);

write(
  `Chaos with seed ${options.seed}: ${options.operations} operations, ${options.subscribers} subscribers, ` +
    `${options.seconds} s of faults. The same plan again: --seed ${options.seed}`,
);
const started = performance.now();
const chaos = startChaos(options, (line) => write(`[${((performance.now() - started) / 1000).toFixed(1)} s] ${line}`));
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void chaos.dispose().finally(() => process.exit(2)));
}
const { broken, report } = await chaos.verdict;
write(`\n${report}\n`);
write(broken ? `BROKEN. The plan again: npm run chaos -- --seed ${options.seed}` : "Every bar holds.");
process.exit(broken ? 1 : 0);
