/**
 * GraphiQL at /graphiql: a page, its files from the installed packages, and the examples as its tabs. Nothing comes from
 * another host. It knows where GraphQL answers, and neither schema nor store.
 */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { type ExampleTab, readExampleTabs } from "./explorer/tabs.ts";

export interface ExplorerOptions {
  readonly endpoint: "/graphql";
  /** A folder of examples; docs/examples of this project, unless given. */
  readonly examples?: string;
}

/** What the page asks for when it starts, at /graphiql/explorer.json. */
export interface ExplorerStart {
  readonly endpoint: string;
  readonly tabs: readonly ExampleTab[];
}

// src/server and dist/server lie equally deep, and the build copies no files.
const ownFiles = fileURLToPath(new URL("../../assets/explorer/", import.meta.url));
const ownExamples = fileURLToPath(new URL("../../docs/examples/", import.meta.url));

/**
 * Scripts and styles of this origin alone, no eval; GraphiQL's fonts and some icons are data URLs. While a menu or dialog is
 * open, GraphiQL puts a style element of its own (no scrolling behind it) into the page, and marks it with the nonce that
 * it was given: one a visit, since its text depends on the width of a scroll bar.
 */
function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'none'",
  ].join("; ");
}

/** In index.html, where the nonce of the visit goes. */
const noncePlace = "{nonce}";

/** Adds GET /graphiql and what lies below it. Rejects where an installed package lacks a file's folder. */
export async function registerExplorer(app: FastifyInstance, options: ExplorerOptions): Promise<void> {
  const { endpoint, examples = ownExamples } = options;
  const start: ExplorerStart = { endpoint, tabs: await readExampleTabs(examples) };
  const html = await readFile(join(ownFiles, "index.html"), "utf8");
  await app.register(async (scope) => {
    // For its sendFile, with ETag and 304, and in this scope alone. A browser asks each time whether a file has changed, so
    // that an update of the gateway is seen at once.
    await scope.register(fastifyStatic, { serve: false });
    scope.get("/graphiql", (_request, reply) => {
      const nonce = randomBytes(16).toString("base64");
      return reply
        .headers({ "content-security-policy": contentSecurityPolicy(nonce), "cache-control": "no-store" })
        .type("text/html; charset=utf-8")
        .send(html.replace(noncePlace, nonce));
    });
    scope.get("/graphiql/", (_request, reply) => reply.redirect("/graphiql", 308));
    scope.get("/graphiql/explorer.json", (_request, reply) => reply.header("cache-control", "no-cache").send(start));
    for (const [name, { folder, file }] of assetFiles()) {
      scope.get(`/graphiql/assets/${name}`, (_request, reply) => reply.sendFile(file, folder));
    }
  });
}

/** Each name below /graphiql/assets/ and its file. Nothing else of a package can be asked for. */
function assetFiles(): ReadonlyMap<string, { readonly folder: string; readonly file: string }> {
  const own = (file: string) => ({ folder: ownFiles, file });
  const of = (name: string, file: string) => ({ folder: packageFolder(name), file });
  return new Map([
    ["boot.js", own("boot.js")],
    ["storage.js", own("storage.js")],
    ["explorer.css", own("explorer.css")],
    ["react.js", of("react", "umd/react.production.min.js")],
    ["react-dom.js", of("react-dom", "umd/react-dom.production.min.js")],
    ["graphql-ws.js", of("graphql-ws", "umd/graphql-ws.min.js")],
    ["graphiql.js", of("graphiql", "graphiql.min.js")],
    ["graphiql.css", of("graphiql", "graphiql.min.css")],
  ]);
}

const { resolve } = createRequire(import.meta.url);

/** Where npm put it. The files for browsers are in no package's `exports`; its package.json is. */
function packageFolder(name: string): string {
  return dirname(resolve(`${name}/package.json`));
}
