/**
 * One attempt on the wire: it sends a request once and says whether that was sent, and what came. It judges no answer
 * but by what makes it unfit to read. Budget, circuit and retry are not its business.
 */
import { Socket } from "node:net";
import { Agent, buildConnector, type Dispatcher, errors, request as send } from "undici";
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

  async function attempt(request: UpstreamRequest, signal: AbortSignal, sendBy?: SendBy): Promise<Attempt> {
    const stop = new AbortController();
    const stopped = new Promise<never>((_, reject) => {
      stop.signal.addEventListener("abort", () => reject(stop.signal.reason), { once: true });
    });
    stopped.catch(() => {});
    const timer = setTimeout(() => stop.abort(new Unfit("timeout")), timeoutMs);
    const abort = (): void => stop.abort(new Unfit("aborted"));
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });

    let sent = false;
    let status: number | null = null;
    let headers: Answer["headers"] = {};
    try {
      const { method, url, body = null } = request;
      const dispatcher = agent.compose(
        noteStart(() => {
          // Asked here and not by a timer: a process that was stopped goes on with its sockets before its timers.
          if (sendBy?.hasPassed()) abort();
          else sent = true;
        }),
      );
      const sending = send(url, {
        dispatcher,
        method,
        headers: { ...ownHeaders, ...request.headers },
        body,
        signal: stop.signal,
        responseHeaders: null,
      });
      sending.catch(() => {});
      // undici obeys an abort only once there is a connection, so a connection that never comes is given up here. The
      // request is then still in undici's queue, and dropped there, unsent, when its turn comes.
      const response = await Promise.race([sending, stopped]);
      status = response.statusCode;
      headers = flatten(response.headers);
      const text = await readText(
        response,
        headers,
        request.maxBytes ?? (request.size === "batch" ? maxBatchStatusBytes : maxAnswerBytes),
      );
      return { type: "answer", answer: { status, headers, text } };
    } catch (error) {
      const reason = stop.signal.aborted ? stop.signal.reason : error;
      return { type: "failure", failure: judge(reason, sent, status), sent, status, headers, code: codeOf(reason) };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
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

/** Calls `note` when a request is about to be written to a connection that stands; never if none comes about. */
function noteStart(note: () => void): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, {
      onRequestStart: (controller, context) => {
        note();
        handler.onRequestStart?.(controller, context);
      },
      onRequestUpgrade: (...given) => handler.onRequestUpgrade?.(...given),
      onResponseStart: (...given) => handler.onResponseStart?.(...given),
      onResponseData: (...given) => handler.onResponseData?.(...given),
      onResponseEnd: (...given) => handler.onResponseEnd?.(...given),
      onResponseError: (...given) => handler.onResponseError?.(...given),
    });
}

async function readText(
  { statusCode, body }: Dispatcher.ResponseData,
  headers: Answer["headers"],
  maxBytes: number,
): Promise<string> {
  const encoding = headers["content-encoding"]?.toLowerCase() ?? "identity";
  const unfit =
    statusCode >= 300 && statusCode < 400
      ? "redirected"
      : encoding !== "identity"
        ? "encoded"
        : Number(headers["content-length"] ?? 0) > maxBytes
          ? "oversized"
          : null;
  if (unfit !== null || statusCode === 429) {
    // Nothing of the body is wanted. Closing the socket costs a connection, and can't be made to last.
    body.on("error", () => {}).destroy();
    if (unfit !== null) throw new Unfit(unfit);
    return "";
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    // Leaving the loop destroys the body, and with it the socket.
    if (bytes > maxBytes) throw new Unfit("oversized");
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function flatten(headers: Dispatcher.ResponseData["headers"]): Answer["headers"] {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(", ") : value]],
    ),
  );
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
