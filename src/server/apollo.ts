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
import type { GraphQLSchema } from "graphql";
import type { Logger } from "pino";
import type { Caller, Context } from "../resolvers/context.ts";
import { codedError } from "../resolvers/errors.ts";
import { callerOf, customerTokenName } from "./context.ts";
import { formatError } from "./errors.ts";

export interface ApolloOptions {
  readonly app: FastifyInstance;
  readonly schema: GraphQLSchema;
  readonly introspection: boolean;
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
  createContext,
  writesEnded,
  log,
}: ApolloOptions): Promise<() => Promise<void>> {
  const server = new ApolloServer<Context>({
    schema,
    introspection,
    // Without a body that only a deliberate request can send, nothing is executed: see app.ts for the content types.
    csrfPrevention: false,
    // The gateway's own signals decide the order of the end.
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: !introspection,
    persistedQueries: false,
    logger: log,
    formatError: (formatted, error) => formatError(error, formatted, log),
    plugins: [
      fastifyApolloDrainPlugin(app),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      refuseSubscriptions,
      answerOldClients,
    ],
  });
  await server.start();
  app.route({
    url: "/graphql",
    method: ["GET", "POST"],
    handler: fastifyApolloHandler(server, {
      context: async (request) =>
        createContext(
          callerOf({
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

const documentFaults = new Set<unknown>(["GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"]);

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
