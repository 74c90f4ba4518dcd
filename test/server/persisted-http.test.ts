/** Persisted documents over HTTP, with Apollo behind: by GET and POST, and nothing past the mode. */
import { ApolloServer } from "@apollo/server";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import { afterEach, describe, expect, test } from "@jest/globals";
import Fastify, { type FastifyInstance, type InjectOptions } from "fastify";
import { buildSchema, parse } from "graphql";
import { createPersisted, type PersistedOptions } from "../../src/server/persisted/documents.ts";
import { createPersistedDoor } from "../../src/server/persisted/http.ts";
import type { PersistedDocuments } from "../../src/server/persisted/manifest.ts";

const schema = buildSchema("type Query { a: String echo(text: String): String } type Mutation { change: String }");
const texts: Readonly<Record<string, string>> = {
  one: "{ a }",
  echo: "query Echo($text: String) { echo(text: $text) }",
  two: "query A { a } query B { b: a }",
  change: "mutation { change }",
  odd: '{ echo(text: "& = # + % ? ü \\" 𝄞") }',
};
const documents: PersistedDocuments = new Map(
  Object.entries(texts).map(([id, text]) => [id, { id, text, document: parse(text) }]),
);
const on: PersistedOptions = { mode: "on", documents };
const only: PersistedOptions = { mode: "only", documents };

const undo: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

interface Started {
  readonly app: FastifyInstance;
  readonly executed: string[];
  /** The ids that the door told of, null for none. */
  readonly named: Array<string | null>;
}

async function start(options: PersistedOptions): Promise<Started> {
  const executed: string[] = [];
  const named: Array<string | null> = [];
  const app = Fastify();
  undo.push(() => app.close());
  const server = new ApolloServer({
    schema,
    rootValue: () => ({ a: "A", echo: ({ text }: { text: string }) => text, change: "changed" }),
    csrfPrevention: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    plugins: [
      {
        async requestDidStart() {
          return {
            async executionDidStart({ source }) {
              executed.push(source);
            },
          };
        },
      },
    ],
  });
  await server.start();
  undo.push(() => server.stop());
  const door = createPersistedDoor(createPersisted(options));
  app.addHook("onSend", async (request) => {
    named.push(door.documentOf(request)?.id ?? null);
  });
  app.route({
    url: "/graphql",
    method: ["GET", "POST"],
    preHandler: door.preHandler,
    handler: fastifyApolloHandler(server),
  });
  return { app, executed, named };
}

type Parts = Readonly<Record<string, unknown>>;

const get = (parts: Parts): InjectOptions => {
  const address = new URLSearchParams();
  for (const [name, part] of Object.entries(parts))
    address.set(name, typeof part === "string" ? part : JSON.stringify(part));
  return { method: "GET", url: `/graphql?${address}` };
};
const post = (body: unknown): InjectOptions => ({
  method: "POST",
  url: "/graphql",
  headers: { "content-type": "application/json" },
  payload: JSON.stringify(body),
});

async function ask({ app }: Started, options: InjectOptions) {
  const response = await app.inject({ ...options, headers: { accept: "application/json", ...options.headers } });
  const { data, errors } = response.json();
  const codes = errors?.map(({ extensions }: { extensions: { code: string } }) => extensions.code);
  return { status: response.statusCode, data, codes };
}

