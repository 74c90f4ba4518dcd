/**
 * One attempt on the wire: it sends a request once and says whether that was sent, and what came. It judges no answer
 * but by what makes it unfit to read. Budget, circuit and retry are not its business.
 */
import { Socket } from "node:net";
import { Agent, buildConnector, type Dispatcher, errors } from "undici";
import type { Answer, UpstreamRequest } from "./contract.ts";
import type { SendBy } from "./send-by.ts";

export type Failure =
  /** No connection came about. Never sent. */
  | "unreachable"
  /** Our own request can't be sent at all. Never sent. */
  | "unsendable"
  | "timeout"
  | "aborted"
  /** Cut before the headers came. */
  | "cut"
  /** Cut in the middle of the body. */
  | "truncated"
  | "oversized"
  | "encoded"
  | "redirected"
  /** Not HTTP. */
  | "malformed";

export type Attempt =
  | { readonly type: "answer"; readonly answer: Answer }
  | {
      readonly type: "failure";
      readonly failure: Failure;
      /** Whether the upstream may have got the request. */
      readonly sent: boolean;
      /** Null where no headers came. */
      readonly status: number | null;
      readonly headers: Answer["headers"];
      /** The error's code, such as ECONNREFUSED, for the log. */
      readonly code: string | null;
    };

export interface Wire {
  /** Never rejects. What has not begun to be sent by `sendBy` is given up as aborted, unsent. */
  attempt(request: UpstreamRequest, signal: AbortSignal, sendBy?: SendBy): Promise<Attempt>;
  /** Closes every socket. */
  dispose(): Promise<void>;
}

/** Made where an answer is unfit, and thrown to one place that knows what was sent by then. */
class Unfit extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure);
    this.failure = failure;
  }
}

/**
 * Sent with every request, unless it has its own. An encoded answer is not read (its size can't be known before it is
 * unpacked), so none is asked for: without this header a server is free to send one.
 */
const ownHeaders = { "accept-encoding": "identity", "user-agent": "statusgraph" };

/**
 * The time-out spans the whole attempt and runs on real time, as sockets do: a Clock moved by a test must not end a
 * call that its server is answering. undici's own time-outs are coarse (500 ms fires at 1 s) and are off.
 */
export function createWire(options: {
  readonly connections: number;
  readonly timeoutMs: number;
  readonly maxAnswerBytes: number;
  readonly maxBatchStatusBytes: number;
}): Wire {
  const { connections, timeoutMs, maxAnswerBytes, maxBatchStatusBytes } = options;
  const connecting = createConnecting(timeoutMs);
  const agent = new Agent({
    connections,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: connecting.connect,
  });

  function attempt(request: UpstreamRequest, signal: AbortSignal, sendBy?: SendBy): Promise<Attempt> {
    return new Promise((resolve) => {
      const limit = request.maxBytes ?? (request.size === "batch" ? maxBatchStatusBytes : maxAnswerBytes);
      let controller: Dispatcher.DispatchController | null = null;
      let sent = false;
      let status: number | null = null;
      let headers: Answer["headers"] = {};
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      let settled = false;

      const settle = (attempted: Attempt): void => {
        settled = true;
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
        resolve(attempted);
      };
      const fail = (reason: unknown): void => {
        if (settled) return;
        settle({ type: "failure", failure: judge(reason, sent, status), sent, status, headers, code: codeOf(reason) });
      };
      /** Closes the socket: that costs a connection, and can't be made to last. */
      const giveUp = (reason: Error): void => {
        fail(reason);
        controller?.abort(reason);
      };
      const abort = (): void => giveUp(new Unfit("aborted"));
      const timer = setTimeout(() => giveUp(new Unfit("timeout")), timeoutMs);
      if (signal.aborted) return abort();
      signal.addEventListener("abort", abort, { once: true });

      const { method, url, body = null } = request;
      const handler: Dispatcher.DispatchHandler = {
        // Called when it is about to be written to a connection that stands; never if none comes about.
        onRequestStart: (started) => {
          controller = started;
          // Given up while there was no connection: undici kept it in its queue, and it is dropped here, unsent.
          if (settled) return started.abort(new Unfit("aborted"));
          // Asked here and not by a timer: a process that was stopped goes on with its sockets before its timers.
          if (sendBy?.hasPassed()) abort();
          else sent = true;
        },
        onResponseStart: (_controller, statusCode, given) => {
          // Of an interim answer nothing is heeded.
          if (settled || statusCode < 200) return;
          status = statusCode;
          headers = flatten(given);
          const unfit = unfitness(statusCode, headers, limit);
          if (unfit !== null) return giveUp(new Unfit(unfit));
          if (statusCode !== 429) return;
          // Nothing of its body is wanted.
          settle({ type: "answer", answer: { status, headers, text: "" } });
          controller?.abort(new Unfit("aborted"));
        },
        onResponseData: (_controller, chunk) => {
          if (settled) return;
          bytes += chunk.length;
          if (bytes > limit) giveUp(new Unfit("oversized"));
          else chunks.push(chunk);
        },
        onResponseEnd: () => {
          if (settled || status === null) return;
          settle({ type: "answer", answer: { status, headers, text: textOf(chunks) } });
        },
        onResponseError: (_controller, error) => fail(error),
      };
      const { origin } = url;
      const path = `${url.pathname}${url.search}`;
      try {
        agent.dispatch({ origin, path, method, headers: { ...ownHeaders, ...request.headers }, body }, handler);
      } catch (error) {
        fail(error);
      }
    });
  }

  async function dispose(): Promise<void> {
    connecting.stop();
    await agent.destroy();
  }

  return { attempt, dispose };
}

