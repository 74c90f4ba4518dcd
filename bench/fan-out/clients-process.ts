/** Many WebSockets that subscribe and count what comes. Does what its parent orders, one order after the other. */
import { WebSocket } from "ws";

export type Order =
  | {
      readonly type: "open";
      readonly url: string;
      readonly sockets: number;
      /** What each socket subscribes to; where there are more sockets than lists, they begin anew. */
      readonly ids: ReadonlyArray<readonly string[]>;
      readonly query: string;
      /** How many events each subscription gets at once. */
      readonly first: number;
      /** False for a server that sends without being asked. */
      readonly protocol: boolean;
    }
  | { readonly type: "reach"; readonly total: number }
  | { readonly type: "count" | "samples" | "latencies" | "faults" | "close" };

export interface Report {
  readonly count?: number;
  readonly samples?: readonly string[];
  readonly latencies?: readonly number[];
  readonly faults?: readonly string[];
  readonly error?: string;
}

const sockets: WebSocket[] = [];
const faults: string[] = [];
let latencies: number[] = [];
let count = 0;
let wanted = Number.POSITIVE_INFINITY;
let reached = () => {};
const samples: Array<Map<string, string>> = [];
/** The latest revision by socket and subscription. */
const revisions: Array<Map<string, number>> = [];
/** "sent 1700000000000.123": when the provider had answered, as it says itself. */
const mark = /sent (\d+(?:\.\d+)?)/;

function heed(index: number, text: string): void {
  if (!text.includes('"type":"next"')) {
    faults.push(text.slice(0, 300));
    return;
  }
  count += 1;
  if (count >= wanted) reached();
  const sent = mark.exec(text)?.[1];
  if (sent !== undefined) latencies.push(performance.timeOrigin + performance.now() - Number(sent));
  const id = /"id":"([^"]*)"/.exec(text)?.[1] ?? "";
  const revision = Number(/"revision":(\d+)/.exec(text)?.[1] ?? Number.NaN);
  if (!Number.isNaN(revision)) {
    const before = revisions[index]?.get(id);
    if (before !== undefined && revision !== before + 1) faults.push(`${index}/${id}: ${revision} after ${before}`);
    revisions[index]?.set(id, revision);
  }
  // Of each of its subscriptions the latest.
  samples[index]?.set(id, text);
}

/** So many come at a time: one after the other would take the time of as many round trips. */
const atOnce = 20;

async function open(order: Extract<Order, { type: "open" }>): Promise<void> {
  const { ids, sockets: wanted } = order;
  for (let from = 0; from < wanted; from += atOnce) {
    const indexes = Array.from({ length: Math.min(atOnce, wanted - from) }, (_, step) => from + step);
    await Promise.all(indexes.map((index) => connect(index, order)));
  }
  const subscriptions = sockets.reduce((sum, _, index) => sum + (ids[index % ids.length]?.length ?? 0), 0);
  await reach(subscriptions * order.first);
}

function connect(index: number, { url, ids, query, protocol }: Extract<Order, { type: "open" }>): Promise<void> {
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/graphql`, protocol ? "graphql-transport-ws" : [], {
    skipUTF8Validation: true,
    perMessageDeflate: false,
  });
  sockets[index] = socket;
  revisions[index] = new Map();
  if (index < 10) samples[index] = new Map();
  socket.on("error", (error) => faults.push(String(error)));
  socket.on("close", (code, reason) => code !== 1005 && code !== 1006 && faults.push(`closed ${code} ${reason}`));
  const subscribe = (id: string, number: number) => {
    const payload = { query, variables: { ids: [id] } };
    socket.send(JSON.stringify({ id: String(number + 1), type: "subscribe", payload }));
  };
  return new Promise((resolve) => {
    socket.on("message", (data) => {
      const text = String(data);
      if (text !== '{"type":"connection_ack"}') return heed(index, text);
      for (const [number, id] of (ids[index % ids.length] ?? []).entries()) subscribe(id, number);
      resolve();
    });
    socket.on("open", () => (protocol ? socket.send('{"type":"connection_init"}') : resolve()));
  });
}

async function reach(total: number): Promise<void> {
  const giveUp = setTimeout(() => {
    faults.push(`Expected ${total} events; ${count} came within 30 s.`);
    reached();
  }, 30_000);
  if (count < total) {
    wanted = total;
    await new Promise<void>((resolve) => {
      reached = resolve;
    });
  }
  wanted = Number.POSITIVE_INFINITY;
  clearTimeout(giveUp);
}

async function close(): Promise<void> {
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((resolve) => {
          socket.removeAllListeners("close").once("close", () => resolve());
          socket.terminate();
        }),
    ),
  );
  sockets.length = 0;
  count = 0;
}

async function follow(order: Order): Promise<Report> {
  switch (order.type) {
    case "open":
      await open(order);
      return {};
    case "reach":
      await reach(order.total);
      return { count };
    case "count":
      return { count };
    case "samples":
      return { samples: samples.flatMap((texts) => [...texts.values()]) };
    case "latencies": {
      const told = latencies;
      latencies = [];
      return { latencies: told };
    }
    case "faults":
      return { faults: faults.splice(0).slice(0, 10) };
    case "close":
      await close();
      return {};
  }
}

process.on("message", (order: Order) => {
  follow(order).then(
    (report) => process.send?.(report),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on("disconnect", () => process.exit());
