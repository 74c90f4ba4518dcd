/** GraphQL over WebSocket, by graphql-transport-ws, on the same port and path as over HTTP. */
import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import {
  type ExecutionResult,
  type GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getOperationAST,
  OperationTypeNode,
} from "graphql";
import { handleProtocols, makeServer, type Server } from "graphql-ws";
import type { Logger } from "pino";
import { type WebSocket, WebSocketServer } from "ws";
import { type Clock, systemClock } from "../clock.ts";
import type { Limits } from "../config/limits.ts";
import type { Caller, Context } from "../resolvers/context.ts";
import { codedError, limitExceeded } from "../resolvers/errors.ts";
import type { Authenticator } from "./auth/authenticator.ts";
import { limitAnswers } from "./backpressure.ts";
import { carry } from "./carry.ts";
import { type Collector, startCollector } from "./collecting.ts";
import { callerOf, customerTokenName } from "./context.ts";
import { closeSpread } from "./drain.ts";
import { formatError } from "./errors.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { costRefusal } from "./limits/cost.ts";
import type { DocumentReader } from "./limits/document.ts";
import { type RequestLimiter, rateRefusal } from "./limits/requests.ts";
import type { Seats } from "./limits/viewers.ts";
import type { Origins } from "./origins.ts";
import { createPeers, type Peer, type Peers, parameterOf } from "./peers.ts";
import { isAutomatic, type Persisted } from "./persisted/documents.ts";
import { createExecutor, type Subscribed, unwrapped } from "./subscribing.ts";
import { refusalOf, refuse } from "./upgrade.ts";

export interface WebSocketOptions {
  readonly server: HttpServer;
  readonly schema: GraphQLSchema;
  readonly introspection: boolean;
  readonly limits: Limits;
  /** The same as at the other door. */
  readonly documents: DocumentReader;
  readonly persisted: Persisted;
  readonly origins: Origins;
  readonly authenticator: Authenticator;
  readonly requests: RequestLimiter;
  readonly seats: Seats;
  readonly createContext: (caller: Caller) => Context;
  /** The viewer's address, as far as proxies are trusted. */
  readonly addressOf: (request: IncomingMessage) => string | null;
  /** Over how long sockets are closed at the end. */
  readonly drainMs: number;
  /** Real time, unless given. Peers live in it, so a gateway whose own clock runs faster leaves it at that. */
  readonly clock?: Clock;
  readonly log: Logger;
}

export interface SocketServer {
  /** How many sockets are open. */
  readonly open: number;
  /** Takes no new one, and ends each with 1012 (service restart) at its turn, so that clients come back elsewhere. */
  dispose(): Promise<void>;
}

const path = "/graphql";
/** How long the last peer that is told may take to answer the close frame. */
const closePatienceMs = 1_500;

export function serveSockets(options: WebSocketOptions): SocketServer {
  const { server, limits, origins, authenticator, seats, addressOf, drainMs, clock = systemClock, log } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.requestBytes, handleProtocols });
  const heartbeat = startHeartbeat({ clock });
  const peers = createPeers({ authenticator, seats, clock });
  const collector = startCollector({ clock });
  let closing = false;

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Node has taken its own listener off by now; without one a peer that breaks off here would end the process.
    socket.on("error", (error) => log.debug({ err: error }, "A socket broke before its upgrade."));
    const refusal = refusalOf(request, { path, closing, origins });
    if (refusal) return refuse(socket, refusal);
    sockets.handleUpgrade(request, socket, head, (upgraded) => {
      heartbeat.watch(upgraded, request.socket);
      limitAnswers(upgraded, request.socket);
      sockets.emit("connection", upgraded, request);
    });
  };
  server.on("upgrade", onUpgrade);

  const transport = createTransport(options, peers, collector);
  sockets.on("connection", (socket: WebSocket, request: IncomingMessage) => {
    // A peer that breaks the protocol of frames, or goes away in the middle of one: ws closes the socket itself.
    socket.on("error", (error) => log.debug({ err: error }, "A socket broke."));
    const peer = { socket, request, address: addressOf(request) };
    carry({ transport, peer, initSeconds: limits.connectionInitSeconds, log });
  });

  return {
    get open() {
      return sockets.clients.size;
    },
    async dispose() {
      closing = true;
      await closeSpread(sockets.clients, drainMs, clock);
      // A peer that does not answer the close frame would hold the end for half a minute.
      const patience = setTimeout(() => {
        for (const socket of sockets.clients) socket.terminate();
      }, closePatienceMs);
      await new Promise<void>((resolve) => sockets.close(() => resolve()));
      clearTimeout(patience);
      await Promise.all([heartbeat.dispose(), peers.dispose(), collector.dispose()]);
      server.off("upgrade", onUpgrade);
    },
  };
}

