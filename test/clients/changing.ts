/** Purchases that change one step at a time, when a test says so, at gateways that may stop and come back. */
import { type CleengSimulator, granted, processing, retrying, startCleeng } from "../simulators/cleeng.ts";
import { fastClock } from "../support/fast-clock.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import type { TestDatabase } from "../support/store.ts";
import { startProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";

export interface Truth {
  readonly id: string;
  readonly changes: ReadonlyArray<{ readonly cursor: string; readonly revision: number }>;
}

export interface Changing {
  /** Where clients connect: cut it, and they lose their sockets. */
  readonly proxy: TcpProxy;
  /** The gateway that the proxy leads to. */
  readonly gateway: TestGateway;
  start(port?: number): Promise<TestGateway>;
  /** From now on the proxy leads here. */
  leadTo(gateway: TestGateway): void;
  /** The ids of new purchases, all of them under way: at revision 2. */
  register(count: number): Promise<string[]>;
  /** Each purchase makes so many changes more; resolves when the log has them. */
  change(steps: number): Promise<void>;
  /** Each makes one more, its last. */
  settle(): Promise<void>;
  /** The log, by operation. */
  truth(): Promise<Truth[]>;
  dispose(): Promise<void>;
}

export async function startChanging(database: TestDatabase): Promise<Changing> {
  const clock = fastClock();
  const cleeng: CleengSimulator = await startCleeng();
  const gateways = new Set<TestGateway>();
  const purchases = new Map<string, string>();
  let revision = 0;

  const start = async (port = 0): Promise<TestGateway> => {
    const env = { ...cleeng.env, PORT: String(port), LEASE_SECONDS: "600", CLEENG_RATE_PER_SECOND: "1000" };
    const gateway = await startTestGateway({ database, clock, env });
    gateways.add(gateway);
    return {
      ...gateway,
      async dispose() {
        gateways.delete(gateway);
        await gateway.dispose();
      },
    };
  };
  let gateway = await start();
  const target = { host: "127.0.0.1", port: Number(new URL(gateway.url).port) };
  const proxy = await startProxy(target);

  const truth = async (): Promise<Truth[]> => {
    const query = `query ($ids: [ID!]!) {
      nodes(ids: $ids) { id ... on Operation { timeline(first: 500) { nodes { cursor revision } } } } }`;
    const { data } = await gateway.request(query, { ids: [...purchases.values()] });
    return data.nodes.map(({ id, timeline }: { id: string; timeline: { nodes: Truth["changes"] } }) => ({
      id,
      changes: timeline.nodes,
    }));
  };
  const reach = async (wanted: number, ids: readonly string[] = [...purchases.values()]) => {
    const reached = ({ id, changes }: Truth) => !ids.includes(id) || changes.at(-1)?.revision === wanted;
    await until(async () => (await truth()).every(reached));
    revision = wanted;
  };
  /** By this quick clock a look-up's patience is over at once where the gateways have to find out how many they are. */
  const accepted = async (correlationId: string): Promise<string> => {
    for (;;) {
      const { data } = await gateway.request(
        `mutation ($c: String!) { registerPurchase(input: { customerId: "123456789", transactionId: $c,
           ipAddress: "8.8.8.8", correlationId: $c }) { ... on PurchaseSync { id } ... on Problem { code message } } }`,
        { c: correlationId },
      );
      const { id, code, message } = data.registerPurchase;
      if (id) return id;
      if (code !== "BUDGET_EXHAUSTED") throw new Error(`Expected a purchase; got ${code}: ${message}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  /** The answer that follows on a revision, each other than the one before. */
  const answerAfter = (before: number) => (before % 2 === 1 ? processing : retrying);

  return {
    proxy,
    get gateway() {
      return gateway;
    },
    start,
    leadTo(other) {
      gateway = other;
      target.port = Number(new URL(other.url).port);
    },
    async register(count) {
      const ids: string[] = [];
      for (let index = 0; index < count; index += 1) {
        const correlationId = `purchase-${purchases.size}`;
        cleeng.statuses.set(correlationId, [answerAfter(1)]);
        const id = await accepted(correlationId);
        purchases.set(correlationId, id);
        ids.push(id);
      }
      await reach(2, ids);
      return ids;
    },
    async change(steps) {
      const [first, ...rest] = Array.from({ length: steps }, (_, step) => answerAfter(revision + step));
      if (!first) return;
      for (const id of purchases.keys()) cleeng.statuses.set(id, [first, ...rest]);
      await reach(revision + steps);
    },
    async settle() {
      for (const id of purchases.keys()) cleeng.statuses.set(id, [granted]);
      await reach(revision + 1);
    },
    truth,
    async dispose() {
      await proxy.dispose();
      for (const one of gateways) await one.dispose();
      await cleeng.dispose();
    },
  };
}
