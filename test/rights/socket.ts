/** One WebSocket, message by message: what came on it, and how it was closed. */
import { once } from "node:events";
import { WebSocket } from "ws";
import { bearer, type TokenOptions } from "../support/tokens.ts";
import { until } from "../support/until.ts";

export interface Message {
  readonly type: string;
  readonly id?: string;
  // As various as the documents.
  // biome-ignore lint/suspicious/noExplicitAny: see above.
  readonly payload?: any;
}

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

export interface Socket {
  /** Everything but the acknowledgement, in the order in which it came. */
  readonly messages: readonly Message[];
  readonly closed: Promise<Closed>;
  subscribe(id: string, query: string, variables?: Record<string, unknown>): void;
  /** Resolves once a message has come that this holds of. */
  heard(which: (message: Message) => boolean): Promise<void>;
  close(): Promise<void>;
}

/** Resolves when the connection is acknowledged, or closed instead. */
export async function connect(gateway: { readonly url: string }, claims: TokenOptions): Promise<Socket> {
  const socket = new WebSocket(`${gateway.url.replace(/^http/, "ws")}/graphql`, "graphql-transport-ws");
  const messages: Message[] = [];
  const closed = new Promise<Closed>((resolve) => {
    socket.once("close", (code, reason) => resolve({ code, reason: String(reason) }));
  });
  const acknowledged = new Promise<void>((resolve) => {
    socket.on("message", (data) => {
      const message: Message = JSON.parse(String(data));
      if (message.type === "connection_ack") resolve();
      else messages.push(message);
    });
  });
  const send = (message: unknown) => socket.send(JSON.stringify(message));
  await once(socket, "open");
  send({ type: "connection_init", payload: await bearer(claims) });
  await Promise.race([acknowledged, closed]);
  return {
    messages,
    closed,
    subscribe: (id, query, variables = {}) => send({ type: "subscribe", id, payload: { query, variables } }),
    heard: (which) => until(() => messages.some(which)),
    async close() {
      socket.close();
      await closed;
    },
  };
}
