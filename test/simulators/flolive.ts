/** floLIVE: bulk calls get the ids call-1, call-2 …, their nodes call-1-node-0, call-1-node-1 … */
import type { Received } from "../datasources/conformance/subject.ts";
import { createSteps, type Reaction, type Simulator, type Steps, startSimulator } from "./simulator.ts";

export interface FloliveSimulator extends Simulator {
  readonly env: Readonly<Record<string, string>>;
  /** By the id of a whole call: the word of each node, by its place; or what goes wrong. */
  readonly statuses: Steps<Words | Reaction>;
  readonly fates: Array<Reaction | "accept">;
  writes(): Received[];
}

/** The word of the node at a place. */
export type Words = (place: number) => string;

export const all =
  (word: string): Words =>
  () =>
    word;
/** SUCCESS for the first `count` nodes, OPEN for the rest. */
export const done =
  (count: number): Words =>
  (place) =>
    place < count ? "SUCCESS" : "OPEN";

interface Sent {
  readonly bulk: ReadonlyArray<{ readonly subscriberIdentifiers: object; readonly content: object }>;
}

export async function startFlolive(): Promise<FloliveSimulator> {
  const statuses = createSteps<Words | Reaction>([all("OPEN"), all("SUCCESS")]);
  const fates: Array<Reaction | "accept"> = [];
  const sizes = new Map<string, number>();

  function write(body: string): Reaction {
    const { bulk }: Sent = JSON.parse(body);
    const id = `call-${sizes.size + 1}`;
    sizes.set(id, bulk.length);
    const fate = fates.shift() ?? "accept";
    if (fate !== "accept") return fate;
    const rows = bulk.map((node, place) => ({
      ...node,
      errorCode: "",
      errorMessage: "",
      requestId: nodeId(id, place),
    }));
    return { headers: { "request-id": id }, body: { bulk: rows, pageable: null } };
  }

  function read(url: string): Reaction {
    const id = decodeURIComponent(url.split("?")[0]?.split("/").at(-1) ?? "");
    const [call = id, node] = id.split("-node-");
    const step = statuses.next(call);
    if (typeof step !== "function") return step;
    const places = node === undefined ? [...Array(sizes.get(call) ?? 1).keys()] : [Number(node)];
    const content = places.map((place) => ({ requestId: nodeId(call, place), status: step(place) }));
    const pageable = { page: 0, size: 200, totalPages: 1, totalElements: content.length };
    return { body: { errorCode: "", errorMessage: "", content, pageable } };
  }

  const simulator = await startSimulator(({ method, url, body }) => (method === "GET" ? read(url) : write(body)));
  return {
    ...simulator,
    env: { FLOLIVE_URL: simulator.origin, FLOLIVE_TOKEN: "flolive-token-secret" },
    statuses,
    fates,
    writes: () => simulator.received.filter(({ method }) => method !== "GET"),
  };
}

const nodeId = (call: string, place: number) => `${call}-node-${place}`;
