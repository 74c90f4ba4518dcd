/** P3: what one event to one of many subscriptions costs the server, beside what the bytes alone would cost. */
import { type Crowd, startCrowd } from "../fan-out/crowd.ts";
import { cpuMs, pause, startWideGateway, watching } from "../fan-out/gateway.ts";
import type { Manner, Round } from "../fan-out/peer-process.ts";
import { createWorld, type World } from "../fan-out/world.ts";
import type { Measured, Part, PartOptions } from "../part.ts";
import { gatewayCore, pinning, spawnScript } from "../support/pinned.ts";
import { digits, inTurn, median, ratios, row } from "../support/statistics.ts";

const operations = 10;
/** Of one sample: the gateway finds a round in the log within a second. */
const rounds = 3;

interface Setting {
  readonly name: string;
  readonly sockets: number;
  readonly each: number;
  readonly mostToPlain: number;
}

const settings: readonly Setting[] = [
  { name: "10 a socket", sockets: 1_000, each: 10, mostToPlain: 1.3 },
  { name: "one a socket", sockets: 4_000, each: 1, mostToPlain: 1.6 },
];

/** One of the contenders with everybody connected to it. Gives microseconds of the server's CPU an event. */
interface Contender {
  sample(): Promise<number>;
  dispose(): Promise<void>;
}

const contenders = ["ours", "plain", "corked", "stock"] as const;
type Name = (typeof contenders)[number];

async function measure({ runs, short, tell }: PartOptions): Promise<Measured> {
  const rows: Measured["rows"][number][] = [];
  const lines: string[] = [];
  for (const setting of settings) {
    const sockets = short ? setting.sockets / 20 : setting.sockets;
    tell(`fan-out, ${setting.name}`);
    const taken = await measureSetting({ ...setting, sockets }, runs);
    const work = (what: string) => `P3 fan-out, ${setting.name}: CPU a delivery to ${what}`;
    rows.push(
      row(work("plain ws"), ratios(taken.ours, taken.plain), { atMost: setting.mostToPlain }),
      row(work("ws with a tick's frames in one write"), ratios(taken.ours, taken.corked), null),
      row(work("stock graphql-ws with a pub/sub"), ratios(taken.ours, taken.stock), { atMost: 0.2 }),
    );
    const figures = contenders.map((name) => `${digits(median(taken[name]))} µs`);
    tell(`fan-out, ${setting.name}: ${JSON.stringify(taken)}`);
    lines.push(`| ${setting.name} | ${figures.join(" | ")} |`);
  }
  const details = [
    `10,000 subscriptions on 1,000 sockets, and 4,000 at one a socket, watch ${operations} operations. A round changes each operation once, in one transaction of another process, so the gateway reads them together from PostgreSQL, and each subscription gets one event. What counts is the CPU of the server's process (/proc/…/schedstat, all threads), from the write of a round until its last event has come, divided by the events; of the gateway's, what it uses without any is taken off. ${pinning}.`,
    "The peers send the very texts that the gateway sent: **plain ws** by a loop of `send`, change by change; **in one write** the same between `cork` and `uncork`; **stock** by `graphql-ws/use/ws` over the gateway's schema, with the pub/sub of graphql-yoga. Clients check that revisions come one after the other.",
    `| CPU an event, median | ours | plain ws | in one write | stock |\n| --- | ---: | ---: | ---: | ---: |\n${lines.join("\n")}`,
  ].join("\n\n");
  return { rows, details };
}

