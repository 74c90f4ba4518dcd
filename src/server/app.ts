/** The HTTP server itself: what it takes, and how it says no. Routes are added by the files beside this one. */
import type { IncomingMessage } from "node:http";
import Fastify, { type FastifyError, type FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { inGraphQLForm, type Refusal } from "./answers.ts";
import { refuseBadAddress, refuseUnreadable } from "./headers.ts";

/** For a whole request, and for its head alone. */
const requestMs = 30_000;
const headersMs = 10_000;

export interface AppOptions {
  /** How many proxies' entries of X-Forwarded-For are believed. */
  readonly trustProxy: number;
  /** How long a body may be. */
  readonly maxBytes: number;
  /** Whether GraphiQL is served. */
  readonly explorer: boolean;
  readonly log: Logger;
}

export function createApp({ trustProxy, maxBytes, explorer, log }: AppOptions): FastifyInstance {
  const app = Fastify({
    trustProxy: (_address, hop) => hop < trustProxy,
    bodyLimit: maxBytes,
    // The drain plugin closes it after the sockets; requests under way get their answers first.
    forceCloseConnections: "idle",
    frameworkErrors: refuseBadAddress,
    clientErrorHandler: refuseUnreadable,
    // Whoever sends a byte now and then must not hold a connection.
    requestTimeout: requestMs,
    http: { headersTimeout: headersMs, connectionsCheckingInterval: 2_000 },
    // fastify's own 503 is nothing that a GraphQL client can read.
    return503OnClosing: false,
  });
  let closing = false;
  app.addHook("preClose", async () => {
    closing = true;
  });
  // Hooks that wait for nothing take a callback, here and elsewhere: a promise each would cost a read what it costs itself.
  app.addHook("onRequest", (_request, reply, done) => {
    if (!closing) return done();
    void reply.code(503).send(inGraphQLForm(shuttingDown));
  });
  // Answered while the server closes: its connection would be idle from then on, and hold the end for as long as the
  // client keeps it.
  // So is one whose body is still coming when it is refused: nobody would read it, and it may have no end.
  app.addHook("onSend", (request, reply, payload, done) => {
    if (closing || isStillComing(request.raw)) reply.header("connection", "close");
    done(null, payload);
  });
  // JSON alone: a form or text/plain body could be sent by any page without asking (CSRF).
  app.removeContentTypeParser("text/plain");
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error }, "A request failed outside GraphQL.");
    const refusal = status === 413 ? tooLarge(maxBytes, request.headers) : sentences.get(error.code ?? "");
    return reply.code(status).send(inGraphQLForm(refusal ?? refusalOf(status)));
  });
  app.setNotFoundHandler(({ method, url }, reply) => {
    const isGraphQL = url.split("?", 1)[0] === "/graphql";
    if (isGraphQL) reply.header("allow", "GET, POST");
    const page = explorer ? ", GraphiQL at /graphiql" : "";
    const message = `Nothing answers ${method} at this address. GraphQL is at /graphql (GET, POST, WebSocket)${page}.`;
    return reply.code(isGraphQL ? 405 : 404).send(inGraphQLForm({ code: "BAD_USER_INPUT", message }));
  });
  return app;
}

/** One without a body is not complete either, as long as nobody has read that it has none. */
function isStillComing({ complete, headers }: IncomingMessage): boolean {
  return !complete && (headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined);
}

const shuttingDown: Refusal = {
  code: "SHUTTING_DOWN",
  message: "The gateway is about to stop, and did nothing with this request. Send it again: another one will answer.",
};

const sentences: ReadonlyMap<string, Refusal> = new Map<string, Refusal>([
  [
    "FST_ERR_CTP_INVALID_MEDIA_TYPE",
    { code: "BAD_USER_INPUT", message: "Expected the header content-type: application/json; something else came." },
  ],
  [
    "FST_ERR_CTP_EMPTY_JSON_BODY",
    {
      code: "BAD_USER_INPUT",
      message: 'Expected a JSON body such as {"query": "{ providers { provider } }"}; it is empty.',
    },
  ],
  [
    "FST_ERR_CTP_INVALID_JSON_BODY",
    {
      code: "BAD_USER_INPUT",
      message: 'Expected a JSON body such as {"query": "{ providers { provider } }"}; this is no JSON.',
    },
  ],
]);

/** `asked` is what the request says of itself; one that says nothing was cut where the limit was passed. */
function tooLarge(value: number, headers: { readonly "content-length"?: string | undefined }): Refusal {
  const said = headers["content-length"];
  const asked = said === undefined ? {} : { asked: Number(said) };
  const came = said === undefined ? "this one is larger" : `this one has ${said}`;
  const message = `Expected a request of at most ${value} bytes; ${came}. Send less, or in several requests.`;
  return { code: "LIMIT_EXCEEDED", message, extensions: { limit: "request size", value, ...asked } };
}

function refusalOf(status: number): Refusal {
  return status >= 500
    ? { code: "INTERNAL_SERVER_ERROR", message: "The gateway met a fault of its own; its log says more." }
    : {
        code: "BAD_USER_INPUT",
        message: "The request could not be read as HTTP with a JSON body; check method, headers and body.",
      };
}
