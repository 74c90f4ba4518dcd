/**
 * What lets the gateway run without Apollo's CSRF prevention (docs/decisions/0010): nothing that a page elsewhere can send
 * unasked executes anything. Whoever adds a parser, a method or a cookie breaks one of these. What would be executed asks a
 * provider, and this one counts.
 */
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { type PureSpectrumSimulator, startPureSpectrum } from "../simulators/purespectrum.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { type SendOptions, send } from "./send.ts";

const mutation = `mutation M { followSurveyTransaction(surveyId: "s", transactionId: "t") { __typename } }`;
const query = "query Q { providers { provider } }";
const both = `${query} ${mutation}`;
const json = { "content-type": "application/json" };
const body = JSON.stringify({ query: mutation });

let purespectrum: PureSpectrumSimulator;
let gateway: TestGateway;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "statusgraph-audits-"));
  const manifest = join(folder, "documents.json");
  await writeFile(manifest, JSON.stringify({ "a-mutation": mutation, "a-query": query, "both-of-them": both }));
  purespectrum = await startPureSpectrum();
  gateway = await startTestGateway({
    env: { ...purespectrum.env, SANDBOX: "on", PERSISTED_DOCUMENTS: "on", PERSISTED_MANIFEST: manifest },
  });
});
afterEach(async () => {
  // The gateway executes what it should: so what was counted before counts.
  const before = purespectrum.received.length;
  expect(await send(endpoint(), { headers: json, body })).toMatchObject({ status: 200 });
  expect(purespectrum.received).toHaveLength(before + 1);
});
afterAll(async () => {
  await gateway.dispose();
  await purespectrum.dispose();
  await rm(folder, { recursive: true });
});

function endpoint(parameters: Readonly<Record<string, string>> = {}): string {
  const search = new URLSearchParams(parameters);
  return `${gateway.url}/graphql${search.size > 0 ? `?${search}` : ""}`;
}

/** The status; and nothing was executed. */
async function refusedWith(url: string, options: SendOptions): Promise<number> {
  const before = purespectrum.received.length;
  const { status, body: answer } = await send(url, options);
  expect(purespectrum.received).toHaveLength(before);
  expect(answer).not.toContain(`"data"`);
  return status;
}

const multipart = [
  "--x",
  'Content-Disposition: form-data; name="operations"',
  "",
  body,
  "--x",
  'Content-Disposition: form-data; name="map"',
  "",
  "{}",
  "--x--",
  "",
].join("\r\n");
const form = `${new URLSearchParams({ query: mutation })}`;

describe("a body is refused, and nothing of it executed, whose content type is", () => {
  /** Those that a browser sends to any origin without asking; with what a lenient reader may find in them. */
  const simple: ReadonlyArray<readonly [type: string, body: string]> = [
    ["application/x-www-form-urlencoded", form],
    ["application/x-www-form-urlencoded", body],
    ["application/x-www-form-urlencoded; charset=application/json", body],
    ["multipart/form-data; boundary=x", multipart],
    ["multipart/form-data; boundary=application/json", body],
    ["text/plain", body],
    ["text/plain;charset=UTF-8", body],
    ["text/plain; application/json", body],
    ["text/plain; charset=application/json", body],
    ["text/plain, application/json", body],
  ];
  /** Those that look like JSON, or mean GraphQL. */
  const similar: ReadonlyArray<readonly [type: string, body: string]> = [
    ["application/graphql", mutation],
    ["application/graphql", body],
    ["application/graphql+json", body],
    ["application/graphql-response+json", body],
    ["application/jsonp", body],
    ["application/json5", body],
    ["application/jsonlines", body],
    ["application/json-seq", body],
    ["application/json-patch+json", body],
    ["application/problem+json", body],
    ["application/x-json", body],
    ["application/javascript", body],
    ["application/octet-stream", body],
    ["application/json/", body],
    ["application/ json", body],
    ["application", body],
    ["json", body],
    ["text/json", body],
    ["text/html", body],
    ["*/*", body],
    ["", body],
  ];
  test.each([...simple, ...similar])("%s", async (type, text) => {
    const status = await refusedWith(endpoint(), { headers: { "content-type": type }, body: text });
    expect(status).toBe(415);
  });

  test("none at all", async () => {
    expect(await refusedWith(endpoint(), { body })).toBe(415);
    expect(await refusedWith(endpoint(), { body, headers: { "transfer-encoding": "chunked" } })).toBe(415);
  });

  test("JSON in another charset, or packed", async () => {
    const utf16 = { "content-type": "application/json; charset=utf-16" };
    expect(await refusedWith(endpoint(), { headers: utf16, body: Buffer.from(body, "utf16le") })).toBe(400);
    expect(await refusedWith(endpoint(), { headers: { ...json, "content-encoding": "gzip" }, body })).toBe(415);
  });
});

