import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "@jest/globals";
import Fastify from "fastify";
import { parse } from "graphql";
import { request } from "undici";
import { readExampleTabs } from "../../src/server/explorer/tabs.ts";
import { registerExplorer } from "../../src/server/explorer.ts";
import { registerHeaders, securityHeaders } from "../../src/server/headers.ts";

const examples = fileURLToPath(new URL("../../docs/examples/", import.meta.url));
const undo: Array<() => Promise<unknown>> = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function startExplorer(): Promise<string> {
  const app = Fastify();
  undo.push(() => app.close());
  registerHeaders(app);
  await registerExplorer(app, { endpoint: "/graphql" });
  return app.listen({ host: "127.0.0.1", port: 0 });
}

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "examples-"));
  undo.push(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

/** Every address that the page's own HTML names. */
async function addressesIn(origin: string): Promise<string[]> {
  const html = await (await fetch(`${origin}/graphiql`)).text();
  return [...html.matchAll(/\s(?:src|href)="([^"]+)"/g)].map(([, address = ""]) => address);
}

/** Asks for a path as it stands here: fetch would take the dots out. */
function asItIs(origin: string, path: string): Promise<{ readonly status: number; readonly text: string }> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    get({ hostname, port, path, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    }).on("error", reject);
  });
}

function nonceIn(html: string): string {
  const nonce = /<meta name="style-nonce" content="([A-Za-z0-9+/]{22}==)"/.exec(html)?.[1];
  if (!nonce) throw new Error("Expected a nonce of 16 bytes in the page; there is none.");
  return nonce;
}