/**
 * Makes connections of HTTP/1.1, and can drop those that don't stand yet: undici would keep them until their time-out,
 * even when it is destroyed. HTTP/2 stays off (undici's default is on), for a pool of it shares one connection.
 */
function createConnecting(timeoutMs: number): { connect: buildConnector.connector; stop(): void } {
  const connector = buildConnector({ timeout: timeoutMs, allowH2: false });
  const pending = new Set<Socket>();
  return {
    connect: (options, callback) => {
      // It returns the socket, though its types don't say so. Without one, the connection ends by its time-out.
      const socket: unknown = connector(options, (...outcome) => {
        if (socket instanceof Socket) pending.delete(socket);
        callback(...outcome);
      });
      if (socket instanceof Socket) pending.add(socket);
    },
    stop: () => {
      for (const socket of pending) socket.destroy(new Error("The upstream was disposed of."));
    },
  };
}

function unfitness(status: number, headers: Answer["headers"], maxBytes: number): Failure | null {
  if (status >= 300 && status < 400) return "redirected";
  const encoding = headers["content-encoding"]?.toLowerCase() ?? "identity";
  if (encoding !== "identity") return "encoded";
  return Number(headers["content-length"] ?? 0) > maxBytes ? "oversized" : null;
}

const decoder = new TextDecoder();

function textOf(chunks: readonly Uint8Array[]): string {
  const [only] = chunks;
  return decoder.decode(chunks.length === 1 ? only : Buffer.concat(chunks));
}

function flatten(headers: Dispatcher.ResponseData["headers"]): Answer["headers"] {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
  }
  return flat;
}

function judge(reason: unknown, sent: boolean, status: number | null): Failure {
  if (reason instanceof Unfit) return reason.failure === "timeout" && !sent ? "unreachable" : reason.failure;
  if (reason instanceof errors.InvalidArgumentError || reason instanceof errors.NotSupportedError) return "unsendable";
  if (!sent) return "unreachable";
  if (reason instanceof errors.HTTPParserError || reason instanceof errors.HeadersOverflowError) {
    return status === null ? "malformed" : "truncated";
  }
  return status === null ? "cut" : "truncated";
}

function codeOf(reason: unknown): string | null {
  if (reason instanceof Unfit) return null;
  return reason instanceof Error && "code" in reason && typeof reason.code === "string" ? reason.code : null;
}
