/**
 * Providers that answer by the id alone, so that many may ask at once: one that begins with "none" they do not know, one
 * that begins with "final" has ended; every other is under way, and stays so. What they were asked is counted by the id.
 */
import { decoyOf } from "../../src/datasources/decoy.ts";
import { startAccess } from "../simulators/cleeng.ts";
import { type Reaction, type Simulator, startSimulator } from "../simulators/simulator.ts";

export interface Providers {
  readonly env: Readonly<Record<string, string>>;
  /** How many requests had this text, or the decoy that stands for it as an id, in their address or body. */
  asked(text: string): number;
  dispose(): Promise<void>;
}

/** No id here is a UUID but a decoy's. */
const isUnknown = (id: string) => id.startsWith("none") || /^[0-9a-f]{8}-[0-9a-f]{4}-/.test(id);

export async function startProviders(): Promise<Providers> {
  const [cleeng, flolive, liberis, purespectrum, access] = await Promise.all([
    startSimulator(cleengAnswers()),
    startSimulator(floliveAnswers()),
    startSimulator(liberisAnswers()),
    startSimulator(({ method, url }) => purespectrumAnswers(method, idIn(url))),
    startAccess(),
  ]);
  const all: readonly Simulator[] = [cleeng, flolive, liberis, purespectrum, access];
  return {
    env: {
      CLEENG_INAPP_URL: `${cleeng.origin}/storekit2`,
      CLEENG_PUBLISHER_TOKEN: "a-publisher",
      FLOLIVE_URL: flolive.origin,
      LIBERIS_URL: liberis.origin,
      PURESPECTRUM_URL: `${purespectrum.origin}/buyers/v2`,
      PURESPECTRUM_READ_URL: `${purespectrum.origin}/buyers/v3`,
      PURESPECTRUM_ACCESS_TOKEN: "a-buyer",
      ...access.env,
      // A budget so wide that nobody waits for it.
      ...Object.fromEntries(
        ["CLEENG", "FLOLIVE", "LIBERIS", "PURESPECTRUM"].flatMap((name) => [
          [`${name}_RATE_PER_SECOND`, "10000"],
          [`${name}_CONCURRENCY`, "100"],
        ]),
      ),
    },
    asked: (text) => {
      const names = [text, decoyOf(text)];
      return all
        .flatMap(({ received }) => received)
        .filter(({ url, body }) => names.some((name) => decodeURIComponent(url).includes(name) || body.includes(name)))
        .length;
    },
    async dispose() {
      await Promise.all(all.map((one) => one.dispose()));
    },
  };
}

/** The last part of the path, or the one before a status. */
function idIn(url: string): string {
  const parts = url.split("?", 1)[0]?.split("/") ?? [];
  return decodeURIComponent((parts.at(-1) === "status" ? parts.at(-2) : parts.at(-1)) ?? "");
}

type Answers = Parameters<typeof startSimulator>[0];

/** A purchase that it has taken already it does not take again. */
function cleengAnswers(): Answers {
  const taken = new Set<string>();
  return ({ method, url, headers, body }): Reaction => {
    if (method === "GET") {
      return isUnknown(idIn(url))
        ? { status: 404, body: { code: "REQ0100", message: "Entity not found" } }
        : { body: { status: "processing" } };
    }
    const { transactionId }: { readonly transactionId: string } = JSON.parse(body);
    if (taken.has(transactionId)) return { status: 409, body: { code: "SK2C0101", message: "Locked" } };
    taken.add(transactionId);
    return { status: 202, body: { synchronizationId: headers["correlation-id"] } };
  };
}

/** Each call that it knows has two nodes, whose ids are the call's with -node-0 and -node-1. */
function floliveAnswers(): Answers {
  let calls = 0;
  const rowsOf = (call: string, places: readonly number[]) =>
    places.map((place) => ({ requestId: `${call}-node-${place}`, status: "OPEN", errorCode: "", errorMessage: "" }));
  return ({ method, url, body }): Reaction => {
    if (method !== "GET") {
      const call = `sent-${++calls}`;
      const { bulk }: { readonly bulk: readonly object[] } = JSON.parse(body);
      const rows = rowsOf(call, [...bulk.keys()]).map((row, place) => ({ ...bulk[place], ...row }));
      return { headers: { "request-id": call }, body: { bulk: rows, pageable: null } };
    }
    const [call = "", node] = idIn(url).split("-node-");
    if (isUnknown(call)) return { status: 400, body: { errorCode: "GLOBAL_1003", errorMessage: "Not found" } };
    const content = rowsOf(call, node === undefined ? [0, 1] : [Number(node)]);
    const pageable = { page: 0, size: 200, totalPages: 1, totalElements: content.length };
    return { body: { errorCode: "", errorMessage: "", content, pageable } };
  };
}

/** Each batch has two clients, named by it. */
function liberisAnswers(): Answers {
  let batches = 0;
  return ({ method, url }): Reaction => {
    if (method !== "GET")
      return { status: 202, body: { status_check_id: `sent-${++batches}`, status_check_uri: null } };
    const id = idIn(url);
    if (isUnknown(id)) return { status: 404, body: {} };
    const row = (place: number) => ({
      data: { partner_client_id: `${id}-client-${place}` },
      status: { state: "Pending", validation_errors: null },
    });
    return { body: { status: "Pending", result: [row(0), row(1)] } };
  };
}

function purespectrumAnswers(method: string, id: string): Reaction {
  if (isUnknown(id)) return { status: 400, body: { ps_error_code: 1004, ps_error_message: "Unknown" } };
  const isFinal = id.startsWith("final");
  if (method === "GET") return { body: [{ "Transaction ID": id, "Respondent Status Code": isFinal ? 21 : 16 }] };
  return isFinal ? { status: 400, body: { ps_error_code: 1003, ps_error_message: "Final" } } : { body: [] };
}
