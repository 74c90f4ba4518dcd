/**
 * Where reads are answered from memory over HTTP: after the hooks that judge every request, and before Apollo. It reads a
 * request as Apollo would, and learns from Apollo's answers in which form each Accept is answered.
 */
import type { FastifyInstance, FastifyRequest, RouteHandlerMethod } from "fastify";
import { LRUCache } from "lru-cache";
import { scopeOf } from "../../operations/context.ts";
import type { Admission } from "../admission.ts";
import { callerOf } from "../context.ts";
import type { Reads } from "./reads.ts";
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
  /** The content type by which an answer of GraphQL's comes, by what was accepted; "" where nothing was said. */
  const forms = new LRUCache<string, string>({ max: mostForms });

  const parse = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser<string>("application/json", { parseAs: "string" }, (request, text, done) => {
    const before = known.get(text);
    if (before) {
      sent.set(request, { text, body: before.body });
      return done(null, before.body);
    }
    return parse(request, text, (error, body) => {
      sent.set(request, { text, body });
      done(error, body);
    });
  });

  const preparedFor = (request: FastifyRequest): Prepared | null => {
    const came = request.method === "GET" ? { text: request.raw.url ?? "", body: null } : sent.get(request);
    if (!came) return null;
    const { text, body } = came;
    const before = known.get(text);
    if (before) return before.prepared;
    const asked = request.method === "GET" ? readAddress(text) : readBody(request.body);
    const prepared = asked && requests.prepare(asked);
    if (text.length <= longest) known.set(text, { body, prepared });
    return prepared;
  };

  return (other) =>
    async function answerRead(request, reply) {
      const accept = request.headers.accept ?? "";
      const form = forms.get(accept);
      const isPlain = request.method === "POST" || request.headers["content-type"] === undefined;
      const prepared = form !== undefined && isPlain ? preparedFor(request) : null;
      if (form !== undefined && prepared !== null) {
        const { identity } = admission.sessionOf(request);
        const { viewer, rights } = callerOf({ identity, address: null, customerToken: null, byGet: false });
        const answer = reads.answer({ prepared, scope: scopeOf(viewer), rights });
        const text = typeof answer === "string" ? answer : await answer;
        if (text !== null) {
          reply.header("content-type", form);
          return text;
        }
      }
      const answered = await other.call(this, request, reply);
      const type = reply.getHeader("content-type");
      if (form === undefined && reply.statusCode === 200 && typeof type === "string") forms.set(accept, type);
      return answered;
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
