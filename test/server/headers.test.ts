/** What every answer bears, and bodies that would have to be unpacked. */
import { once } from "node:events";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "@jest/globals";
import Fastify, { type FastifyInstance } from "fastify";
import { pino } from "pino";
import { createApp } from "../../src/server/app.ts";
import { refuseBadAddress, refuseEncodedBodies, registerHeaders, securityHeaders } from "../../src/server/headers.ts";

const apps: FastifyInstance[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

function start(trustProxy = 0): FastifyInstance {
  const app = createApp({ trustProxy, maxBytes: 1024 * 1024, explorer: true, log: pino({ level: "silent" }) });
  apps.push(app);
  registerHeaders(app);
  refuseEncodedBodies(app);
  app.get("/page", (_request, reply) => reply.header("content-security-policy", "default-src 'self'").send("page"));
  app.get("/broken", async () => {
    throw new Error("broken");
  });
  app.get("/nothing", (_request, reply) => reply.code(204).send());
  app.post("/echo", async ({ body }) => body);
  return app;
}

const json = { "content-type": "application/json" };

describe("every answer", () => {
  test("bears the headers, whoever gave it", async () => {
    const app = start();
    const answers = [
      await app.inject({ method: "POST", url: "/echo", headers: json, payload: "{}" }),
      await app.inject({ method: "POST", url: "/echo", headers: json, payload: "{" }),
      await app.inject({ method: "POST", url: "/echo", headers: { "content-type": "text/plain" }, payload: "x" }),
      await app.inject({ method: "POST", url: "/echo", headers: json, payload: `"${"x".repeat(1024 * 1024)}"` }),
      await app.inject({ method: "PUT", url: "/echo" }),
      await app.inject("/nowhere"),
      await app.inject("/broken"),
      await app.inject("/nothing"),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 400, 415, 413, 404, 404, 500, 204]);
    for (const { headers } of answers) {
      expect(headers).toMatchObject(securityHeaders);
      for (const name of ["server", "x-powered-by", "strict-transport-security"])
        expect(headers).not.toHaveProperty(name);
    }
    expect(securityHeaders).toEqual({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "x-frame-options": "DENY",
      "cross-origin-resource-policy": "same-origin",
      "cross-origin-opener-policy": "same-origin",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    });
  });

  test("to an address that can't be read bears them too", async () => {
    const app = Fastify({ frameworkErrors: refuseBadAddress });
    apps.push(app);
    const response = await app.inject("/%");
    expect([response.statusCode, response.json()]).toEqual([
      400,
      { errors: [{ message: expect.stringContaining("/graphql"), extensions: { code: "BAD_USER_INPUT" } }] },
    ]);
    expect(response.headers).toMatchObject(securityHeaders);
  });

  test("of a page with a policy of its own keeps that", async () => {
    const { headers } = await start().inject("/page");
    expect(headers).toMatchObject({ ...securityHeaders, "content-security-policy": "default-src 'self'" });
  });

  test("asks for https from then on where it came by https, as far as proxies are trusted", async () => {
    const forwarded = { url: "/page", headers: { "x-forwarded-proto": "https" } };
    expect((await start(0).inject(forwarded)).headers).not.toHaveProperty("strict-transport-security");
    expect((await start(1).inject(forwarded)).headers["strict-transport-security"]).toBe("max-age=31536000");
    expect((await start(1).inject("/page")).headers).not.toHaveProperty("strict-transport-security");
  });
});

describe("a body in a content encoding", () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, " "));

  test.each(["gzip", "x-gzip", "br", "deflate", "zstd", "GZIP", "gzip, gzip", "identity, gzip"])(
    "%s is refused in words, and not unpacked",
    async (encoding) => {
      const app = start();
      let parsed = 0;
      app.addHook("preParsing", async () => {
        parsed += 1;
      });
      expect(bomb.length).toBeLessThan(100_000);
      const headers = { ...json, "content-encoding": encoding };
      const response = await app.inject({ method: "POST", url: "/echo", headers, payload: bomb });
      expect([response.statusCode, response.json()]).toEqual([
        415,
        { errors: [{ message: expect.stringContaining("Content-Encoding"), extensions: { code: "BAD_USER_INPUT" } }] },
      ]);
      expect(response.headers).toMatchObject({ "accept-encoding": "identity", ...securityHeaders });
      expect(parsed).toBe(0);
    },
  );

  test("that says identity, or nothing, is read", async () => {
    for (const more of [{}, { "content-encoding": "identity" }, { "content-encoding": "Identity" }]) {
      const headers = { ...json, ...more };
      const response = await start().inject({ method: "POST", url: "/echo", headers, payload: '{"a":1}' });
      expect([response.statusCode, response.json()]).toEqual([200, { a: 1 }]);
    }
  });

  test("without saying so is no JSON", async () => {
    const response = await start().inject({
      method: "POST",
      url: "/echo",
      headers: json,
      payload: gzipSync('{"a":1}'),
    });
    expect([response.statusCode, response.json().errors[0].extensions.code]).toEqual([400, "BAD_USER_INPUT"]);
  });

  test("is refused before its end, and its connection closed", async () => {
    const app = start();
    const { port } = new URL(await app.listen({ host: "127.0.0.1", port: 0 }));
    const socket = connect(Number(port), "127.0.0.1");
    socket.on("error", () => {});
    let text = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    socket.write(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n" +
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    );
    await once(socket, "close");
    expect(text).toMatch(/^HTTP\/1\.1 415 /);
    expect(text).toContain("Content-Encoding");
  });
});
