/** The clients of a measurement: a process of its own, on the core that is not measured. */
import { type Spawned, spawnScript } from "../support/pinned.ts";
import type { Order, Report } from "./clients-process.ts";

export interface Crowd {
  readonly process: Spawned;
  /** Resolves when all sockets are open, and each subscription has got `first` events. */
  open(order: Omit<Extract<Order, { type: "open" }>, "type">): Promise<void>;
  /** How many events have come in all. */
  count(): Promise<number>;
  /** Resolves when so many have come in all. */
  reach(total: number): Promise<void>;
  /** The last text of an event on each of the first sockets. */
  samples(): Promise<readonly string[]>;
  /** Milliseconds from the mark in each event to its coming, since last asked. */
  latencies(): Promise<readonly number[]>;
  /** Events that came out of order or twice, or left a gap; and messages that were no events. */
  faults(): Promise<readonly string[]>;
  close(): Promise<void>;
  dispose(): Promise<void>;
}

export function startCrowd(): Crowd {
  const clients = spawnScript(new URL("./clients-process.ts", import.meta.url));
  const ask = async (order: Order): Promise<Report> => {
    const answer = clients.message<Report>(120_000);
    clients.process.send(order);
    const report = await answer;
    if (report.error !== undefined) throw new Error(report.error);
    return report;
  };
  return {
    process: clients,
    open: async (order) => void (await ask({ type: "open", ...order })),
    count: async () => (await ask({ type: "count" })).count ?? 0,
    reach: async (total) => void (await ask({ type: "reach", total })),
    samples: async () => (await ask({ type: "samples" })).samples ?? [],
    latencies: async () => (await ask({ type: "latencies" })).latencies ?? [],
    faults: async () => (await ask({ type: "faults" })).faults ?? [],
    close: async () => void (await ask({ type: "close" })),
    dispose: () => clients.dispose(),
  };
}
