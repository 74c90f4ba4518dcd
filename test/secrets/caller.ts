/**
 * A caller that may send whatever bytes it likes, and keeps every byte that comes back, over HTTP and WebSocket alike.
 */
import { connect } from "node:net";
import { WebSocket } from "ws";
import type { Written } from "./written.ts";

export type Headers = ReadonlyArray<readonly [name: string, value: string]>;

export interface Answered {
  readonly status: number;
  /** Headers and body. */
  readonly text: string;
  // Answers are as various as the documents: each test reads what it asked for.
  // biome-ignore lint/suspicious/noExplicitAny: see above.
  readonly json: any;
}

export interface Request {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Headers;
  readonly body?: string | Uint8Array;
}

export interface Socket {
  send(message: unknown): void;
  /** The next message that holds of this. Rejects where the socket closes first. */
  heard(which: (message: Message) => boolean): Promise<Message>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** Without a word. */
  terminate(): void;
}

// biome-ignore lint/suspicious/noExplicitAny: as above.
export type Message = any;

export interface Caller {
  /** The gateway's host and port. */
  readonly host: string;
  request(request: Request): Promise<Answered>;
  /** POST /graphql. */
  ask(body: unknown, headers?: Headers): Promise<Answered>;
  open(options?: { readonly headers?: Headers; readonly protocols?: readonly string[] }): Socket;
  dispose(): void;
}

/** A server that says nothing more is not waited for. */
const silenceMs = 15_000;

export function createCaller(url: string, written: Written): Caller {
  const { hostname, port, host } = new URL(url);
  const sockets = new Set<WebSocket>();
  const dial = () => connect({ host: hostname, port: Number(port) });

  function request({ method = "GET", path = "/", headers = [], body = "" }: Request): Promise<Answered> {
    const bytes = Buffer.from(body);
    const own: Array<readonly [string, string]> = headers.some(([name]) => name.toLowerCase() === "host")
      ? []
      : [["host", host]];
    own.push(["connection", "close"], ...headers);
    if (bytes.length > 0 && !headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name))) {
      own.push(["content-length", `${bytes.length}`]);
    }
    const head = [`${method} ${path} HTTP/1.1`, ...own.map(([name, value]) => `${name}: ${value}`), "", ""].join(
      "\r\n",
    );
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      const socket = dial();
      socket.setTimeout(silenceMs, () => socket.destroy());
      socket.on("data", (chunk) => {
        chunks.push(chunk);
        // A handshake that was taken: there are frames from here on.
        if (chunks.length === 1 && chunk.includes("HTTP/1.1 101")) socket.destroy();
      });
      // The server may close before everything was sent, as with a body that is too large.
      socket.on("error", () => {});
      socket.once("close", () => {
        const all = Buffer.concat(chunks);
        written.add("HTTP answers", all);
        const text = all.toString();
        const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? Number.NaN);
        if (Number.isNaN(status)) reject(new Error(`Expected an answer to ${method} ${path.slice(0, 60)}; got none.`));
        else resolve({ status, text, json: jsonIn(text) });
      });
      socket.write(Buffer.concat([Buffer.from(head), bytes]));
    });
  }

  return {
    host,
    request,
    ask: (body, headers = []) =>
      request({
        method: "POST",
        path: "/graphql",
        headers: [["content-type", "application/json"], ...headers],
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    open({ headers = [], protocols = ["graphql-transport-ws"] } = {}) {
      const socket = new WebSocket(`ws://${host}/graphql`, [...protocols], {
        headers: Object.fromEntries(headers),
        createConnection: () => {
          const connection = dial();
          connection.on("data", (chunk) => written.add("WebSocket frames", chunk));
          return connection;
        },
      });
      sockets.add(socket);
      return listen(socket);
    },
    dispose() {
      for (const socket of sockets) socket.terminate();
    },
  };
}

/** The body, where it is JSON; null where it is not. */
function jsonIn(text: string): unknown {
  const body = text.slice(text.indexOf("\r\n\r\n") + 4);
  const start = body.search(/[{[]/);
  const end = Math.max(body.lastIndexOf("}"), body.lastIndexOf("]"));
  if (start < 0 || end < start) return null;
  try {
    return JSON.parse(body.slice(start, end + 1));
  } catch {
    return null;
  }
}

function listen(socket: WebSocket): Socket {
  const messages: Message[] = [];
  const waiting = new Set<() => void>();
  let over: { readonly code: number; readonly reason: string } | null = null;
  const opened = new Promise<void>((resolve) => socket.once("open", resolve));
  socket.on("error", () => {});
  socket.on("message", (data) => {
    messages.push(JSON.parse(String(data)));
    for (const look of [...waiting]) look();
  });
  const closed = new Promise<{ readonly code: number; readonly reason: string }>((resolve) =>
    socket.once("close", (code, reason) => {
      over = { code, reason: String(reason) };
      for (const look of [...waiting]) look();
      resolve(over);
    }),
  );
  return {
    send: (message) =>
      void opened.then(() => {
        const text = typeof message === "string" || message instanceof Uint8Array ? message : JSON.stringify(message);
        if (socket.readyState === socket.OPEN) socket.send(text, () => {});
      }),
    heard: (which) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const place = messages.findIndex(which);
          if (place < 0 && over === null) return;
          waiting.delete(look);
          if (place >= 0) resolve(messages.splice(place, 1)[0]);
          else reject(new Error(`Expected another message; the socket closed with ${over?.code} (${over?.reason}).`));
        };
        waiting.add(look);
        look();
      }),
    closed,
    terminate: () => socket.terminate(),
  };
}
