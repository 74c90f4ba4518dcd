/**
 * Asks Cleeng whether customers may see offers, over JSON-RPC in batches or over its REST successor one by one. Which
 * of the two is configuration; the answers are the same. Tokens pass through and are kept nowhere.
 */
import { readErrorCode } from "../cleeng-purchases/wire.ts";
import type { Answer, CallOptions, Exchange, Reader, Upstream } from "../contract.ts";
import { parseJson } from "../json.ts";
import type { Problem } from "../problems.ts";
import {
  type AccessDecision,
  type AccessKey,
  decisionOf,
  offerNotFound,
  problemOfCode,
  problemOfStatus,
  unreadable,
} from "./status.ts";
import { entitlement, readRpcFault, rpcFailure, rpcResult, rpcRow } from "./wire.ts";

export type { AccessDecision, AccessKey } from "./status.ts";

export interface AccessClient {
  /** One result a key, in their order; a key's failure is its own. Each successful check counts in Cleeng's reports. */
  checkMany(keys: readonly AccessKey[], options: CallOptions): Promise<ReadonlyArray<AccessDecision | Problem>>;
}

type Checked = AccessDecision | Problem;
type Read<T> = Exclude<Exchange<T>, { type: "unsent" }>;

/** The most calls in one request; the vendor's own SDK sends no more. */
const batchSize = 25;
/** Far more rows than calls are no answer to them (ours), and would take seconds to be read. */
export const mostRows = 1_000;

const succeeded = ({ status }: Answer) => status >= 200 && status < 300;

// ------------------------------------------------------------------ JSON-RPC

export function createRpcClient(endpoint: URL, upstream: Upstream): AccessClient {
  async function checkBatch(keys: readonly AccessKey[], options: CallOptions): Promise<readonly Checked[]> {
    const exchange = await upstream.exchange(
      {
        method: "POST",
        url: endpoint,
        headers: { accept: "application/json", "content-type": "application/json" },
        body: JSON.stringify(keys.map(callOf)),
        secrets: keys.map(({ customerToken }) => customerToken),
        effect: "read",
      },
      options,
      batchReader(keys),
    );
    return exchange.type === "answered" ? exchange.value : keys.map(() => exchange.problem);
  }

  return {
    async checkMany(keys, options) {
      const batches: AccessKey[][] = [];
      for (let start = 0; start < keys.length; start += batchSize) batches.push(keys.slice(start, start + batchSize));
      return (await Promise.all(batches.map((batch) => checkBatch(batch, options)))).flat();
    },
  };
}

/** The id of a call is its place in the batch, from 1. */
function callOf({ offerId, customerToken, ipAddress }: AccessKey, index: number): object {
  const params = { customerToken, offerId, ...(ipAddress === null ? {} : { ipAddress }) };
  return { jsonrpc: "2.0", id: index + 1, method: "getAccessStatus", params };
}

function batchReader(keys: readonly AccessKey[]): Reader<readonly Checked[]> {
  return (answer): Read<readonly Checked[]> => {
    // A JSON-RPC error may come with any HTTP status (200 has been seen); a 5xx is the host's, whatever its body says.
    if (answer.status >= 500) return { type: "refused", problem: problemOfStatus(answer.status, null, "none") };
    const body = parseJson(answer.text);
    const failure = body.ok ? wholeFailure(body.value) : null;
    if (failure !== null) return { type: "refused", problem: failure };
    const rows = rowsById(body.ok ? body.value : null);
    const checked = keys.map((key, index) => checkedOf(key, rows, index));
    if (checked.some((one) => one !== null)) {
      return { type: "answered", value: checked.map((one) => one ?? unreadable()) };
    }
    return succeeded(answer)
      ? { type: "lost", problem: unreadable() }
      : { type: "refused", problem: problemOfStatus(answer.status, null, "none") };
  };
}

/** One object in place of a batch's answers that says that all of it failed, and why; null where it does not. */
function wholeFailure(body: unknown): Problem | null {
  if (Array.isArray(body)) return null;
  const parsed = rpcFailure.safeParse(body);
  const fault = parsed.success ? readRpcFault(parsed.data.error) : null;
  return fault === null || fault.code === null ? null : problemOfCode(fault.code);
}

type Row = { readonly result?: unknown; readonly error?: unknown };

/** Rows that can be told apart, by id. One that came twice decides nothing: null. A lone object is a batch of one. */
function rowsById(body: unknown): Map<string, Row | null> {
  const rows = new Map<string, Row | null>();
  const listed: readonly unknown[] = Array.isArray(body) ? body : [body];
  if (listed.length > mostRows) return rows;
  for (const row of listed) {
    const parsed = rpcRow.safeParse(row);
    if (parsed.success) rows.set(parsed.data.id, rows.has(parsed.data.id) ? null : parsed.data);
  }
  return rows;
}

/** What was answered to the call at `index`; null where there is no answer, or none that can be read. */
function checkedOf({ offerId }: AccessKey, rows: ReadonlyMap<string, Row | null>, index: number): Checked | null {
  const row = rows.get(String(index + 1)) ?? null;
  if (row === null) return null;
  const fault = readRpcFault(row.error);
  if (fault !== null) return fault.code === null ? null : problemOfCode(fault.code);
  const result = rpcResult.safeParse(row.result);
  return result.success ? decisionOf(offerId, result.data) : null;
}

// ------------------------------------------------------------------ REST

/** `base` is the media store's; the successor takes no address. */
export function createRestClient(base: URL, upstream: Upstream): AccessClient {
  const root = `${base.origin}${base.pathname.replace(/\/+$/, "")}`;

  async function check({ offerId, customerToken }: AccessKey, options: CallOptions): Promise<Checked> {
    const url = new URL(`${root}/entitlements/${encodeURIComponent(offerId)}`);
    const headers = { accept: "application/json", authorization: `Bearer ${customerToken}` };
    const request = { method: "GET", url, headers, effect: "read" } as const;
    const exchange = await upstream.exchange(request, options, (answer) => readEntitlement(offerId, answer));
    return exchange.type === "answered" ? exchange.value : exchange.problem;
  }

  return { checkMany: (keys, options) => Promise.all(keys.map((key) => check(key, options))) };
}

function readEntitlement(offerId: string, answer: Answer): Read<AccessDecision> {
  const body = parseJson(answer.text);
  const code = body.ok ? readErrorCode(body.value) : null;
  if (!succeeded(answer)) {
    const problem = answer.status === 404 ? offerNotFound(code) : problemOfStatus(answer.status, code, "viewer's");
    return { type: "refused", problem };
  }
  if (code !== null) return { type: "refused", problem: problemOfCode(code) };
  const parsed = entitlement.safeParse(body.ok ? body.value : undefined);
  // Errors without a readable code beside a decision contradict it, and what is contradicted decides nothing.
  if (!parsed.success || (parsed.data.errors?.length ?? 0) > 0) return { type: "lost", problem: unreadable() };
  return { type: "answered", value: decisionOf(offerId, parsed.data.responseData) };
}
