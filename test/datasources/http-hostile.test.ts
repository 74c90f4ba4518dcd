/**
 * A provider's host that has fallen to somebody else: what it can make the transport do. It may waste one answer, and
 * neither send a credential elsewhere, nor fill the memory, nor hold a call beyond its time.
 */
import { createServer, type Socket } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { Answer, Exchange, UpstreamRequest } from "../../src/datasources/contract.ts";
import type { ManagedUpstream, UpstreamOptions } from "../../src/datasources/http.ts";
import { type Handler, startServer, type TestServer } from "../support/http-server.ts";
import { testUpstream } from "../support/upstream.ts";

const started: Array<{ dispose(): Promise<void> }> = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.dispose();
});

async function start(handler: Handler): Promise<TestServer> {
  const server = await startServer(handler);
  started.push(server);
  return server;
}

/** A server below HTTP, for what node:http would not send. What it does with a socket ends with the socket. */
async function startSocketServer(connected: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", () => connected(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("Expected a TCP address; there is none.");
  started.push({
    dispose: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  });
  return `http://127.0.0.1:${address.port}`;
}

function upstreamWith(overrides: Partial<UpstreamOptions> = {}): ManagedUpstream {
  const upstream = testUpstream(overrides);
  started.push(upstream);
  return upstream;
}

const whole = (answer: Answer): Exchange<Answer> & { type: "answered" } => ({ type: "answered", value: answer });

/** A write, for it is not sent again: one attempt is what is seen. */
function ask(
  upstream: ManagedUpstream,
  origin: string,
  more: Partial<UpstreamRequest> = {},
): Promise<Exchange<Answer>> {
  const url = new URL("/things", origin);
  const headers = { authorization: "Bearer secret" };
  return upstream.exchange(
    { method: "POST", url, headers, effect: "write", body: "{}", ...more },
    { priority: "write" },
    whole,
  );
}

const unreadable = { type: "lost", problem: { type: "ProviderUnavailable", code: "UNREADABLE_ANSWER" } };

describe("a redirect", () => {
  test.each([301, 302, 303, 307, 308])(
    "with %i leads to no other host: nothing is sent there, no credential above all",
    async (status) => {
      const elsewhere = await start((_, response) => void response.end("{}"));
      const port = new URL(elsewhere.origin).port;
      for (const location of [
        `${elsewhere.origin}/taken`,
        `//127.0.0.1:${port}/taken`,
        `http://user:secret@localhost:${port}/taken`,
        "/elsewhere",
      ]) {
        const server = await start((_, response) => void response.writeHead(status, { location }).end("{}"));
        // One each: a host that does so opens the circuit.
        expect(await ask(upstreamWith(), server.origin)).toMatchObject(unreadable);
        const read: Pick<UpstreamRequest, "method" | "url" | "effect"> = {
          method: "GET",
          url: new URL("/things", server.origin),
          effect: "read",
        };
        expect(await upstreamWith().exchange(read, { priority: "lookup" }, whole)).toMatchObject(unreadable);
        expect(server.received.length).toBeGreaterThanOrEqual(2);
        expect(new Set(server.received.map(({ url }) => url))).toEqual(new Set(["/things"]));
      }
      expect(elsewhere.received).toEqual([]);
    },
  );

  test.each([
    ["Refresh", { refresh: "0; url=ELSEWHERE" }],
    ["Content-Location", { "content-location": "ELSEWHERE" }],
    ["Alt-Svc", { "alt-svc": 'h2="ELSEWHERE"; ma=86400' }],
    ["Link", { link: "<ELSEWHERE>; rel=preload" }],
  ])("by %s is not heeded", async (_name, headers) => {
    const elsewhere = await start((_, response) => void response.end("{}"));
    const upstream = upstreamWith();
    const server = await start((_, response) => {
      for (const [name, value] of Object.entries(headers))
        response.setHeader(name, value.replace("ELSEWHERE", elsewhere.origin));
      response.end("{}");
    });
    for (let count = 0; count < 2; count += 1) expect((await ask(upstream, server.origin)).type).toBe("answered");
    expect(server.received).toHaveLength(2);
    expect(elsewhere.received).toEqual([]);
  });
});

