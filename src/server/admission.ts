/**
 * Who comes in over HTTP, and how often: judged before anything of a request's body is read. The same judges sit at the
 * other door (websocket.ts).
 */
import type { IncomingMessage } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { GraphQLError } from "graphql";
import { inGraphQLForm, type Refusal } from "./answers.ts";
import type { Authenticated, Authenticator, Session } from "./auth/authenticator.ts";
import { isErrorCode } from "./errors.ts";
import { type RequestLimiter, rateHeaders, rateRefusal, type Taken } from "./limits/requests.ts";

export interface AdmissionOptions {
  readonly authenticator: Authenticator;
  readonly requests: RequestLimiter;
}

/** Who sent a request, which has been counted. */
export interface Admitted {
  readonly session: Session;
  readonly taken: Taken;
}

export interface Admission {
  /** A hook for a route's onRequest. It has answered where the request may not go on. */
  readonly admit: (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => void;
  /**
   * The same for whoever answers before there is a route: null where the hook has to decide, because there is something to
   * wait for or to refuse. A request is judged and counted once, whoever comes second.
   */
  admitAhead(request: IncomingMessage): Admitted | null;
  /** A request that was admitted ahead goes the ordinary way after all. */
  handOver(request: IncomingMessage, admitted: Admitted): void;
  /** Of a request that was admitted. */
  sessionOf(request: FastifyRequest): Session;
}

export function createAdmission({ authenticator, requests }: AdmissionOptions): Admission {
  const sessions = new WeakMap<FastifyRequest, Session>();
  /** Judged before there was a route. */
  const ahead = new WeakMap<IncomingMessage, { readonly session: Session; readonly taken: Taken | Promise<Taken> }>();
  return {
    // Nothing is waited for where who comes is known and counted here, as most are.
    admit(request, reply, done) {
      const goOn = (session: Session, taken: Taken): void => {
        reply.headers(rateHeaders(taken));
        if (!taken.allowed) return void reply.code(429).send(inGraphQLForm(refusalIn(rateRefusal(taken))));
        sessions.set(request, session);
        done();
      };
      const judge = (result: Authenticated): void | Promise<void> => {
        if (result.type === "refused") return void unauthenticated(reply, result.sentence);
        const { session } = result;
        const taken = requests.take(session.identity);
        return taken instanceof Promise ? taken.then((one) => goOn(session, one)) : goOn(session, taken);
      };
      const before = ahead.get(request.raw);
      if (before) {
        const { session, taken } = before;
        if (taken instanceof Promise) taken.then((one) => goOn(session, one)).catch(done);
        else goOn(session, taken);
        return;
      }
      const result = authenticator.authenticate(request.headers.authorization);
      if (result instanceof Promise) result.then(judge).catch(done);
      else judge(result)?.catch(done);
    },
    admitAhead(request) {
      const result = authenticator.authenticate(request.headers.authorization);
      if (result instanceof Promise || result.type === "refused") return null;
      const { session } = result;
      const taken = requests.take(session.identity);
      if (!(taken instanceof Promise) && taken.allowed) return { session, taken };
      ahead.set(request, { session, taken });
      return null;
    },
    handOver: (request, admitted) => void ahead.set(request, admitted),
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
