/** Where figures are read, and by whom. */

import { once } from "node:events";
import { createServer } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import Fastify from "fastify";
import { securityHeaders } from "../../src/server/headers.ts";
import { createMetrics } from "../../src/server/metrics.ts";
import { type MetricsAccess, MetricsPortError, serveMetrics } from "../../src/server/metrics-door.ts";

const undo: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const series = "statusgraph_changes_total";

describe("on the gateway's own port", () => {
  async function ask(access: MetricsAccess | undefined, headers: Record<string, string> = {}) {
    const app = Fastify();
    undo.push(() => app.close());
    createMetrics().serve(app, access);
    return app.inject({ url: "/metrics", headers });
  }

  test("they are open where nobody is asked who reads them", async () => {
    const response = await ask(undefined);
    expect(response.statusCode).toBe(200);
    expect(response.headers["content-type"]).toMatch(/^text\/plain/);
    expect(response.headers["cache-control"]).toBe("no-store");
    expect(response.body).toContain(series);
  });

  test("they are given to who is let in, and a refusal to others, with its headers and no figure", async () => {
    const access: MetricsAccess = {
      authorize: async ({ headers }) =>
        headers.authorization === "Bearer admin"
          ? null
          : {
              status: 401,
              code: "UNAUTHENTICATED",
              message: "Expected a token; none came.",
              headers: { "www-authenticate": "Bearer" },
            },
    };
    const refused = await ask(access);
    expect([refused.statusCode, refused.json()]).toEqual([
      401,
      { errors: [{ message: "Expected a token; none came.", extensions: { code: "UNAUTHENTICATED" } }] },
    ]);
    expect(refused.headers["www-authenticate"]).toBe("Bearer");
    expect(refused.body).not.toContain(series);
    expect((await ask(access, { authorization: "Bearer admin" })).body).toContain(series);
  });

  test("they are given to nobody while it can't be said who reads them", async () => {
    const response = await ask({
      authorize: async () => {
        throw new Error("The keys can't be read.");
      },
    });
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toContain(series);
  });
});

describe("on a port of their own", () => {
  async function start() {
    const server = await serveMetrics({ host: "127.0.0.1", port: 0, figures: createMetrics().figures });
    undo.push(() => server.dispose());
    return server;
  }

  test("they are there, with the headers of every answer", async () => {
    const { url } = await start();
    const response = await fetch(`${url}/metrics`);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain(series);
    expect(Object.fromEntries(response.headers)).toMatchObject(securityHeaders);
  });

  test("nothing else is", async () => {
    const { url } = await start();
    const others = [
      ["GET", "/"],
      ["GET", "/graphql"],
      ["GET", "/graphiql"],
      ["GET", "/healthz"],
      ["GET", "/metrics/"],
      ["HEAD", "/metrics"],
      ["POST", "/metrics"],
      ["OPTIONS", "/metrics"],
    ];
    for (const [method = "", path] of others) {
      const response = await fetch(url + path, { method });
      await response.text();
      expect([method, path, response.status]).toEqual([method, path, 404]);
      expect(Object.fromEntries(response.headers)).toMatchObject(securityHeaders);
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
    }
  });

  test("its end waits for nobody: neither a kept connection nor a scrape under way holds it", async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const server = await serveMetrics({
      host: "127.0.0.1",
      port: 0,
      figures: {
        contentType: "text/plain; version=0.0.4; charset=utf-8",
        metrics: () => {
          begin();
          return new Promise(() => {});
        },
      },
    });
    const scrape = fetch(`${server.url}/metrics`).then(
      () => "answered",
      () => "cut",
    );
    await begun;
    await server.dispose();
    expect(await scrape).toBe("cut");
  });

  test("what can't be had is told in a sentence that names the variable", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    undo.push(async () => {
      taken.close();
      await once(taken, "close");
    });
    const address = taken.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const figures = createMetrics().figures;
    const inUse = await serveMetrics({ host: "127.0.0.1", port, figures }).catch((error: unknown) => error);
    expect(inUse).toBeInstanceOf(MetricsPortError);
    expect(String(inUse)).toContain(
      `METRICS_PORT: expected a free port; 127.0.0.1:${port} is in use. Example: METRICS_PORT=${port + 1}`,
    );
    const elsewhere = serveMetrics({ host: "192.0.2.1", port: 0, figures });
    await expect(elsewhere).rejects.toThrow(/^METRICS_HOST: expected an address of this machine; got "192\.0\.2\.1"/);
  });
});
