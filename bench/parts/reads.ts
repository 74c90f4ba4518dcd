/**
 * P1: reads over HTTP. All contenders run side by side on one core and are asked in turn, a burst each, so that what the
 * machine does meanwhile meets all alike. What counts is answers a second of the server's own CPU: what a core of its own
 * would give, whoever else is on it.
 */
import type { Measured, Part, PartOptions, Row } from "../part.ts";
import { type Contender, startOurs, startPeer } from "../reads/contenders.ts";
import { cursorOf, documents, idOf, operations, pageSize } from "../reads/documents.ts";
import type { Order, Sent } from "../reads/load-process.ts";
import { type Spawned, spawnScript } from "../support/pinned.ts";
import { type Bar, digits, inTurn, median, ratios, row } from "../support/statistics.ts";

const connections = 64;
/** Until what changed has reached whoever keeps up with it: the gateway reads its log ten times a second while it is asked. */
const settleMs = 500;

interface Work {
  readonly name: string;
  /** The bodies of one burst. */
  bodies(): readonly string[];
  /** Whether all operations change before each burst, which then asks for each of them once. */
  readonly changing: boolean;
  /** Bursts of a run: those that change are as short as there are operations. */
  readonly bursts: number;
}

const body = (query: string, variables: Readonly<Record<string, unknown>>) => JSON.stringify({ query, variables });
const one = (n: number) => body(documents.one, { id: idOf(n) });
const page = (n: number) => body(documents.page, { first: pageSize, after: n === 0 ? null : cursorOf(n - 1) });
const named = (some: readonly number[]) => body(documents.named, { ids: some.map(idOf) });
const pages = (all: readonly number[]) =>
  Array.from({ length: operations / pageSize }, (_, n) => all.slice(n * pageSize, (n + 1) * pageSize));

function shuffled(length: number): number[] {
  const all = Array.from({ length }, (_, n) => n);
  for (let n = length - 1; n > 0; n -= 1) {
    const other = Math.floor(Math.random() * (n + 1));
    [all[n], all[other]] = [all[other] ?? 0, all[n] ?? 0];
  }
  return all;
}

const repeated: readonly Work[] = [
  { name: "one operation by id", bodies: () => [one(4_321)], changing: false, bursts: 1 },
  { name: "a page of 100", bodies: () => [page(4_200)], changing: false, bursts: 1 },
];
const changing: readonly Work[] = [
  { name: "one operation by id", bodies: () => shuffled(operations).map(one), changing: true, bursts: 1 },
  {
    name: "a page of 100",
    bodies: () => shuffled(operations / pageSize).map((n) => page(n * pageSize)),
    changing: true,
    bursts: 4,
  },
  { name: "100 by their ids", bodies: () => pages(shuffled(operations)).map(named), changing: true, bursts: 4 },
];

async function burst(
  load: Spawned,
  { port, headers, cpu, name }: Contender,
  order: Pick<Order, "bodies" | "count" | "seconds">,
) {
  const sent = load.message<Sent>(120_000);
  const before = cpu();
  load.process.send({ ...order, port, headers, connections } satisfies Order);
  const { answers, refused, sample, ms, cpuMs } = await sent;
  if (refused > 0) throw new Error(`${name} refused ${refused} of ${answers} requests: ${sample.slice(0, 300)}`);
  return { answers, cpu: cpu() - before, ms, load: cpuMs / ms };
}

/** Answers a second of the server's CPU. */
async function rate(load: Spawned, contender: Contender, work: Work, seconds: number): Promise<number> {
  let [answers, cpu] = [0, 0];
  for (let n = 0; n < work.bursts; n += 1) {
    if (work.changing) {
      await contender.change?.();
      await new Promise((resolve) => setTimeout(resolve, settleMs));
    }
    const bodies = work.bodies();
    const done = await burst(load, contender, { bodies, count: work.changing ? bodies.length : null, seconds });
    answers += done.answers;
    cpu += done.cpu;
  }
  return answers / cpu;
}

type Rates = ReadonlyMap<string, readonly number[]>;

