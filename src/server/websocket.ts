/** GraphQL over WebSocket, by graphql-transport-ws, on the same port and path as over HTTP. */
import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getOperationAST,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  type ValidationRule,
  validate,
} from "graphql";
import { CloseCode, handleProtocols, makeServer, type Server } from "graphql-ws";
import type { Logger } from "pino";
import { type WebSocket, WebSocketServer } from "ws";
import { type Clock, systemClock } from "../clock.ts";
import type { Caller, Context } from "../resolvers/context.ts";
import { codedError, type ErrorCode } from "../resolvers/errors.ts";
import { isStoreFailure } from "../store/errors.ts";
import { limitAnswers } from "./backpressure.ts";
import { callerOf, customerTokenName } from "./context.ts";
import { closeSpread } from "./drain.ts";
import { formatError, tooDeep } from "./errors.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { refusalOf, refuse } from "./upgrade.ts";

export interface WebSocketOptions {
  readonly server: HttpServer;
  readonly schema: GraphQLSchema;
  readonly introspection: boolean;
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

/** As for HTTP bodies (app.ts). */
export const maxMessageBytes = 1024 * 1024;
const path = "/graphql";
/** How long the last peer that is told may take to answer the close frame. */
const closePatienceMs = 1_500;

export function serveSockets(options: WebSocketOptions): SocketServer {
  const { server, schema, introspection, createContext, addressOf, drainMs, clock = systemClock, log } = options;
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes, handleProtocols });
  const heartbeat = startHeartbeat({ clock });
  let closing = false;

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Node has taken its own listener off by now; without one a peer that breaks off here would end the process.
    socket.on("error", (error) => log.debug({ err: error }, "A socket broke before its upgrade."));
    const refusal = refusalOf(request, path, closing);
    if (refusal) return refuse(socket, refusal);
    sockets.handleUpgrade(request, socket, head, (upgraded) => {
      heartbeat.watch(upgraded, request.socket);
      limitAnswers(upgraded, request.socket);
      sockets.emit("connection", upgraded, request);
    });
  };
  server.on("upgrade", onUpgrade);

  const transport = makeServer<Record<string, unknown>, Peer>({
    schema,
    onSubscribe(ctx, id, { query, operationName, variables }) {
      const document = readDocument(schema, query, rules, introspection);
      if (Array.isArray(document)) return document;
      if (!getOperationAST(document, operationName)) return [noSuchOperation(operationName)];
      const { socket, request } = ctx.extra;
      const caller = callerOf({
        address: addressOf(request),
        customerToken: ctx.connectionParams?.[customerTokenName],
        byGet: false,
        isGone: () => socket.readyState !== socket.OPEN || !(id in ctx.subscriptions),
      });
      return {
        schema,
        document,
        operationName: operationName ?? null,
        variableValues: variables ?? null,
        contextValue: { caller, context: createContext(caller) },
      };
    },
    // A subscription outlives its loaders: each event is executed with fresh ones.
    execute: (args) => execute(withContext(args, ({ context }) => context)),
    subscribe: async (args) => {
      const source = await createSourceEventStream(withContext(args, ({ context }) => context));
      if (!(Symbol.asyncIterator in source)) return failing(source.errors ?? []);
      return mapEvents(source, (event) =>
        shown(args, () => {
          const context = withContext(args, ({ caller }) => createContext(caller));
          return execute({ ...context, rootValue: event });
        }),
      );
    },
    onError: (ctx, _id, _payload, errors) => {
      // Its own breaking off is told here, to nobody. An error message with no error in it would be refused.
      if (ctx.extra.socket.readyState !== ctx.extra.socket.OPEN) return [{ message: "The peer has gone." }];
      return errors.flatMap(unwrapped).map((error) => format(error, log));
    },
    // undefined: sent as it is.
    onNext: (_ctx, _id, _payload, _args, { data, errors }) =>
      // A request that could not begin has no data at all.
      errors && { ...(data === undefined ? {} : { data }), errors: errors.map((error) => format(error, log)) },
  });
  sockets.on("connection", (socket: WebSocket, request: IncomingMessage) => {
    // A peer that breaks the protocol of frames, or goes away in the middle of one: ws closes the socket itself.
    socket.on("error", (error) => log.debug({ err: error }, "A socket broke."));
    carry(transport, { socket, request }, log);
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
      await heartbeat.dispose();
      server.off("upgrade", onUpgrade);
    },
  };
}

interface Peer {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
}

/**
 * One socket and the protocol on it. Not by graphql-ws' own adapter: it prints a stack for each peer that goes away while
 * something is sent to it, and its pings would end one that does not read for 12 s (see heartbeat.ts).
 */
