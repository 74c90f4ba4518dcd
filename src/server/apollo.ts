/** GraphQL over HTTP: Apollo behind fastify. */
import { setTimeout as delay } from "node:timers/promises";
import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from "@as-integrations/fastify";
import type { FastifyInstance } from "fastify";
import { GraphQLError, type GraphQLSchema, type ValidationRule } from "graphql";
import type { Logger } from "pino";
import type { Limits } from "../config/limits.ts";
import type { Caller, Context } from "../resolvers/context.ts";
import { codedError } from "../resolvers/errors.ts";
import type { Admission } from "./admission.ts";
import { registerCaching } from "./caching.ts";
import { callerOf, customerTokenName } from "./context.ts";
import { formatError } from "./errors.ts";
import { costRefusal } from "./limits/cost.ts";
import { mostErrors, tokenLimitError } from "./limits/document.ts";
import type { Persisted } from "./persisted/documents.ts";
import { createPersistedDoor } from "./persisted/http.ts";

export interface ApolloOptions {
  readonly app: FastifyInstance;
  readonly schema: GraphQLSchema;
  readonly introspection: boolean;
  readonly limits: Limits;
  /** Of documents: the same as at the other door. */
  readonly rules: readonly ValidationRule[];
  readonly persisted: Persisted;
  readonly admission: Admission;
  readonly createContext: (caller: Caller) => Context;
  /** Resolves once no call of a write is under way; one that can't be waited for any longer is broken off. */
  readonly writesEnded: () => Promise<void>;
  readonly log: Logger;
}

/** How long requests under way may take to end once the gateway stops. */
const drainMs = 2_000;
/** How long of that, or after the last write came back, an answer may take to get out. */
const answerMs = 500;

/** Adds GET and POST /graphql. The returned function stops Apollo, which closes the HTTP server. */
export async function serveHttp({
  app,
  schema,
  introspection,
  limits,
  rules,
  persisted,
  admission,
  createContext,
  writesEnded,
  log,
}: ApolloOptions): Promise<() => Promise<void>> {
  const server = new ApolloServer<Context>({
    schema,
    // By the rules, as at the other door.
    introspection: true,
    // Without a body that only a deliberate request can send, nothing is executed: see app.ts for the content types.
    csrfPrevention: false,
    // The gateway's own signals decide the order of the end.
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: !introspection,
    persistedQueries: false,
    validationRules: [...rules],
    validationOptions: { maxErrors: mostErrors },
    parseOptions: { maxTokens: limits.tokens },
    logger: log,
    formatError: (formatted, error) => {
      const limited = limitErrorOf(error, limits);
      const options = { log, suggestions: introspection };
      return limited ? formatError(limited, limited.toJSON(), options) : formatError(error, formatted, options);
    },
    plugins: [
      fastifyApolloDrainPlugin(app),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      refuseSubscriptions,
      limitCost(limits),
      answerOldClients,
    ],
  });
  await server.start();
  const { preHandler, documentOf } = createPersistedDoor(persisted);
  registerCaching(app, { schema, documentOf });
  app.route({
    url: "/graphql",
    method: ["GET", "POST"],
    onRequest: admission.admit,
    preHandler,
    handler: fastifyApolloHandler(server, {
      context: async (request) =>
        createContext(
          callerOf({
            identity: admission.sessionOf(request).identity,
            address: request.ip,
            customerToken: request.headers[customerTokenName],
            byGet: request.method === "GET",
          }),
        ),
    }),
  });
  return async () => {
    // Who neither sends nor reads any more must not hold the end.
    const stopped = new AbortController();
    const { signal } = stopped;
    const patience = async () => {
      await delay(drainMs - answerMs, undefined, { signal });
      await writesEnded();
      await delay(answerMs, undefined, { signal });
      app.server.closeAllConnections();
    };
    patience().catch(() => {});
    await server.stop().finally(() => stopped.abort());
  };
}

/** Over HTTP a subscription would be executed as a query and answer with a puzzle. */
const refuseSubscriptions: ApolloServerPlugin<Context> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ operation }) {
        if (operation?.operation !== "subscription") return;
        throw codedError(
          "BAD_USER_INPUT",
          "Expected a query or a mutation; subscriptions come over WebSocket at the same address.",
          {
            http: { status: 400 },
          },
        );
      },
    };
  },
};

/** What one request may cost depends on its variables, so it is judged for each, not for its document once. */
function limitCost(limits: Limits): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ schema, document, operationName, request: { variables } }) {
          const refusal = costRefusal({ schema, document, operationName, variables: variables ?? {}, limits });
          if (!refusal) return;
          const { message, extensions } = refusal;
          throw new GraphQLError(message, { extensions: { ...extensions, http: { status: 400 } } });
        },
      };
    },
  };
}

/** The refusal by one of the limits, which Apollo wraps in an error of its own with a code of its own; null for any other. */
function limitErrorOf(error: unknown, limits: Limits): GraphQLError | null {
  if (!(error instanceof GraphQLError)) return null;
  const { originalError } = error;
  for (const one of [error, originalError]) {
    if (one instanceof GraphQLError && one.extensions.code === "LIMIT_EXCEEDED") return one;
  }
  return tokenLimitError(originalError ?? error, limits);
}

const documentFaults = new Set<unknown>([
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "BAD_USER_INPUT",
  "LIMIT_EXCEEDED",
]);

/**
 * GraphQL over HTTP, for clients that accept application/json: a request that could be understood is answered with 200,
 * whatever was wrong with its document. (Its 4xx stay where the request itself was no GraphQL request.)
 */
const answerOldClients: ApolloServerPlugin<Context> = {
  async requestDidStart() {
    return {
      async willSendResponse({ request, response, document, source }) {
        if (response.http.status !== 400 || response.body.kind !== "single") return;
        const { data, errors } = response.body.singleResult;
        const accept = request.http?.headers.get("accept") ?? "";
        if (data !== undefined || accept.includes("graphql-response+json")) return;
        const understood = source !== undefined || document !== undefined;
        if (understood && errors?.every(({ extensions }) => documentFaults.has(extensions?.code)))
          response.http.status = 200;
      },
    };
  },
};
