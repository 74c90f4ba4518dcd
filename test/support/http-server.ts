/**
 * A real HTTP server on a free loopback port, for tests that must see how a backend was called. It knows of no provider.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Received } from "../datasources/conformance/subject.ts";

export type Handler = (received: Received, response: ServerResponse, request: IncomingMessage) => void | Promise<void>;

export interface TestServer {
  /** Like http://127.0.0.1:50123, without a slash at the end. */
  readonly origin: string;
  /** Every request whose body was read to its end, in the order of their arrival. */
  readonly received: Received[];
  /** Closes every connection. Rejects with what a handler threw, so that a broken handler fails its test. */
  dispose(): Promise<void>;
}

export async function startServer(handler: Handler): Promise<TestServer> {
  const received: Received[] = [];
  const thrown: unknown[] = [];

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    if (body === null) return;
    const { method = "", url = "", headers } = request;
    const one = { method, url, headers, body };
    received.push(one);
    try {
      await handler(one, response, request);
    } catch (error) {
      thrown.push(error);
      response.destroy();
    }
  }

  const server = createServer((request, response) => {
    // A client that goes away is what many tests are about; the socket's error is no failure of the server.
    response.on("error", () => {});
    void serve(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The test server has no TCP address.");

  return {
    origin: `http://127.0.0.1:${address.port}`,
    received,
    dispose: async () => {
      if (server.listening) {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()));
        server.closeAllConnections();
        await closed;
      }
      if (thrown.length > 0) throw thrown[0];
    },
  };
}

/** The whole body; null where the client went away before its end. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk);
  } catch {
    return null;
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Answers with JSON, the usual answer of every provider. */
export function sendJson(
  response: ServerResponse,
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}
