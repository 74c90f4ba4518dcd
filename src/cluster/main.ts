/**
 * Several gateways on one machine, for trying what they share: one sandbox, N gateways, one PostgreSQL, and Redis where
 * there is one. It restarts nothing, and ends all that it started.
 */

import { own } from "../config/own.ts";
import { programs, shared } from "../config/programs.ts";
import { isNamed } from "../config/providers.ts";
import { createReader, textOf } from "../config/variable.ts";
import { providers } from "../datasources/index.ts";
import { endWhenTold, tellParent } from "../lifecycle.ts";
import { makeDatabase } from "./database.ts";
import { type Part, startPart } from "./part.ts";

const given = process.env;
const reader = createReader(given);
const nodes = reader.read(programs.nodes);
const firstPort = reader.read(programs.clusterPort);
const database = reader.read(shared.database);
const redisUrl = reader.read(shared.redisUrl);
const drainSeconds = reader.read(own.drainSeconds);
if (nodes === null || firstPort === null || database?.type !== "postgres" || drainSeconds === null) {
  end(reader.complaints);
}
if (reader.complaints.length > 0) end(reader.complaints);

const say = (sentence: string) => process.stdout.write(`cluster | ${sentence}\n`);
/** In the order of their start. */
const parts: Part[] = [];
let leaving = false;

endWhenTold({
  dispose: leave,
  // The gateways have a limit of their own, and the sandbox goes after them.
  withinMs: drainSeconds * 1000 + 8_000,
  env: given,
  info: say,
  fail: (_error, sentence) => say(sentence),
});

try {
  if (await makeDatabase(database.url)) say("The database was not there, and has been made.");
  say(
    redisUrl === null
      ? "REDIS_URL is not set: the gateways hear of each other's changes once a second, and divide the budgets."
      : "Redis carries announcements and budgets.",
  );
  const { env = {} } = await start("sandbox", new URL("../sandbox/main", import.meta.url), {}).ready;
  const names = Array.from({ length: nodes }, (_, index) => `node-${index + 1}`);
  const gateways = names.map((name, index) =>
    start(name, new URL("../main", import.meta.url), {
      ...sandboxed(env),
      DATABASE_URL: database.url,
      PORT: String(firstPort === 0 ? 0 : firstPort + index),
    }),
  );
  const ready = await Promise.all(gateways.map((gateway) => gateway.ready));
  for (const [index, { url }] of ready.entries()) say(`${names[index]}: ${url}/graphql`);
  say(`${nodes} gateways are ready.`);
  tellParent({ type: "ready" });
  for (const gateway of gateways) void gateway.ended.then((code) => leaving || noticeEnd(gateway, code));
  await Promise.all(gateways.map((gateway) => gateway.ended));
  if (!leaving) throw new Error("No gateway is left.");
} catch (error) {
  if (!leaving) {
    const sentence = error instanceof Error ? error.message : String(error);
    await leave().catch(() => {});
    end([sentence]);
  }
}

function start(name: string, program: URL, env: Readonly<Record<string, string>>): Part {
  // Built it is JavaScript; under a loader it is what this file is.
  program.pathname += import.meta.url.slice(import.meta.url.lastIndexOf("."));
  const format = process.stdout.isTTY && textOf(given, own.logFormat.name) === null ? { LOG_FORMAT: "pretty" } : {};
  const part = startPart({
    name,
    program,
    env: { ...given, ...format, ...env },
    out: process.stdout,
    err: process.stderr,
  });
  parts.push(part);
  return part;
}

/** What the sandbox offers, but for providers that are configured: those are asked themselves. */
function sandboxed(offered: Readonly<Record<string, string>>): Record<string, string> {
  const configured = providers.filter((definition) => isNamed(definition, given));
  const theirs = new Set(configured.flatMap((definition) => Object.keys(definition.settings.shape)));
  return Object.fromEntries(Object.entries(offered).filter(([name]) => !theirs.has(name)));
}

function noticeEnd({ name }: Part, code: number | null): void {
  say(`${name} has ended (${code === null ? "by a signal" : `exit code ${code}`}); the others go on.`);
}

/** The sandbox last: gateways that stop may still have calls under way. */
async function leave(): Promise<void> {
  leaving = true;
  const [sandbox, ...gateways] = parts;
  for (const gateway of gateways) gateway.signal("SIGTERM");
  const codes = await Promise.all(gateways.map(({ ended }) => ended));
  sandbox?.signal("SIGTERM");
  codes.push((await sandbox?.ended) ?? 0);
  if (codes.some((code) => code !== 0)) throw new Error("A part did not stop cleanly.");
}

function end(sentences: readonly string[]): never {
  for (const sentence of sentences) process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
