/**
 * Several gateways on one machine, for trying what they share: one sandbox, N gateways, one PostgreSQL, and Redis where
 * there is one. It restarts nothing, and ends all that it started.
 */

import { own } from "../config/own.ts";
import { programs, shared } from "../config/programs.ts";
import { isNamed } from "../config/providers.ts";
import { createReader, textOf } from "../config/variable.ts";
import { providers } from "../datasources/index.ts";
import { clusterLimitMs, endWhenTold, tellParent } from "../lifecycle.ts";
import { makeDatabase } from "./database.ts";
import type { Part } from "./part.ts";
import { createParts } from "./parts.ts";

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
const parts = createParts({ out: process.stdout, err: process.stderr });

endWhenTold({
  dispose: parts.leave,
  withinMs: clusterLimitMs(drainSeconds),
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
  const sandbox = start("sandbox", new URL("../sandbox/main", import.meta.url), {});
  const { env = {} } = await sandbox.ready;
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
  for (const part of [sandbox, ...gateways]) void part.ended.then((code) => parts.leaving || noticeEnd(part, code));
  await Promise.all(gateways.map((gateway) => gateway.ended));
  if (!parts.leaving) throw new Error("No gateway is left.");
} catch (error) {
  if (!parts.leaving) {
    const sentence = error instanceof Error ? error.message : String(error);
    await parts.leave().catch(() => {});
    end([sentence]);
  }
}

function start(name: string, program: URL, env: Readonly<Record<string, string>>): Part {
  // Built it is JavaScript; under a loader it is what this file is.
  program.pathname += import.meta.url.slice(import.meta.url.lastIndexOf("."));
  const format = process.stdout.isTTY && textOf(given, own.logFormat.name) === null ? { LOG_FORMAT: "pretty" } : {};
  return parts.start({ name, program, env: { ...given, ...format, ...env } });
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

function end(sentences: readonly string[]): never {
  for (const sentence of sentences) process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