type Parameters = Record<string, unknown>;
/** graphql-ws writes undefined members out. */
type Presented = { readonly [Name in keyof ExecutionResult]: ExecutionResult[Name] | undefined };

/** The protocol, by graphql-ws, with this gateway's judges at each message that asks for something. */
function createTransport(options: WebSocketOptions, peers: Peers, { note, told }: Collector): Server<Peer> {
  const { schema, introspection, limits, documents, persisted, requests, seats, createContext, log } = options;
  const tellable = (error: GraphQLError): GraphQLFormattedError =>
    formatError(error, error.toJSON(), { log, suggestions: introspection });
  const present = ({ data, errors, ...rest }: Presented): object => {
    told();
    if (!errors) return data === undefined ? rest : { data, ...rest };
    // A request that could not begin has no data at all.
    return { ...(data === undefined ? {} : { data }), errors: errors.map(tellable) };
  };
  const executor = createExecutor({ createContext, present, note });

  return makeServer<Parameters, Peer>({
    schema,
    connectionInitWaitTimeout: limits.connectionInitSeconds * 1000,
    onConnect: (ctx) => peers.signIn(ctx.extra, ctx.connectionParams ?? {}),
    async onSubscribe(ctx, id, { query, operationName, variables, ...asked }) {
      const { extra: peer } = ctx;
      // As it came: those that come together must not count one another. This one is among them.
      const running = Object.keys(ctx.subscriptions).length;
      const session = peers.sessionOf(peer);
      // Its socket is being closed: nothing reaches it any more.
      if (!session) return [codedError("UNAUTHENTICATED", "The credentials are good no more.")];
      const taken = await requests.take(session.identity);
      if (!taken.allowed) {
        const refusal = rateRefusal(taken);
        peers.refused(peer, refusal.message);
        return [refusal];
      }
      // Over HTTP Apollo says so, in the words that clients of automatic persisted queries look for.
      if (isAutomatic(asked.extensions)) {
        return [codedError("PERSISTED_DOCUMENT_NOT_FOUND", "PersistedQueryNotSupported")];
      }
      const resolved = persisted.resolve({ query, ...asked });
      if (resolved.type === "refused") return [resolved.error];
      const text = resolved.type === "document" ? resolved.text : query;
      const document = documents.read(text);
      if (Array.isArray(document)) return document;
      const operation = getOperationAST(document, operationName);
      if (!operation) return [noSuchOperation(operationName)];
      const variableValues = variables ?? {};
      const costly = costRefusal({ schema, document, operationName, variables: variableValues, limits });
      if (costly) return [costly];
      if (running > limits.subscriptionsPerConnection) {
        const most = limits.subscriptionsPerConnection;
        return [limitExceeded("subscriptions a connection", most, running, "End some, or open another connection.")];
      }
      if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
        const [most, size] = [limits.subscriptionBytes, Buffer.byteLength(JSON.stringify([query, variableValues]))];
        if (size > most)
          return [limitExceeded("subscription size", most, size, "Send fewer ids, or a shorter document.")];
      }
      const { socket, address } = peer;
      const caller = callerOf({
        identity: session.identity,
        address,
        customerToken: parameterOf(ctx.connectionParams ?? {}, customerTokenName),
        byGet: false,
        isGone: () => socket.readyState !== socket.OPEN || !(id in ctx.subscriptions),
      });
      const subscribed: Subscribed = {
        caller,
        outlet: () => peer.outletOf(id),
        takePlace: () => seats.takeSubscription(session.identity),
        mayStay: () => peers.sessionOf(peer) !== null,
      };
      return { schema, document, operationName: operationName ?? null, variableValues, contextValue: subscribed };
    },
    execute: executor.execute,
    subscribe: executor.subscribe,
    onError: (ctx, _id, _payload, errors) => {
      // Its own breaking off is told here, to nobody. An error message with no error in it would be refused.
      if (ctx.extra.socket.readyState !== ctx.extra.socket.OPEN) return [{ message: "The peer has gone." }];
      return errors.flatMap(unwrapped).map(tellable);
    },
    // undefined: sent as it is.
    onNext: (_ctx, _id, _payload, _args, result) => result.errors && present(result),
  });
}

function noSuchOperation(name: string | null | undefined): GraphQLError {
  const message = name
    ? "Expected an operation of the name that operationName gives in the document; there is none."
    : "Expected operationName to name one of the document's operations; it has several, or none.";
  return codedError("BAD_USER_INPUT", message);
}
