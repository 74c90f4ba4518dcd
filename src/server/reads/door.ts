/**
 * Where reads are answered from memory over HTTP: after the hooks that judge every request, and before Apollo. It reads a
 * request as Apollo would, and learns from Apollo's answers in which form each Accept is answered.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from "fastify";
import type { Admission } from "../admission.ts";
import type { Answer, Reads } from "./reads.ts";
import { isUsual, type Known, type Recall } from "./recall.ts";
import type { Asked, Prepared, Requests } from "./requests.ts";

export interface ReadsDoorOptions {
  readonly app: FastifyInstance;
  readonly admission: Admission;
  readonly requests: Requests;
  readonly reads: Reads;
  readonly recall: Recall;
}

interface Sent {
  readonly text: string;
  /** As it was parsed: a document that it names is put into another. */
  readonly body: unknown;
  readonly before: Known | undefined;
}

/** A handler that answers what it can, and leaves the rest to another. */
export function createReadsDoor({
  app,
  admission,
  requests,
  reads,
  recall,
}: ReadsDoorOptions): (other: RouteHandlerMethod) => RouteHandlerMethod {
  const sent = new WeakMap<FastifyRequest, Sent>();
  const cameBy = (text: string): Sent => ({ text, body: null, before: recall.knownBy(text) });

  const parse = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser<string>("application/json", { parseAs: "string" }, (request, text, done) => {
    const before = recall.knownBy(text);
    if (before) {
      sent.set(request, { text, body: before.body, before });
      return done(null, before.body);
    }
    return parse(request, text, (error, body) => {
      sent.set(request, { text, body, before });
      done(error, body);
    });
  });

  const send = (request: FastifyRequest, reply: FastifyReply, form: string, answer: Answer): void => {
    // Whatever else hooks would say: to a page of another origin, to a cache, to a client behind TLS, at the end.
    const isPlain = request.method === "POST" && request.headers.origin === undefined && request.protocol === "http";
    if (!isPlain || !app.server.listening) return void reply.header("content-type", form).send(answer.text);
    const head = recall.headOf(form, answer);
    // What has been said so far is of the limits; and, by the plugin for other origins, what this head has better.
    for (const [name, value] of Object.entries(reply.getHeaders())) if (name !== "vary") head.push(name, `${value}`);
    reply.hijack();
    reply.raw.writeHead(200, head).end(answer.text);
  };

  const preparedFor = (request: FastifyRequest): Prepared | null => {
    const came = request.method === "GET" ? cameBy(request.raw.url ?? "") : sent.get(request);
    if (!came) return null;
    const { text, body, before } = came;
    if (before) return before.prepared;
    const asked = request.method === "GET" ? readAddress(text) : readBody(request.body);
    const prepared = asked && requests.prepare(asked);
    recall.know(text, { body, prepared });
    return prepared;
  };

  return (other) =>
    function answerRead(request, reply) {
      const { headers, method } = request;
      const form = recall.formFor(headers.accept);
      const isRead = form !== undefined && (method === "POST" || headers["content-type"] === undefined);
      const prepared = isRead ? preparedFor(request) : null;
      // It has passed the hooks, and its body could be read.
      if (method === "POST" && isUsual(headers)) recall.familiarize(headers);
      const executed = async () => {
        const answered = await other.call(this, request, reply);
        const given = reply.getHeader("content-type");
        if (form === undefined && reply.statusCode === 200 && typeof given === "string") {
          recall.learnForm(headers.accept, given);
        }
        return answered;
      };
      if (form === undefined || prepared === null) return executed();
      const bearer = recall.bearerOf(admission.sessionOf(request).identity);
      const answer = reads.answer({ prepared, ...bearer });
      if (answer === null) return executed();
      if (!(answer instanceof Promise)) return send(request, reply, form, answer);
      return answer.then((one) => {
        if (one === null) return executed();
        send(request, reply, form, one);
        return reply;
      });
    };
}

function readBody(body: unknown): Asked | null {
  return typeof body === "object" && body !== null && !Array.isArray(body) ? body : null;
}

/** Null where a part comes several times, or is no JSON where it should be. */
function readAddress(url: string): Asked | null {
  const asked: Record<string, unknown> = {};
  for (const [name, value] of new URL(url, "http://gateway").searchParams) {
    if (Object.hasOwn(asked, name)) return null;
    asked[name] = name === "variables" ? parsed(value) : value;
  }
  return asked;
}

/** Undefined where it is no JSON, which is no variables either. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
