/** Liberis: batches get the ids batch-1, batch-2 … Tokens are given on another path of the same host. */
import type { Received } from "../datasources/conformance/subject.ts";
import { createSteps, type Reaction, type Simulator, type Steps, startSimulator } from "./simulator.ts";

export interface LiberisSimulator extends Simulator {
  readonly env: Readonly<Record<string, string>>;
  /** By batch: its status and the state of each item, by its place; or what goes wrong. */
  readonly statuses: Steps<Batch | Reaction>;
  readonly fates: Array<Reaction | "accept">;
  writes(): Received[];
}

export interface Batch {
  readonly type: "batch";
  readonly status: "Pending" | "Completed";
  readonly state: (place: number) => string;
}

export const batch = (status: Batch["status"], state: Batch["state"]): Batch => ({ type: "batch", status, state });
export const pendingBatch = batch("Pending", () => "Pending");
export const completedBatch = batch("Completed", () => "Completed");

export async function startLiberis(): Promise<LiberisSimulator> {
  const statuses = createSteps<Batch | Reaction>([pendingBatch, completedBatch]);
  const fates: Array<Reaction | "accept"> = [];
  const batches = new Map<string, readonly unknown[]>();

  function write(body: string): Reaction {
    const id = `batch-${batches.size + 1}`;
    batches.set(id, JSON.parse(body));
    const fate = fates.shift() ?? "accept";
    if (fate !== "accept") return fate;
    return { status: 202, body: { status_check_id: id, status_check_uri: `/api/v1/Clients/Status/${id}` } };
  }

  function read(url: string): Reaction {
    const id = decodeURIComponent(url.split("/").at(-1) ?? "");
    const step = statuses.next(id);
    if (typeof step !== "object" || !("type" in step)) return step;
    const rows = (batches.get(id) ?? []).map((data, place) => ({
      data,
      status: { state: step.state(place), validation_errors: null },
    }));
    return { body: { status: step.status, result: rows } };
  }

  const simulator = await startSimulator(({ method, url, body }) => {
    if (url === "/oauth/token") return { body: { access_token: "liberis-access-token-secret", expires_in: 3600 } };
    return method === "GET" ? read(url) : write(body);
  });
  return {
    ...simulator,
    env: {
      LIBERIS_URL: simulator.origin,
      LIBERIS_TOKEN_URL: `${simulator.origin}/oauth/token`,
      LIBERIS_CLIENT_ID: "a-client",
      LIBERIS_CLIENT_SECRET: "liberis-client-secret",
    },
    statuses,
    fates,
    writes: () => simulator.received.filter(({ method, url }) => method === "POST" && url !== "/oauth/token"),
  };
}
