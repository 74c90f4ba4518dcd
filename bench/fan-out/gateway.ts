/** The gateway of a measurement of subscriptions: all clients are one viewer, and limits are not what is measured. */
import { readdirSync, readFileSync } from "node:fs";
import { type Gateway, startGateway } from "../support/pinned.ts";

export function startWideGateway(databaseUrl: string, env: Readonly<Record<string, string>> = {}): Promise<Gateway> {
  const nodeOptions = process.env.BENCH_NODE_OPTIONS?.split(" ") ?? [];
  return startGateway({
    nodeOptions,
    env: {
      DATABASE_URL: databaseUrl,
      SANDBOX: "off",
      AUTH: "none",
      DRAIN_SECONDS: "0",
      LIMIT_CONNECTIONS_PER_VIEWER: "1000000",
      LIMIT_SUBSCRIPTIONS_PER_VIEWER: "1000000",
      LIMIT_REQUESTS_PER_MINUTE: "1000000",
      ...env,
    },
  });
}

/** Milliseconds of CPU that a process has used, of all of its threads: to the nanosecond, where a tick is 10 ms. */
export function cpuMs(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
    const [ran] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ");
    return sum + Number(ran) / 1e6;
  }, 0);
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What the front end of a status page would ask for. */
export const watching = `subscription ($ids: [ID!]!) {
  operationChanged(ids: $ids) {
    kind cursor at revision previousState
    operation { id state outcome providerStatus revision changedAt ... on BulkCall { requestId } }
  }
}`;