test("a page elsewhere that asks whether it may send JSON hears no", async () => {
  const headers = {
    origin: "https://elsewhere.example",
    "access-control-request-method": "POST",
    "access-control-request-headers": "content-type",
  };
  const { status, headers: answer } = await send(endpoint(), { method: "OPTIONS", headers });
  expect(status).toBe(403);
  expect(Object.keys(answer).filter((name) => name.startsWith("access-control-"))).toEqual([]);
});

describe("no mutation by GET", () => {
  const accepts = ["application/json", "application/graphql-response+json", "*/*"];
  const mutations: ReadonlyArray<readonly [name: string, parameters: Record<string, string>, status: number]> = [
    ["as the only operation", { query: mutation }, 405],
    ["named", { query: mutation, operationName: "M" }, 405],
    ["as the second operation", { query: both, operationName: "M" }, 405],
    ["as the first operation", { query: `${mutation} ${query}`, operationName: "M" }, 405],
    ["by a documentId", { documentId: "a-mutation" }, 405],
    ["by a documentId, as the second operation", { documentId: "both-of-them", operationName: "M" }, 405],
    ["by a documentId beside a query", { documentId: "a-mutation", query }, 400],
  ];
  test.each(mutations)("%s", async (_name, parameters, status) => {
    for (const accept of accepts) {
      expect([accept, await refusedWith(endpoint(parameters), { method: "GET", headers: { accept } })]).toEqual([
        accept,
        status,
      ]);
    }
  });

  test("by the hash of an automatic persisted query, which nobody can register", async () => {
    const sha256Hash = createHash("sha256").update(mutation).digest("hex");
    const extensions = JSON.stringify({ persistedQuery: { version: 1, sha256Hash } });
    const registering = { headers: json, body: JSON.stringify({ extensions: JSON.parse(extensions) }) };
    // Answered with 200 as well, for clients of old, which look for the words of this refusal.
    expect([200, 400]).toContain(await refusedWith(endpoint(), registering));
    expect([200, 400]).toContain(await refusedWith(endpoint({ extensions }), { method: "GET" }));
    expect([200, 400]).toContain(await refusedWith(endpoint({ extensions, query: mutation }), { method: "GET" }));
  });

  test("two queries at once, one of them a mutation", async () => {
    const url = `${endpoint({ query })}&${new URLSearchParams({ query: mutation })}`;
    expect(await refusedWith(url, { method: "GET" })).toBe(400);
  });

  test("with a body, or as if it were a POST", async () => {
    const asPost = { ...json, "x-http-method-override": "POST", "x-method-override": "POST", "x-http-method": "POST" };
    expect(await refusedWith(endpoint(), { method: "GET", headers: json, body })).toBe(400);
    expect(await refusedWith(endpoint({ query: mutation }), { method: "GET", headers: asPost, body })).toBe(405);
    expect(await refusedWith(endpoint({ query: mutation, _method: "POST" }), { method: "GET" })).toBe(405);
  });

  test("while its queries are answered, by whole documents and by ids", async () => {
    for (const parameters of [{ query }, { query: both, operationName: "Q" }, { documentId: "a-query" }]) {
      const { status, body: answer } = await send(endpoint(parameters), { method: "GET" });
      expect([status, JSON.parse(answer)]).toEqual([200, { data: { providers: expect.any(Array) } }]);
    }
  });
});

test("the parameters of a POST's address are not read", async () => {
  const wanted = { query: mutation };
  expect(await refusedWith(endpoint(wanted), {})).toBe(400);
  expect(await refusedWith(endpoint(wanted), { headers: json, body: "{}" })).toBe(400);
  expect(await refusedWith(endpoint({ documentId: "a-mutation" }), { headers: json, body: "{}" })).toBe(400);
  const before = purespectrum.received.length;
  const { body: answer } = await send(endpoint(wanted), { headers: json, body: JSON.stringify({ query }) });
  expect(JSON.parse(answer)).toEqual({ data: { providers: expect.any(Array) } });
  expect(purespectrum.received).toHaveLength(before);
});

const others = ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "PROPFIND"];
test.each(others)("%s does nothing", async (method) => {
  const wanted = [{ query: mutation }, { query }, { documentId: "a-mutation" }, { documentId: "a-query" }];
  for (const parameters of wanted) expect([400, 405]).toContain(await refusedWith(endpoint(parameters), { method }));
  expect([400, 405]).toContain(await refusedWith(endpoint(), { method, headers: json, body }));
});
