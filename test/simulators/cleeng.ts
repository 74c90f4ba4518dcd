/** Cleeng's StoreKit 2 host. A synchronization's id is the Correlation-Id of its write. */
import type { Received } from "../datasources/conformance/subject.ts";
import { createSteps, type Reaction, type Simulator, type Steps, startSimulator } from "./simulator.ts";

export interface CleengSimulator extends Simulator {
  readonly env: Readonly<Record<string, string>>;
  /** By synchronization id. */
  readonly statuses: Steps<Reaction>;
  /** What becomes of the next writes; "accept" stays for those after. Cut and silent ones are taken all the same. */
  readonly fates: Array<Reaction | "accept">;
  writes(): Received[];
}

export const processing: Reaction = { body: { status: "processing" } };
export const retrying: Reaction = { body: { status: "retrying" } };
export const granted: Reaction = { body: { status: "finalized", accessGranted: true, offerId: "S580476507" } };
export const expired: Reaction = {
  body: { status: "finalized", accessGranted: false, result: "RECEIVED_EXPIRED_PURCHASE" },
};
export const unknownId: Reaction = { status: 404, body: { code: "REQ0100", message: "Entity not found" } };

export async function startCleeng(): Promise<CleengSimulator> {
  const statuses = createSteps<Reaction>([processing, retrying, granted]);
  const fates: Array<Reaction | "accept"> = [];
  const simulator = await startSimulator(({ method, url, headers }) => {
    if (method === "GET") return statuses.next(decodeURIComponent(url.split("/").at(-1) ?? ""));
    const fate = fates.shift() ?? "accept";
    if (fate !== "accept") return fate;
    return { status: 202, body: { synchronizationId: headers["correlation-id"] } };
  });
  return {
    ...simulator,
    env: { CLEENG_INAPP_URL: `${simulator.origin}/storekit2`, CLEENG_PUBLISHER_TOKEN: "publisher-token-secret" },
    statuses,
    fates,
    writes: () => simulator.received.filter(({ method }) => method === "POST"),
  };
}

/** Cleeng's JSON-RPC host: grants every offer, and keeps what it was asked. */
export interface AccessSimulator extends Simulator {
  readonly env: Readonly<Record<string, string>>;
  /** What becomes of the next requests; those after are granted. */
  readonly fates: Reaction[];
  /** How many calls each request held. */
  batches(): number[];
}

export async function startAccess(): Promise<AccessSimulator> {
  const fates: Reaction[] = [];
  const result = {
    accessGranted: true,
    grantType: "direct-purchase",
    expiresAt: 4_000_000_000,
    purchasedDirectly: true,
  };
  const simulator = await startSimulator(({ body }) => {
    const rows = callsIn(body).map(({ id }) => ({ id: String(id), result, error: null }));
    return fates.shift() ?? { body: rows };
  });
  return {
    ...simulator,
    env: { CLEENG_API_URL: `${simulator.origin}/api/3.0/json-rpc` },
    fates,
    batches: () => simulator.received.map(({ body }) => callsIn(body).length),
  };
}

function callsIn(body: string): ReadonlyArray<{ readonly id: number }> {
  return JSON.parse(body);
}
