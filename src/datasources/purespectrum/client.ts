/**
 * Asks PureSpectrum over the transport it is given: reads a transaction, sets its status. It decides what an answer
 * is worth; retries, time-outs and budgets are the transport's.
 */
import type {
  AcceptedWrite,
  CallOptions,
  Exchange,
  JsonFields,
  OperationClient,
  Reader,
  Reading,
  Snapshot,
  Target,
  Upstream,
  Write,
} from "../contract.ts";
import { parseJson } from "../json.ts";
import { type Problem, writeUnconfirmed } from "../problems.ts";
import { failureOfWrite } from "../write-failure.ts";
import type { SetStatusInput } from "./input.ts";
import {
  isFinal,
  provider,
  refusalOf,
  settableCodes,
  snapshotOf,
  transactionFinal,
  unknownId,
  unreadable,
} from "./status.ts";
import { findStatus, parseSurveyKey, readError, type SurveyIdentity, surveyKey } from "./wire.ts";

/** Where PureSpectrum is. The bases end without a slash. */
export interface Endpoint {
  /** The `/buyers/v2` base. */
  readonly write: string;
  /** The `/buyers/v3` base. */
  readonly read: string;
  /** Null where none is configured: then no header is sent. */
  readonly accessToken: string | null;
}

export interface SurveyTransactionClient extends OperationClient {
  readonly setStatus: Write<SetStatusInput>;
}

interface Seen {
  readonly code: number;
  readonly description: string | null;
}

export function createSurveyTransactionClient(endpoint: Endpoint, upstream: Upstream): SurveyTransactionClient {
  const headers: Record<string, string> = { accept: "application/json" };
  if (endpoint.accessToken !== null) headers["access-token"] = endpoint.accessToken;

  function read(identity: SurveyIdentity, options: CallOptions): Promise<Exchange<Seen>> {
    const url = new URL(pathTo(endpoint.read, identity));
    return upstream.exchange({ method: "GET", url, headers, effect: "read" }, options, readerOf(identity));
  }

  function write(input: SetStatusInput, options: CallOptions): Promise<Exchange<null>> {
    const url = new URL(`${pathTo(endpoint.write, input)}/status?${queryOf(input)}`);
    return upstream.exchange({ method: "POST", url, headers, effect: "write" }, options, readWritten);
  }

  async function fetchOne(target: Target, options: CallOptions): Promise<Reading | Problem> {
    const identity = parseSurveyKey(target.key);
    if (!identity) return unknownId;
    const exchange = await read(identity, options);
    return exchange.type === "answered" ? readingOf(identity, exchange.value) : exchange.problem;
  }

  const setStatus: Write<SetStatusInput> = {
    mutation: "setSurveyTransactionStatus",
    whenLost: "read",

    prepare: (input) => ({
      key: surveyKey(input.surveyId, input.transactionId),
      snapshot: snapshotOf(input, settableCodes[input.status]),
    }),

    async send(input, prepared, options) {
      const written = await write(input, options);
      if (written.type !== "answered") return written;
      // Its 200 decided: the read adds the vendor's description, and shows whether something else came first.
      const seen = await read(input, options);
      // A code that is still changeable only says that the read lags behind.
      const ended = seen.type === "answered" && isFinal(seen.value.code);
      return accepted(input, ended ? snapshotFrom(input, seen.value) : prepared.snapshot, ended);
    },

    about(input, key) {
      const identity = parseSurveyKey(key);
      if (!identity) throw new Error("A status is set of a transaction, by its key; this is none.");
      return { ...input, ...identity };
    },

    unread: ({ snapshot }) => ({
      standing: { state: "PENDING" },
      providerStatus: null,
      fields: { ...snapshot.fields, statusCode: null, status: null, changeable: false },
      items: [],
    }),

    async settleLost({ key, snapshot }, options) {
      const identity = key === null ? null : parseSurveyKey(key);
      if (!identity) throw new Error("A transaction has its key before its status is set; this one has none.");
      const seen = await read(identity, options);
      if (seen.type === "answered") {
        // What the write would make of it is what was sent.
        if (seen.value.code === snapshot.fields.statusCode) {
          return accepted(identity, snapshotFrom(identity, seen.value), true);
        }
        const problem = isFinal(seen.value.code) ? transactionFinal() : writeUnconfirmed(provider);
        return { type: "refused", problem };
      }
      // Where there is no such transaction, there was none to set.
      if (seen.problem.type === "NotFound") return { type: "refused", problem: seen.problem };
      return { type: "lost", problem: writeUnconfirmed(provider) };
    },
  };

  return {
    fetchMany: (targets, options) => Promise.all(targets.map((target) => fetchOne(target, options))),
    writes: [setStatus],
    setStatus,
  };
}

