/** The HTTP door: what it takes, and how it says no. Every no is in words and in GraphQL's form, with a code. */
import { readFileSync } from "node:fs";
import { request as rawRequest } from "node:http";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { fastClock } from "../support/fast-clock.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";

let gateway: TestGateway;
let endpoint: string;
beforeAll(async () => {
  gateway = await startTestGateway({ clock: fastClock(), env: { SANDBOX_SPEED: "100", LEASE_SECONDS: "600" } });
  endpoint = `${gateway.url}/graphql`;
});
afterAll(() => gateway.dispose());

const json = { "content-type": "application/json" };

async function answer(init: RequestInit, url = endpoint) {
  const response = await fetch(url, init);
  const body = (await response.json()) as {
    readonly data?: unknown;
    readonly errors?: ReadonlyArray<{ readonly message: string; readonly extensions: { readonly code: string } }>;
  };
  return { status: response.status, headers: response.headers, ...body };
}

/** The status, and one error with this code and a whole sentence. */
async function expectRefusal(init: RequestInit, status: number, code: string, url = endpoint): Promise<string> {
  const { status: got, errors, data } = await answer(init, url);
  expect({ status: got, data, errors }).toEqual({
    status,
    data: undefined,
    errors: [expect.objectContaining({ message: expect.any(String), extensions: expect.objectContaining({ code }) })],
  });
  return errors?.[0]?.message ?? "";
}

const query = encodeURIComponent("{ providers { provider } }");

test("a query by GET and by POST", async () => {
  expect(await answer({}, `${endpoint}?query=${query}`)).toMatchObject({
    status: 200,
    data: { providers: expect.any(Array) },
  });
  const body = JSON.stringify({
    query: "query A { providers { provider } } query B { nodes(ids: []) { id } }",
    operationName: "B",
  });
  expect(await answer({ method: "POST", headers: json, body })).toMatchObject({ status: 200, data: { nodes: [] } });
});

test("a mutation by GET does nothing", async () => {
  const mutation = encodeURIComponent(`mutation { followBulkCall(requestId: "elsewhere-get") { __typename } }`);
  await expectRefusal({}, 405, "BAD_USER_INPUT", `${endpoint}?query=${mutation}`);
  expect((await gateway.request("{ operations { totalCount } }")).data.operations.totalCount).toBe(0);
});

const bodies: ReadonlyArray<readonly [name: string, headers: Record<string, string>, body: string, status: number]> = [
  ["bad JSON", json, "{", 400],
  ["an empty body", json, "", 400],
  ["JSON without a query", json, "{}", 400],
  ["a list", json, `[{"query":"{ providers { provider } }"}]`, 400],
  ["null", json, "null", 400],
  ["a query that is a number", json, `{"query": 1}`, 400],
  ["variables that are a text", json, `{"query": "{ providers { provider } }", "variables": "x"}`, 400],
  ["a form", { "content-type": "application/x-www-form-urlencoded" }, `query=${query}`, 415],
  ["multipart", { "content-type": "multipart/form-data; boundary=x" }, "--x--", 415],
  ["text/plain", { "content-type": "text/plain" }, `{"query":"{ providers { provider } }"}`, 415],
  ["__proto__ in JSON", json, `{"query": "{ providers { provider } }", "__proto__": {}}`, 400],
];
test.each(bodies)("refuses %s in words", async (_name, headers, body, status) => {
  const message = await expectRefusal({ method: "POST", headers, body }, status, "BAD_USER_INPUT");
  expect(message.length).toBeGreaterThan(20);
});

test("a body above 1 MiB is LIMIT_EXCEEDED, whether its length is told or not", async () => {
  const body = JSON.stringify({ query: `{ providers { provider } } #${"x".repeat(1024 * 1024)}` });
  const { status, errors } = await answer({ method: "POST", headers: json, body });
  expect({ status, errors }).toEqual({
    status: 413,
    errors: [
      {
        message: expect.any(String),
        extensions: { code: "LIMIT_EXCEEDED", limit: "request size", value: 1048576, asked: body.length },
      },
    ],
  });
  const chunked = await new Promise<number | undefined>((resolve, reject) => {
    const request = rawRequest(endpoint, { method: "POST", headers: json }, (response) => {
      resolve(response.statusCode);
      response.resume();
      request.destroy();
    });
    request.on("error", reject);
    request.write(body);
    request.end();
  });
  expect(chunked).toBe(413);
});

test("an unknown address and a wrong method say where GraphQL is", async () => {
  for (const [method, path] of [
    ["GET", "/"],
    ["POST", "/api"],
    ["GET", "/graphql/"],
  ] as const) {
    expect(await expectRefusal({ method }, 404, "BAD_USER_INPUT", `${gateway.url}${path}`)).toContain("/graphql");
  }
});

