/**
 * Asks floLIVE over the transport it is given: sends bulk calls, and walks the pages of a call's status. It decides
 * what an answer is worth; retries, time-outs and budgets are the transport's.
 */
import type {
  AcceptedWrite,
  Answer,
  CallOptions,
  Exchange,
  OperationClient,
  PreparedWrite,
  Reader,
  Reading,
  Target,
  Upstream,
  Write,
} from "../contract.ts";
import { invalidInput, type Problem } from "../problems.ts";
import { failureOfWrite } from "../write-failure.ts";
import { matchNodes, nodeIds } from "./acknowledgement.ts";
import type { BulkCallInput } from "./input.ts";
import { accepted, pending, readingOf, refusalOf, refusalOfNodes, unreadable } from "./status.ts";
import {
  type BulkBody,
  bulkBody,
  endpoints,
  mostRows,
  pageSize,
  readBulkBody,
  readStatusBody,
  requestId,
  type StatusPage,
  type StatusRow,
} from "./wire.ts";

export interface BulkCallClient extends OperationClient {
  readonly submit: Write<BulkCallInput>;
}

export interface BulkCallClientOptions {
  /** The tenant's base, with or without a slash at its end. */
  readonly base: URL;
  /** Null where none is configured: then no header is sent. */
  readonly token: string | null;
  readonly upstream: Upstream;
}

/** Far beyond a bulk of 200 nodes; it only ends a walk that would never end (assumed). */
export const mostPages = 500;

export function createBulkCallClient({ base, token, upstream }: BulkCallClientOptions): BulkCallClient {
  const root = `${base.origin}${base.pathname.replace(/\/+$/, "")}`;
  const headers: Record<string, string> = { accept: "application/json" };
  if (token !== null) headers.authorization = `Bearer ${token}`;
  /** No problem shows it, even if an answer echoes it. */
  const hidden = token === null ? [] : [token];
  const readStatus = statusReader(hidden);

  function readPage(key: string, page: number, size: number, options: CallOptions): Promise<Exchange<StatusPage>> {
    const url = new URL(`${root}/api/v3/global/call/${encodeURIComponent(key)}?page=${page}&size=${size}`);
    return upstream.exchange({ method: "GET", url, headers, effect: "read", size: "batch" }, options, readStatus);
  }

  /**
   * Rows are trusted over totals: pages end where totalPages says, or where one is empty, whichever comes first.
   * Without totals they end with one that is not full, or that repeats what was there already.
   */
  async function walk(key: string, options: CallOptions): Promise<readonly StatusRow[] | Problem> {
    const rows: StatusRow[] = [];
    const seen = new Set<string>();
    let size = pageSize;
    for (let page = 0; page < mostPages; page += 1) {
      const exchange = await readPage(key, page, size, options);
      if (exchange.type !== "answered") {
        // The first page has shown that floLIVE knows the id: what says otherwise must not end the wait for it.
        return page > 0 && exchange.problem.type === "NotFound"
          ? unreadable(`page ${page} of a call whose first page was there`)
          : exchange.problem;
      }
      const { value } = exchange;
      if (rows.length + value.rows.length > mostRows) return unreadable(`at most ${mostRows} rows of statuses`);
      const seenBefore = seen.size;
      for (const row of value.rows) {
        rows.push(row);
        if (row.requestId !== null) seen.add(row.requestId);
      }
      // Only the first page chooses: a size that changed on the way would move the borders of the pages.
      if (page === 0) size = value.size ?? pageSize;
      if (value.rows.length === 0) return rows;
      const full = value.rows.length >= size && seen.size > seenBefore;
      if (value.totalPages === null ? !full : page + 1 >= value.totalPages) return rows;
    }
    return unreadable(`at most ${mostPages} pages of statuses`);
  }

  async function read({ key }: Target, options: CallOptions): Promise<Reading | Problem> {
    if (!canStandInPath(key)) {
      const message = "Expected a request id of floLIVE: 1 to 256 printable ASCII characters without spaces.";
      return invalidInput([{ path: "requestId", message }]);
    }
    const rows = await walk(key, options);
    return "type" in rows ? rows : readingOf(key, rows);
  }

  async function send(input: BulkCallInput, prepared: PreparedWrite, options: CallOptions) {
    const { method, path } = endpoints[input.action];
    return upstream.exchange<AcceptedWrite>(
      {
        method,
        url: new URL(`${root}${path}`),
        headers: { ...headers, "content-type": "application/json" },
        body: bulkBody(input),
        effect: "write",
      },
      options,
      writeReader(input, prepared, hidden),
    );
  }

  const submit: Write<BulkCallInput> = {
    mutation: "submitBulkCall",
    whenLost: "abandon",
    prepare: (input) => ({ key: null, snapshot: pending(input) }),
    send,
  };
  return {
    fetchMany: (targets, options) => Promise.all(targets.map((target) => read(target, options))),
    writes: [submit],
    submit,
  };
}

/** "." and ".." would name another address, whatever the escaping. */
function canStandInPath(key: string): boolean {
  return key !== "." && key !== ".." && requestId.safeParse(key).success;
}

const succeeded = ({ status }: Answer) => status >= 200 && status < 300;

/** With which HTTP status an error comes is not published, so the body is read whatever it is. */
function statusReader(hidden: readonly string[]): Reader<StatusPage> {
  return (answer) => {
    const body = readStatusBody(answer.text, hidden);
    if (body?.errorCode || !succeeded(answer)) {
      return { type: "refused", problem: refusalOf(answer.status, body?.errorCode ?? null) };
    }
    return body?.page
      ? { type: "answered", value: body.page }
      : { type: "lost", problem: unreadable("a list of requests and their statuses") };
  };
}

function writeReader(
  input: BulkCallInput,
  { snapshot }: PreparedWrite,
  hidden: readonly string[],
): Reader<AcceptedWrite> {
  return (answer) => {
    const body = readBulkBody(answer.text, hidden);
    const refusal = refusalIn(answer, body, input) ?? (succeeded(answer) ? null : refusalOf(answer.status, null));
    if (refusal) return { type: failureOfWrite(answer) ?? "refused", problem: refusal };
    const id = requestId.safeParse(answer.headers["request-id"]);
    if (!id.success) return { type: "lost", problem: unreadable("a Request-Id with the accepted call") };
    // The id is what the call is followed by: with it the call is accepted, whatever became of the rows.
    const ids = nodeIds(input.nodes, body?.rows ?? []);
    return { type: "answered", value: { key: id.data, snapshot: accepted(snapshot, id.data, ids) } };
  };
}

/** All or nothing: one node with a code refuses the call, and the answer lists the bad nodes alone. */
function refusalIn({ status }: Answer, body: BulkBody | null, { nodes }: BulkCallInput): Problem | null {
  if (body === null) return null;
  const places = matchNodes(nodes, body.rows);
  const bad = body.rows.flatMap(({ errorCode: code }, n) =>
    code === null ? [] : [{ code, place: places[n] ?? null }],
  );
  const whole = body.errorCode === null ? null : refusalOf(status, body.errorCode);
  // Being unavailable, or refusing our token, is not about the nodes, whatever the rows say.
  if (bad.length === 0 || (whole !== null && whole.type !== "ProviderRejected")) return whole;
  return refusalOfNodes(bad);
}
