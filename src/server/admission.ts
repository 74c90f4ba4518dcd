/**
 * Who comes in over HTTP, and how often: judged before anything of a request's body is read. The same judges sit at the
 * other door (websocket.ts).
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { GraphQLError } from "graphql";
import { inGraphQLForm, type Refusal } from "./answers.ts";
import type { Authenticator, Session } from "./auth/authenticator.ts";
import { isErrorCode } from "./errors.ts";
import { type RequestLimiter, rateHeaders, rateRefusal } from "./limits/requests.ts";

export interface AdmissionOptions {
  readonly authenticator: Authenticator;
  readonly requests: RequestLimiter;
}

export interface Admission {
  /** A hook for a route's onRequest. It has answered where the request may not go on. */
  readonly admit: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>;
  /** Of a request that was admitted. */
  sessionOf(request: FastifyRequest): Session;
}

export function createAdmission({ authenticator, requests }: AdmissionOptions): Admission {
  const sessions = new WeakMap<FastifyRequest, Session>();
  return {
    async admit(request, reply) {
      const result = await authenticator.authenticate(request.headers.authorization);
      if (result.type === "refused") return unauthenticated(reply, result.sentence);
      const taken = await requests.take(result.session.identity);
      reply.headers(rateHeaders(taken));
      if (!taken.allowed) return reply.code(429).send(inGraphQLForm(refusalIn(rateRefusal(taken))));
      sessions.set(request, result.session);
      return undefined;
    },
    sessionOf(request) {
      const session = sessions.get(request);
      if (!session) throw new Error("Expected a request that was admitted; the route lacks the hook.");
      return session;
    },
  };
}

/** RFC 6750 3: what kind of credentials would do. */
export const challenge = { "www-authenticate": "Bearer" } as const;

function unauthenticated(reply: FastifyReply, sentence: string): FastifyReply {
  return reply
    .code(401)
    .headers(challenge)
    .send(inGraphQLForm({ code: "UNAUTHENTICATED", message: sentence }));
}

/** The same refusal as it would be told within GraphQL. */
function refusalIn({ message, extensions: { code, ...extensions } }: GraphQLError): Refusal {
  return { code: isErrorCode(code) ? code : "INTERNAL_SERVER_ERROR", message, extensions };
}
