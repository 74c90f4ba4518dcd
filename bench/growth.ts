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
import { measurePolls, measureTrims, median, type PollCost, writing } from "./support/polls.ts";
import { type Probe, prepareProbes } from "./support/probes.ts";
import { seed } from "./support/seed.ts";

const runs = 25;
const warmUps = 5;
const pollRounds = 50;
const trimRounds = 3;

interface Measured {
  readonly followed: number;
  readonly bytes: number;
  /** Milliseconds, the median, by what was asked. */
  readonly times: ReadonlyMap<string, number>;
  readonly plans: ReadonlyMap<string, string>;
  readonly quiet: PollCost;
  readonly news: PollCost;
  /** Milliseconds for a batch. */
  readonly trimMs: number;
  readonly memory: ReadonlyMap<string, number>;
}

/** Whose plans are written down: one of each shape. */
const shown = [
  "operations, no filter, deep",
  "operations, kinds: a rare one",
  "operations, tags: on half of all",
  "operations, tags: two, the one common, the other rare",
  "operations, kinds + states: both common",
  "operations, providers + states: both common",
  "operations, states + tags: both common",
  "totalCount, no filter",
  "how long until something is due",
  "the open purchase of a transaction",
  "items elsewhere",
  "resuming: the tenant, a page from the middle",
  "resuming: 500 operations",
  "resuming: 500 operations with 100 changes each",
  "RESET: the tenant, a page from the middle",
  "RESET: a log of superseded changes, a page from its beginning",
];

interface Subject {
  readonly followed: number;
  readonly bytes: number;
  readonly url: string;
  readonly store: Store;
  dispose(): Promise<void>;
}

async function prepare(followed: number): Promise<Subject> {
  const { url, dispose } = await createDatabase(`growth_${followed}`);
  try {
    const at = new Date();
    await (await openPostgres(url)).dispose();
    await seed(url, { followed, at }, (text) => say(`${followed}: ${text}`));
    const [size] = await ask(url, "select pg_database_size(current_database())::float8 as bytes");
    // A minute after the moment of the data: every check is due.
    const start = performance.now();
    const store = await openPostgres(url, () => at.getTime() + 60_000 + Math.round(performance.now() - start));
    return {
      followed,
      bytes: Number(size?.bytes),
      url,
      store,
      async dispose() {
        await store.dispose();
        await dispose();
      },
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** The sizes take turns, call by call: what else the machine does meanwhile slows all of them alike. */
async function measure(subjects: readonly Subject[]): Promise<Measured[]> {
  const all = await Promise.all(
    subjects.map(async (subject) => ({
      subject,
      probes: await prepareProbes(subject.store),
      times: new Map<string, number>(),
    })),
  );
  for (const [index, { name }] of (all[0]?.probes ?? []).entries()) {
    const taken = all.map((): number[] => []);
    for (let count = 0; count < warmUps + runs; count += 1) {
      for (const [which, { subject, probes }] of all.entries()) {
        const began = performance.now();
        await probes[index]?.run(subject.store);
        if (count >= warmUps) taken[which]?.push(performance.now() - began);
      }
    }
    for (const [which, { times }] of all.entries()) times.set(name, median(taken[which] ?? []));
  }
  const measured: Measured[] = [];
  for (const { subject, probes, times } of all) {
    const { followed, bytes, url, store } = subject;
    say(`${followed}: plans, polls, memory`);
    const plans = await plansOf(store, url, probes);
    await measurePolls(store, warmUps, false);
    const quiet = await measurePolls(store, pollRounds, false);
    const news = await measurePolls(store, pollRounds, true);
    const trimMs = await measureTrims(store, trimRounds);
    measured.push({ followed, bytes, times, plans, quiet, news, trimMs, memory: await memoryOfGateway(url) });
  }
  return measured;
}

async function plansOf(store: Store, url: string, probes: readonly Probe[]): Promise<Map<string, string>> {
  const plans = new Map<string, string>();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const asked = probes.filter(({ name }) => shown.includes(name));
    const show = async (name: string, run: Probe["run"]) => {
      const texts: string[] = [];
      for (const statement of await statementsOf(() => run(store))) texts.push(await planText(client, statement));
      plans.set(name, texts.join("\n\n"));
    };
    for (const { name, before, run, after } of writing) {
      await before?.(store);
      await show(name, run);
      await after?.(store);
    }
    for (const { name, run } of asked) await show(name, run);
  } finally {
    await client.end();
  }
  if (plans.size !== shown.length + writing.length)
    throw new Error("Some of the plans to be shown are of no question that is asked.");
  return plans;
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
    row("trimming a batch of 500 rows", ms, ({ trimMs }) => trimMs),
    row("log written by a poll that finds nothing new", bytes, ({ quiet }) => quiet.wal),
    row("of it, besides images of whole pages and what they hold", bytes, ({ quiet }) => quiet.walBesidesImages),
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
    `Measured on ${new Date().toISOString().slice(0, 10)} on ${machine}; the database on the same machine. Each time is the median of ${runs} calls, warm, through the store's own functions; a page is of 50, deep pages begin behind half of all. The sizes took turns, call by call. Where ten thousand hold less than a page or less than 10,000 to count, a million have more to give.`,
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
const subjects: Subject[] = [];
let text: string;
try {
  for (const size of sizes.length > 0 ? sizes : [10_000, 1_000_000]) subjects.push(await prepare(size));
  text = await report(await measure(subjects));
} finally {
  for (const subject of subjects) await subject.dispose();
}
process.stdout.write(`${text}\n`);
// Other sizes are for trying: what is published is what the page speaks of.
if (sizes.length === 0) await publish(text);
