/**
 * One run: everything is started, measured while it is whole, broken by the plan, mended, and judged. It knows the order
 * of things, and leaves each of them to its own file.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../support/free-port.ts";
import { type PostgresServer, startPostgresServer } from "../support/postgres-server.ts";
import { watchAccess } from "./access.ts";
import { createClient } from "./client.ts";
import { type Crowd, createCrowd } from "./crowd.ts";
import { judgeDelivery } from "./judge/delivery.ts";
import { atLeast, type Figure, none, report, told } from "./judge/figure.ts";
import { readOpen, readStored, type Stored } from "./judge/log.ts";
import { judgeLeases, judgeNodes } from "./judge/nodes.ts";
import { judgeOperations } from "./judge/operations.ts";
import { judgeProviders } from "./judge/providers.ts";
import { judgeSubscribers } from "./judge/subscribers.ts";
import { createNode, type GatewayNode } from "./node.ts";
import type { ChaosOptions } from "./options.ts";
import { nodeCount, planFaults } from "./plan.ts";
import type { Truth } from "./provider/fault.ts";
import { type ProviderSide, startProviderSide } from "./provider/side.ts";
import { createRandom } from "./random.ts";
import { type RedisServer, startRedisServer } from "./redis.ts";
import { weatherStorm } from "./storm.ts";
import { createWorkload, type Workload } from "./workload.ts";

export interface Verdict {
  readonly broken: boolean;
  readonly report: string;
}

/** The sandboxes settle after 0.75 to 5 s. */
const sandboxSpeed = 4;
const timeoutMs = 1_500;
const accessWatchers = 5;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export interface ChaosRun {
  readonly verdict: Promise<Verdict>;
  /** Ends every process that it started. */
  dispose(): Promise<void>;
}

export function startChaos(options: ChaosOptions, say: (line: string) => void): ChaosRun {
  const undo: Array<() => Promise<unknown>> = [];
  const dispose = async () => {
    for (const step of undo.splice(0).reverse()) {
      await step().catch((error: unknown) => say(`Not taken apart: ${String(error)}`));
    }
  };
  return { verdict: run(options, say, undo).finally(dispose), dispose };
}

async function run(
  options: ChaosOptions,
  say: (line: string) => void,
  undo: Array<() => Promise<unknown>>,
): Promise<Verdict> {
  const random = createRandom(options.seed);
  const begun = performance.now();
  const postgres = await startPostgresServer({
    settings: { track_commit_timestamp: "on", max_connections: "200", fsync: "off" },
  });
  undo.push(() => postgres.dispose());
  const redis = await startRedisServer();
  undo.push(() => redis.dispose());
  const side = await startProviderSide(options.seed, sandboxSpeed, nodeCount);
  undo.push(() => side.dispose());
  const nodes = await createNodes(options, { postgres, redis, side });
  undo.push(() => Promise.all(nodes.map((node) => node.kill())));
  await Promise.all(nodes.map((node) => node.start()));
  if (nodes.some(({ running }) => !running)) {
    return { broken: true, report: `A node did not start:\n${nodes.map(({ output }) => output()).join("\n")}` };
  }
  say(`Three nodes are ready after ${Math.round(performance.now() - begun)} ms.`);

  const urls = nodes.map(({ url }) => url);
  let over = false;
  const client = createClient(urls, random.fork(), () => over);
  const workload = createWorkload({ client, nodes: nodeCount, random: random.fork(), side, isOver: () => over });
  await workload.measure("chaos", 1);
  const crowd = createCrowd({
    urls,
    size: options.subscribers,
    random: random.fork(),
    after: await firstCursor(client, workload),
    operations: workload.operations,
  });
  undo.push(() => crowd.dispose());
  const access = watchAccess(urls, accessWatchers);
  undo.push(() => access.dispose());

  await pause(1_000);
  await workload.measure("quiet", options.deliveries);
  await redis.kill();
  await pause(1_000);
  await workload.measure("quiet without Redis", Math.ceil(options.deliveries / 2));
  await redis.start();
  say(`Delivery was measured; the faults begin after ${Math.round(performance.now() - begun)} ms.`);

  const plan = planFaults(options.seed, options.seconds, options.leaseSeconds * 1000);
  const stormEnds = performance.now() + options.seconds * 1000;
  const working = workload.run(options.operations, options.seconds);
  // Some are cut at any time, also once the faults are over and the log moves fastest: there is most to be missed.
  let cuts = 0;
  const cutting = setInterval(() => {
    cuts += crowd.cut(0.02);
  }, 200);
  undo.push(async () => clearInterval(cutting));
  const weathered = await weatherStorm({ nodes, postgres, redis, side, crowd, say }, plan, options);
  say(`The faults are over; ${workload.operations.length} operations so far.`);

  const limit = Math.max(stormEnds, performance.now()) + options.settleSeconds * 1000;
  setTimeout(() => {
    over = true;
  }, limit - performance.now()).unref();
  await working;
  crowd.lastCall();
  const running = await settled({ ...options, url: postgres.url, side, crowd }, limit);
  clearInterval(cutting);
  const end = running.changes.at(-1)?.place ?? 0;
  // What is on its way arrives; then nobody listens, and what is stored then is all that anybody can have been sent.
  await pause(2_500);
  const sessions = crowd.sessions;
  await Promise.all([crowd.dispose(), access.dispose()]);
  const stored = await readStored(postgres.url);
  say(`What could settle has settled after ${Math.round(performance.now() - begun)} ms.`);

  const facts = await side.facts();
  const truths = await askTruths(side, stored);
  await Promise.all(nodes.map((node) => node.leave()));
  const after = await readStored(postgres.url);
  const acts = [...weathered.acts].map(([act, count]) => `${act} ${count}`).join(", ");
  const strange = [...client.strange].map(([what, count]) => `${what} (${count})`);
  const figures: Figure[] = [
    atLeast("operations", stored.operations.length, options.operations),
    told("look-ups, rechecks and lists besides", workload.asked),
    atLeast("subscribers at a time", crowd.size, options.subscribers),
    told("faults of the machinery", acts),
    told("sockets cut", weathered.socketsCut + cuts),
    ...judgeOperations({ stored, truths, done: workload.done, facts, waitsForUnknown: options.waitsForUnknown }),
    none("GraphQL errors that no client should see", strange),
    ...judgeSubscribers(sessions, stored.changes, end),
    told("decisions on watched access", access.decisions),
    none("refusals and ends of watched access", access.strange),
    ...judgeProviders(facts, options, nodes),
    ...judgeNodes(nodes),
    ...judgeLeases(running, after),
    ...judgeDelivery(workload.done, sessions, stored.changes, options),
    told("seconds in all", Math.round((performance.now() - begun) / 1000)),
  ];
  const broken = figures.some((figure) => figure.broken);
  if (broken || options.keep !== null)
    await keep(
      options,
      nodes,
      { stored, running, after, facts, sessions, done: workload.done, truths: [...truths] },
      say,
    );
  return { broken, report: report(`chaos, seed ${options.seed}`, figures) };
}