describe("a document by its id", () => {
  test.each([
    ["GET", get],
    ["POST", post],
  ])("is executed over %s, with its variables and the operation that is named", async (_method, send) => {
    const started = await start(on);
    const variables = { text: "x" };
    expect(await ask(started, send({ documentId: "one" }))).toMatchObject({ status: 200, data: { a: "A" } });
    expect(await ask(started, send({ documentId: "echo", variables }))).toMatchObject({ data: { echo: "x" } });
    expect(await ask(started, send({ documentId: "two", operationName: "B" }))).toMatchObject({
      data: { b: "A" },
    });
    expect(await ask(started, send({ documentId: "odd" }))).toMatchObject({
      data: { echo: '& = # + % ? ü " 𝄞' },
    });
    expect(started.executed).toEqual([texts.one, texts.echo, texts.two, texts.odd]);
    expect(started.named).toEqual(["one", "echo", "two", "odd"]);
  });

  test("that is a mutation is refused by GET like any other", async () => {
    const started = await start(on);
    expect((await ask(started, get({ documentId: "change" }))).status).toBe(405);
    expect(started.executed).toEqual([]);
    expect(await ask(started, post({ documentId: "change" }))).toMatchObject({ data: { change: "changed" } });
  });

  test("that is unknown, or comes beside a document, or several times, executes nothing", async () => {
    const started = await start(on);
    const notFound = { status: 400, data: undefined, codes: ["PERSISTED_DOCUMENT_NOT_FOUND"] };
    const badInput = { ...notFound, codes: ["BAD_USER_INPUT"] };
    for (const send of [get, post]) {
      expect(await ask(started, send({ documentId: "unknown" }))).toEqual(notFound);
      expect(await ask(started, send({ documentId: "constructor" }))).toEqual(notFound);
      expect(await ask(started, send({ documentId: "one", query: "{ a }" }))).toEqual(badInput);
    }
    const twice: InjectOptions = { method: "GET", url: "/graphql?documentId=one&documentId=one" };
    expect(await ask(started, twice)).toEqual(badInput);
    expect(await ask(started, post({ documentId: 1 }))).toEqual(badInput);
    expect(started.executed).toEqual([]);
    expect(new Set(started.named)).toEqual(new Set([null]));
  });

  test("is refused where none are served", async () => {
    const started = await start({ mode: "off" });
    for (const send of [get, post])
      expect((await ask(started, send({ documentId: "one" }))).codes).toEqual(["PERSISTED_DOCUMENT_NOT_FOUND"]);
    expect(started.executed).toEqual([]);
  });

  test("is refused in the form that the reader accepts", async () => {
    const { app } = await start(on);
    const typeFor = async (accept: string) =>
      (await app.inject({ ...get({ documentId: "unknown" }), headers: { accept } })).headers["content-type"];
    expect(await typeFor("application/graphql-response+json")).toMatch(/^application\/graphql-response\+json/);
    expect(await typeFor("application/json")).toMatch(/^application\/json/);
    expect(await typeFor("*/*")).toMatch(/^application\/json/);
  });
});

describe("where persisted documents are all that is taken", () => {
  test.each<[string, InjectOptions]>([
    ["GET", get({ query: "{ a }" })],
    ["GET, twice", { method: "GET", url: "/graphql?query=&query={a}" }],
    ["GET, its name encoded", { method: "GET", url: "/graphql?%71uery={a}" }],
    ["GET, behind a name that is not asked for", { method: "GET", url: "/graphql?x=1&query={a}" }],
    ["POST", post({ query: "{ a }" })],
    ["POST, with an id of none in the address", { ...post({ query: "{ a }" }), url: "/graphql?documentId=one" }],
    ["POST, its name with an escape", { ...post({}), payload: '{"\\u0071uery": "{ a }"}' }],
    ["POST, and an id that is null", post({ query: "{ a }", documentId: null })],
    [
      "POST, as an automatic one",
      post({ query: "{ a }", extensions: { persistedQuery: { version: 1, sha256Hash: "x" } } }),
    ],
    ["POST, parsed", post({ query: parse("{ a }") })],
    ["POST, with nothing", post({ variables: {} })],
  ])("a document by %s is refused", async (_name, options) => {
    const started = await start(only);
    expect(await ask(started, options)).toEqual({
      status: 400,
      data: undefined,
      codes: ["PERSISTED_DOCUMENT_REQUIRED"],
    });
    expect(started.executed).toEqual([]);
  });

  test("a body that is no object of a request, several at once, or a bare hash executes nothing", async () => {
    const started = await start(only);
    const hash = { version: 1, sha256Hash: "x" };
    for (const body of [
      [{ query: "{ a }" }],
      [{ documentId: "one" }],
      "{ a }",
      null,
      1,
      { extensions: { persistedQuery: hash } },
    ]) {
      const { data } = await ask(started, post(body));
      expect([body, data]).toEqual([body, undefined]);
    }
    expect(started.executed).toEqual([]);
  });

  test("one by its id is executed", async () => {
    const started = await start(only);
    expect(await ask(started, get({ documentId: "one" }))).toMatchObject({ status: 200, data: { a: "A" } });
    expect(await ask(started, post({ documentId: "one" }))).toMatchObject({ status: 200, data: { a: "A" } });
    expect(started.executed).toHaveLength(2);
  });
});

test("a document that the request brings is left as it came", async () => {
  const started = await start(on);
  expect(await ask(started, get({ query: "{ x: a }" }))).toMatchObject({ data: { x: "A" } });
  expect(await ask(started, post({ query: "{ x: a }" }))).toMatchObject({ data: { x: "A" } });
  expect(started.executed).toEqual(["{ x: a }", "{ x: a }"]);
  expect(started.named).toEqual([null, null]);
});