describe("the page", () => {
  test("answers at /graphiql, under a policy that allows this origin's scripts and styles alone", async () => {
    const origin = await startExplorer();
    const response = await fetch(`${origin}/graphiql`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toMatch(/^text\/html/);
    const html = await response.text();
    expect(html).toContain("<title>statusgraph");
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/);
    expect(response.headers.get("content-security-policy")).toBe(
      `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonceIn(html)}'; img-src 'self' data:; ` +
        "font-src 'self' data:; connect-src 'self'; worker-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
    );
  });

  test("has a nonce of 16 random bytes for each visit, and is kept nowhere", async () => {
    const origin = await startExplorer();
    const nonces = new Set<string>();
    for (const visit of [1, 2, 3]) {
      const response = await fetch(`${origin}/graphiql`);
      expect(response.headers.get("cache-control")).toBe("no-store");
      nonces.add(nonceIn(await response.text()));
      expect(nonces.size).toBe(visit);
    }
  });

  test("names no other host, and each of its files is there with a type that nosniff accepts", async () => {
    const origin = await startExplorer();
    const addresses = (await addressesIn(origin)).filter((address) => !address.startsWith("data:"));
    expect(addresses.length).toBeGreaterThanOrEqual(7);
    for (const address of [...addresses, "/graphiql/assets/storage.js"]) {
      expect(address).toMatch(/^\/graphiql\/assets\//);
      const response = await fetch(origin + address);
      expect([address, response.status]).toEqual([address, 200]);
      const type = address.endsWith(".css") ? /^text\/css/ : /^(text|application)\/javascript/;
      expect(response.headers.get("content-type")).toMatch(type);
      expect(Object.fromEntries(response.headers)).toMatchObject(securityHeaders);
      expect((await response.text()).length).toBeGreaterThan(100);
    }
  });

  test("a file that has not changed is not sent again", async () => {
    const origin = await startExplorer();
    const address = `${origin}/graphiql/assets/graphiql.js`;
    // undici's own request: fetch would ask caches, and so the server, for a fresh copy.
    const first = await request(address);
    await first.body.dump();
    const { etag } = first.headers;
    expect(etag).toMatch(/^(W\/)?".+"$/);
    const second = await request(address, { headers: { "if-none-match": String(etag) } });
    expect(second.statusCode).toBe(304);
    expect(await second.body.text()).toBe("");
  });

  test("has a policy without a hole: no host, no inline or evaluated script, no scheme that could bring one", async () => {
    const origin = await startExplorer();
    const response = await fetch(`${origin}/graphiql`);
    await response.text();
    const policy = response.headers.get("content-security-policy") ?? "";
    const sources = policy.split("; ").flatMap((directive) => {
      const [name = "", ...allowed] = directive.split(" ");
      return allowed.map((source) => [name, source] as const);
    });
    expect(sources.length).toBeGreaterThanOrEqual(10);
    for (const [name, source] of sources) {
      const allowed = [/^'(none|self)'$/];
      if (name === "style-src") allowed.push(/^'nonce-[A-Za-z0-9+/=]{24}'$/);
      if (name === "img-src" || name === "font-src") allowed.push(/^data:$/);
      expect([name, source, allowed.some((form) => form.test(source))]).toEqual([name, source, true]);
    }
    expect(policy).toContain("default-src 'none'");
  });

  test("its page, its start and the way to it bear the headers of every answer; only the page has a policy of its own", async () => {
    const origin = await startExplorer();
    const { "content-security-policy": policy, ...others } = securityHeaders;
    for (const [path, own] of [
      ["/graphiql", true],
      ["/graphiql/", false],
      ["/graphiql/explorer.json", false],
      ["/graphiql/assets/nothing.js", false],
    ] as const) {
      const response = await fetch(origin + path, { redirect: "manual" });
      await response.text();
      const headers = Object.fromEntries(response.headers);
      expect(headers).toMatchObject(others);
      expect([path, headers["content-security-policy"] === policy]).toEqual([path, !own]);
      expect(headers).not.toHaveProperty("access-control-allow-origin");
    }
  });

  test.each([
    "assets/package.json",
    "assets/graphiql.min.js",
    "assets/umd/react.production.min.js",
    "assets/index.html",
    "assets/react",
    "assets/react.js/",
    "assets/react.js%00",
    "assets/react.js/../package.json",
    "assets/../../package.json",
    "assets/../../../package.json",
    "assets/%2e%2e/%2e%2e/package.json",
    "assets/..%2f..%2fpackage.json",
    "assets/..%2F..%2Fpackage.json",
    "assets/%2e%2e%2f%2e%2e%2fpackage.json",
    "assets/..%252f..%252fpackage.json",
    "assets/%252e%252e/package.json",
    "assets/..%5c..%5cpackage.json",
    "assets/..\\..\\package.json",
    "assets/..%c0%af..%c0%afpackage.json",
    "assets/....//....//package.json",
    "assets//etc/passwd",
    "assets/%2fetc%2fpasswd",
    "assets/file:///etc/passwd",
    "../package.json",
    "..%2fpackage.json",
    "explorer.json/../../package.json",
    "assets/",
    "assets",
  ])("gives nothing else of a package or of this project: %s", async (name) => {
    const origin = await startExplorer();
    const { status, text } = await asItIs(origin, `/graphiql/${name}`);
    expect([400, 404]).toContain(status);
    expect(text).not.toMatch(/"dependencies"|"license"|root:/);
  });

  test("gives a file to whoever names it by another spelling, and not another file", async () => {
    const origin = await startExplorer();
    const plain = await asItIs(origin, "/graphiql/assets/boot.js");
    expect(plain.status).toBe(200);
    expect(await asItIs(origin, "/graphiql/assets/%62oot.js")).toEqual(plain);
    expect(await asItIs(origin, "/graphiql/assets/boot.js?v=../../package.json")).toEqual(plain);
  });

  test("is found with a slash at its end too", async () => {
    const origin = await startExplorer();
    const response = await fetch(`${origin}/graphiql/`);
    await response.text();
    expect(response.url).toBe(`${origin}/graphiql`);
  });
});

describe("the example tabs", () => {
  test("are the documents of docs/examples, word for word, that of all providers last", async () => {
    const origin = await startExplorer();
    const start = await (await fetch(`${origin}/graphiql/explorer.json`)).json();
    const documents = (await readdir(examples)).filter(
      (file) => file.endsWith(".graphql") && file !== "operations.graphql",
    );
    expect(documents.length).toBeGreaterThanOrEqual(5);
    const queries = await Promise.all(
      [...documents.sort(), "operations.graphql"].map((file) => readFile(join(examples, file), "utf8")),
    );
    expect(start).toEqual({ endpoint: "/graphql", tabs: queries.map((query) => expect.objectContaining({ query })) });
  });

  test("can be read as GraphQL, and their variables and headers as JSON objects", async () => {
    const tabs = await readExampleTabs(examples);
    for (const { query, variables, headers } of tabs) {
      expect(parse(query).definitions.length).toBeGreaterThan(0);
      for (const text of [variables, headers]) {
        if (text !== null) expect(JSON.parse(text)).toEqual(expect.objectContaining({}));
      }
    }
    expect(tabs.filter(({ variables }) => variables !== null).length).toBeGreaterThan(0);
    expect(tabs.filter(({ headers }) => headers !== null).length).toBeGreaterThan(0);
  });

  test("take the variables and headers that lie beside a document; other files are left alone", async () => {
    const folder = await folderWith({
      "b.graphql": "query B { b }",
      "b.variables.json": '{ "b": 1 }',
      "operations.graphql": "query All { all }",
      "z.graphql": "query Z { z }",
      "z.headers.json": '{ "z": "1" }',
      "README.md": "About the examples.",
      "lonely.variables.json": "{}",
    });
    expect(await readExampleTabs(folder)).toEqual([
      { query: "query B { b }", variables: '{ "b": 1 }', headers: null },
      { query: "query Z { z }", variables: null, headers: '{ "z": "1" }' },
      { query: "query All { all }", variables: null, headers: null },
    ]);
  });

  test("without a folder, or with nothing in it, one tab says welcome with a query that can be read", async () => {
    const empty = await folderWith({});
    for (const folder of [empty, join(empty, "not-there")]) {
      const tabs = await readExampleTabs(folder);
      expect(tabs).toHaveLength(1);
      expect(parse(tabs[0]?.query ?? "").definitions).toHaveLength(1);
    }
  });
});
