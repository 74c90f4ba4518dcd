/**
 * The calls to Liberis: create a batch of clients, and read batches. It knows addresses, headers and what an HTTP
 * status means; what a batch's answer means is status.ts's.
 */
import { type Clock, systemClock } from "../../clock.ts";
import type {
  Answer,
  CallOptions,
  Exchange,
  JsonFields,
  OperationClient,
  Reader,
  Reading,
  Target,
  Upstream,
  UpstreamRequest,
  Write,
} from "../contract.ts";
import { type Problem, rejected, unavailable } from "../problems.ts";
import { failureOfWrite } from "../write-failure.ts";
import { type PartnerClientsInput, toWire } from "./input.ts";
import { acceptedBatch, pendingBatch, readBatch, unknownId } from "./status.ts";
import { type Credentials, createTokenSource } from "./token.ts";
import { baseUrl, createUrl, statusUrlById, statusUrlByUri } from "./urls.ts";
import {
  type BatchAnswer,
  type CreatedAnswer,
  isUsableId,
  readBatchAnswer,
  readCreatedAnswer,
  readErrorAnswer,
} from "./wire.ts";

/** Reads and creates batches of partner clients. */
export interface PartnerBatchClient extends OperationClient {
  readonly create: Write<PartnerClientsInput>;
}

export interface Connection {
  /** Where Liberis' API is; a path is kept. */
  readonly url: string;
  /** Null where none are configured: calls then bear no Authorization, and a proxy may add it. */
  readonly credentials: Credentials | null;
}

type Judgement<T> = ReturnType<Reader<T>>;

/** What judging an answer takes besides it. */
interface Circumstances {
  /** Credentials that the request bore: a problem shows none of them, even if the answer echoes one. */
  readonly hidden: readonly string[];
}

export function createLiberisClient(
  connection: Connection,
  upstream: Upstream,
  clock: Clock = systemClock,
): PartnerBatchClient {
  const base = baseUrl(connection.url);
  const { credentials } = connection;
  const tokens = credentials && createTokenSource(credentials, upstream, clock);

  /**
   * Makes a call with a token, and once more with a fresh one where Liberis refuses the first. That holds for writes
   * too: what was answered 401 was refused before it was looked at, so that sending it again is no second write.
   */
  async function call<T>(
    request: UpstreamRequest,
    options: CallOptions,
    read: (answer: Answer, circumstances: Circumstances) => Judgement<T>,
  ): Promise<Exchange<T>> {
    if (!tokens || !credentials) {
      return upstream.exchange(request, options, (answer) => read(answer, { hidden: [] }));
    }
    for (let fresh = false; ; fresh = true) {
      const got = await tokens.get(options);
      if (got.type === "none") return { type: "unsent", problem: got.problem };
      const { token } = got;
      const headers = { ...request.headers, authorization: `Bearer ${token}` };
      const hidden = [token, credentials.clientSecret];
      const bearing = { ...request, headers, secrets: [credentials.clientSecret] };
      const exchange = await upstream.exchange<T | Expired>(bearing, options, (answer) =>
        // An expired token is no failure of Liberis, and is not counted as one.
        answer.status === 401 && !fresh ? { type: "answered", value: expired } : read(answer, { hidden }),
      );
      if (exchange.type !== "answered") return exchange;
      if (exchange.value !== expired) return { type: "answered", value: exchange.value };
      tokens.refused(token);
    }
  }

  async function fetchOne({ key, fields }: Target, options: CallOptions): Promise<Reading | Problem> {
    if (!isUsableId(key)) return unknownId;
    const request = {
      method: "GET",
      url: statusUrl(key, fields),
      headers: { accept: "application/json" },
      effect: "read",
      size: "batch",
    } as const;
    const exchange = await call(request, options, judgeStatus);
    return exchange.type === "answered" ? readBatch(key, exchange.value) : exchange.problem;
  }

  /** The address that Liberis gave, as long as it leads to Liberis; else the documented one by the id. */
  function statusUrl(id: string, fields: JsonFields | null): URL {
    const uri = fields?.statusCheckUri;
    return (typeof uri === "string" ? statusUrlByUri(base, uri) : null) ?? statusUrlById(base, id);
  }

  const create: Write<PartnerClientsInput> = {
    mutation: "createPartnerClients",
    whenLost: "abandon",

    prepare: ({ clients }) => ({ key: null, snapshot: pendingBatch(toWire(clients)) }),

    async send({ clients }, prepared, options) {
      const request = {
        method: "POST",
        url: createUrl(base),
        headers: { "content-type": "application/json", accept: "application/json" },
        body: JSON.stringify(toWire(clients)),
        effect: "write",
      } as const;
      const exchange = await call(request, options, judgeCreated);
      if (exchange.type !== "answered") return exchange;
      const { status_check_id: key, status_check_uri } = exchange.value;
      const uri = status_check_uri !== null && statusUrlByUri(base, status_check_uri) ? status_check_uri : null;
      return { type: "answered", value: { key, snapshot: acceptedBatch(prepared.snapshot, key, uri) } };
    },
  };
  return {
    fetchMany: (targets, options) => Promise.all(targets.map((target) => fetchOne(target, options))),
    writes: [create],
    create,
  };
}

/** Stands for a 401 that a fresh token may mend. */
const expired = Symbol("expired");
type Expired = typeof expired;

function judgeStatus(answer: Answer, circumstances: Circumstances): Judgement<BatchAnswer> {
  if (answer.status === 404) return { type: "refused", problem: unknownId };
  if (answer.status >= 400) return { type: "refused", problem: refusal(answer, circumstances) };
  const batch = readBatchAnswer(answer.text);
  return batch ? { type: "answered", value: batch } : unreadable("Its status check answered without a status.");
}

function judgeCreated(answer: Answer, circumstances: Circumstances): Judgement<CreatedAnswer> {
  if (answer.status >= 400) {
    return { type: failureOfWrite(answer) ?? "refused", problem: refusal(answer, circumstances) };
  }
  const created = readCreatedAnswer(answer.text);
  return created ? { type: "answered", value: created } : unreadable("It answered without a status_check_id.");
}

/** What an answer of 400 and above is, whatever was asked. */
function refusal({ status, text }: Answer, { hidden }: Circumstances): Problem {
  const code = readErrorAnswer(text, hidden)?.code ?? null;
  if (status >= 500) {
    const message = `Liberis failed (HTTP ${status}). Try again later.`;
    return unavailable("LIBERIS", code ?? "PROVIDER_ERROR", message);
  }
  if (status === 401 || status === 403) {
    return unavailable(
      "LIBERIS",
      code ?? "PROVIDER_ERROR",
      `Liberis refused this gateway's credentials (HTTP ${status}). Check LIBERIS_CLIENT_ID and LIBERIS_CLIENT_SECRET.`,
    );
  }
  return rejected(
    "LIBERIS",
    code ?? `HTTP_${status}`,
    `Liberis refused the request (HTTP ${status}), and would refuse it again: change it before sending it anew.`,
  );
}

function unreadable(what: string): { type: "lost"; problem: Problem } {
  return {
    type: "lost",
    problem: unavailable("LIBERIS", "UNREADABLE_ANSWER", `Liberis gave no usable answer. ${what}`),
  };
}
