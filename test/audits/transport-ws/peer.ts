/**
 * A client that does what it is told, also what no client should. It queues what comes, so that nothing is lost between
 * awaits, and answers the server's pings as every client does; it judges nothing else.
 */
import { randomUUID } from "node:crypto";
import { WebSocket } from "ws";
import { Breach, expectThat, isEqual, isObject, shown, within } from "./breach.ts";
import { type Params, type Target, waitsOf } from "./target.ts";

export const subprotocol = "graphql-transport-ws";

export interface Message {
  readonly type: string;
  readonly id?: unknown;
  readonly payload?: unknown;
}

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

export interface Frame {
  readonly text: string;
  readonly binary: boolean;
}

export interface Peer {
  /** What the server chose; empty where it chose none. */
  readonly protocol: string;
  /** Every frame that came, pings too. */
  readonly frames: readonly Frame[];
  send(message: unknown): void;
  sendFrame(data: string | Uint8Array, options: { readonly binary: boolean }): void;
  /** The next message that is no ping. */
  message(expected: string): Promise<Message>;
  /** The next that is wanted. Those before it are passed over, but not for longer than one that comes at all may take. */
  find(expected: string, isWanted: (message: Message) => boolean): Promise<Message>;
  /** What comes before the answer to a ping that is sent now: whatever the server had begun to send has come by then. */
  fence(): Promise<Message[]>;
  /** What comes while it is listened for a while. */
  quiet(): Promise<Message[]>;
  /** Closed by the server; what came before is left alone. */
  closed(expected: string, patienceMs?: number): Promise<Closed>;
  /** The code that the server answers the closing with. */
  close(code: number): Promise<Closed>;
  /** As when the machine is gone: without a word. */
  drop(): Promise<void>;
  /** What came and was not taken. */
  left(): readonly Message[];
}

export type Handshake =
  | { readonly type: "open"; readonly peer: Peer; readonly dispose: () => Promise<void> }
  /** Answered with a status in place of 101. */
  | { readonly type: "refused"; readonly status: number }
  /** By this end, or without an answer. */
  | { readonly type: "broken"; readonly sentence: string };

/** How long a server may take to close a socket that nothing more is asked of. */
const goodbyeMs = 1_000;

export async function shake(target: Target, protocols: readonly string[] = [subprotocol]): Promise<Handshake> {
  const { patienceMs } = waitsOf(target);
  const socket = new WebSocket(target.url, [...protocols], { headers: { ...target.headers } });
  const { peer, dispose } = peerOn(socket, target);
  const answered = new Promise<Handshake>((resolve) => {
    socket.once("open", () => resolve({ type: "open", peer, dispose }));
    socket.once("error", (error) => resolve({ type: "broken", sentence: error.message || error.name }));
    socket.once("unexpected-response", (request, { statusCode = 0 }) => {
      request.destroy();
      resolve({ type: "refused", status: statusCode });
    });
  });
  const handshake = await within(patienceMs, answered, "an answer to the handshake").catch(async (error: unknown) => {
    await dispose();
    throw error;
  });
  if (handshake.type !== "open") await dispose();
  return handshake;
}

/** A socket that nothing was sent on yet; it is gone when `run` has ended. */
export async function onSocket<T>(target: Target, run: (peer: Peer) => Promise<T>): Promise<T> {
  const handshake = await shake(target);
  if (handshake.type === "refused") throw new Breach(`Expected a socket; got status ${handshake.status}.`);
  if (handshake.type === "broken") throw new Breach(`Expected a socket; ${handshake.sentence}.`);
  return run(handshake.peer).finally(handshake.dispose);
}

/** The same, with the connection acknowledged. */
export function onConnection<T>(target: Target, run: (peer: Peer) => Promise<T>): Promise<T> {
  return onSocket(target, async (peer) => {
    await acknowledged(peer, target.connectionParams);
    return run(peer);
  });
}

export async function acknowledged(peer: Peer, params?: Params): Promise<Message> {
  peer.send(initOf(params));
  const message = await nextButPong(peer, "connection_ack");
  expectThat(message.type === "connection_ack", `Expected connection_ack before all else; got ${shown(message)}.`);
  return message;
}