async function createNodes(
  { program, leaseSeconds, ratePerSecond, redis: knowsRedis }: ChaosOptions,
  { postgres, redis, side }: { postgres: PostgresServer; redis: RedisServer; side: ProviderSide },
): Promise<GatewayNode[]> {
  const budgets = ["CLEENG", "FLOLIVE", "LIBERIS", "PURESPECTRUM"].flatMap((prefix) => [
    [`${prefix}_RATE_PER_SECOND`, String(ratePerSecond)],
    [`${prefix}_TIMEOUT_MS`, String(timeoutMs)],
  ]);
  const env = {
    ...Object.fromEntries(budgets),
    DATABASE_URL: postgres.url,
    ...(knowsRedis ? { REDIS_URL: redis.url } : {}),
    LEASE_SECONDS: String(leaseSeconds),
    ACCESS_WATCH_SECONDS: "3",
    DRAIN_SECONDS: "2",
    // All subscribers are one viewer, who is more than one viewer may be.
    LIMIT_CONNECTIONS_PER_VIEWER: "100000",
    LIMIT_SUBSCRIPTIONS_PER_VIEWER: "100000",
    LIMIT_REQUESTS_PER_MINUTE: "1000000",
    GRAPHIQL: "off",
  };
  const ports = [];
  for (let index = 0; index < nodeCount; index += 1) ports.push(await freePort());
  return ports.map((port, index) =>
    createNode({ name: `node ${index}`, port, program, env: { ...env, ...side.env[index] } }),
  );
}

/** Where those who watch all begin: behind the first change of the first operation. */
async function firstCursor(client: ReturnType<typeof createClient>, workload: Workload): Promise<string> {
  const document =
    "query ($id: ID!) { node(id: $id) { ... on Operation { timeline(first: 1) { nodes { cursor } } } } }";
  const data = await client.ask(0, document, { id: workload.operations[0] });
  const cursor: unknown = data?.node?.timeline?.nodes?.[0]?.cursor;
  if (typeof cursor !== "string") throw new Error("Expected the first operation to have a change; it has none.");
  return cursor;
}

/** Waits until nothing followed is left open, and nobody has been sent anything for a while; or until the time is up. */
async function settled(
  { url, side, crowd, waitsForUnknown }: { url: string; side: ProviderSide; crowd: Crowd; waitsForUnknown: boolean },
  limit: number,
): Promise<Stored> {
  const isDone = async (): Promise<boolean> => {
    const open = await readOpen(url);
    if (open.length === 0 || waitsForUnknown) return open.length === 0;
    return (await side.truthOf(open)).every(({ known }) => !known);
  };
  let [quietSince, heard] = [performance.now(), -1];
  while (performance.now() < limit) {
    const messages = crowd.sessions.reduce((sum, session) => sum + session.messages.length, 0);
    if (messages !== heard) [quietSince, heard] = [performance.now(), messages];
    if (performance.now() - quietSince > 2_500 && (await isDone())) break;
    await pause(500);
  }
  return readStored(url);
}

async function askTruths(side: ProviderSide, { operations }: Stored): Promise<Map<string, Truth>> {
  const named = operations.flatMap(({ id, kind, naturalId }) => (naturalId === null ? [] : [{ id, kind, naturalId }]));
  const truths = await side.truthOf(named.map(({ kind, naturalId }) => ({ kind, naturalId })));
  return new Map(named.flatMap(({ id }, index) => (truths[index] ? [[id, truths[index]] as const] : [])));
}

async function keep(
  { keep: directory, seed }: ChaosOptions,
  nodes: readonly GatewayNode[],
  facts: object,
  say: (line: string) => void,
) {
  const kept = directory ?? join(process.env.TMPDIR ?? "/tmp", `statusgraph-chaos-${seed}`);
  await mkdir(kept, { recursive: true });
  for (const { name, output } of nodes) await writeFile(join(kept, `${name.replace(" ", "-")}.log`), output());
  for (const [name, value] of Object.entries(facts)) await writeFile(join(kept, `${name}.json`), JSON.stringify(value));
  say(`What the nodes wrote, and all that was judged, is in ${kept}.`);
}