function pathTo(base: string, { surveyId, transactionId }: SurveyIdentity): string {
  return `${base}/surveys/${encodeURIComponent(surveyId)}/transactions/${encodeURIComponent(transactionId)}`;
}

/** By hand: URLSearchParams would escape the commas, which the vendor shows as they are. */
function queryOf({ status, quotaIds }: SetStatusInput): string {
  const st = `st=${settableCodes[status]}`;
  return quotaIds === null ? st : `${st}&quota_id=${quotaIds.map(encodeURIComponent).join(",")}`;
}

function accepted({ surveyId, transactionId }: SurveyIdentity, snapshot: Snapshot, read: boolean) {
  const value: AcceptedWrite = { key: surveyKey(surveyId, transactionId), snapshot, ...(read ? { read } : {}) };
  return { type: "answered", value } as const;
}

function snapshotFrom(identity: SurveyIdentity, { code, description }: Seen): Snapshot {
  return snapshotOf(identity, code, description);
}

/** An end that was seen or confirmed is kept against a read that lags behind it; another end (reconciliation) is news. */
function readingOf(identity: SurveyIdentity, seen: Seen): Reading {
  return {
    itemKeys: [],
    compose({ snapshot: known }) {
      if (known && endedBefore(known.fields) && !isFinal(seen.code)) return known;
      return snapshotFrom(identity, seen);
    },
  };
}

/** By the code, not by the state: what this gateway gave up on (ABANDONED) has none that is final, and may go on. */
function endedBefore(fields: JsonFields): boolean {
  return typeof fields.statusCode === "number" && isFinal(fields.statusCode);
}

function bodyOf(text: string): unknown {
  const parsed = parseJson(text);
  return parsed.ok ? parsed.value : undefined;
}

function readerOf(identity: SurveyIdentity): Reader<Seen> {
  return ({ status, text }) => {
    const body = bodyOf(text);
    const error = readError(body);
    // 1004 is what it is whatever the HTTP status beside it.
    if (error?.code === unknownId.code) return { type: "refused", problem: unknownId };
    if (status >= 400) {
      // 1003 answers a write; a read has nothing that it could have wanted to change.
      const code = error?.code === "1003" ? null : (error?.code ?? null);
      return { type: "refused", problem: refusalOf(status, code) };
    }
    const found = findStatus(body, identity.transactionId);
    switch (found.type) {
      case "status":
        return { type: "answered", value: found };
      case "absent":
        return { type: "refused", problem: unknownId };
      case "unreadable":
        return {
          type: "lost",
          problem: unreadable("Expected a row with the transaction's status code; PureSpectrum's answer has none."),
        };
    }
  };
}

/**
 * A 2xx is a yes with the documented `[]`, an empty object or nothing, and a no with an error code. Anything else can't
 * be read, and then reading the transaction decides.
 */
const readWritten: Reader<null> = (answer) => {
  const { status, text } = answer;
  const body = bodyOf(text);
  const code = readError(body)?.code ?? null;
  if (status >= 300) return { type: failureOfWrite(answer) ?? "refused", problem: refusalOf(status, code) };
  if (code !== null && !/^0+$/.test(code)) return { type: "refused", problem: refusalOf(status, code) };
  if (text.trim() === "" || isEmpty(body)) return { type: "answered", value: null };
  return {
    type: "lost",
    problem: unreadable("Expected an empty list; PureSpectrum's answer to the write is something else."),
  };
};

function isEmpty(body: unknown): boolean {
  return typeof body === "object" && (body === null || Object.keys(body).length === 0);
}
