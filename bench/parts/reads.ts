/**
 * P1: reads over HTTP. All contenders run side by side on one core and are asked in turn, a burst each, so that what the
 * machine does meanwhile meets all alike. What counts is answers a second, as long as the server had its core to itself and
 * used it; where it did not, the row is void, and says what came for each second of the server's own CPU.
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

interface Rate {
  /** Answers a second. */
  readonly wall: number;
  /** Answers a second of the server's CPU. */
  readonly cpu: number;
  /** The part of the time in which the server's process worked, 0 to 1. */
  readonly busy: number;
}

async function rate(load: Spawned, contender: Contender, work: Work, seconds: number): Promise<Rate> {
  let [answers, cpu, ms] = [0, 0, 0];
  for (let n = 0; n < work.bursts; n += 1) {
    if (work.changing) {
      await contender.change?.();
      await new Promise((resolve) => setTimeout(resolve, settleMs));
    }
    const bodies = work.bodies();
    const done = await burst(load, contender, { bodies, count: work.changing ? bodies.length : null, seconds });
    answers += done.answers;
    cpu += done.cpu;
    ms += done.ms;
  }
  return { wall: (answers / ms) * 1000, cpu: answers / cpu, busy: (cpu / ms) * 1000 };
}

type Rates = ReadonlyMap<string, readonly Rate[]>;

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
  for (const [name, values] of rates) {
    const [wall, cpu, busy] = (["wall", "cpu", "busy"] as const).map((of) => median(values.map((one) => one[of])));
    tell(
      `  ${work.name}, ${name}: ${digits(wall ?? 0)}/s, ${digits(cpu ?? 0)} a CPU second, busy ${digits(busy ?? 0)}`,
    );
  }
  return rates;
}

/** Below this, something else than the server was what was measured. */
const leastBusy = 0.95;

/** Of each run, beside the peer that was the fastest over all. */
function against(rates: Rates, ours: string, peers: readonly string[], work: string, bar: Bar): Row {
  const speed = (name: string, of: keyof Rate) => (rates.get(name) ?? []).map((one) => one[of]);
  const busy = (name: string) => median(speed(name, "busy"));
  const fastest = (of: "wall" | "cpu") =>
    peers.toSorted((a, b) => median(speed(b, of)) - median(speed(a, of)))[0] ?? "";
  const idle = [ours, fastest("wall")].filter((name) => busy(name) < leastBusy);
  const beside = (of: "wall" | "cpu") => ratios(speed(ours, of), speed(fastest(of), of));
  if (idle.length === 0) return row(work, beside("wall"), bar);
  const judged = row(work, beside("cpu"), bar);
  const why = idle.map((name) => `${name} had ${digits(100 * busy(name))} %`).join(", ");
  return { ...judged, measured: `${judged.measured} for each CPU second; of its core ${why}`, verdict: "void" };
}

function listed(title: string, all: ReadonlyArray<readonly [Work, Rates]>): string {
  const names = [...(all[0]?.[1].keys() ?? [])];
  const head = `| ${title} | ${names.join(" | ")} |\n|---|${names.map(() => "---:|").join("")}`;
  const lines = all.map(
    ([{ name }, rates]) => `| ${name} | ${names.map((one) => figures(rates.get(one) ?? [])).join(" | ")} |`,
  );
  return `${head}\n${lines.join("\n")}`;
}

function figures(values: readonly Rate[]): string {
  const of = (name: keyof Rate) => median(values.map((one) => one[name]));
  return `${digits(of("wall"))} (${digits(of("cpu"))}; ${digits(100 * of("busy"))} %)`;
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
      rows.push(
        against(rates, embedded.name, names, `P1a ${work.name}, beside the fastest peer`, atLeast(1)),
        against(rates, postgres.name, names, `P1a ${work.name}, on PostgreSQL, beside the fastest peer`, atLeast(1)),
      );
    }
    const moved: Array<readonly [Work, Rates]> = [];
    for (const work of changing) {
      const rates = await compare(load, [postgres, ...peers], work, options);
      moved.push([work, rates]);
      const isOne = work === changing[0];
      const [apollo, fastest] = isOne ? [2, 0.35] : [3.5, 0.7];
      rows.push(
        against(rates, postgres.name, ["apollo"], `P1b ${work.name}, beside stock Apollo`, atLeast(apollo)),
        against(rates, postgres.name, names, `P1b ${work.name}, beside the fastest peer`, atLeast(fastest)),
      );
    }
    return { rows, details: details(still, moved) };
  } finally {
    for (const one of started.toReversed()) await one.dispose();
  }
}

function details(still: ReadonlyArray<readonly [Work, Rates]>, moved: ReadonlyArray<readonly [Work, Rates]>): string {
  return `Answers a second over ${connections} connections; in parentheses, for each second of the server's own CPU, and the part
of its core that it had. Below ${100 * leastBusy} % something else was measured, such as another process on that core, or the
time that a read waits for PostgreSQL: the row is void, and its ratio is that for each CPU second. The gateway has authentication by
tokens, all limits, and its store; the peers resolve plain objects in memory and judge nobody.

${listed("nothing changed", still)}

Where everything changes between two reads, all ${operations.toLocaleString("en")} operations get a new revision in the database, by another
connection; the gateway, which reads its log ten times a second while it is asked, is given ${settleMs} ms; then each is read
once, in no order. The peers' objects are made anew. What learning of the changes costs is not in these figures, as the
making of the objects is not.

${listed("each changed since it was read", moved)}`;
}

export const part: Part = { name: "reads", title: "P1: reads over HTTP", measure };
