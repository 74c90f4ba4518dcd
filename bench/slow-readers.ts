/**
 * What a reader that does not read costs: sockets that stop reading while the log grows, beside some that read. Prints a
 * table of the gateway's memory, what the readers got, and what the stalled ones get once they read again.
 *
 *   npm run bench:slow-readers -- [--sockets=1000] [--changes=100000] [--resumed=5]
 *
 * Needs PostgreSQL (DATABASE_URL, else the local one); makes a database of its own and drops it. Loopback only.
 */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { WebSocket } from "ws";
import { logEnd } from "../src/store/changes.ts";
import { beginRequest, recordIn } from "../src/store/record.ts";
import { openStore, type Store } from "../src/store/store.ts";
import { learned, snapshot } from "../test/store/learning.ts";
import { buildProgram, runProgram } from "../test/support/program.ts";
import { until } from "../test/support/until.ts";
import { ask, createDatabase } from "./support/database.ts";

const { values } = parseArgs({
  options: {
    sockets: { type: "string", default: "1000" },
    changes: { type: "string", default: "100000" },
    resumed: { type: "string", default: "5" },
  },
});
const [socketCount, changeCount, resumedCount] = [values.sockets, values.changes, values.resumed].map(Number);
if (!socketCount || !changeCount || !resumedCount || resumedCount > socketCount) {
  throw new Error("Expected whole numbers above 0 for --sockets, --changes and --resumed (of the sockets).");
}

/** Few: each is executed for by itself, and what is measured is what those cost that do not read. */
const readers = 2;
const operations = 200;
const perTransaction = 200;
/** Long messages, so that what the systems at both ends buffer is soon full: some MiB a socket, whatever the gateway does. */
const tag = "x".repeat(250);
const echoes = Array.from({ length: 24 }, (_, index) => `t${index}: tags`).join(" ");
const document = `subscription { operationsChanged { cursor revision operation { id state providerStatus ${echoes} } } }`;

/** Rejects where a socket ends that is still needed. */
const letGo = Promise.withResolvers<never>();
letGo.promise.catch(() => {});
const awaited = (holds: () => boolean) => Promise.race([until(holds), letGo.promise]);

interface Subscriber {
  readonly socket: WebSocket;
  /** How many events came. */
  count: number;
  /** Whether each operation's revisions came one after the other. */
  inOrder: boolean;
}

