/** Where a request comes from: the judgement by its headers, and what HTTP makes of it. */
import type { IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { FastifyInstance, InjectOptions } from "fastify";
import { pino } from "pino";
import { createApp } from "../../src/server/app.ts";
import { normalOrigin } from "../../src/server/origin.ts";
import { createOrigins, type OriginsOptions, registerOrigins } from "../../src/server/origins.ts";

const strict: OriginsOptions = { allowed: ["https://app.example.com"], lenient: false, names: { type: "any" } };
const local: OriginsOptions = { ...strict, lenient: true, names: { type: "known", host: "127.0.0.1" } };
const own = "gateway.example.com";

function isLetIn(headers: IncomingHttpHeaders, options: OriginsOptions = strict, opensPage = false): boolean {
  const sentence = createOrigins(options).judge(headers, { opensPage });
  if (sentence !== null) expect(sentence).toContain("ALLOWED_ORIGINS");
  return sentence === null;
}

describe("an origin in its normal form", () => {
  test.each([
    ["https://App.Example.com", "https://app.example.com"],
    ["https://app.example.com:443", "https://app.example.com"],
    ["http://app.example.com:80", "http://app.example.com"],
    ["http://app.example.com:443", "http://app.example.com:443"],
    ["http://[0:0::1]:3000", "http://[::1]:3000"],
    ["https://müller.example", "https://xn--mller-kva.example"],
    ["capacitor://localhost", "capacitor://localhost"],
  ])("%s is %s", (text, normal) => {
    expect(normalOrigin(text)).toBe(normal);
    expect(normalOrigin(normal)).toBe(normal);
  });

  test.each([
    [""],
    ["null"],
    ["*"],
    ["https://*"],
    ["https://*.example.com"],
    ["app.example.com"],
    ["https://"],
    ["https://app.example.com/"],
    ["https://app.example.com/path"],
    ["https://app.example.com?x"],
    ["https://app.example.com#x"],
    ["https://user@app.example.com"],
    ["https://app.example.com\\@evil.example"],
    ["https://app.example.com, https://evil.example"],
    ["https://app.example.com https://evil.example"],
    ["https://app.example.com:99999"],
    [" https://app.example.com"],
    ["data:text/html,x"],
  ])("%j is none", (text) => {
    expect(normalOrigin(text)).toBeNull();
  });
});

describe("a request with an Origin", () => {
  test.each([
    ["of the list", "https://app.example.com", own],
    ["of the list, with its usual port", "https://app.example.com:443", own],
    ["of the gateway's own", "http://gateway.example.com", own],
    ["of its own behind a proxy that ends TLS", "https://gateway.example.com", own],
    ["of its own at a port", "http://127.0.0.1:4000", "127.0.0.1:4000"],
    ["of its own, the usual port in the Host header", "https://gateway.example.com", "gateway.example.com:443"],
    ["of its own, written otherwise", "https://GATEWAY.example.com", "Gateway.Example.Com"],
  ])("%s is let in", (_name, origin, host) => {
    expect(isLetIn({ origin, host })).toBe(true);
  });

  test.each([
    ["of another host", "https://evil.example", own],
    ["of a subdomain of one of the list", "https://x.app.example.com", own],
    ["of a host that begins like one of the list", "https://app.example.com.evil.example", own],
    ["of the list's host by another scheme", "http://app.example.com", own],
    ["of the list's host at another port", "https://app.example.com:8443", own],
    ["of its own host at another port", "https://gateway.example.com:8443", own],
    ["of its own host at another port than the called one", "http://127.0.0.1:5000", "127.0.0.1:4000"],
    ["that is null", "null", own],
    ["that is empty", "", own],
    ["that is no origin", "gateway.example.com", own],
    ["with a path", "https://gateway.example.com/", own],
    ["twice", "https://app.example.com, https://app.example.com", own],
    ["of its own host by another kind of scheme", "ftp://gateway.example.com", own],
    ["where there is no Host", "https://gateway.example.com", undefined],
    ["where the Host can't be read", "https://gateway.example.com", "a b"],
    ["of the same machine", "http://localhost:5173", "127.0.0.1:4000"],
  ])("%s is refused", (_name, origin, host) => {
    expect(isLetIn({ origin, ...(host === undefined ? {} : { host }) })).toBe(false);
  });

  test("that says nothing true about where it is from changes nothing with Sec-Fetch-Site", () => {
    expect(isLetIn({ origin: "https://evil.example", host: own, "sec-fetch-site": "same-origin" })).toBe(false);
    expect(isLetIn({ origin: "https://app.example.com", host: own, "sec-fetch-site": "cross-site" })).toBe(true);
  });

  test("of the same machine is let in where the gateway is for developing, and is called by a name of this machine", () => {
    for (const origin of ["http://localhost:5173", "http://127.0.0.1:3000", "http://[::1]:3000", "https://localhost"]) {
      for (const host of ["localhost:4000", "127.0.0.1:4000", "[::1]:4000"]) {
        expect([origin, host, isLetIn({ origin, host }, local)]).toEqual([origin, host, true]);
        expect(isLetIn({ origin, host }, { ...local, lenient: false })).toBe(false);
      }
    }
    const anyName: OriginsOptions = { ...local, names: { type: "any" } };
    expect(isLetIn({ origin: "http://localhost:5173", host: own }, anyName)).toBe(false);
    expect(isLetIn({ origin: "https://evil.example", host: "localhost:4000" }, local)).toBe(false);
    expect(isLetIn({ origin: "http://localhost.evil.example", host: "localhost:4000" }, local)).toBe(false);
    expect(isLetIn({ origin: "http://192.168.0.7:3000", host: "localhost:4000" }, local)).toBe(false);
  });

  test("whatever it is, is let in only if it is the list's or the called host's", () => {
    const piece = fc.constantFrom(
      "https://",
      "http://",
      "app.example.com",
      "gateway.example.com",
      "evil.example",
      ".",
      ":443",
      ":8443",
      "@",
      "/",
      "\\",
      "#",
      "?",
      ",",
      " ",
      "null",
    );
    const hosts = new Set(["app.example.com", own]);
    let letIn = 0;
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), (pieces) => {
        const origin = pieces.join("");
        if (!isLetIn({ origin, host: own })) return;
        letIn += 1;
        // What a browser would make of it is the judge here.
        expect(hosts.has(new URL(origin).hostname)).toBe(true);
        expect(origin).toMatch(/^https?:\/\/[a-z.]+(:\d+)?$/);
      }),
      { numRuns: 5000, examples: [[["https://", "app.example.com"]]] },
    );
    expect(letIn).toBeGreaterThan(0);
  });
});

