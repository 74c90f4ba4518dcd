/**
 * Where reads are answered from memory over HTTP: after the hooks that judge every request, and before Apollo. It reads a
 * request as Apollo would, and learns from Apollo's answers in which form each Accept is answered.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from "fastify";
import { LRUCache } from "lru-cache";
import { scopeOf } from "../../operations/context.ts";
import type { Admission } from "../admission.ts";
import type { Identity } from "../auth/authenticator.ts";
import { notKept, variesBy } from "../caching.ts";
import { callerOf } from "../context.ts";
import { securityHeaders } from "../headers.ts";
import type { Asking, Reads } from "./reads.ts";
import type { Asked, Prepared, Requests } from "./requests.ts";

export interface ReadsDoorOptions {
  readonly app: FastifyInstance;
  readonly admission: Admission;
  readonly requests: Requests;
  readonly reads: Reads;
}

interface Sent {
  readonly text: string;
  /** As it was parsed: a document that it names is put into another. */
  readonly body: unknown;
  readonly before: Known | undefined;
}

/** What equal bytes came to before. */
interface Known extends Pick<Sent, "body"> {
  readonly prepared: Prepared | null;
}

const mostBytes = 32 * 1024 * 1024;
/** Longer ones are read anew each time. */
const longest = 128 * 1024;
const mostForms = 100;

/** A handler that answers what it can, and leaves the rest to another. */
export function createReadsDoor({
  app,
  admission,
  requests,
  reads,
}: ReadsDoorOptions): (other: RouteHandlerMethod) => RouteHandlerMethod {
  const known = new LRUCache<string, Known>({
    maxSize: mostBytes,
    sizeCalculation: (_known, text) => 1_024 + 4 * text.length,
  });
  const sent = new WeakMap<FastifyRequest, Sent>();
  const cameBy = (text: string): Sent => ({ text, body: null, before: known.get(text) });
  /** An identity is one object for as long as its token is remembered. */
  const bearers = new WeakMap<Identity, Pick<Asking, "scope" | "rights">>();
  const bearerOf = (identity: Identity) => {
    const known = bearers.get(identity);
    if (known) return known;
    const { viewer, rights } = callerOf({ identity, address: null, customerToken: null, byGet: false });
    const bearer = { scope: scopeOf(viewer), rights };
    bearers.set(identity, bearer);
    return bearer;
  };
  /** The content type by which an answer of GraphQL's comes, by what was accepted; "" where nothing was said. */
  const forms = new LRUCache<string, string>({ max: mostForms });

  const parse = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser<string>("application/json", { parseAs: "string" }, (request, text, done) => {
    const before = known.get(text);
    if (before) {
      sent.set(request, { text, body: before.body, before });
      return done(null, before.body);
    }
    return parse(request, text, (error, body) => {
      sent.set(request, { text, body, before });
      done(error, body);
    });
  });

  /** What every answer of these bears, in Node's own form, by its content type. */
  const headOf = createHeads();
  const send = (request: FastifyRequest, reply: FastifyReply, form: string, text: string): void => {
    const { method, headers } = request;
    // Whatever else hooks would say: to a page of another origin, to a cache, to a client behind TLS, at the end.
    const isPlain = method === "POST" && headers.origin === undefined && request.protocol === "http";
    if (!isPlain || !app.server.listening) return void reply.header("content-type", form).send(text);
    const head = [...headOf(form)];
    // What has been said so far is of the limits; and, by the plugin for other origins, what this head has better.
    for (const [name, value] of Object.entries(reply.getHeaders())) if (name !== "vary") head.push(name, `${value}`);
    head.push("content-length", `${Buffer.byteLength(text)}`);
    reply.hijack();
    reply.raw.writeHead(200, head).end(text);
  };

  const preparedFor = (request: FastifyRequest): Prepared | null => {
    const came = request.method === "GET" ? cameBy(request.raw.url ?? "") : sent.get(request);
    if (!came) return null;
    const { text, body, before } = came;
    if (before) return before.prepared;
    const asked = request.method === "GET" ? readAddress(text) : readBody(request.body);
    const prepared = asked && requests.prepare(asked);
    if (text.length <= longest) known.set(text, { body, prepared });
    return prepared;
  };

  return (other) =>
    function answerRead(request, reply) {
      const { accept = "", "content-type": type } = request.headers;
      const form = forms.get(accept);
      const isRead = form !== undefined && (request.method === "POST" || type === undefined);
      const prepared = isRead ? preparedFor(request) : null;
      const executed = async () => {
        const answered = await other.call(this, request, reply);
        const given = reply.getHeader("content-type");
        if (form === undefined && reply.statusCode === 200 && typeof given === "string") forms.set(accept, given);
        return answered;
      };
      if (form === undefined || prepared === null) return executed();
      const { scope, rights } = bearerOf(admission.sessionOf(request).identity);
      const answer = reads.answer({ prepared, scope, rights });
      if (typeof answer === "string") return send(request, reply, form, answer);
      if (answer === null) return executed();
      return answer.then((text) => {
        if (text === null) return executed();
        send(request, reply, form, text);
        return reply;
      });
    };
}

/** In Node's own form: names and values in turns. */
function createHeads(): (form: string) => readonly string[] {
  const heads = new Map<string, readonly string[]>();
  const always = [...Object.entries(securityHeaders).flat(), "vary", variesBy, "cache-control", notKept];
  return (form) => {
    const head = heads.get(form) ?? [...always, "content-type", form];
    heads.set(form, head);
    return head;
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