describe("an encoded answer", () => {
  /** Some KB that would be 16 MB. */
  const plain = Buffer.alloc(16 * 1024 * 1024, " ");
  const bomb = gzipSync(plain);
  const bombs: ReadonlyArray<readonly [encoding: string, body: Buffer]> = [
    ["gzip", bomb],
    ["GZIP", bomb],
    ["x-gzip", bomb],
    ["br", brotliCompressSync(plain)],
    ["deflate", deflateSync(plain)],
    ["gzip, gzip", gzipSync(bomb)],
    ["identity, gzip", bomb],
    ["unheard-of", bomb],
  ];

  test.each(bombs)("in %s is not unpacked, and no answer", async (encoding, body) => {
    expect(body.length).toBeLessThan(1_000_000);
    const server = await start(
      (_, response) => void response.writeHead(200, { "content-encoding": encoding }).end(body),
    );
    // With room for all of it, packed or not.
    const upstream = upstreamWith({ maxAnswerBytes: 1024 * 1024 * 1024 });
    expect(await ask(upstream, server.origin)).toMatchObject(unreadable);
    expect(server.received[0]?.headers["accept-encoding"]).toBe("identity");
  });

  test("that does not say so is read as it is: no longer than it came", async () => {
    const server = await start((_, response) => void response.writeHead(200).end(bomb));
    const result = await ask(upstreamWith(), server.origin);
    if (result.type !== "answered") throw new Error(`Expected an answer; got ${JSON.stringify(result)}.`);
    // Bytes that are no UTF-8 become one character each, at the most.
    expect(result.value.text.length).toBeLessThanOrEqual(bomb.length);
  });

  test("by Transfer-Encoding is not unpacked either", async () => {
    const origin = await startSocketServer((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\nConnection: close\r\n\r\n");
      socket.write(`${bomb.length.toString(16)}\r\n`);
      socket.write(bomb);
      socket.end("\r\n0\r\n\r\n");
    });
    const result = await ask(upstreamWith(), origin);
    if (result.type === "answered") expect(result.value.text.length).toBeLessThanOrEqual(bomb.length);
    else expect(result).toMatchObject(unreadable);
  });
});

describe("an answer without end", () => {
  const cap = 100_000;
  /** Writes until the other side has had enough, and resolves with how much went out. */
  function flood(socket: Socket, head: string, piece: string): Promise<number> {
    return new Promise((resolve) => {
      socket.write(head);
      const pour = (): void => {
        while (!socket.destroyed && socket.write(piece));
      };
      socket.on("drain", pour);
      socket.on("close", () => resolve(socket.bytesWritten));
      pour();
    });
  }
  /** What the kernel's buffers on both sides may hold of what nobody read. */
  const inFlight = 32 * 1024 * 1024;
  const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;

  test.each([
    ["chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunk],
    ["until the connection ends", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", "x".repeat(65_536)],
    ["of a length beyond the cap", "HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n", "x".repeat(65_536)],
    [
      "of a length that no number holds",
      `HTTP/1.1 200 OK\r\nContent-Length: 1${"0".repeat(18)}\r\n\r\n`,
      "x".repeat(65_536),
    ],
    ["in its headers", "HTTP/1.1 200 OK\r\n", `X-Flood: ${"x".repeat(1_000)}\r\n`],
    ["in one header", "HTTP/1.1 200 OK\r\nX-Flood: ", "x".repeat(65_536)],
    [
      "in its trailers",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
      `X-Flood: ${"x".repeat(1_000)}\r\n`,
    ],
  ])("%s is cut, and no answer", async (_name, head, piece) => {
    const poured = Promise.withResolvers<number>();
    const origin = await startSocketServer((socket) => void flood(socket, head, piece).then(poured.resolve));
    const upstream = upstreamWith({ maxAnswerBytes: cap, timeoutMs: 5_000 });
    const result = await ask(upstream, origin);
    expect(result).toMatchObject({ type: "lost", problem: { type: "ProviderUnavailable" } });
    expect(await poured.promise).toBeLessThan(inFlight);
  });

  test("of answers before the answer (1xx) ends with the call's time", async () => {
    const origin = await startSocketServer((socket) => {
      const early = setInterval(() => socket.write("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"), 5);
      socket.on("close", () => clearInterval(early));
    });
    const result = await ask(upstreamWith({ timeoutMs: 500 }), origin);
    expect(result).toMatchObject({ type: "lost", problem: { code: "TIMEOUT" } });
  });

  test("in the extensions of a chunk ends with the call's time", async () => {
    const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;";
    const origin = await startSocketServer((socket) => void flood(socket, head, "x".repeat(65_536)));
    const result = await ask(upstreamWith({ timeoutMs: 500 }), origin);
    expect(result).toMatchObject({ type: "lost", problem: { code: "TIMEOUT" } });
  });

  test("byte by byte ends with the call's time", async () => {
    const origin = await startSocketServer((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      const drip = setInterval(() => socket.write("1\r\nx\r\n"), 5);
      socket.on("close", () => clearInterval(drip));
    });
    const result = await ask(upstreamWith({ timeoutMs: 500 }), origin);
    expect(result).toMatchObject({ type: "lost", problem: { code: "TIMEOUT" } });
  });

  test("that is told by its length is refused before any of it comes", async () => {
    const closed = Promise.withResolvers<void>();
    const origin = await startSocketServer((socket) => {
      socket.on("close", () => closed.resolve());
      // Not a byte of the body: who waited for one would wait for the time-out.
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${cap + 1}\r\n\r\n`);
    });
    const result = await ask(upstreamWith({ maxAnswerBytes: cap, timeoutMs: 30_000 }), origin);
    expect(result).toMatchObject(unreadable);
    await closed.promise;
  });
});

test("an answer beyond its own length does not become the next call's answer", async () => {
  const origin = await startSocketServer((socket) => {
    const forged = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged";
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}${forged}`);
    socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nright"));
  });
  const upstream = upstreamWith({ concurrency: 1 });
  const texts: string[] = [];
  for (let count = 0; count < 3; count += 1) {
    const result = await ask(upstream, origin);
    texts.push(result.type === "answered" ? result.value.text : result.type);
  }
  expect(texts).not.toContain("forged");
});
