/** GraphQL over HTTP: Apollo behind fastify. */
import { setTimeout as delay } from "node:timers/promises";
import { ApolloServer, type ApolloServerPlugin, HeaderMap } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from "@as-integrations/fastify";
import type { FastifyInstance } from "fastify";
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from "graphql";
import type { Logger } from "pino";
import type { Limits } from "../config/limits.ts";
import type { Caller, Context } from "../resolvers/context.ts";
import { codedError } from "../resolvers/errors.ts";
import type { Admission } from "./admission.ts";
import { registerCaching } from "./caching.ts";
import { callerOf, customerTokenName } from "./context.ts";
import { formatError } from "./errors.ts";
import { costRefusal } from "./limits/cost.ts";
import { type DocumentReader, tokenLimitError } from "./limits/document.ts";
import type { Persisted } from "./persisted/documents.ts";
import { createPersistedDoor } from "./persisted/http.ts";
import { createReadsDoor } from "./reads/door.ts";
import { openLane } from "./reads/lane.ts";
import type { Reads } from "./reads/reads.ts";
import { createRecall } from "./reads/recall.ts";
import { createRequests } from "./reads/requests.ts";

export interface ApolloOptions {
  readonly app: FastifyInstance;
  readonly schema: GraphQLSchema;
  readonly introspection: boolean;
  readonly limits: Limits;
  /** The same as at the other door. */
  readonly documents: DocumentReader;
  readonly persisted: Persisted;
  readonly admission: Admission;
  /** What is answered from memory. */
  readonly reads: Reads;
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
  documents,
  persisted,
  admission,
  reads,
  createContext,
  writesEnded,
  log,
}: ApolloOptions): Promise<() => Promise<void>> {
  const errorOptions = { log, suggestions: introspection };
  const tellable = (error: GraphQLError) => formatError(error, error.toJSON(), errorOptions);
  const server = new ApolloServer<Context>({
    schema,
    // By the rules, as at the other door.
    introspection: true,
    // Without a body that only a deliberate request can send, nothing is executed: see app.ts for the content types.
    csrfPrevention: false,
    // The gateway's own signals decide the order of the end.
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    persistedQueries: false,
    // By judgeDocuments.
    dangerouslyDisableValidation: true,
    parseOptions: { maxTokens: limits.tokens },
    logger: log,
    formatError: (formatted, error) => {
      const tooLong = error instanceof GraphQLError ? tokenLimitError(error.originalError ?? error, limits) : null;
      return tooLong ? tellable(tooLong) : formatError(error, formatted, errorOptions);
    },
    plugins: [
      fastifyApolloDrainPlugin(app),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      refuseSubscriptions,
      judgeDocuments({ documents, limits, tellable }),
      answerOldClients,
    ],
  });
  await server.start();
  const { preHandler, documentOf } = createPersistedDoor(persisted);
  registerCaching(app, { schema, documentOf });
  const requests = createRequests({ schema, limits, documents });
  const recall = createRecall();
  const answerReads = createReadsDoor({ app, admission, requests, reads, recall });
  const path = "/graphql";
  app.route({
    url: path,
    method: ["GET", "POST"],
    onRequest: admission.admit,
    preParsing: openLane({ app, path, admission, reads, recall }),
    preHandler,
    handler: answerReads(
      fastifyApolloHandler(server, {
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
    ),
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

/**
 * What a document may be is judged as at the other door. Not by Apollo, which has no answer where a rule of graphql-js
 * throws. What it may cost depends on the variables, so that is judged for each request.
 */
function judgeDocuments({
  documents,
  limits,
  tellable,
}: {
  readonly documents: DocumentReader;
  readonly limits: Limits;
  readonly tellable: (error: GraphQLError) => GraphQLFormattedError;
}): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async responseForOperation({ schema, document, operationName, request: { variables = {} } }) {
          const faults = documents.judge(document);
          const costly = faults.length > 0 ? null : costRefusal({ schema, document, operationName, variables, limits });
          const errors = costly ? [costly] : faults;
          if (errors.length === 0) return null;
          return {
            http: { headers: new HeaderMap(), status: 400 },
            body: { kind: "single", singleResult: { errors: errors.map(tellable) } },
          };
        },
      };
    },
  };
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
