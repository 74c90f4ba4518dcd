/**
 * The short way of a read that was asked before: answered where Node hands a request over, before there is a route. What
 * comes this way has passed the same judges: its host, content type and form are those of requests that were admitted, its
 * token is remembered, it is counted by the same limit, and its bytes are those of a request that was read and judged
 * before. Whatever is not plainly that goes the ordinary way, as if it had not been looked at.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { FastifyInstance, preParsingHookHandler } from "fastify";
import type { Admission, Admitted } from "../admission.ts";
import { rateHead } from "../limits/requests.ts";
import type { Answer, Reads } from "./reads.ts";
import { isUsual, longest, type Recall } from "./recall.ts";

export interface LaneOptions {
  readonly app: FastifyInstance;
  /** The one address whose requests may be answered here. */
  readonly path: string;
  readonly admission: Admission;
  readonly reads: Reads;
  readonly recall: Recall;
}

interface Waiting {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly form: string;
  readonly admitted: Admitted;
}

/** Returns a hook for the route: it gives a body back that was read here before it turned out to be the route's. */
export function openLane({ app, path, admission, reads, recall }: LaneOptions): preParsingHookHandler {
  const { server } = app;
  const bodies = new WeakMap<IncomingMessage, Buffer>();
  let open = true;
  app.addHook("preClose", async () => {
    open = false;
  });

  // What fastify listens with; and whoever came before it.
  const listeners = server.listeners("request");
  const ordinary = (request: IncomingMessage, response: ServerResponse): void => {
    for (const listener of listeners) listener.call(server, request, response);
  };
  server.removeAllListeners("request");
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const form = formOf(request);
    const admitted = form === undefined ? null : admission.admitAhead(request);
    if (form === undefined || admitted === null) return ordinary(request, response);
    // At the end of this turn all of it is there, unless it came in pieces.
    if (waiting.length === 0) setImmediate(answerAll);
    waiting.push({ request, response, form, admitted });
  });

  /** In which it would be answered; undefined where it has to go the ordinary way. */
  const formOf = ({ method, url, headers }: IncomingMessage): string | undefined => {
    if (method !== "POST" || url !== path || !open || !server.listening) return undefined;
    return isUsual(headers) && recall.isFamiliar(headers) ? recall.formFor(headers.accept) : undefined;
  };

  let waiting: Waiting[] = [];
  const answerAll = (): void => {
    const all = waiting;
    waiting = [];
    for (const one of all) answer(one);
  };
  const handOver = ({ request, response, admitted }: Waiting): void => {
    admission.handOver(request, admitted);
    ordinary(request, response);
  };
  const answer = (one: Waiting): void => {
    const { request, admitted } = one;
    // Of an empty one the end would be told before anybody listens.
    const isWhole = request.complete && request.readableLength > 0 && request.readableLength <= longest;
    const body: unknown = isWhole ? request.read() : null;
    if (!(body instanceof Buffer)) return void handOver(one);
    const found = answerTo(body, admitted);
    if (found === null) {
      request.unshift(body);
      handOver(one);
    } else if (found instanceof Promise) {
      void found.then((answered) => {
        if (answered !== null) return send(one, answered);
        // By now its stream has ended.
        bodies.set(request, body);
        handOver(one);
      });
    } else send(one, found);
  };
  const answerTo = (body: Buffer, { session: { identity } }: Admitted): ReturnType<Reads["answer"]> => {
    const prepared = recall.knownBy(body.toString())?.prepared;
    return prepared ? reads.answer({ prepared, ...recall.bearerOf(identity) }) : null;
  };

  const send = ({ response, form, admitted: { taken } }: Waiting, found: Answer): void => {
    const { text, bytes } = found;
    const head = recall.headOf(form, found);
    head.push(...rateHead(taken));
    // The shorter way to bytes, where it comes to the same.
    response.writeHead(200, head).end(text, bytes === text.length ? "latin1" : "utf8");
  };

  return (request, _reply, payload, done) => {
    const body = bodies.get(request.raw);
    done(null, body ? Readable.from([body]) : payload);
  };
}