/** A pong that nobody asked for may come at any time. */
export function nextButPong(peer: Peer, expected: string): Promise<Message> {
  return peer.find(expected, ({ type }) => type !== "pong");
}

export function initOf(params?: Params): Message {
  return { type: "connection_init", ...(params ? { payload: params } : {}) };
}

export function subscribe(id: unknown, query: string, more: Readonly<Record<string, unknown>> = {}): Message {
  return { id, type: "subscribe", payload: { query, ...more } };
}

export function complete(id: unknown): Message {
  return { id, type: "complete" };
}

function peerOn(socket: WebSocket, target: Target): { readonly peer: Peer; readonly dispose: () => Promise<void> } {
  const { patienceMs, quietMs } = waitsOf(target);
  const frames: Frame[] = [];
  const queue: Message[] = [];
  let wake = () => {};
  let closed: Closed | null = null;

  const ended = new Promise<Closed>((resolve) =>
    socket.once("close", (code, reason) => {
      closed = { code, reason: String(reason) };
      wake();
      resolve(closed);
    }),
  );
  // What is wrong with a socket is told by its closing, or by the handshake.
  socket.on("error", () => {});
  socket.on("message", (data, binary) => {
    const text = String(data);
    frames.push({ text, binary });
    const message = readMessage(text);
    if (message.type === "ping")
      return send({ type: "pong", ...("payload" in message ? { payload: message.payload } : {}) });
    queue.push(message);
    wake();
  });

  const sendFrame: Peer["sendFrame"] = (data, options) => {
    if (socket.readyState === socket.OPEN) socket.send(data, options);
  };
  const send = (message: unknown) => sendFrame(JSON.stringify(message), { binary: false });

  const find: Peer["find"] = async (expected, isWanted) => {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const first = queue.shift();
      if (first && isWanted(first)) return first;
      if (first) continue;
      if (closed) throw new Breach(`Expected ${expected}; the socket was closed with ${worded(closed)}.`);
      const next = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await within(Math.max(0, deadline - performance.now()), next, expected);
    }
  };
  const fence = async (): Promise<Message[]> => {
    const mark = { fence: randomUUID() };
    send({ type: "ping", payload: mark });
    const before: Message[] = [];
    await find("a pong", (message) => {
      // A server may leave the payload out.
      const isIt = message.type === "pong" && (!isObject(message.payload) || isEqual(message.payload, mark));
      if (!isIt) before.push(message);
      return isIt;
    });
    return before;
  };
  const closing = async (code: number): Promise<Closed> => {
    socket.close(code);
    return within(patienceMs, ended, "the socket to close");
  };

  const peer: Peer = {
    get protocol() {
      return socket.protocol;
    },
    frames,
    send,
    sendFrame,
    message: (expected) => find(expected, () => true),
    find,
    fence,
    async quiet() {
      await new Promise((resolve) => setTimeout(resolve, quietMs));
      return fence();
    },
    closed: (expected, ms = patienceMs) => within(ms, ended, expected),
    close: closing,
    async drop() {
      socket.terminate();
      await ended;
    },
    left: () => [...queue],
  };
  const dispose = async () => {
    const patience = setTimeout(() => socket.terminate(), goodbyeMs);
    if (socket.readyState === socket.CONNECTING) socket.terminate();
    else socket.close(1000);
    await ended;
    clearTimeout(patience);
  };
  return { peer, dispose };
}

/** What can't be read as a message has a type that no message has, so that whoever waits for one says what came. */
function readMessage(text: string): Message {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value) && typeof value.type === "string") return { ...value, type: value.type };
  } catch {
    // Told below.
  }
  return { type: `no message: ${text.slice(0, 100)}` };
}

/** Closed by the server, with one of these codes. */
export async function closedWith(peer: Peer, codes: readonly number[], because: string): Promise<void> {
  const expected = `the socket to close with ${codes.join(" or ")} ${because}`;
  const closed = await peer.closed(expected);
  expectThat(codes.includes(closed.code), `Expected ${expected}; it closed with ${worded(closed)}.`);
}

export function worded({ code, reason }: Closed): string {
  return reason === "" ? `${code}` : `${code} (${reason})`;
}
