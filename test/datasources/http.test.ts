import { createServer, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { Answer, Exchange, UpstreamRequest } from "../../src/datasources/contract.ts";
import type { ManagedUpstream, UpstreamOptions } from "../../src/datasources/http.ts";
import { parseJson } from "../../src/datasources/json.ts";
import { notFound, unavailable } from "../../src/datasources/problems.ts";
import { type Handler, sendJson, startServer, type TestServer } from "../support/http-server.ts";
import { testUpstream } from "../support/upstream.ts";

const started: Array<{ dispose(): Promise<void> }> = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.dispose();
});

async function start(
  handler: Handler,
  overrides: Partial<UpstreamOptions> = {},
): Promise<{ server: TestServer; upstream: ManagedUpstream }> {
  const server = await startServer(handler);
  const upstream = testUpstream(overrides);
  started.push(server, upstream);
  return { server, upstream };
}

/** A server below HTTP, for what node:http would not send. */
async function startSocketServer(connected: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    connected(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP address");
  started.push({
    dispose: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  });
  return `http://127.0.0.1:${address.port}`;
}

const whole = (answer: Answer): Exchange<Answer> & { type: "answered" } => ({ type: "answered", value: answer });

function get(origin: string, more: Partial<UpstreamRequest> = {}): UpstreamRequest {
  return { method: "GET", url: new URL("/things?a=1", origin), effect: "read", ...more };
}
function post(origin: string, more: Partial<UpstreamRequest> = {}): UpstreamRequest {
  return { method: "POST", url: new URL("/things", origin), effect: "write", body: '{"a":1}', ...more };
}

function ask(upstream: ManagedUpstream, request: UpstreamRequest, signal?: AbortSignal): Promise<Exchange<Answer>> {
  const priority = request.effect === "write" ? "write" : "lookup";
  return upstream.exchange(request, signal ? { priority, signal } : { priority }, whole);
}

describe("an answer", () => {
  test("reaches the reader with its status, its headers by lower-case names and its text", async () => {
    const { server, upstream } = await start((_, response) => {
      response.writeHead(201, { "X-Thing": "one", "Set-Cookie": ["a=1", "b=2"] });
      response.end("grüße");
    });
    const result = await ask(upstream, post(server.origin, { headers: { authorization: "Bearer t" } }));
    expect(result).toMatchObject({
      type: "answered",
      value: { status: 201, headers: { "x-thing": "one", "set-cookie": "a=1, b=2" }, text: "grüße" },
    });
    expect(server.received).toHaveLength(1);
    expect(server.received[0]).toMatchObject({ method: "POST", url: "/things", body: '{"a":1}' });
    expect(server.received[0]?.headers.authorization).toBe("Bearer t");
    expect(server.received[0]?.headers).toMatchObject({ "accept-encoding": "identity", "user-agent": "statusgraph" });
  });

  test.each([
    [null, 7],
    [3, 3],
  ])("tells by Retry-After when to ask again, unless its reader said so (%s): %i s", async (own, expected) => {
    const { server, upstream } = await start((_, response) => sendJson(response, {}, 503, { "retry-after": "7" }));
    const problem = unavailable("TEST", "PROVIDER_ERROR", "It can't.", own);
    const result = await upstream.exchange(post(server.origin), { priority: "write" }, () => ({
      type: "refused",
      problem,
    }));
    expect(result).toEqual({ type: "refused", problem: { ...problem, retryAfterSeconds: expected } });
  });

  test("is judged by the reader also where it is a 404", async () => {
    const { server, upstream } = await start((_, response) => sendJson(response, {}, 404));
    const problem = notFound("There is no such thing.");
    const result = await upstream.exchange(get(server.origin), { priority: "lookup" }, ({ status }) =>
      status === 404 ? { type: "refused", problem } : { type: "answered", value: status },
    );
    expect(result).toEqual({ type: "refused", problem });
    expect(server.received).toHaveLength(1);
  });

  test("is lost where the reader throws, and nothing of it is logged", async () => {
    const lines: unknown[] = [];
    const collect = (...line: unknown[]): void => void lines.push(line);
    const { server, upstream } = await start((_, response) => sendJson(response, { secret: "hunter2" }), {
      log: { debug: collect, info: collect, warn: collect, error: collect },
    });
    const result = await upstream.exchange(post(server.origin), { priority: "write" }, ({ text }) => {
      throw new TypeError(`can't read ${text}`);
    });
    expect(result).toMatchObject({ type: "lost", problem: { type: "ProviderUnavailable", code: "UNREADABLE_ANSWER" } });
    expect(JSON.stringify(lines)).toContain("TypeError");
    expect(JSON.stringify([lines, result])).not.toContain("hunter2");
  });

  test.each([301, 302, 304, 307, 308])("with status %i breaks the contract and is not followed", async (status) => {
    const { server, upstream } = await start((_, response) => {
      response.writeHead(status, { location: "/elsewhere" }).end();
    });
    const result = await ask(upstream, post(server.origin));
    expect(result).toMatchObject({ type: "lost", problem: { type: "ProviderUnavailable", code: "UNREADABLE_ANSWER" } });
    expect(server.received.map(({ url }) => url)).toEqual(["/things"]);
  });

  test("in a content encoding, which was not asked for, is unreadable", async () => {
    const { server, upstream } = await start((_, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end("whatever");
    });
    expect(await ask(upstream, post(server.origin))).toMatchObject({
      type: "lost",
      problem: { code: "UNREADABLE_ANSWER" },
    });
  });
});

describe("an answer too large", () => {
  test("by its Content-Length is refused before a byte of it is read", async () => {
    const closed = Promise.withResolvers<void>();
    const { server, upstream } = await start((_, response) => {
      response.on("close", closed.resolve);
      response.writeHead(200, { "content-length": "9000000000" });
      response.flushHeaders();
    });
    expect(await ask(upstream, post(server.origin))).toMatchObject({
      type: "lost",
      problem: { code: "UNREADABLE_ANSWER" },
    });
    await closed.promise;
  });

  test("in chunks is stopped, and its socket closed", async () => {
    const closed = Promise.withResolvers<void>();
    const { server, upstream } = await start((_, response) => {
      response.on("close", closed.resolve);
      const flood = (): void => {
        while (!response.destroyed && response.write("x".repeat(65_536)));
      };
      response.on("drain", flood);
      flood();
    });
    expect(await ask(upstream, post(server.origin))).toMatchObject({
      type: "lost",
      problem: { code: "UNREADABLE_ANSWER" },
    });
    await closed.promise;
  });

  test("is measured by the request's own cap where it has one", async () => {
    const { server, upstream } = await start((_, response) => void response.end("x".repeat(100)), {
      maxAnswerBytes: 50,
    });
    expect((await ask(upstream, post(server.origin, { maxBytes: 100 }))).type).toBe("answered");
    expect((await ask(upstream, post(server.origin, { maxBytes: 99 }))).type).toBe("lost");
    expect((await ask(upstream, post(server.origin))).type).toBe("lost");
  });
});

describe("a failure", () => {
  test("to connect leaves the call unsent", async () => {
    const { server, upstream } = await start(() => {});
    await server.dispose();
    const result = await ask(upstream, post(server.origin));
    expect(result).toMatchObject({ type: "unsent", problem: { type: "ProviderUnavailable", code: "UNREACHABLE" } });
  });

  test("to find the host leaves the call unsent", async () => {
    const { upstream } = await start(() => {});
    expect(await ask(upstream, post("http://host.invalid"))).toMatchObject({
      type: "unsent",
      problem: { code: "UNREACHABLE" },
    });
  });

  test("of TLS leaves the call unsent, also where the other side never speaks", async () => {
    const { server, upstream } = await start(() => {}, { timeoutMs: 300 });
    const silent = await startSocketServer(() => {});
    for (const origin of [server.origin, silent]) {
      expect(await ask(upstream, post(origin.replace("http:", "https:")))).toMatchObject({
        type: "unsent",
        problem: { code: "UNREACHABLE" },
      });
    }
    expect(server.received).toEqual([]);
  });

  test("of our own settings is told apart, and leaks no header", async () => {
    const { server, upstream } = await start(() => {});
    const result = await ask(upstream, get(server.origin, { headers: { authorization: "Bearer hun\nter2" } }));
    expect(result).toMatchObject({ type: "unsent", problem: { code: "UNREACHABLE" } });
    expect(JSON.stringify(result)).toContain("Check its settings");
    expect(JSON.stringify(result)).not.toContain("hun");
    expect(server.received).toEqual([]);
  });

  test("to answer in time loses the call and closes its socket", async () => {
    const closed = Promise.withResolvers<void>();
    const { server, upstream } = await start((_, response) => void response.on("close", closed.resolve), {
      timeoutMs: 500,
    });
    expect(await ask(upstream, post(server.origin))).toEqual({
      type: "lost",
      problem: unavailable("TEST", "TIMEOUT", "The test provider did not answer within 0.5 s."),
    });
    await closed.promise;
    expect(server.received).toHaveLength(1);
  });

  test("to end the body in time loses the call and closes its socket", async () => {
    const closed = Promise.withResolvers<void>();
    const { server, upstream } = await start(
      (_, response) => {
        response.on("close", closed.resolve);
        response.writeHead(200).write("{");
      },
      { timeoutMs: 500 },
    );
    expect(await ask(upstream, post(server.origin))).toMatchObject({ type: "lost", problem: { code: "TIMEOUT" } });
    await closed.promise;
  });

  test("by a cut before the headers loses the call as unreachable", async () => {
    const { server, upstream } = await start((_, response) => void response.destroy());
    expect(await ask(upstream, post(server.origin))).toMatchObject({
      type: "lost",
      problem: { type: "ProviderUnavailable", code: "UNREACHABLE" },
    });
    expect(server.received).toHaveLength(1);
  });

  test.each([
    ["a length", { "content-length": "4096" }],
    ["chunks", {}],
  ])("by a cut in a body with %s loses the call as unreadable", async (_, headers: Record<string, string>) => {
    const { server, upstream } = await start((_, response) => {
      response.writeHead(200, headers);
      response.write('{"status": "fin', () => response.destroy());
    });
    expect(await ask(upstream, post(server.origin))).toMatchObject({
      type: "lost",
      problem: { code: "UNREADABLE_ANSWER" },
    });
  });

  test("to speak HTTP loses the call as unreadable", async () => {
    const { upstream } = await start(() => {});
    const origin = await startSocketServer((socket) => socket.on("data", () => socket.end("SSH-2.0-OpenSSH\r\n\r\n")));
    expect(await ask(upstream, post(origin))).toMatchObject({ type: "lost", problem: { code: "UNREADABLE_ANSWER" } });
  });

  test("of a kept connection does not send a write twice", async () => {
    const { server, upstream } = await start(
      (_, response, request) => {
        if (server.received.length % 2 === 0) request.socket.resetAndDestroy();
        else sendJson(response, {});
      },
      { concurrency: 1 },
    );
    const types: string[] = [];
    for (let count = 0; count < 6; count += 1) types.push((await ask(upstream, post(server.origin))).type);
    expect(types).toEqual(["answered", "lost", "answered", "lost", "answered", "lost"]);
    expect(server.received).toHaveLength(6);
  });

  test("names no address, and keeps the text of the answer to itself", async () => {
    const { server, upstream } = await start((_, response) => {
      response.writeHead(200, { "content-length": "4096" });
      response.write("hunter2", () => response.destroy());
    });
    const problem = JSON.stringify(await ask(upstream, post(server.origin)));
    expect(problem).toContain("The test provider");
    expect(problem).not.toMatch(/127\.0\.0\.1|things|hunter2/);
  });
});

describe("a caller that gives up", () => {
  test("closes the socket, and the call may have been taken", async () => {
    const closed = Promise.withResolvers<void>();
    const stop = new AbortController();
    const { server, upstream } = await start((_, response) => {
      response.on("close", closed.resolve);
      stop.abort();
    });
    expect((await ask(upstream, get(server.origin), stop.signal)).type).toBe("lost");
    await closed.promise;
    expect(server.received).toHaveLength(1);
  });

  test("while the connection is still being made has sent nothing, and leaves no socket", async () => {
    const stop = new AbortController();
    const closed = Promise.withResolvers<void>();
    const { upstream } = await start(() => {}, { timeoutMs: 60_000 });
    const silent = await startSocketServer((socket) => {
      socket.on("close", () => closed.resolve());
      stop.abort();
    });
    const result = await ask(upstream, post(silent.replace("http:", "https:")), stop.signal);
    expect(result.type).toBe("unsent");
    await upstream.dispose();
    await closed.promise;
  });

  test("before it began has sent nothing", async () => {
    const { server, upstream } = await start(() => {});
    expect((await ask(upstream, post(server.origin), AbortSignal.abort())).type).toBe("unsent");
    expect(server.received).toEqual([]);
  });
});

describe("a read", () => {
  test.each<[string, Handler]>([
    ["was cut", (_, response) => void response.destroy()],
    ["was answered with 500", (_, response) => sendJson(response, {}, 500)],
    ["was answered with 503 without Retry-After", (_, response) => sendJson(response, {}, 503)],
  ])("that %s is sent again, once", async (_, failing) => {
    const { server, upstream } = await start((received, response, request) =>
      server.received.length === 1 ? failing(received, response, request) : sendJson(response, { ok: true }),
    );
    expect(await ask(upstream, get(server.origin))).toMatchObject({ type: "answered", value: { status: 200 } });
    expect(server.received).toHaveLength(2);
  });

  test("that fails twice is not sent a third time", async () => {
    const { server, upstream } = await start((_, response) => sendJson(response, {}, 500));
    expect(await ask(upstream, get(server.origin))).toMatchObject({ type: "answered", value: { status: 500 } });
    expect(server.received).toHaveLength(2);
  });

  test("that the reader could not read is sent again", async () => {
    const { server, upstream } = await start((_, response) => {
      response.end(server.received.length === 1 ? "<!doctype html>" : '{"ok":true}');
    });
    const problem = unavailable("TEST", "UNREADABLE_ANSWER", "Not JSON.");
    const result = await upstream.exchange(get(server.origin), { priority: "lookup" }, ({ text }) => {
      const parsed = parseJson(text);
      return parsed.ok ? { type: "answered", value: parsed.value } : { type: "lost", problem };
    });
    expect(result).toEqual({ type: "answered", value: { ok: true } });
    expect(server.received).toHaveLength(2);
  });

  test("that could not connect is tried again", async () => {
    const attempts: unknown[] = [];
    const { server, upstream } = await start(() => {}, {
      observe: ({ attempt, type }) => attempts.push([attempt, type]),
    });
    await server.dispose();
    expect((await ask(upstream, get(server.origin))).type).toBe("unsent");
    expect(attempts).toEqual([
      [1, "unsent"],
      [2, "unsent"],
    ]);
  });

  test("that was answered with 4xx is not sent again", async () => {
    const { server, upstream } = await start((_, response) => sendJson(response, {}, 400));
    await ask(upstream, get(server.origin));
    expect(server.received).toHaveLength(1);
  });

  test.each([500, 503])("that was answered with %i and Retry-After is not sent again", async (status) => {
    const { server, upstream } = await start((_, response) => sendJson(response, {}, status, { "retry-after": "0" }));
    expect(await ask(upstream, get(server.origin))).toMatchObject({ type: "answered", value: { status } });
    expect(server.received).toHaveLength(1);
  });
});

describe("a write", () => {
  test.each<[string, Handler]>([
    ["was cut", (_, response) => void response.destroy()],
    ["was answered with 500", (_, response) => sendJson(response, {}, 500)],
    ["was answered with 503", (_, response) => sendJson(response, {}, 503)],
    ["was throttled", (_, response) => sendJson(response, {}, 429, { "retry-after": "0" })],
    ["was not answered", () => {}],
  ])("that %s is never sent again", async (_, failing) => {
    const { server, upstream } = await start(failing, { timeoutMs: 500 });
    await ask(upstream, post(server.origin));
    await ask(upstream, get(server.origin));
    expect(server.received.filter(({ method }) => method === "POST")).toHaveLength(1);
  });
});

describe("parseJson", () => {
  test("reads JSON with or without a byte order mark", () => {
    expect(parseJson('{"a":1}')).toEqual({ ok: true, value: { a: 1 } });
    expect(parseJson("\uFEFF[1]")).toEqual({ ok: true, value: [1] });
    expect(parseJson("null")).toEqual({ ok: true, value: null });
  });

  test.each(["", "  ", "\uFEFF", "<!doctype html>", '{"a":'])("refuses %j", (text) => {
    expect(parseJson(text)).toEqual({ ok: false });
  });
});