describe("a request without an Origin", () => {
  test("is a program's, or the gateway's own page's", () => {
    expect(isLetIn({ host: own })).toBe(true);
    expect(isLetIn({ host: own, "sec-fetch-site": "none" })).toBe(true);
    expect(isLetIn({ host: own, "sec-fetch-site": "same-origin" })).toBe(true);
    expect(isLetIn({})).toBe(true);
  });

  test.each(["cross-site", "same-site", "none, cross-site", "anything"])(
    "that a browser says is %s is refused, an image as well as a link",
    (site) => {
      expect(isLetIn({ host: own, "sec-fetch-site": site, "sec-fetch-mode": "no-cors" })).toBe(false);
      const link = { host: own, "sec-fetch-site": site, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
      expect(isLetIn(link)).toBe(false);
    },
  );

  test("that opens GraphiQL's page by a link is let in, and one that loads or frames it is not", () => {
    const elsewhere = { host: own, "sec-fetch-site": "cross-site" };
    const link = { ...elsewhere, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    expect(isLetIn(link, strict, true)).toBe(true);
    expect(isLetIn({ ...link, "sec-fetch-dest": "iframe" }, strict, true)).toBe(false);
    expect(isLetIn({ ...elsewhere, "sec-fetch-mode": "no-cors" }, strict, true)).toBe(false);
    // One with an Origin is no link.
    expect(isLetIn({ ...link, origin: "https://evil.example" }, strict, true)).toBe(false);
  });
});

describe("a gateway without authentication", () => {
  test.each(["localhost", "localhost:4000", "LOCALHOST:4000", "127.0.0.1:4000", "127.1.2.3", "[::1]:4000"])(
    "answers to the name %s",
    (host) => {
      expect(isLetIn({ host }, local)).toBe(true);
    },
  );

  test("answers to HOST, and to the hosts of allowed origins", () => {
    const options: OriginsOptions = { ...local, names: { type: "known", host: "Gateway.Internal" } };
    expect(isLetIn({ host: "gateway.internal:4000" }, options)).toBe(true);
    expect(isLetIn({ host: "app.example.com" }, options)).toBe(true);
  });

  test.each([
    "evil.example",
    "evil.example:4000",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "x.localhost.example",
    "evil@127.0.0.1",
    "127.0.0.1@evil.example",
    "127.0.0.1/evil.example",
    "192.168.0.7:4000",
    "a b",
    "",
  ])("does not answer to %j, whose page would be of its own origin", (host) => {
    expect(isLetIn({ host }, local)).toBe(false);
    expect(isLetIn({ host, origin: `http://${host}` }, local)).toBe(false);
    expect(isLetIn({ host, "sec-fetch-site": "same-origin" }, local, true)).toBe(false);
  });
});

describe("over HTTP", () => {
  const apps: FastifyInstance[] = [];
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
  });

  async function start(options: OriginsOptions = strict, trustProxy = 0): Promise<FastifyInstance> {
    const app = createApp({ trustProxy, maxBytes: 1024 * 1024, explorer: true, log: pino({ level: "silent" }) });
    apps.push(app);
    await registerOrigins(app, createOrigins(options));
    app.route({ url: "/graphql", method: ["GET", "POST"], handler: async () => ({ data: { reached: true } }) });
    for (const path of ["/graphiql", "/graphiql/assets/boot.js", "/metrics", "/healthz", "/readyz"])
      app.get(path, async () => "reached");
    return app;
  }

  function ask(app: FastifyInstance, { headers = {}, ...options }: InjectOptions) {
    return app.inject({ url: "/graphql", method: "GET", ...options, headers: { host: own, ...headers } });
  }

  const corsHeaders = (headers: object) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("access-control-")));

  test("what comes from elsewhere is refused in GraphQL's form, at every address but those of health", async () => {
    const app = await start();
    for (const url of ["/graphql", "/%67raphql", "/graphql?x=1", "/graphiql", "/graphiql/assets/boot.js", "/metrics"]) {
      for (const headers of [
        { origin: "https://evil.example" },
        { origin: "null" },
        { "sec-fetch-site": "cross-site" },
      ]) {
        const response = await ask(app, { url, headers });
        expect([url, response.statusCode, response.json()]).toEqual([
          url,
          403,
          { errors: [{ message: expect.stringContaining("ALLOWED_ORIGINS"), extensions: { code: "FORBIDDEN" } }] },
        ]);
        expect(corsHeaders(response.headers)).toEqual({});
      }
    }
    for (const url of ["/healthz", "/readyz"]) {
      const response = await ask(app, { url, headers: { origin: "https://evil.example", host: "10.0.0.9" } });
      expect([response.statusCode, corsHeaders(response.headers)]).toEqual([200, {}]);
    }
  });

  test("a POST from elsewhere is refused before its body is read", async () => {
    const app = await start();
    const response = await ask(app, {
      method: "POST",
      headers: { origin: "https://evil.example", "content-type": "application/json" },
      payload: "{",
    });
    expect(response.statusCode).toBe(403);
  });

  test("a page of the list may read the answer, and is told so by its own origin, never by *", async () => {
    const app = await start();
    const response = await ask(app, { headers: { origin: "https://app.example.com" } });
    expect([response.statusCode, response.json()]).toEqual([200, { data: { reached: true } }]);
    expect(corsHeaders(response.headers)).toEqual({
      "access-control-allow-origin": "https://app.example.com",
      "access-control-expose-headers":
        "RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, WWW-Authenticate",
    });
    expect(response.headers.vary).toContain("Origin");
  });

  test("a program gets no CORS headers, and caches are told that others may", async () => {
    const response = await ask(await start(), {});
    expect([response.statusCode, corsHeaders(response.headers)]).toEqual([200, {}]);
    expect(response.headers.vary).toContain("Origin");
  });

  test("a preflight of a page of the list is answered for ten minutes; without credentials", async () => {
    const headers = { origin: "https://app.example.com", "access-control-request-method": "POST" };
    const response = await ask(await start(), { method: "OPTIONS", headers });
    expect([response.statusCode, response.body]).toEqual([204, ""]);
    expect(corsHeaders(response.headers)).toEqual({
      "access-control-allow-origin": "https://app.example.com",
      "access-control-allow-methods": "GET, POST",
      "access-control-allow-headers": "content-type, authorization, x-cleeng-customer-token",
      "access-control-expose-headers": expect.any(String),
      "access-control-max-age": "600",
    });
    expect(response.headers.vary).toContain("Origin");
  });

  test("a preflight of a page elsewhere is refused, whatever it asks for", async () => {
    const app = await start();
    for (const url of ["/graphql", "/metrics", "/nowhere", "*"]) {
      const headers = { origin: "https://evil.example", "access-control-request-method": "POST" };
      const response = await ask(app, { url, method: "OPTIONS", headers });
      expect([url, response.statusCode, corsHeaders(response.headers)]).toEqual([url, 403, {}]);
    }
  });

  test("OPTIONS that is no preflight is answered like every method that there is not", async () => {
    const response = await ask(await start(), { method: "OPTIONS" });
    expect([response.statusCode, response.json().errors[0].extensions.code]).toEqual([405, "BAD_USER_INPUT"]);
  });

  test("a link opens GraphiQL's page, and neither GraphQL nor the figures", async () => {
    const app = await start();
    const headers = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    const statuses: Record<string, number> = {};
    for (const url of ["/graphiql", "/graphql?query={__typename}", "/metrics", "/graphiql/assets/boot.js"])
      statuses[url] = (await ask(app, { url, headers })).statusCode;
    expect(statuses).toEqual({
      "/graphiql": 200,
      "/graphql?query={__typename}": 403,
      "/metrics": 403,
      "/graphiql/assets/boot.js": 403,
    });
  });

  test("without authentication, a name that is not this machine's is refused, also to a page of that name", async () => {
    const app = await start(local);
    for (const url of ["/graphql", "/metrics", "/graphiql"]) {
      const headers = { host: "evil.example:4000", "sec-fetch-site": "same-origin" };
      const response = await ask(app, { url, headers });
      expect([url, response.statusCode]).toEqual([url, 403]);
      expect(response.json().errors[0].message).toContain("AUTH");
      expect((await ask(app, { url, headers: { ...headers, host: "localhost:4000" } })).statusCode).toBe(200);
    }
  });

  test("a Host that can't be read is refused in words, whoever wrote it", async () => {
    const behindProxy = await start(strict, 1);
    const answers = [
      await ask(await start(), { headers: { host: "[" } }),
      await ask(behindProxy, { headers: { "x-forwarded-host": "a b" } }),
      await ask(behindProxy, { headers: { "x-forwarded-proto": "not a scheme" } }),
    ];
    for (const answer of answers) {
      expect([answer.statusCode, answer.json().errors[0].extensions.code]).toEqual([400, "BAD_USER_INPUT"]);
    }
    // inject always writes a Host.
    const app = await start();
    const { port } = new URL(await app.listen({ host: "127.0.0.1", port: 0 }));
    expect(await rawAnswer(Number(port), "GET /graphql HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 .*BAD_USER_INPUT/s);
  });
});

function rawAnswer(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(request));
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      text += chunk;
    });
    socket.on("error", reject);
    socket.on("end", () => {
      socket.destroy();
      resolve(text);
    });
  });
}