function carry(transport: Server<Peer>, peer: Peer, log: Logger): void {
  const { socket } = peer;
  const closed = transport.opened(
    {
      protocol: socket.protocol,
      // Where it can't be sent the socket has broken, which its closing tells.
      send: (data) =>
        new Promise((resolve) => {
          if (socket.readyState === socket.OPEN) socket.send(data, () => resolve());
          else resolve();
        }),
      // A frame bears 123 bytes of it, and a peer's own id may be in it.
      close: (code, reason) =>
        socket.close(code, Buffer.byteLength(reason ?? "") > 123 ? reason?.slice(0, 40) : reason),
      onMessage: (heed) =>
        socket.on("message", (data) => {
          heed(String(data)).catch((error: unknown) => {
            log.error({ err: error }, "A message over a WebSocket failed. This is a bug.");
            socket.close(CloseCode.InternalServerError, "Internal server error");
          });
        }),
    },
    peer,
  );
  socket.once("close", (code, reason) => {
    closed(code, String(reason)).catch((error: unknown) =>
      log.error({ err: error }, "A WebSocket's end failed. This is a bug."),
    );
  });
}

interface Subscribed {
  readonly caller: Caller;
  readonly context: Context;
}

/** `contextValue` is what onSubscribe put there: this file is the only one that makes it. */
function withContext(args: ExecutionArgs, choose: (subscribed: Subscribed) => Context): ExecutionArgs {
  return { ...args, contextValue: choose(args.contextValue as Subscribed) };
}

/** After so many tries, a second apart, it is asked whether it is the store that fails, or what is asked of it. */
const patientTries = 10;
const storeLimitMs = 2_000;

/**
 * An event with everything that was asked of it. Where the store goes away in the middle, it is waited for and asked anew:
 * the event with an error in its place would have been told, and its cursor would pass over it. What fails in a store that
 * is there ends the subscription, at the same place.
 */
function shown(
  { contextValue }: ExecutionArgs,
  execute: () => ExecutionResult | Promise<ExecutionResult>,
): Promise<ExecutionResult> {
  const { caller, context } = contextValue as Subscribed;
  let tries = 0;
  return context.live.patiently(caller.isGone, async () => {
    const result = await execute();
    const failure = result.errors?.find(({ originalError }) => isStoreFailure(originalError));
    if (!failure) return result;
    tries += 1;
    if (tries % patientTries === 0) {
      await context.live.store.check(storeLimitMs);
      throw new Refused([failure]);
    }
    throw failure.originalError;
  });
}

/** An iterator object, not a generator: its return() must not wait behind a pending next(). */
function mapEvents(
  source: AsyncIterable<unknown>,
  map: (event: unknown) => ExecutionResult | Promise<ExecutionResult>,
): AsyncIterableIterator<ExecutionResult> {
  const iterator = source[Symbol.asyncIterator]();
  return {
    async next() {
      const event = await iterator.next();
      if (event.done) return { done: true, value: undefined };
      try {
        return { done: false, value: await map(event.value) };
      } catch (error) {
        // Whoever reads an iterator that fails does not return it.
        await iterator.return?.();
        throw error;
      }
    },
    async return() {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Why a subscription could not begin, or go on. */
class Refused extends Error {
  readonly errors: readonly GraphQLError[];
  constructor(errors: readonly GraphQLError[]) {
    super("The subscription could not begin, or go on.");
    this.errors = errors;
  }
}

/** graphql-ws would send a subscription's refusal as an event; an error message is what ends a subscription. */
function failing(errors: readonly GraphQLError[]): AsyncIterableIterator<never> {
  return {
    next: () => Promise.reject(new Refused(errors)),
    return: () => Promise.resolve({ done: true, value: undefined }),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function unwrapped(error: GraphQLError): readonly GraphQLError[] {
  return error.originalError instanceof Refused ? error.originalError.errors : [error];
}

/** The document, or what is wrong with it. graphql-js recurses, so a document of some thousand levels ends its stack. */
function readDocument(schema: GraphQLSchema, query: string, rules: readonly ValidationRule[], introspection: boolean) {
  let code: ErrorCode = "GRAPHQL_PARSE_FAILED";
  try {
    const document = parse(query);
    code = "GRAPHQL_VALIDATION_FAILED";
    const errors = validate(schema, document, rules, { hideSuggestions: !introspection } as object);
    return errors.length > 0 ? errors.map((error) => withCode(error, "GRAPHQL_VALIDATION_FAILED")) : document;
  } catch (error) {
    if (error instanceof GraphQLError) return [withCode(error, code)];
    if (error instanceof RangeError) return [codedError(code, tooDeep)];
    throw error;
  }
}

function noSuchOperation(name: string | null | undefined): GraphQLError {
  const message = name
    ? `Expected an operation named "${name}" in the document; there is none.`
    : "Expected operationName to name one of the document's operations; it has several, or none.";
  return codedError("BAD_USER_INPUT", message);
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  const { message, source, positions } = error;
  return new GraphQLError(message, { source: source ?? null, positions: positions ?? null, extensions: { code } });
}

function format(error: GraphQLError, log: Logger): GraphQLFormattedError {
  return formatError(error, error.toJSON(), log);
}
