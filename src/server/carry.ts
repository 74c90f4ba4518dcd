/**
 * One socket and the protocol on it. Not by graphql-ws' own adapter: it prints a stack for each peer that goes away while
 * something is sent to it, and its pings would end one that does not read for 12 s (see heartbeat.ts).
 *
 * graphql-ws tells operations apart by their id alone, and forgets an id when its operation has ended, which may be well
 * after the client has been told, or has said so itself. Used anew in between, as it may be, the id would be taken from the
 * new operation: that one would run on, unheard, after its socket. So what comes for an id is handed on in order, and an
 * operation begins when the one before it under its id has ended.
 */
import type { IncomingMessage } from "node:http";
import { CloseCode, type Server } from "graphql-ws";
import type { Logger } from "pino";
import type { WebSocket } from "ws";
import { createOutbox } from "./outbox.ts";
import { createOutlet } from "./outlet.ts";
import { closeWith, type Peer, tryAgainLater } from "./peers.ts";
import { withQuery } from "./persisted/websocket.ts";

type Heed = (text: string) => Promise<void>;

export interface CarryOptions {
  readonly transport: Server<Peer>;
  readonly peer: Arrived;
  readonly initSeconds: number;
  readonly log: Logger;
}

/** A socket, with the request that it came by. */
export interface Arrived {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  readonly address?: string | null;
}

export function carry({ transport, peer, initSeconds, log }: CarryOptions): void {
  const { socket, request, address = null } = peer;
  const outbox = createOutbox(socket, request.socket);
  const lateInit = `Expected connection_init within ${initSeconds} s of the connection; it has not come.`;
  const order = createOrder();
  const closed = transport.opened(
    {
      protocol: socket.protocol,
      // Where it can't be sent the socket has broken, which its closing tells.
      send: (text) => (order.mayTell(text) ? outbox.sendText(text) : Promise.resolve()),
      // A peer's own id may be in it.
      close: (code = 1000, reason = "") =>
        closeWith(socket, code, code === CloseCode.ConnectionInitialisationTimeout ? lateInit : reason),
      onMessage: (heed) =>
        socket.on("message", (data) => {
          // It is being closed: nothing of what still comes would be answered.
          if (socket.readyState !== socket.OPEN) return;
          const text = withQuery(String(data));
          const head = headOf(text);
          // graphql-ws knows these as messages, and has nothing to do with them where a client sends them.
          if (head !== null && (serverTypes.has(head.type) || (head.id?.length ?? 0) > longestId)) {
            return closeWith(socket, CloseCode.BadRequest, "Invalid message received");
          }
          if (order.waiting > mostWaiting) return closeWith(socket, tryAgainLater, tooMuchWaiting);
          order.hand(text, head, heed).catch((error: unknown) => {
            // Nested so deeply that it can be read, and not be written again: a ping's payload.
            if (error instanceof RangeError) return closeWith(socket, CloseCode.BadRequest, "Invalid message received");
            log.error({ err: error }, "A message over a WebSocket failed. This is a bug.");
            socket.close(CloseCode.InternalServerError, "Internal server error");
          });
        }),
    },
    { socket, address, outletOf: (id) => createOutlet(outbox, id, order.mayTellOf(id)) },
  );
  socket.once("close", (code, reason) => {
    closed(code, String(reason)).catch((error: unknown) =>
      log.error({ err: error }, "A WebSocket's end failed. This is a bug."),
    );
  });
}

/** It is sent with each event, for as long as the operation runs. */
const longestId = 1_024;
/** Characters of messages that wait for the end of an operation under their id. */
const mostWaiting = 1_048_576;
const tooMuchWaiting =
  "Expected at most 1 MiB of messages to wait for the ends of operations of the same ids; more came.";
const serverTypes = new Set(["connection_ack", "next", "error"]);

interface Head {
  readonly type: string;
  /** Null where it has none, or one that graphql-ws will refuse. */
  readonly id: string | null;
}

/** Null for what is no message at all, which graphql-ws will refuse. */
function headOf(text: string): Head | null {
  try {
    const message: unknown = JSON.parse(text);
    if (typeof message !== "object" || message === null || !("type" in message)) return null;
    const { type } = message;
    if (typeof type !== "string") return null;
    return { type, id: "id" in message && typeof message.id === "string" ? message.id : null };
  } catch {
    return null;
  }
}

/** The operation under an id. */
interface Running {
  /** Whether it is over for the client, though perhaps not yet for us. */
  over: "not yet" | "by the client" | "told";
  /** Whether graphql-ws has been told of it: what comes for its id before is of another, which is over. */
  hasBegun: boolean;
  /** Resolves then. */
  readonly begun: Promise<void>;
  /** Resolves when graphql-ws has forgotten it. */
  ended: Promise<void>;
}

interface Order {
  /** How many characters wait. */
  readonly waiting: number;
  hand(text: string, head: Head | null, heed: Heed): Promise<void>;
  /** Whether it may go to the client: nothing comes for an operation that it has completed. */
  mayTell(text: string): boolean;
  /** The same for the events of the operation that has begun under this id. */
  mayTellOf(id: string): () => boolean;
}

/** As graphql-ws writes what it says of an operation. */
const toldForm = /^\{"id":("(?:[^"\\]|\\.)*"),"type":"(\w+)"/;

function createOrder(): Order {
  const running = new Map<string, Running>();
  let waiting = 0;
  const after = async (text: string, turn: Promise<void> | undefined) => {
    waiting += text.length;
    await turn;
    waiting -= text.length;
  };

  const begin = (text: string, id: string, heed: Heed): Promise<void> => {
    const before = running.get(id);
    const { promise: begun, resolve } = Promise.withResolvers<void>();
    const one: Running = { over: "not yet", hasBegun: false, begun, ended: Promise.resolve() };
    const run = async () => {
      // One that is not over refuses the new one, once it has begun itself.
      await after(text, before?.over === "not yet" ? before.begun : before?.ended);
      one.hasBegun = true;
      const heeded = heed(text);
      resolve();
      await heeded;
    };
    const result = run();
    one.ended = result
      .catch(() => {})
      .finally(() => {
        if (running.get(id) === one) running.delete(id);
      });
    running.set(id, one);
    return result;
  };

  return {
    get waiting() {
      return waiting;
    },
    async hand(text, head, heed) {
      if (head === null || head.id === null) return heed(text);
      if (head.type === "subscribe") return begin(text, head.id, heed);
      if (head.type === "complete") {
        const one = running.get(head.id);
        if (one) one.over = "by the client";
        await after(text, one?.begun);
      }
      return heed(text);
    },
    mayTellOf(id) {
      const one = running.get(id);
      return () => one?.over === "not yet";
    },
    mayTell(text) {
      const [, id, type] = toldForm.exec(text) ?? [];
      const one = id === undefined ? undefined : running.get(JSON.parse(id));
      if (!one) return true;
      if (!one.hasBegun || one.over === "by the client") return false;
      if (type !== "next") one.over = "told";
      return true;
    },
  };
}
