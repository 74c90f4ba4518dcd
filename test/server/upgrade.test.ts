/** Which upgrades are let in: the same judgement as for HTTP, told on the socket. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { afterEach, describe, expect, test } from "@jest/globals";
import { WebSocket, WebSocketServer } from "ws";
import { createOrigins, type OriginsOptions } from "../../src/server/origins.ts";
import { refusalOf, refuse } from "../../src/server/upgrade.ts";

const undo: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const strict: OriginsOptions = { allowed: ["https://app.example.com"], lenient: false, names: { type: "any" } };
const local: OriginsOptions = { allowed: [], lenient: true, names: { type: "known", host: "127.0.0.1" } };

/** The port of a server that upgrades what is let in. */
async function start(options: OriginsOptions, closing = false): Promise<number> {
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true });
  const origins = createOrigins(options);
  server.on("upgrade", (request, socket, head) => {
    const refusal = refusalOf(request, { path: "/graphql", closing, origins });
    if (refusal) return refuse(socket, refusal);
    sockets.handleUpgrade(request, socket, head, () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  undo.push(async () => {
    for (const socket of sockets.clients) socket.terminate();
    server.close();
    await once(server, "close");
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("Expected a TCP address; there is none.");
  return address.port;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly type: string | undefined;
}

async function dial(port: number, headers: Record<string, string>, path = "/graphql"): Promise<Answer> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
  const answer = await new Promise<Answer>((resolve, reject) => {
    socket.on("open", () => resolve({ status: 101, text: "", type: undefined }));
    socket.on("error", reject);
    socket.on("unexpected-response", async (_request, response: IncomingMessage) => {
      let text = "";
      for await (const chunk of response.setEncoding("utf8")) text += chunk;
      resolve({ status: response.statusCode ?? 0, text, type: response.headers["content-type"] });
    });
  });
  socket.on("error", () => {});
  socket.terminate();
  return answer;
}

describe("an upgrade", () => {
  test("of a program, of an allowed page and of the gateway's own is let in", async () => {
    const port = await start(strict);
    for (const headers of [{}, { origin: "https://app.example.com" }, { origin: `http://127.0.0.1:${port}` }])
      expect([headers, (await dial(port, headers)).status]).toEqual([headers, 101]);
  });

  test("of a page elsewhere is refused with a sentence that says what to do", async () => {
    const port = await start(strict);
    const foreign = ["https://evil.example", "null", "http://app.example.com", "http://127.0.0.1:1", "nonsense"];
    for (const origin of foreign) {
      expect([origin, await dial(port, { origin })]).toEqual([
        origin,
        { status: 403, text: expect.stringContaining("ALLOWED_ORIGINS"), type: "text/plain" },
      ]);
    }
    expect((await dial(port, { "sec-fetch-site": "cross-site" })).status).toBe(403);
  });

  test("of a page of the same machine is let in by a gateway for developing alone", async () => {
    const origin = "http://localhost:5173";
    expect((await dial(await start(local), { origin })).status).toBe(101);
    expect((await dial(await start({ ...local, lenient: false }), { origin })).status).toBe(403);
  });

  test("by another name than this machine's is refused where there is no authentication", async () => {
    const host = "evil.example:4000";
    const port = await start(local);
    expect(await dial(port, { host, origin: `http://${host}` })).toMatchObject({
      status: 403,
      text: expect.stringContaining("AUTH"),
    });
    expect((await dial(port, { host })).status).toBe(403);
    // With authentication the name says nothing: a page of another name has no token.
    expect((await dial(await start(strict), { host })).status).toBe(101);
  });

  test("of another address is not found, and one of a gateway that stops comes too late", async () => {
    const port = await start(strict);
    for (const path of ["/other", "/graphql/", "/%67raphql"])
      expect([path, await dial(port, {}, path)]).toEqual([
        path,
        { status: 404, text: expect.stringContaining("/graphql"), type: "text/plain" },
      ]);
    expect((await dial(port, {}, "/graphql?x=1")).status).toBe(101);
    expect((await dial(await start(strict, true), {})).status).toBe(503);
  });
});