test("a method that GraphQL does not know is not allowed there, and the answer names those that are", async () => {
  for (const method of ["PUT", "DELETE", "PATCH"]) {
    expect(await expectRefusal({ method }, 405, "BAD_USER_INPUT")).toContain("/graphql");
    expect((await fetch(endpoint, { method })).headers.get("allow")).toBe("GET, POST");
  }
});

test("a subscription is refused with a sentence that says where to go", async () => {
  const subscription = { query: `subscription { operationsChanged { kind } }` };
  const init = { method: "POST", headers: json, body: JSON.stringify(subscription) };
  const strict = { ...init, headers: { ...json, accept: "application/graphql-response+json" } };
  expect(await expectRefusal(strict, 400, "BAD_USER_INPUT")).toContain("WebSocket");
  const old = await answer(init);
  expect(old).toMatchObject({ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });
  expect(old.data).toBeUndefined();
});

test("documents: one code each", async () => {
  const codes: ReadonlyArray<readonly [body: object, code: string]> = [
    [{ query: "{ providers {" }, "GRAPHQL_PARSE_FAILED"],
    [{ query: "" }, "BAD_USER_INPUT"],
    [{ query: "{ nothing }" }, "GRAPHQL_VALIDATION_FAILED"],
    [{ query: "query ($id: ID!) { node(id: $id) { id } }" }, "BAD_USER_INPUT"],
    [{ query: "query ($id: ID!) { node(id: $id) { id } }", variables: { id: {} } }, "BAD_USER_INPUT"],
    [{ query: "query A { __typename } query B { __typename }" }, "BAD_USER_INPUT"],
    [{ query: "query A { __typename }", operationName: "C" }, "BAD_USER_INPUT"],
    [{ query: "fragment F on Query { __typename }" }, "GRAPHQL_VALIDATION_FAILED"],
  ];
  for (const [body, code] of codes) {
    const headers = { ...json, accept: "application/graphql-response+json" };
    const { status, data, errors } = await answer({ method: "POST", headers, body: JSON.stringify(body) });
    expect([body, status, data, [...new Set(errors?.map(({ extensions }) => extensions.code))]]).toEqual([
      body,
      400,
      undefined,
      [code],
    ]);
  }
});

test("health, readiness and metrics", async () => {
  const get = async (path: string) => {
    const response = await fetch(`${gateway.url}${path}`);
    return [response.status, await response.text()] as const;
  };
  expect(await get("/healthz")).toEqual([200, `{"alive":true}`]);
  expect(await get("/readyz")).toEqual([200, `{"ready":true}`]);
  await gateway.request(`{ surveyTransaction(surveyId: "s", transactionId: "open") { __typename } }`);
  const [status, metrics] = await get("/metrics");
  expect(status).toBe(200);
  expect(metrics).toMatch(/^statusgraph_upstream_seconds_count\{.*upstream="purespectrum".*\} 1$/m);
  expect(metrics).toMatch(/^statusgraph_changes_total 1$/m);
  expect(metrics).toMatch(/^statusgraph_sockets 0$/m);
  expect(metrics).toMatch(/^statusgraph_streams 0$/m);
  expect(metrics).toMatch(/^statusgraph_budget_sharing\{by="alone"\} 1$/m);
  expect(metrics).toMatch(/^statusgraph_budget_left\{upstream="purespectrum"\} \d+$/m);
  expect(metrics).toMatch(/^statusgraph_poll_price\{upstream="purespectrum"\} 1$/m);
  expect(metrics).toMatch(/^statusgraph_circuit\{upstream="purespectrum",state="CLOSED"\} 1$/m);
  expect(metrics).toMatch(/^statusgraph_up\{what="store"\} 1$/m);
  // There before the first one, so that an alarm sees it come.
  expect(metrics).toMatch(/^statusgraph_writes_taken_up_total\{end="unconfirmed"\} 0$/m);
  expect(metrics).toMatch(/^statusgraph_upstream_seconds_count\{upstream="flolive",effect="write",.*type="lost"\} 0$/m);
  // Those that are told are those that docs/operations.md explains.
  const told = [...metrics.matchAll(/^# TYPE (statusgraph_\w+) /gm)].map(([, name]) => name);
  const document = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8");
  const explained = [...document.matchAll(/^\| `(statusgraph_\w+)` \|/gm)].map(([, name]) => name);
  expect(explained.toSorted()).toEqual(told.toSorted());
  expect(told).toHaveLength(11);
});

test("without introspection nothing of the schema is told, also not by suggestions", async () => {
  const closed = await startTestGateway({ env: { INTROSPECTION: "off", GRAPHIQL: "off", SANDBOX: "off" } });
  try {
    const introspection = await closed.request("{ __schema { queryType { name } } }");
    expect(introspection.errors?.[0]?.extensions).toMatchObject({ code: "GRAPHQL_VALIDATION_FAILED" });
    const misspelt = await closed.request("{ provider { provider } }");
    expect(misspelt.errors?.[0]?.message).not.toContain("Did you mean");
    expect((await fetch(`${closed.url}/graphiql`)).status).toBe(404);
  } finally {
    await closed.dispose();
  }
});
