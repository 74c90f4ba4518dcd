/**
 * A server that writes to its sockets whatever it is told to, byte by byte: Node's own would put a good frame around it.
 * Its requests come from undici, so that reading them can be simple.
 */
import { createServer, type Socket } from "node:net";
import type { Reply } from "./answer.ts";

export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly body: string;
}

export interface ByteServer {
  /** Like http://127.0.0.1:50123, without a slash at the end. */
  readonly origin: string;
  /** What is written for a request from now on. */
  answerBy(answer: (asked: Asked) => Reply): void;
  dispose(): Promise<void>;
}

export async function startByteServer(): Promise<ByteServer> {
  const sockets = new Set<Socket>();
  let answering: Parameters<ByteServer["answerBy"]>[0] = () => ({ bytes: Buffer.alloc(0), after: "end" });

  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    // A client that closes on bytes it can't use is what is looked for.
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    let waiting = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      waiting = Buffer.concat([waiting, chunk]);
      for (let asked = take(); asked !== null; asked = take()) respond(socket, answering(asked));
    });
    const take = (): Asked | null => {
      const end = waiting.indexOf("\r\n\r\n");
      if (end < 0) return null;
      const head = waiting.toString("latin1", 0, end);
      const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
      if (waiting.length < end + 4 + length) return null;
      const body = waiting.toString("utf8", end + 4, end + 4 + length);
      waiting = waiting.subarray(end + 4 + length);
      const [method = "", url = ""] = head.split(" ", 2);
      return { method, url, body };
    };
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no TCP address.");

  return {
    origin: `http://127.0.0.1:${address.port}`,
    answerBy: (answer) => {
      answering = answer;
    },
    async dispose() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function respond(socket: Socket, { bytes, after }: Reply): void {
  if (socket.destroyed) return;
  switch (after) {
    case "keep":
      socket.write(bytes);
      return;
    case "end":
      socket.end(bytes);
      return;
    case "reset":
      socket.write(bytes, () => socket.resetAndDestroy());
  }
}

/** A good frame around a JSON body. */
export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Reply {
  const body = Buffer.from(JSON.stringify(value));
  const fields = { "content-type": "application/json", "content-length": body.length, ...headers };
  const lines = Object.entries(fields).map(([name, each]) => `${name}: ${each}\r\n`);
  return {
    bytes: Buffer.concat([Buffer.from(`HTTP/1.1 ${status} Fine\r\n${lines.join("")}\r\n`), body]),
    after: "keep",
  };
}
