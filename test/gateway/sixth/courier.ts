/** A sixth provider, written from outside: parcels. Its definition, client and sandbox; it knows no GraphQL and no store. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import {
  type CallOptions,
  defineOperationProvider,
  type OperationClient,
  type Reader,
  type Reading,
  type Snapshot,
  type Upstream,
  type Write,
} from "../../../src/datasources/contract.ts";
import { parseJson } from "../../../src/datasources/json.ts";
import { notFound, type Problem, rejected, unavailable } from "../../../src/datasources/problems.ts";
import { valueAt } from "../../../src/sandbox/script.ts";

export const provider = "COURIER";

export const parcelInput = z.object({ destination: z.string().min(1, "Expected where to; it is empty.") });
export type ParcelInput = z.infer<typeof parcelInput>;

export interface CourierClient extends OperationClient {
  readonly send: Write<ParcelInput>;
}

const words = ["packed", "travelling", "delivered", "lost"] as const;
const lost = rejected(provider, "LOST", "The courier lost the parcel.");
const standings: Readonly<Record<(typeof words)[number], Snapshot["standing"]>> = {
  packed: { state: "PENDING" },
  travelling: { state: "RUNNING" },
  delivered: { state: "SETTLED", outcome: "SUCCEEDED", problem: null },
  lost: { state: "SETTLED", outcome: "FAILED", problem: lost },
};
const parcel = z.object({ trackingId: z.string(), destination: z.string(), status: z.enum(words) });
type Parcel = z.infer<typeof parcel>;

const snapshotOf = ({ trackingId, destination, status }: Parcel): Snapshot => ({
  standing: standings[status],
  providerStatus: status,
  fields: { trackingId, destination },
  items: [],
});

const unknownId = notFound("The courier knows no such parcel.");
const unreadable = () => unavailable(provider, "UNREADABLE_ANSWER", "The courier's answer could not be read.");

const read: Reader<Parcel> = ({ status, text }) => {
  if (status === 404) return { type: "refused", problem: unknownId };
  if (status >= 400) return { type: "refused", problem: rejected(provider, `HTTP_${status}`, "The courier refused.") };
  const body = parseJson(text);
  const result = parcel.safeParse(body.ok ? body.value : null);
  return result.success ? { type: "answered", value: result.data } : { type: "lost", problem: unreadable() };
};

function connect({ COURIER_URL: base }: { readonly COURIER_URL: string }, upstream: Upstream): CourierClient {
  async function fetchOne(key: string, options: CallOptions): Promise<Reading | Problem> {
    const url = new URL(`${base}/parcels/${encodeURIComponent(key)}`);
    const exchange = await upstream.exchange({ method: "GET", url, effect: "read" }, options, read);
    if (exchange.type !== "answered") return exchange.problem;
    return { itemKeys: [], compose: () => snapshotOf(exchange.value) };
  }
  const send: CourierClient["send"] = {
    mutation: "sendParcel",
    whenLost: "abandon",
    prepare: ({ destination }) => ({
      key: null,
      snapshot: { standing: { state: "PENDING" }, providerStatus: null, fields: { destination }, items: [] },
    }),
    async send(input, _prepared, options) {
      const headers = { "content-type": "application/json" };
      const request = { url: new URL(`${base}/parcels`), headers, body: JSON.stringify(input) };
      const exchange = await upstream.exchange({ ...request, method: "POST", effect: "write" }, options, read);
      if (exchange.type !== "answered") return exchange;
      return { type: "answered", value: { key: exchange.value.trackingId, snapshot: snapshotOf(exchange.value) } };
    },
  };
  return {
    fetchMany: (targets, options) => Promise.all(targets.map(({ key }) => fetchOne(key, options))),
    writes: [send],
    send,
  };
}

export const courier = defineOperationProvider({
  id: "courier",
  provider,
  kind: "PARCEL",
  title: "The courier",
  envPrefix: "COURIER",
  settings: z.object({
    COURIER_URL: z.url().describe("The courier's address.").meta({ example: "https://courier.example" }),
  }),
  configuredBy: "COURIER_URL",
  secrets: [],
  unknownId,
  deadlineSeconds: 3600,
  connect,
  sandbox: {
    magic: [{ argument: "sendParcel.destination", id: "atlantis", effect: "the parcel is lost" }],
    settings: (origin) => ({ COURIER_URL: origin }),
    routes(app, context) {
      const parcels = new Map<string, { destination: string; script: Parameters<typeof valueAt>[0] }>();
      app.post<{ Body: ParcelInput }>("/parcels", async ({ body: { destination } }, reply) => {
        const [trackingId, start, time] = [randomUUID(), context.clock.now(), context.settleTime()];
        const script = [
          [start, "packed"],
          [start + time / 2, "travelling"],
          [start + time, destination === "atlantis" ? "lost" : "delivered"],
        ] as const;
        context.script(trackingId, script);
        parcels.set(trackingId, { destination, script });
        return reply.code(202).send({ trackingId, destination, status: "packed" });
      });
      app.get<{ Params: { id: string } }>("/parcels/:id", async ({ params: { id } }, reply) => {
        const found = parcels.get(id);
        if (!found) return reply.code(404).send({});
        return { trackingId: id, destination: found.destination, status: valueAt(found.script, context.clock.now()) };
      });
    },
  },
});
