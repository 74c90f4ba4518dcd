/**
 * What every answer over HTTP bears for the browsers among its readers, and which bodies are not unpacked. Knows no route;
 * one that has a policy of its own (GraphiQL's page) keeps it.
 */
import type { Socket } from "node:net";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { inGraphQLForm } from "./answers.ts";

/** An answer is data: it runs nothing, is shown in no frame, and no page elsewhere may embed it. */
export const securityHeaders = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
} as const;

const always = Object.entries(securityHeaders);

/** A year. Without subdomains: they are not this gateway's to speak for. */
const transportSecurity = "max-age=31536000";

export function registerHeaders(app: FastifyInstance): void {
  // The last hook before an answer leaves, so that refusals of every other hook and of fastify itself bear them too.
  app.addHook("onSend", (request, reply, payload, done) => {
    for (const [name, value] of always) if (!reply.hasHeader(name)) reply.header(name, value);
    // As far as proxies are trusted: over plain HTTP browsers must not heed it, and a client could have made it up.
    if (request.protocol === "https") reply.header("strict-transport-security", transportSecurity);
    done(null, payload);
  });
}

/** For fastify's `frameworkErrors`: what it refuses before it looks for a route, where no hook runs. */
export function refuseBadAddress(_error: Error, _request: FastifyRequest, reply: FastifyReply): void {
  const message =
    "Expected an address such as /graphql, with every special character %-encoded; this one can't be read.";
  reply
    .code(400)
    .headers(securityHeaders)
    .send(inGraphQLForm({ code: "BAD_USER_INPUT", message }));
}

/** For fastify's `clientErrorHandler`: what is no HTTP that can be read, too large a head, or too slow. */
export function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
  const [status, message] = unreadable.get(error.code ?? "") ?? [
    "400 Bad Request",
    "Expected a request that can be read as HTTP/1.1; this one can't be. Check its method, headers and length.",
  ];
  const body = JSON.stringify(inGraphQLForm({ code: "BAD_USER_INPUT", message }));
  const headers = { ...securityHeaders, "content-type": "application/json; charset=utf-8", connection: "close" };
  const lines = Object.entries({ ...headers, "content-length": Buffer.byteLength(body) });
  socket.end(`HTTP/1.1 ${status}\r\n${lines.map(([name, value]) => `${name}: ${value}`).join("\r\n")}\r\n\r\n${body}`);
  socket.once("finish", () => socket.destroy());
}

const unreadable: ReadonlyMap<string, readonly [status: string, message: string]> = new Map([
  [
    "HPE_HEADER_OVERFLOW",
    [
      "431 Request Header Fields Too Large",
      "Expected headers of at most 16 KiB together; these have more. Send fewer.",
    ],
  ],
  [
    "ERR_HTTP_REQUEST_TIMEOUT",
    ["408 Request Timeout", "Expected a whole request within 30 s; it has not come. Send it again, faster."],
  ],
]);

/**
 * A body's size is judged as it comes, and what it would unpack to can't be: some KB can be a GB. So none is unpacked, and
 * one that is packed is refused before it is read.
 */
export function refuseEncodedBodies(app: FastifyInstance): void {
  app.addHook("onRequest", ({ headers }, reply, done) => {
    const encoding = headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
    if (encoding === "identity") return done();
    const message = "Expected a body as it is, without Content-Encoding; this one is encoded. Send plain JSON.";
    // The rest of the body is not wanted.
    reply.headers({ "accept-encoding": "identity", connection: "close" });
    void reply.code(415).send(inGraphQLForm({ code: "BAD_USER_INPUT", message }));
  });
}