async function compare(
  load: Spawned,
  contenders: readonly Contender[],
  work: Work,
  { runs, short, tell }: PartOptions,
): Promise<Rates> {
  const taken = await inTurn(
    runs,
    Object.fromEntries(contenders.map((one) => [one.name, () => rate(load, one, work, short ? 0.3 : 1)])),
    short ? 1 : 2,
  );
  const rates = new Map(Object.entries(taken));
  for (const [name, values] of rates) tell(`  ${work.name}, ${name}: ${digits(median(values))} a CPU second`);
  return rates;
}

/** Of each run, beside the peer that was the fastest over all. */
function against(rates: Rates, ours: string, peers: readonly string[]): number[] {
  const speeds = peers.map((name) => rates.get(name) ?? []);
  const fastest = speeds.toSorted((a, b) => median(b) - median(a))[0] ?? [];
  return ratios(rates.get(ours) ?? [], fastest);
}

function listed(title: string, all: ReadonlyArray<readonly [Work, Rates]>): string {
  const names = [...(all[0]?.[1].keys() ?? [])];
  const head = `| ${title} | ${names.join(" | ")} |\n|---|${names.map(() => "---:|").join("")}`;
  const lines = all.map(
    ([{ name }, rates]) => `| ${name} | ${names.map((one) => digits(median(rates.get(one) ?? []))).join(" | ")} |`,
  );
  return `${head}\n${lines.join("\n")}`;
}

const atLeast = (value: number): Bar => ({ atLeast: value });

async function measure(options: PartOptions): Promise<Measured> {
  const started: Array<{ dispose(): Promise<void> }> = [];
  const start = async <T extends { dispose(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const one = await starting;
    started.push(one);
    return one;
  };
  try {
    const load = await start(Promise.resolve(spawnScript(new URL("../reads/load-process.ts", import.meta.url))));
    await load.message();
    const embedded = await start(startOurs("embedded"));
    const postgres = await start(startOurs("postgres"));
    const peers = [
      await start(startPeer("apollo")),
      await start(startPeer("yoga")),
      await start(startPeer("mercurius")),
    ];
    const names = peers.map(({ name }) => name);
    const rows: Row[] = [];
    const still: Array<readonly [Work, Rates]> = [];
    for (const work of repeated) {
      const rates = await compare(load, [embedded, postgres, ...peers], work, options);
      still.push([work, rates]);
      rows.push(row(`P1a ${work.name}, beside the fastest peer`, against(rates, embedded.name, names), atLeast(1)));
      rows.push(
        row(
          `P1a ${work.name}, on PostgreSQL, beside the fastest peer`,
          against(rates, postgres.name, names),
          atLeast(1),
        ),
      );
    }
    const moved: Array<readonly [Work, Rates]> = [];
    for (const work of changing) {
      const rates = await compare(load, [postgres, ...peers], work, options);
      moved.push([work, rates]);
      const isOne = work === changing[0];
      rows.push(
        row(
          `P1b ${work.name}, beside stock Apollo`,
          against(rates, postgres.name, ["apollo"]),
          atLeast(isOne ? 2 : 3.5),
        ),
        row(
          `P1b ${work.name}, beside the fastest peer`,
          against(rates, postgres.name, names),
          atLeast(isOne ? 0.35 : 0.7),
        ),
      );
    }
    return { rows, details: details(still, moved) };
  } finally {
    for (const one of started.toReversed()) await one.dispose();
  }
}

function details(still: ReadonlyArray<readonly [Work, Rates]>, moved: ReadonlyArray<readonly [Work, Rates]>): string {
  return `Answers a second of the server's own CPU, over ${connections} connections. The gateway has authentication by
tokens, all limits, and its store; the peers resolve plain objects in memory and judge nobody.

${listed("nothing changed", still)}

Where everything changes between two reads, all ${operations.toLocaleString("en")} operations get a new revision in the database, by another
connection; the gateway, which reads its log ten times a second while it is asked, is given ${settleMs} ms; then each is read
once, in no order. The peers' objects are made anew. What learning of the changes costs is not in these figures, as the
making of the objects is not.

${listed("each changed since it was read", moved)}`;
}

export const part: Part = { name: "reads", title: "P1: reads over HTTP", measure };