async function measureSetting(setting: Setting, runs: number): Promise<Record<Name, number[]>> {
  const started: Array<{ dispose(): Promise<void> }> = [];
  try {
    const ours = await startOurs(setting);
    started.push(ours);
    const all: Partial<Record<Name, Contender>> = { ours };
    const round = roundOf(await ours.samples(), setting);
    for (const manner of ["plain", "corked", "stock"] as const) {
      const peer = await startPeer(manner, setting, ours.ids, round);
      started.push(peer);
      all[manner] = peer;
    }
    const { plain, corked, stock } = all;
    if (!plain || !corked || !stock) throw new Error("Expected all contenders to have been started.");
    return await inTurn(runs, {
      ours: () => ours.sample(),
      plain: () => plain.sample(),
      corked: () => corked.sample(),
      stock: () => stock.sample(),
    });
  } finally {
    for (const one of started.toReversed()) await one.dispose();
  }
}

interface Ours extends Contender {
  readonly ids: readonly string[];
  samples(): ReturnType<Crowd["samples"]>;
}

async function startOurs(setting: Setting): Promise<Ours> {
  const { sockets, each } = setting;
  const world: World = await createWorld("fanout");
  const gateway = await startWideGateway(world.url);
  const crowd = startCrowd();
  const dispose = async () => {
    await crowd.dispose();
    await gateway.dispose();
    await world.dispose();
  };
  try {
    const ids = await world.fill(operations);
    await crowd.open({
      url: gateway.url,
      sockets,
      ids: listsOf(ids, setting),
      query: watching,
      first: 1,
      protocol: true,
    });
    const events = sockets * each;
    let total = await crowd.count();
    const change = async () => {
      await world.change(operations);
      total += events;
      await crowd.reach(total);
    };
    await change();
    return {
      ids,
      samples: () => crowd.samples(),
      async sample() {
        const still = cpuMs(gateway.pid);
        await pause(1_000);
        const idle = (cpuMs(gateway.pid) - still) / 1_000;
        const [began, before] = [performance.now(), cpuMs(gateway.pid)];
        for (let round = 0; round < rounds; round += 1) await change();
        const used = cpuMs(gateway.pid) - before - idle * (performance.now() - began);
        await refuseFaults(crowd);
        return (used * 1_000) / (rounds * events);
      },
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function startPeer(manner: Manner, setting: Setting, ids: readonly string[], round: Round): Promise<Contender> {
  const { sockets, each } = setting;
  const server = spawnScript(new URL("../fan-out/peer-process.ts", import.meta.url), [manner], { core: gatewayCore });
  const crowd = startCrowd();
  const { port } = await server.message<{ port: number }>();
  const url = `http://127.0.0.1:${port}`;
  const lists = listsOf(ids, setting);
  await crowd.open({ url, sockets, ids: lists, query: watching, first: 0, protocol: manner === "stock" });
  await pause(2_000);
  let total = 0;
  return {
    async sample() {
      const before = cpuMs(server.pid);
      for (let one = 0; one < rounds; one += 1) {
        server.process.send(round);
        total += sockets * each;
        await crowd.reach(total);
      }
      await crowd.faults();
      return ((cpuMs(server.pid) - before) * 1_000) / (rounds * sockets * each);
    },
    async dispose() {
      await crowd.dispose();
      await server.dispose();
    },
  };
}

/** With several a socket, each socket watches all of them; with one, they are dealt out in turn. */
function listsOf(ids: readonly string[], { each }: Setting): string[][] {
  return each === 1 ? ids.map((id) => [id]) : [[...ids]];
}

/** What the gateway sent in its last round, for the peers to send. */
function roundOf(samples: readonly string[], { each }: Setting): Round {
  const texts = each === 1 ? samples.map((text) => [text]) : [samples.slice(0, each)];
  const events = samples.slice(0, operations).map((text): [string, unknown] => {
    const event = JSON.parse(text).payload.data.operationChanged;
    return [event.operation.id, { ...event, operation: { __typename: "BulkCall", ...event.operation } }];
  });
  return { texts, events };
}

async function refuseFaults(crowd: Crowd): Promise<void> {
  const faults = await crowd.faults();
  if (faults.length > 0) throw new Error(`Clients saw what must not be: ${faults.join("; ")}`);
}

export const part: Part = { name: "fan-out", title: "Fan-out (P3)", measure };
