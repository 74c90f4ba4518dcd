/**
 * The ways in, opened together so that the same judges sit at each: where a request comes from, who sends it, how often,
 * and what its document may ask. Put together here; each judge is a file of its own.
 */
import type { IncomingMessage } from "node:http";
import proxyaddr from "@fastify/proxy-addr";
import type { GraphQLSchema } from "graphql";
import type { Logger } from "pino";
import type { Config } from "../config.ts";
import { holds } from "../operations/rights.ts";
import type { RedisConnections } from "../redis.ts";
import type { Caller, Context } from "../resolvers/context.ts";
import type { Store } from "../store/store.ts";
import { challenge, createAdmission } from "./admission.ts";
import { serveHttp } from "./apollo.ts";
import { createApp } from "./app.ts";
import type { Authenticator } from "./auth/authenticator.ts";
import { registerExplorer } from "./explorer.ts";
import { refuseEncodedBodies, registerHeaders } from "./headers.ts";
import { serveHealth } from "./health.ts";
import { createDocumentReader, documentRules } from "./limits/document.ts";
import { noIntrospection } from "./limits/introspection.ts";
import { createRequestLimiter } from "./limits/requests.ts";
import { createSeats } from "./limits/viewers.ts";
import type { Metrics } from "./metrics.ts";
import { type MetricsAccess, serveMetrics } from "./metrics-door.ts";
import { isThisMachine } from "./origin.ts";
import { createOrigins, registerOrigins } from "./origins.ts";
import { createPersisted } from "./persisted/documents.ts";
import { readManifest } from "./persisted/manifest.ts";
import { createReads } from "./reads/reads.ts";
import { type SocketServer, serveSockets } from "./websocket.ts";

export interface DoorsOptions {
  readonly config: Config;
  readonly schema: GraphQLSchema;
  readonly createContext: (caller: Caller) => Context;
  readonly authenticator: Authenticator;
  readonly store: Store;
  readonly redis: RedisConnections | null;
  /** The log's epoch: what two installations on one Redis differ by. */
  readonly installation: string;
  readonly metrics: Metrics;
  readonly isStopping: () => boolean;
  readonly writesEnded: () => Promise<void>;
  readonly log: Logger;
}

export interface Doors {
  /** Opens the port, and gives its address. */
  listen(): Promise<string>;
  readonly sockets: SocketServer;
}

/** `undo` gets each step that takes something down again, in the order in which they were put up. */
export async function openDoors(options: DoorsOptions, undo: (step: () => Promise<void>) => void): Promise<Doors> {
  const { config, schema, createContext, authenticator, store, redis, installation, metrics, log } = options;
  const { limits, introspection, doors, auth } = config;
  const rules = [...documentRules(limits), ...(introspection ? [] : [noIntrospection])];
  const persisted = createPersisted(
    doors.persisted.mode === "off"
      ? { mode: "off" }
      : {
          mode: doors.persisted.mode,
          documents: await readManifest(doors.persisted.manifest, schema, rules, limits.tokens),
        },
  );
  const documents = createDocumentReader({ schema, introspection, limits, rules });
  const requests = createRequestLimiter({ limits, redis, installation, log });
  const admission = createAdmission({ authenticator, requests });
  const origins = createOrigins({
    allowed: doors.allowedOrigins,
    lenient: isThisMachine(config.host) && !config.production,
    names: auth.mode === "none" ? { type: "known", host: config.host } : { type: "any" },
  });

  const app = createApp({
    trustProxy: config.trustProxy,
    maxBytes: limits.requestBytes,
    explorer: config.graphiql,
    log,
  });
  registerHeaders(app);
  await registerOrigins(app, origins);
  refuseEncodedBodies(app);
  serveHealth({ app, store, isStopping: options.isStopping });
  if (doors.metrics.type === "samePort") {
    metrics.serve(app, auth.mode === "none" ? {} : forAdmins(authenticator));
  } else {
    const { host, port } = doors.metrics;
    const server = await serveMetrics({ host, port, figures: metrics.figures });
    undo(() => server.dispose());
    log.info(`Metrics:  ${server.url}/metrics`);
  }
  if (config.graphiql) await registerExplorer(app, { endpoint: "/graphql" });
  const { writesEnded } = options;
  const reads = createReads({ store, limits });
  undo(async () => reads.dispose());
  const judged = { limits, documents, persisted, admission };
  undo(await serveHttp({ app, schema, introspection, ...judged, reads, createContext, writesEnded, log }));
  const sockets = serveSockets({
    server: app.server,
    schema,
    introspection,
    limits,
    documents,
    persisted,
    origins,
    authenticator,
    requests,
    seats: createSeats(limits),
    createContext,
    addressOf: addressReader(config.trustProxy),
    drainMs: config.drainSeconds * 1000,
    log,
  });
  undo(() => sockets.dispose());
  return { sockets, listen: () => app.listen({ host: config.host, port: config.port }) };
}

/** Figures tell of all tenants together. */
function forAdmins(authenticator: Authenticator): MetricsAccess {
  return {
    async authorize({ headers: { authorization } }) {
      const result = await authenticator.authenticate(authorization);
      if (result.type === "refused") {
        return { status: 401, code: "UNAUTHENTICATED", message: result.sentence, headers: challenge };
      }
      if (holds(result.session.identity.rights, "admin")) return null;
      const message = "Expected a token whose scope has admin; this one's has not. Or set METRICS_PORT.";
      return { status: 403, code: "FORBIDDEN", message };
    },
  };
}

/** The same rule as fastify's for HTTP, for an upgrade, which fastify never sees. */
function addressReader(hops: number): (request: IncomingMessage) => string | null {
  return (request) => proxyaddr(request, (_address, hop) => hop < hops) ?? null;
}
