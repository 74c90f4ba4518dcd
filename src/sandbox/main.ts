/**
 * The sandbox as a program: every provider's, in one process, for gateways to share. What it prints on standard output is
 * an environment file.
 */
import { systemClock } from "../clock.ts";
import { own } from "../config/own.ts";
import { programs } from "../config/programs.ts";
import { createReader } from "../config/variable.ts";
import { providers } from "../datasources/index.ts";
import { endWhenTold, sandboxLimitMs, tellParent } from "../lifecycle.ts";
import { environmentOf, type RunningSandboxes, startSandboxes } from "./all.ts";

const reader = createReader(process.env);
const host = reader.read(programs.sandboxHost);
const firstPort = reader.read(programs.sandboxPort);
const speed = reader.read(own.sandboxSpeed);
if (host === null || firstPort === null || speed === null) end(reader.complaints);

const say = (sentence: string) => process.stderr.write(`${sentence}\n`);
let running: RunningSandboxes;
try {
  const log = { info: () => {}, error: (_details: object, message: string) => say(message) };
  running = await startSandboxes(providers, { host, firstPort, speed, clock: systemClock, random: Math.random, log });
} catch (error) {
  end([error instanceof Error ? error.message : String(error)]);
}

const origins = new Map(running.sandboxes.map(({ id, origin }) => [id, origin]));
const env = environmentOf(providers, ({ id }) => origins.get(id));
process.stdout.write("# Every provider's sandbox listens. A gateway with this environment asks them:\n");
for (const [name, value] of Object.entries(env)) process.stdout.write(`${name}=${value}\n`);

endWhenTold({
  dispose: () => running.dispose(),
  withinMs: sandboxLimitMs,
  env: process.env,
  info: say,
  fail: (_error, sentence) => say(sentence),
});
tellParent({ type: "ready", env });

function end(sentences: readonly string[]): never {
  for (const sentence of sentences) process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
