/**
 * Asks the sandboxes themselves what became of work, past every fault, and says what that means. Its tables are its own,
 * so that a mistake in the gateway's shows here.
 */
import { request as send } from "undici";
import type { RunningSandbox } from "../../../src/sandbox/index.ts";
import type { Truth } from "./fault.ts";

export interface Asked {
  readonly kind: string;
  readonly naturalId: string;
}

export interface Witness {
  truthOf(asked: Asked): Promise<Truth>;
  /** Work that another system begins; the provider's id of it. */
  beginElsewhere(kind: "PURCHASE_SYNC" | "PARTNER_BATCH", work: string): Promise<string>;
}

type Settings = Readonly<Record<string, string>>;
type Outcome = Truth["outcome"];

/** Codes that end a transaction, apart from 21, which is the only good end. */
const badEnds = new Set([11, 12, 13, 15, 17, 18, 20, 22, 23, 24, 25, 28, 30, 31, 32, 33, 70, 74]);

export function createWitness(sandboxes: ReadonlyMap<string, RunningSandbox>, settings: Settings): Witness {
  let token: Promise<string> | null = null;

  const sandbox = (id: string): RunningSandbox => {
    const found = sandboxes.get(id);
    if (!found) throw new Error(`Expected a sandbox of "${id}"; it was not started.`);
    return found;
  };
  const setting = (name: string): string => settings[name] ?? "";

  async function ask(url: string, headers: Record<string, string>, method: "GET" | "POST" = "GET", body = "") {
    const answer = await send(url, { method, headers, body: body === "" ? null : body });
    const text = await answer.body.text();
    // Of whatever shape: each reader takes from it what it needs.
    // biome-ignore lint/suspicious/noExplicitAny: see above.
    const value: any = text === "" ? null : JSON.parse(text);
    return { status: answer.statusCode, value };
  }

  function history(id: string, entity: string): Truth["history"] {
    return sandbox(id)
      .journal.changes({ entity })
      .map(({ at, value }) => [at, value]);
  }

  async function liberisToken(): Promise<string> {
    const form = new URLSearchParams({
      client_id: setting("LIBERIS_CLIENT_ID"),
      client_secret: setting("LIBERIS_CLIENT_SECRET"),
      grant_type: "client_credentials",
    });
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const { value } = await ask(`${sandbox("liberis").origin}/oauth/token`, headers, "POST", form.toString());
    return value.access_token;
  }

  async function bearer(): Promise<{ authorization: string }> {
    token ??= liberisToken();
    return { authorization: `Bearer ${await token}` };
  }

  const readers: Readonly<Record<string, (id: string) => Promise<Truth>>> = {
    async PURCHASE_SYNC(id) {
      const { origin } = sandbox("cleeng-purchases");
      const url = `${origin}/storekit2/purchases/synchronizations/${encodeURIComponent(id)}`;
      const { status, value } = await ask(url, { "x-publisher-token": setting("CLEENG_PUBLISHER_TOKEN") });
      if (status === 404) return unknown;
      const ended = value.status === "finalized";
      const outcome: Outcome = ended ? (value.accessGranted ? "SUCCEEDED" : "FAILED") : null;
      return { known: true, outcome, history: history("cleeng-purchases", id) };
    },

    async BULK_CALL(id) {
      const url = `${sandbox("flolive").origin}/api/v3/global/call/${encodeURIComponent(id)}?page=0&size=200`;
      const { status, value } = await ask(url, { authorization: `Bearer ${setting("FLOLIVE_TOKEN")}` });
      if (status === 404) return unknown;
      const words: string[] = value.content.map((row: { status: string }) => row.status);
      const open = words.some((word) => !["SUCCESS", "FAILURE", "INTERNAL_ERROR"].includes(word));
      return { known: true, outcome: open ? null : shareOf(words.map((word) => word === "SUCCESS")), history: [] };
    },

    async PARTNER_BATCH(id) {
      const url = `${sandbox("liberis").origin}/api/v1/Clients/Status/${encodeURIComponent(id)}`;
      const { status, value } = await ask(url, await bearer());
      if (status === 404) return unknown;
      const states: string[] = value.result.map((row: { status: { state: string } }) => row.status.state);
      const outcome = value.status === "Completed" ? shareOf(states.map((state) => state === "Completed")) : null;
      return { known: true, outcome, history: history("liberis", id) };
    },

    async SURVEY_TRANSACTION(id) {
      const { surveyId, transactionId } = surveyIn(id);
      const url = `${sandbox("purespectrum").origin}/buyers/v3/surveys/${surveyId}/transactions/${transactionId}`;
      const { value } = await ask(url, { "access-token": setting("PURESPECTRUM_ACCESS_TOKEN") });
      if (value.length === 0) return unknown;
      const code: number = value[0]["Respondent Status Code"];
      const outcome: Outcome = code === 21 ? "SUCCEEDED" : badEnds.has(code) ? "FAILED" : null;
      return { known: true, outcome, history: history("purespectrum", id) };
    },
  };

  return {
    async truthOf({ kind, naturalId }) {
      const read = readers[kind];
      if (!read) throw new Error(`Expected a kind that a sandbox knows; got "${kind}".`);
      return read(naturalId);
    },

    async beginElsewhere(kind, work) {
      if (kind === "PURCHASE_SYNC") {
        const id = `elsewhere-${work}`;
        const headers = {
          "content-type": "application/json",
          "x-publisher-token": setting("CLEENG_PUBLISHER_TOKEN"),
          "correlation-id": id,
        };
        const body = { cleengCustomerId: 123_456_789, transactionId: `elsewhere-${work}`, ipAddress: "203.0.113.7" };
        const url = `${sandbox("cleeng-purchases").origin}/storekit2/purchases`;
        await ask(url, headers, "POST", JSON.stringify(body));
        return id;
      }
      const headers = { "content-type": "application/json", ...(await bearer()) };
      const clients = [{ partner_client_id: `elsewhere-${work}`, client_start_date: "2024-03-31" }];
      const url = `${sandbox("liberis").origin}/api/v1/Clients`;
      const { value } = await ask(url, headers, "POST", JSON.stringify(clients));
      return value.status_check_id;
    },
  };
}

const unknown: Truth = { known: false, outcome: null, history: [] };

function shareOf(good: readonly boolean[]): "SUCCEEDED" | "PARTIAL" | "FAILED" {
  if (good.every(Boolean)) return "SUCCEEDED";
  return good.some(Boolean) ? "PARTIAL" : "FAILED";
}

/** The natural id of a transaction names the survey as well. */
function surveyIn(id: string): { surveyId: string; transactionId: string } {
  const [surveyId = "", transactionId = ""] = id.split("/");
  return { surveyId, transactionId };
}