function subscribe(url: string): Promise<Subscriber> {
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/graphql`, "graphql-transport-ws");
  const subscriber: Subscriber = { socket, count: 0, inOrder: true };
  const revisions = new Map<string, number>();
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    // The gateway lets go who reads nothing for 5 minutes: on a machine that is so busy there is nothing to measure.
    socket.on("close", () => letGo.reject(new Error("A socket was closed before its end; try fewer --changes.")));
    socket.on("open", () => socket.send('{"type":"connection_init"}'));
    socket.on("message", (data) => {
      const message = JSON.parse(String(data));
      if (message.type === "connection_ack") {
        socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query: document } }));
        resolve(subscriber);
      } else if (message.type === "next") {
        const { revision, operation } = message.payload.data.operationsChanged;
        const before = revisions.get(operation.id);
        if (before !== undefined && revision !== before + 1) subscriber.inOrder = false;
        revisions.set(operation.id, revision);
        subscriber.count += 1;
      }
    });
  });
}

/** Many changes a transaction: they are to be many, and not the bottleneck. */
async function write(store: Store, from: number, to: number): Promise<void> {
  for (let step = from; step < to; step += perTransaction) {
    const begun = await beginRequest(store);
    await store.transaction(async (trx, changed) => {
      for (let index = step; index < Math.min(to, step + perTransaction); index += 1) {
        const event = { type: "read", snapshot: snapshot("RUNNING", { providerStatus: `status ${index}` }) } as const;
        const name = `work-${index % operations}`;
        await recordIn(
          trx,
          store,
          learned(name, event, begun, { kind: "BULK_CALL", provider: "FLOLIVE", tags: [tag], follow: false }),
          changed,
        );
      }
    });
  }
}

const database = await createDatabase("slow_readers");
// Writing is not what is measured.
await ask(database.url, `alter database ${new URL(database.url).pathname.slice(1)} set synchronous_commit = off`);
const build = await buildProgram();
const program = runProgram(build, {
  PORT: "0",
  DATABASE_URL: database.url,
  SANDBOX: "off",
  LOG_LEVEL: "info",
  DRAIN_SECONDS: "0",
  // All readers are one viewer.
  LIMIT_CONNECTIONS_PER_VIEWER: "100000",
  LIMIT_SUBSCRIPTIONS_PER_VIEWER: "100000",
  LIMIT_REQUESTS_PER_MINUTE: "1000000",
});
const store = await openStore({ database: { type: "postgres", url: database.url } });
try {
  const url = await program.url;
  const memory = async () => {
    const status = await readFile(`/proc/${program.process.pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  };
  await write(store, 0, operations);
  const stalled: Subscriber[] = [];
  for (let index = 0; index < socketCount; index += 1) stalled.push(await subscribe(url));
  const keen = await Promise.all(Array.from({ length: readers }, () => subscribe(url)));
  // Everybody has begun once everybody has heard the first change.
  let step = operations;
  await until(async () => {
    await write(store, step, step + 1);
    step += 1;
    return [...stalled, ...keen].every(({ count }) => count > 0);
  });
  const { place: quiet } = await logEnd(store.db);
  await until(async () => (await logEnd(store.db)).place === quiet);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const before = { memory: await memory(), counts: [...stalled, ...keen].map(({ count }) => count) };
  for (const { socket } of stalled) socket.pause();

  const begun = performance.now();
  const tenths: number[] = [];
  const end = step + changeCount;
  for (const start = step; step < end; ) {
    const to = start + Math.ceil(((tenths.length + 1) * changeCount) / 10);
    await write(store, step, to);
    step = to;
    tenths.push(await memory());
  }
  const written = performance.now() - begun;
  const got = (subscriber: Subscriber, index: number) => subscriber.count - (before.counts[index] ?? 0);
  await awaited(() => keen.every((one, index) => got(one, socketCount + index) >= changeCount));
  const read = performance.now() - begun;
  const after = await memory();
  const open = stalled.filter(({ socket }) => socket.readyState === WebSocket.OPEN).length;

  const again = stalled.slice(0, resumedCount);
  const leftover = stalled.slice(resumedCount);
  for (const { socket } of leftover) socket.removeAllListeners("close").terminate();
  for (const { socket } of again) socket.resume();
  const resumed = performance.now();
  await awaited(() => again.every((one, index) => got(one, index) >= changeCount));
  const caughtUp = performance.now() - resumed;

  const peak = Math.max(...tenths, after);
  const wrong = [...keen, ...again].filter(({ inOrder }) => !inOrder).length;
  const rows = [
    ["sockets that don't read", `${socketCount}`],
    ["changes meanwhile", `${changeCount}, written in ${(written / 1000).toFixed(1)} s`],
    ["memory before", `${before.memory.toFixed(0)} MiB`],
    ["memory at most, of ten readings, and at the end", `${peak.toFixed(0)} MiB, ${after.toFixed(0)} MiB`],
    ["memory after each tenth of them", `${tenths.map((one) => one.toFixed(0)).join(", ")} MiB`],
    ["growth a stalled socket, on average", `${(((peak - before.memory) * 1024) / socketCount).toFixed(0)} KiB`],
    ["stalled sockets still open", `${open}`],
    [`${readers} readers beside them`, `all changes, ${((read - written) / 1000).toFixed(1)} s after the last`],
    [`${resumedCount} that read again`, `all changes, within ${(caughtUp / 1000).toFixed(1)} s`],
    ["out of order, lost or twice", `${wrong}`],
  ];
  for (const [name, value] of rows) process.stdout.write(`| ${name} | ${value} |\n`);
  for (const { socket } of [...keen, ...again]) socket.removeAllListeners("close").terminate();
  if (wrong > 0 || open !== socketCount) process.exitCode = 1;
} finally {
  program.process.kill("SIGTERM");
  await program.ended;
  await store.dispose();
  await build.dispose();
  await database.dispose();
}
