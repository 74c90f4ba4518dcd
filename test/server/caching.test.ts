/** What may be kept of an answer: by the pure rule, and as it leaves by HTTP. */
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "@jest/globals";
import Fastify, { type FastifyInstance } from "fastify";
import { buildSchema, parse, specifiedRules, validate } from "graphql";
import { createCachePolicy, registerCaching } from "../../src/server/caching.ts";
import type { PersistedDocument } from "../../src/server/persisted/manifest.ts";

const schema = buildSchema(readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8"));
const kept = "private, max-age=0, must-revalidate";

function parsed(text: string) {
  const document = parse(text);
  expect(validate(schema, document, specifiedRules)).toEqual([]);
  return document;
}

describe("the policy", () => {
  const policyOf = createCachePolicy(schema);
  const harmless = parsed("{ providers { provider } }");
  const fine = { method: "GET", status: 200, document: harmless, hasErrors: false };

  test("keeps the answer of a persisted document by GET, for its caller alone, and asks each time", () => {
    expect(policyOf(fine)).toBe(kept);
  });

  test.each([
    ["by POST", { ...fine, method: "POST" }],
    ["by HEAD", { ...fine, method: "HEAD" }],
    ["of a document that the request brought", { ...fine, document: null }],
    ["that bears errors", { ...fine, hasErrors: true }],
    ["of another status", { ...fine, status: 400 }],
    ["of a refusal", { ...fine, status: 403 }],
  ])("keeps no answer %s", (_name, answered) => {
    expect(policyOf(answered)).toBe("no-store");
  });

  test.each([
    ["a decision", '{ access(offerId: "S1") { __typename } }'],
    ["a decision under another name", '{ x: access(offerId: "S1") { ... on AccessCheck { accessGranted } } }'],
    ["a list of decisions", '{ accessMany(offerIds: ["S1"]) { __typename } }'],
    ["a decision beside others", '{ providers { provider } access(offerId: "S1") { __typename } }'],
    ["a decision in a fragment", 'query { ...F } fragment F on Query { access(offerId: "S1") { __typename } }'],
    [
      "a decision in a fragment of a fragment",
      'query { ...F } fragment F on Query { ...G } fragment G on Query { access(offerId: "S1") { __typename } }',
    ],
    ["a decision in an inline fragment", '{ ... on Query { access(offerId: "S1") { __typename } } }'],
    [
      "a decision that a variable lets in",
      'query ($w: Boolean!) { providers { provider } access(offerId: "S1") @include(if: $w) { __typename } }',
    ],
    [
      "a decision in another operation",
      'query A { providers { provider } } query B { access(offerId: "S1") { __typename } }',
    ],
  ])("never keeps %s", (_name, text) => {
    expect(policyOf({ ...fine, document: parsed(text) })).toBe("no-store");
  });

  test("keeps every query of the schema that holds no decision", () => {
    const texts = [
      '{ node(id: "x") { id } }',
      '{ nodes(ids: ["x"]) { id } }',
      "{ operations { totalCount edges { node { id state } } } }",
      '{ bulkCall(requestId: "x") { __typename } }',
      '{ partnerBatch(statusCheckId: "x") { __typename } }',
      '{ purchaseSync(synchronizationId: "x") { __typename } }',
      '{ surveyTransaction(surveyId: "s", transactionId: "t") { __typename } }',
      "{ providers { provider } }",
    ];
    const decisions = ["access", "accessMany"];
    const fields = Object.keys(schema.getQueryType()?.getFields() ?? {});
    expect(texts.length + decisions.length).toBe(fields.length);
    for (const text of texts) expect([text, policyOf({ ...fine, document: parsed(text) })]).toEqual([text, kept]);
  });

  test("knows the schema's decisions, and that an operation may bear one", () => {
    // Whoever renames them must tell it.
    expect(schema.getType("AccessCheck")).toBeDefined();
    const purchase =
      '{ purchaseSync(synchronizationId: "x") { ... on PurchaseSync { state granted: accessGranted } } }';
    expect(policyOf({ ...fine, document: parsed(purchase) })).toBe("no-store");
    const without = createCachePolicy(buildSchema("type Query { a: String }"));
    expect(without({ ...fine, document: parse("{ a }") })).toBe(kept);
  });
});

describe("over HTTP", () => {
  const apps: FastifyInstance[] = [];
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
  });

  let answer: unknown = { data: { providers: [] } };
  const documents: Readonly<Record<string, PersistedDocument>> = Object.fromEntries(
    Object.entries({
      harmless: "{ providers { provider } }",
      decision: '{ access(offerId: "S1") { __typename } }',
    }).map(([id, text]) => [id, { id, text, document: parse(text) }]),
  );

  function start(): FastifyInstance {
    answer = { data: { providers: [] } };
    const app = Fastify();
    apps.push(app);
    registerCaching(app, {
      schema,
      documentOf: ({ query }) => documents[String((query as { documentId?: string }).documentId)] ?? null,
    });
    app.route({
      url: "/graphql",
      method: ["GET", "POST"],
      handler: async (request, reply) => {
        const text = JSON.stringify(answer);
        reply.header("content-type", `${request.headers.accept ?? "application/json"}; charset=utf-8`);
        return reply.header("content-length", Buffer.byteLength(text)).send(text);
      },
    });
    app.get("/other", async () => "other");
    return app;
  }

  const url = "/graphql?documentId=harmless";
  const varies = "Accept, Authorization, Origin, X-Cleeng-Customer-Token";

  test("an answer that may be kept has a tag, and who has it gets 304 and no body", async () => {
    const app = start();
    const first = await app.inject(url);
    const { etag } = first.headers;
    expect(etag).toMatch(/^"[\w-]{43}"$/);
    expect(first.headers).toMatchObject({ "cache-control": kept, vary: varies });
    for (const mark of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
      const again = await app.inject({ url, headers: { "if-none-match": String(mark) } });
      expect([mark, again.statusCode, again.body]).toEqual([mark, 304, ""]);
      expect(again.headers).toMatchObject({ etag, "cache-control": kept, vary: varies });
      expect(again.headers).not.toHaveProperty("content-type");
    }
    // Over a real connection: a length or a body with 304 would leave the next answer unreadable.
    const origin = await app.listen({ host: "127.0.0.1", port: 0 });
    for (let count = 0; count < 2; count += 1) {
      const headers = { accept: "application/json", "if-none-match": String(etag) };
      const response = await fetch(origin + url, { headers });
      expect([response.status, await response.text()]).toEqual([304, ""]);
    }
  });

  test("another answer, or the same in another form, has another tag", async () => {
    const app = start();
    const tags = new Set([(await app.inject(url)).headers.etag]);
    tags.add((await app.inject({ url, headers: { accept: "application/graphql-response+json" } })).headers.etag);
    answer = { data: { providers: [1] } };
    const changed = await app.inject({ url, headers: { "if-none-match": [...tags].join(", ") } });
    expect(changed.statusCode).toBe(200);
    tags.add(changed.headers.etag);
    expect([...tags].every((tag) => typeof tag === "string")).toBe(true);
    expect(tags.size).toBe(3);
  });

  test.each<[string, string, "GET" | "POST", unknown]>([
    ["of a decision", "/graphql?documentId=decision", "GET", { data: { access: null } }],
    ["by POST", url, "POST", { data: {} }],
    ["of a document that was brought", "/graphql?query={x}", "GET", { data: {} }],
    ["with errors", url, "GET", { errors: [{ message: "no" }], data: { a: null } }],
    ["with errors, written last", url, "GET", { data: { a: null }, errors: [{ message: "no" }] }],
    ["without data", url, "GET", {}],
    ["that is no object", url, "GET", []],
  ])("an answer %s is not kept, and has no tag", async (_name, address, method, given) => {
    const app = start();
    answer = given;
    const headers = { "if-none-match": "*" };
    const response = await app.inject({ url: address, method, headers });
    expect([response.statusCode, response.json()]).toEqual([200, given]);
    expect(response.headers).toMatchObject({ "cache-control": "no-store", vary: varies });
    expect(response.headers).not.toHaveProperty("etag");
  });

  test("a refusal of the server's own is not kept either, and other addresses are left alone", async () => {
    const app = start();
    const headers = { "content-type": "application/json" };
    const refused = await app.inject({ url: "/graphql", method: "POST", headers, payload: "{" });
    expect(refused.statusCode).toBe(400);
    expect(refused.headers).toMatchObject({ "cache-control": "no-store", vary: varies });
    const other = await app.inject("/other");
    expect(other.headers).not.toHaveProperty("cache-control");
    expect(other.headers).not.toHaveProperty("vary");
  });
});
