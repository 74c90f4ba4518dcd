/**
 * Shows that nothing grows with the number of operations: seeds a PostgreSQL with 10 thousand and with a million followed
 * ones, asks each what the gateway asks its store, and writes docs/growth.md. Usage: npm run bench:growth [-- sizes…]
 */
import { readFile, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import pg from "pg";
import type { Store } from "../src/store/store.ts";
import { ask, createDatabase, openPostgres } from "./support/database.ts";
import { memoryOfGateway } from "./support/memory.ts";
import { planText, statementsOf } from "./support/plans.ts";
import { measurePolls, median, type PollCost } from "./support/polls.ts";
import { prepareProbes } from "./support/probes.ts";
import { seed } from "./support/seed.ts";

const runs = 25;
const warmUps = 5;
const pollRounds = 50;

interface Measured {
  readonly followed: number;
  readonly seedSeconds: number;
  readonly bytes: number;
  /** Milliseconds, the median, by what was asked. */
  readonly times: ReadonlyMap<string, number>;
  readonly plans: ReadonlyMap<string, string>;
  readonly quiet: PollCost;
  readonly news: PollCost;
  readonly memory: ReadonlyMap<string, number>;
}

/** Whose plans are written down: one of each shape. */
const shown = [
  "operations, no filter, deep",
  "operations, kinds: a rare one",
  "operations, tags: on half of all",
  "operations, tags: two, the one common, the other rare",
  "operations, states + tags: both common",
  "totalCount, no filter",
  "how long until something is due",
  "the open purchase of a transaction",
  "items elsewhere",
  "resuming: the tenant, a page from the middle",
  "resuming: 500 operations",
];

async function measure(followed: number): Promise<Measured> {
  const database = await createDatabase(`growth_${followed}`);
  try {
    const at = new Date();
    const began = performance.now();
    await (await openPostgres(database.url)).dispose();
    await seed(database.url, { followed, at }, (text) => say(`${followed}: ${text}`));
    const seedSeconds = (performance.now() - began) / 1000;
    const [size] = await ask(database.url, "select pg_database_size(current_database())::float8 as bytes");

    // A minute after the moment of the data: every check is due.
    const start = performance.now();
    const store = await openPostgres(database.url, () => at.getTime() + 60_000 + Math.round(performance.now() - start));
    try {
      const { times, plans } = await askEverything(store, database.url);
      say(`${followed}: polls`);
      const quiet = await measurePolls(store, pollRounds, false);
      const news = await measurePolls(store, pollRounds, true);
      say(`${followed}: memory`);
      const memory = await memoryOfGateway(database.url);
      return { followed, seedSeconds, bytes: Number(size?.bytes), times, plans, quiet, news, memory };
    } finally {
      await store.dispose();
    }
  } finally {
    await database.dispose();
  }
}

async function askEverything(store: Store, url: string): Promise<Pick<Measured, "times" | "plans">> {
  const times = new Map<string, number>();
  const plans = new Map<string, string>();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const { name, run } of await prepareProbes(store)) {
      const taken: number[] = [];
      for (let count = 0; count < warmUps + runs; count += 1) {
        const began = performance.now();
        await run(store);
        taken.push(performance.now() - began);
      }
      times.set(name, median(taken.slice(warmUps)));
      if (!shown.includes(name)) continue;
      const statements = await statementsOf(() => run(store));
      const texts: string[] = [];
      for (const statement of statements) texts.push(await planText(client, statement));
      plans.set(name, texts.join("\n\n"));
    }
  } finally {
    await client.end();
  }
  return { times, plans };
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function table(all: readonly Measured[]): string {
  const [small, large] = [all[0], all.at(-1)];
  if (!small || !large) throw new Error("Nothing was measured.");
  const head = ["", ...all.map(({ followed }) => followed.toLocaleString("en")), "ratio"];
  const row = (name: string, unit: (value: number) => string, of: (one: Measured) => number) =>
    [name, ...all.map((one) => unit(of(one))), (of(large) / of(small)).toFixed(1)].join(" | ");
  const ms = (value: number) => `${value.toFixed(2)} ms`;
  const bytes = (value: number) => `${Math.round(value).toLocaleString("en")} B`;
  const mb = (value: number) => `${Math.round(value)} MB`;
  return [
    head.join(" | "),
    head.map((_, index) => (index === 0 ? "---" : "---:")).join(" | "),
    ...[...small.times.keys()].map((name) => row(name, ms, ({ times }) => times.get(name) ?? Number.NaN)),
    row("claiming 20", ms, ({ quiet }) => quiet.claimMs),
    row("recording an answer that says nothing new", ms, ({ quiet }) => quiet.recordMs),
    row("recording a change", ms, ({ news }) => news.recordMs),
    row("log written by a poll that finds nothing new", bytes, ({ quiet }) => quiet.wal),
    row(
      "images of whole pages in it",
      (count) => count.toFixed(1),
      ({ quiet }) => quiet.images,
    ),
    row("log written by a poll that finds a change", bytes, ({ news }) => news.wal),
    ...[...small.memory.keys()].map((name) => row(name, mb, ({ memory }) => memory.get(name) ?? Number.NaN)),
    row("the database itself", mb, (one) => one.bytes / 2 ** 20),
  ]
    .map((line) => `| ${line} |`)
    .join("\n");
}

async function report(all: readonly Measured[]): Promise<string> {
  const large = all.at(-1);
  if (!large) throw new Error("Nothing was measured.");
  const [version] = await ask(
    process.env.DATABASE_URL ?? "postgres://postgres@127.0.0.1:5432/postgres",
    "select current_setting('server_version') as server, current_setting('shared_buffers') as buffers",
  );
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB of memory, Node ${process.versions.node}, PostgreSQL ${version?.server} with shared_buffers = ${version?.buffers}`;
  const plans = [...large.plans].map(([name, text]) => `### ${name}\n\n\`\`\`\n${text}\n\`\`\``).join("\n\n");
  return [
    `Measured on ${new Date().toISOString().slice(0, 10)} on ${machine}; the database on the same machine. Each time is the median of ${runs} calls, warm, through the store's own functions; a page is of 50, deep pages begin behind half of all.`,
    table(all),
    `## Plans at ${large.followed.toLocaleString("en")}`,
    plans,
  ].join("\n\n");
}

/** Only what is between the two marks is replaced: the words around it are written by hand. */
async function publish(text: string): Promise<void> {
  const file = new URL("../docs/growth.md", import.meta.url);
  const [begin, end] = ["<!-- measured: begin -->", "<!-- measured: end -->"];
  const page = await readFile(file, "utf8");
  const [before, rest] = [page.split(begin)[0], page.split(end)[1]];
  if (before === undefined || rest === undefined)
    throw new Error(`docs/growth.md has lost its marks, ${begin} and ${end}.`);
  await writeFile(file, `${before}${begin}\n${text}\n${end}${rest}`);
}

const sizes = process.argv.slice(2).map(Number);
if (!sizes.every((size) => Number.isInteger(size) && size >= 10_000)) {
  throw new Error(`Expected numbers of operations from 10000 on; got ${process.argv.slice(2).join(" ")}.`);
}
const all: Measured[] = [];
for (const size of sizes.length > 0 ? sizes : [10_000, 1_000_000]) all.push(await measure(size));
const text = await report(all);
process.stdout.write(`${text}\n`);
// Other sizes are for trying: what is published is what the page speaks of.
if (sizes.length === 0) await publish(text);
