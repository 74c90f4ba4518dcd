import { afterEach, expect, test } from "@jest/globals";
import type { Exchange, Reading } from "../../../src/datasources/contract.ts";
import { createBulkCallClient, mostPages } from "../../../src/datasources/flolive/client.ts";
import type { BulkCallInput } from "../../../src/datasources/flolive/input.ts";
import { mostRows } from "../../../src/datasources/flolive/wire.ts";
import { isProblem } from "../../../src/datasources/problems.ts";
import { type Handler, sendJson, startServer, type TestServer } from "../../support/http-server.ts";
import { testUpstream } from "../../support/upstream.ts";

const started: { dispose(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.dispose();
});

const token = "a-very-secret-token";
const lookup = { priority: "lookup" } as const;
const write = { priority: "write" } as const;

async function connect(handler: Handler, { path = "", credential = token as string | null } = {}) {
  const server = await startServer(handler);
  const upstream = testUpstream({ provider: "FLOLIVE", title: "floLIVE", timeoutMs: 1000 });
  started.push(server, upstream);
  return {
    server,
    client: createBulkCallClient({ base: new URL(`${server.origin}${path}`), token: credential, upstream }),
  };
}

type Client = Awaited<ReturnType<typeof connect>>["client"];

function status(rows: readonly object[], { page = 0, size = 200, totalPages = 1, totalElements = rows.length } = {}) {
  return { errorCode: "", errorMessage: "", content: rows, pageable: { page, size, totalPages, totalElements } };
}
const ok = (requestId: string) => ({ requestId, status: "SUCCESS" });
const urls = ({ received }: TestServer) => received.map(({ url }) => url);

async function readOne(client: Client, key: string) {
  const [result] = await client.fetchMany([{ key, fields: null }], lookup);
  return result;
}
function compose(result: unknown) {
  if (isProblem(result) || result === undefined) throw new Error(`Expected a reading; got ${JSON.stringify(result)}.`);
  return (result as Reading).compose({ snapshot: null, elsewhere: new Map() }); // what is no problem is a reading
}

// ------------------------------------------------------------------ reading

test("the vendor's own example, two rows and totalElements 1, is two nodes and one request", async () => {
  const rows = [
    { requestId: "77022d89-8a5b-4ecb-a118-334c7ccb3779", status: "SUCCESS" },
    { requestId: "6c4480ea-3f3d-4fa7-9517-34e08902d6f9", status: "FAILURE" },
  ];
  const { server, client } = await connect((_received, response) =>
    sendJson(response, status(rows, { size: 10, totalElements: 1 })),
  );
  const snapshot = compose(await readOne(client, "call"));
  expect(snapshot.standing).toMatchObject({ state: "SETTLED", outcome: "PARTIAL" });
  expect(snapshot.items.map(({ key, status }) => [key, status])).toEqual(
    rows.map((row) => [row.requestId, row.status]),
  );
  expect(server.received).toHaveLength(1);
});

test("a status is asked for with the token, below the tenant's base, its id escaped", async () => {
  const { server, client } = await connect((_received, response) => sendJson(response, status([ok("n")])), {
    path: "/tenant/",
  });
  await readOne(client, "a/b?c");
  await readOne(client, "%2e%2e");
  expect(urls(server)).toEqual([
    "/tenant/api/v3/global/call/a%2Fb%3Fc?page=0&size=200",
    "/tenant/api/v3/global/call/%252e%252e?page=0&size=200",
  ]);
  expect(server.received[0]).toMatchObject({ method: "GET", headers: { authorization: `Bearer ${token}` }, body: "" });
});

test("without a token no credentials are sent", async () => {
  const { server, client } = await connect((_received, response) => sendJson(response, status([ok("n")])), {
    credential: null,
  });
  await readOne(client, "call");
  expect(server.received[0]?.headers).not.toHaveProperty("authorization");
});

test.each(["", ".", "..", "a b", "é", "x".repeat(257)])(
  "%j can be no request id, and is not asked for",
  async (key) => {
    const { server, client } = await connect((_received, response) => sendJson(response, status([])));
    expect(await readOne(client, key)).toMatchObject({ type: "InvalidInput", fields: [{ path: "requestId" }] });
    expect(server.received).toEqual([]);
  },
);

test("pages are walked until totalPages, in the size that comes back", async () => {
  const { server, client } = await connect(({ url }, response) => {
    const page = Number(new URL(url, "http://localhost").searchParams.get("page"));
    sendJson(response, status([ok(`n${page}a`), ok(`n${page}b`)], { page, size: 2, totalPages: 3, totalElements: 6 }));
  });
  const snapshot = compose(await readOne(client, "call"));
  expect(snapshot.items.map(({ key }) => key)).toEqual(["n0a", "n0b", "n1a", "n1b", "n2a", "n2b"]);
  expect(snapshot.standing).toMatchObject({ state: "SETTLED", outcome: "SUCCEEDED" });
  expect(urls(server)).toEqual([
    "/api/v3/global/call/call?page=0&size=200",
    "/api/v3/global/call/call?page=1&size=2",
    "/api/v3/global/call/call?page=2&size=2",
  ]);
});

test.each([[[]], [""]])("an empty page, content %j, ends the walk whatever totalPages says", async (content) => {
  const { server, client } = await connect(({ url }, response) => {
    const answer = status([ok("n")], { totalPages: 1_000_000 });
    sendJson(response, url.includes("page=0") ? answer : { ...answer, content });
  });
  expect(compose(await readOne(client, "call")).items.map(({ key }) => key)).toEqual(["n"]);
  expect(server.received).toHaveLength(2);
});

test("without totals one page that is not full is all", async () => {
  const { server, client } = await connect((_received, response) =>
    sendJson(response, { errorCode: "", content: [ok("n")], pageable: null }),
  );
  expect(compose(await readOne(client, "call")).standing).toMatchObject({ outcome: "SUCCEEDED" });
  expect(server.received).toHaveLength(1);
});

test("without totals a full page is followed by the next, until one repeats", async () => {
  const { server, client } = await connect((_received, response) =>
    sendJson(response, { content: Array.from({ length: 250 }, (_, n) => ok(`n${n}`)) }),
  );
  expect(compose(await readOne(client, "call")).items).toHaveLength(250);
  expect(server.received).toHaveLength(2);
});

test("a walk without an end is given up, as unreadable", async () => {
  const { server, client } = await connect(({ url }, response) =>
    sendJson(response, status([ok(url)], { size: 1, totalPages: 1_000_000 })),
  );
  expect(await readOne(client, "call")).toMatchObject({ type: "ProviderUnavailable", code: "UNREADABLE_ANSWER" });
  expect(server.received).toHaveLength(mostPages);
});

test("more rows than any call has are unreadable, on one page and on many", async () => {
  const half = (name: string) => Array.from({ length: mostRows / 2 }, (_, n) => ok(`${name}${n}`));
  const { client } = await connect(({ url }, response) => {
    const page = Number(new URL(url, "http://localhost").searchParams.get("page"));
    if (url.includes("/one?")) sendJson(response, status([...half("a"), ...half("b"), ok("c")]));
    else
      sendJson(
        response,
        status(half(`p${page}-`), { page, size: mostRows / 2, totalPages: url.includes("/two?") ? 2 : 3 }),
      );
  });
  for (const key of ["one", "three"]) {
    expect(await readOne(client, key)).toMatchObject({ type: "ProviderUnavailable", code: "UNREADABLE_ANSWER" });
  }
  expect(compose(await readOne(client, "two")).items).toHaveLength(mostRows);
});

test("a page that fails fails its call alone", async () => {
  const { client } = await connect(({ url }, response) => {
    if (url.includes("/bad?page=1")) sendJson(response, { errorCode: "NOPE" }, 400);
    else if (url.includes("/gone?page=1")) sendJson(response, { errorCode: "GLOBAL_1003", content: "" }, 400);
    else sendJson(response, status([ok(url)], { totalPages: url.includes("/good") ? 1 : 2 }));
  });
  const keys = ["bad", "good", "gone"];
  const results = await client.fetchMany(
    keys.map((key) => ({ key, fields: null })),
    lookup,
  );
  expect(results[0]).toMatchObject({ type: "ProviderRejected", code: "NOPE" });
  expect(compose(results[1]).standing).toMatchObject({ outcome: "SUCCEEDED" });
  // Its first page was there, so this is no sign that floLIVE does not know the call.
  expect(results[2]).toMatchObject({ type: "ProviderUnavailable", code: "UNREADABLE_ANSWER" });
});

test("each row is read by itself", async () => {
  const odd = [null, 7, [], "row", {}, { requestId: 5, status: "SUCCESS" }, { requestId: "a b", status: "OPEN" }];
  const { client } = await connect(
    (_received, response) =>
      sendJson(response, status([ok("n"), ...(odd as object[]), { requestId: "m", status: "nul\u0000" }])), // odd on purpose
  );
  const snapshot = compose(await readOne(client, "call"));
  expect(snapshot.standing).toEqual({ state: "RUNNING" });
  expect(snapshot.items.map(({ key, providerStatus }) => [key, providerStatus])).toEqual([
    ["n", "SUCCESS"],
    [null, null],
    [null, null],
    [null, null],
    [null, null],
    [null, null],
    ["5", "SUCCESS"],
    [null, "OPEN"],
    ["m", null],
  ]);
});

test.each([
  [200, { errorCode: "GLOBAL_1003", errorMessage: "…", content: "", pageable: null }, "NotFound", "GLOBAL_1003"],
  [404, { errorCode: "GLOBAL_1003", content: "", pageable: null }, "NotFound", "GLOBAL_1003"],
  [200, { errorCode: "GLOBAL_1001", content: "" }, "ProviderUnavailable", "GLOBAL_1001"],
  [400, { errorCode: "GLOBAL_1001" }, "ProviderUnavailable", "GLOBAL_1001"],
  [401, {}, "ProviderUnavailable", "PROVIDER_ERROR"],
  [403, { errorCode: "AUTH_7" }, "ProviderUnavailable", "AUTH_7"],
  [400, { errorCode: "invalid-id" }, "ProviderRejected", "invalid-id"],
  [400, { errorCode: "0", content: [] }, "ProviderRejected", "PROVIDER_ERROR"],
  [404, {}, "ProviderRejected", "PROVIDER_ERROR"],
  [200, { errorCode: "OTHER_1" }, "ProviderRejected", "OTHER_1"],
  [200, { errorCode: { secret: token } }, "ProviderRejected", "PROVIDER_ERROR"],
  [200, { errorCode: `code with ${token}` }, "ProviderRejected", "PROVIDER_ERROR"],
  [200, { errorCode: `x-${token}` }, "ProviderRejected", "PROVIDER_ERROR"],
  [200, { content: null }, "ProviderUnavailable", "UNREADABLE_ANSWER"],
  [200, { errorCode: "" }, "ProviderUnavailable", "UNREADABLE_ANSWER"],
  [500, status([ok("n")]), "ProviderUnavailable", "PROVIDER_ERROR"],
  [200, {}, "ProviderUnavailable", "UNREADABLE_ANSWER"],
  [200, [ok("n")], "ProviderUnavailable", "UNREADABLE_ANSWER"],
  [200, { errorCode: "", content: { requestId: "n", status: "SUCCESS" } }, "ProviderUnavailable", "UNREADABLE_ANSWER"],
])("HTTP %i with %j is %s, %s", async (code, body, type, expected) => {
  const { client } = await connect((_received, response) => sendJson(response, body, code));
  const problem = await readOne(client, "call");
  expect(problem).toMatchObject({ type, code: expected });
  expect(JSON.stringify(problem)).not.toContain(token);
});

test.each(["", "0", "00", 0, "OK", "ok", " SUCCESS ", null, false])(
  "a status with the errorCode %j says that nothing is wrong",
  async (errorCode) => {
    const { client } = await connect((_received, response) => sendJson(response, { ...status([ok("n")]), errorCode }));
    expect(compose(await readOne(client, "call")).standing).toMatchObject({ outcome: "SUCCEEDED" });
  },
);

test.each(["", "0", "OK", null])("content null beside the errorCode %j lists nothing", async (errorCode) => {
  const { server, client } = await connect((_received, response) =>
    sendJson(response, { errorCode, errorMessage: "", content: null, pageable: null }),
  );
  expect(compose(await readOne(client, "call"))).toMatchObject({ standing: { state: "RUNNING" }, items: [] });
  expect(server.received).toHaveLength(1);
});

// ------------------------------------------------------------------ writing

const suspend: BulkCallInput = {
  action: "SUBSCRIBER_STATUS",
  nodes: [
    { identifierType: "IMSI", identifier: "111", status: "SUSPEND", throttlingGroupId: null },
    { identifierType: "MSISDN", identifier: "222", status: "ACTIVE" },
    { identifierType: "IMSI", identifier: "111", status: "INACTIVE" },
  ],
};
const named = (type: string, value: unknown, requestId: unknown, errorCode = "") => ({
  errorCode,
  errorMessage: "",
  requestId,
  subscriberIdentifiers: { type, value },
  content: {},
});

function submit(client: Client, input: BulkCallInput) {
  return client.submit.send(input, client.submit.prepare(input), write);
}
function keysOf(sent: Exchange<{ readonly snapshot: { readonly items: readonly { readonly key: string | null }[] } }>) {
  if (sent.type !== "answered") throw new Error(`Expected an accepted write; got ${JSON.stringify(sent)}.`);
  return sent.value.snapshot.items.map(({ key }) => key);
}

test("before it is sent, a call has its nodes, and no id", async () => {
  const { server, client } = await connect((_received, response) => sendJson(response, {}));
  expect(client.submit).toMatchObject({ mutation: "submitBulkCall", whenLost: "abandon" });
  const prepared = client.submit.prepare(suspend);
  expect(prepared.key).toBeNull();
  expect(prepared.snapshot).toMatchObject({
    standing: { state: "PENDING" },
    providerStatus: null,
    fields: { requestId: null, action: "SUBSCRIBER_STATUS" },
  });
  expect(prepared.snapshot.items[1]).toEqual({
    position: 1,
    key: null,
    status: "OPEN",
    providerStatus: null,
    disposition: "open",
    fields: { identifierType: "MSISDN", identifier: "222" },
  });
  expect(server.received).toEqual([]);
});

test.each([
  ["SUBSCRIBER_STATUS", "PUT", "status", { status: "SUSPEND" }, { status: "SUSPEND" }],
  ["SUBSCRIBER_PCRF", "PUT", "pcrf", { throttlingGroupId: "17" }, { throttlingGroupId: "17" }],
  ["RESET_ACTIVATION_TIME", "POST", "reset-activation-time", { status: null, throttlingGroupId: null }, {}],
] as const)("%s goes to its own address and sends only what changes", async (action, method, path, extra, content) => {
  const { server, client } = await connect((_received, response) =>
    sendJson(response, { bulk: [named("IMSI", "111", "n-1")] }, 200, { "Request-Id": "call-1" }),
  );
  const input: BulkCallInput = { action, nodes: [{ identifierType: "IMSI", identifier: "111", ...extra }] };
  const sent = await submit(client, input);
  expect(server.received).toHaveLength(1);
  expect(server.received[0]).toMatchObject({
    method,
    url: `/api/v2/bulk/subscriber/${path}`,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
  });
  expect(JSON.parse(server.received[0]?.body ?? "")).toEqual({
    bulk: [{ subscriberIdentifiers: { type: "IMSI", value: "111" }, content }],
  });
  expect(sent).toMatchObject({
    type: "answered",
    value: { key: "call-1", snapshot: { standing: { state: "PENDING" }, fields: { requestId: "call-1", action } } },
  });
  expect(keysOf(sent)).toEqual(["n-1"]);
});

test.each([
  [
    "in another order",
    [named("IMSI", "111", "a"), named("IMSI", "111", "c"), named("MSISDN", "222", "b")],
    ["a", "b", "c"],
  ],
  [
    "with numbers for digits",
    [named("imsi", 111, "a"), named("MSISDN", 222, "b"), named("IMSI", 111, "c")],
    ["a", "b", "c"],
  ],
  ["without identifiers", [{ requestId: "a" }, { requestId: "b" }, { requestId: "c" }], ["a", "b", "c"]],
  [
    "with one that was never sent",
    [named("IMSI", "111", "a"), named("IMEI", "9", "b"), named("IMSI", "111", "c")],
    ["a", "b", "c"],
  ],
  ["without identifiers and too few", [{ requestId: "a" }], [null, null, null]],
  ["too few", [named("MSISDN", "222", "b")], [null, "b", null]],
  ["one unreadable", [named("IMSI", "111", "a"), "?", named("IMSI", "111", "c")], ["a", null, "c"]],
  [
    "one id twice",
    [named("IMSI", "111", "a"), named("MSISDN", "222", "a"), named("IMSI", "111", "c")],
    ["a", null, "c"],
  ],
  ["none", [], [null, null, null]],
])("the nodes' ids are found in rows %s", async (_what, bulk, expected) => {
  const { client } = await connect((_received, response) =>
    sendJson(response, { bulk, pageable: null }, 200, { "request-id": "call-1" }),
  );
  expect(keysOf(await submit(client, suspend))).toEqual(expected);
});

test.each(["", "<html>", "[]", '{"bulk": 7}'])("a call with an id is accepted though its body is %j", async (body) => {
  const { client } = await connect((_received, response) => {
    response.writeHead(202, { "request-id": "call-1" });
    response.end(body);
  });
  const sent = await submit(client, suspend);
  expect(sent).toMatchObject({ type: "answered", value: { key: "call-1" } });
  expect(keysOf(sent)).toEqual([null, null, null]);
});

test("a call with an id is accepted though its rows have no end, of which none is read", async () => {
  const { client } = await connect((_received, response) =>
    sendJson(response, { bulk: new Array(mostRows + 1).fill({ errorCode: "NOPE" }) }, 200, { "request-id": "call" }),
  );
  const nodes = [{ identifierType: "IMSI", identifier: "111" }] as const;
  const sent = await submit(client, { action: "RESET_ACTIVATION_TIME", nodes });
  expect(sent).toMatchObject({ type: "answered", value: { key: "call" } });
});

test("one bad node refuses the call, and the problem names it by its place in the request", async () => {
  const bad = [
    named("IMSI", "111", null, "SUB_1"),
    named("MSISDN", 222, null, "SUB_2"),
    named("ICCID", "333", null, "SUB_3"),
  ];
  for (const [code, headers] of [
    [400, {}],
    [200, { "request-id": "call-1" }],
  ] as const) {
    const { server, client } = await connect((_received, response) => sendJson(response, { bulk: bad }, code, headers));
    expect(await submit(client, suspend)).toMatchObject({
      type: "refused",
      problem: {
        type: "ProviderRejected",
        code: "SUB_1",
        fields: [
          { path: "nodes.0.identifier", message: "floLIVE refused this node with the code SUB_1." },
          { path: "nodes.1.identifier", message: "floLIVE refused this node with the code SUB_2." },
          // As many rows as nodes, so a row with an identifier that was never sent is about the node at its place.
          { path: "nodes.2.identifier", message: "floLIVE refused this node with the code SUB_3." },
        ],
      },
    });
    expect(server.received).toHaveLength(1);
  }
});

test("a node's code may be written in small letters", async () => {
  const bad = [named("MSISDN", "222", null, "invalid-imsi")];
  const { client } = await connect((_received, response) => sendJson(response, { bulk: bad }, 400));
  expect(await submit(client, suspend)).toMatchObject({
    type: "refused",
    problem: {
      code: "invalid-imsi",
      fields: [{ path: "nodes.1.identifier", message: expect.stringContaining("invalid-imsi") }],
    },
  });
});

test.each(["0", "OK", "Success"])("a call is accepted where the errorCode of it and its rows is %j", async (code) => {
  const rows = [named("IMSI", "111", "a", code), named("MSISDN", "222", "b", code), named("IMSI", "111", "c", code)];
  const { client } = await connect((_received, response) =>
    sendJson(response, { errorCode: code, bulk: rows }, 200, { "request-id": "call-1" }),
  );
  expect(keysOf(await submit(client, suspend))).toEqual(["a", "b", "c"]);
});

test("ids of nodes that are numbers name the same nodes in whatever order their status comes", async () => {
  const rows = [named("IMSI", "111", 1), named("MSISDN", "222", 2), named("IMSI", "111", 3)];
  const { client } = await connect(({ method }, response) => {
    if (method === "PUT") return sendJson(response, { bulk: rows }, 200, { "request-id": "call-1" });
    const listed = [3, 1, 2].map((requestId) => ({ requestId, status: requestId === 3 ? "FAILURE" : "SUCCESS" }));
    sendJson(response, status(listed));
  });
  const sent = await submit(client, suspend);
  if (sent.type !== "answered") throw new Error("The call was to be accepted.");
  const [reading] = await client.fetchMany([{ key: "call-1", fields: null }], lookup);
  if (reading === undefined || isProblem(reading)) throw new Error("A reading was expected.");
  const { items } = reading.compose({ snapshot: sent.value.snapshot, elsewhere: new Map() });
  expect(items.map(({ key, status }) => [key, status])).toEqual([
    ["1", "SUCCESS"],
    ["2", "SUCCESS"],
    ["3", "FAILURE"],
  ]);
});

test("a bad node that nobody can place is named as one of the nodes", async () => {
  const { client } = await connect((_received, response) =>
    sendJson(response, { bulk: [{ errorCode: "SUB_1" }] }, 400),
  );
  expect(await submit(client, suspend)).toMatchObject({ problem: { fields: [{ path: "nodes" }] } });
});

test.each([
  [400, { errorCode: "BULK_1" }, "refused", "ProviderRejected", "BULK_1"],
  [200, { errorCode: "BULK_1" }, "refused", "ProviderRejected", "BULK_1"],
  [200, { errorCode: "GLOBAL_1001" }, "refused", "ProviderUnavailable", "GLOBAL_1001"],
  [503, { bulk: [named("IMSI", "111", null, "GLOBAL_1001")] }, "refused", "ProviderUnavailable", "GLOBAL_1001"],
  [
    400,
    { errorCode: "GLOBAL_1001", bulk: [named("IMSI", "111", null, "S")] },
    "refused",
    "ProviderUnavailable",
    "GLOBAL_1001",
  ],
  [400, { errorCode: "BULK_1", bulk: [named("IMSI", "111", null, "S")] }, "refused", "ProviderRejected", "S"],
  [401, "", "refused", "ProviderUnavailable", "PROVIDER_ERROR"],
  [404, "", "refused", "ProviderRejected", "PROVIDER_ERROR"],
  [500, { errorCode: "BULK_9" }, "refused", "ProviderUnavailable", "BULK_9"],
  [500, {}, "refused", "ProviderUnavailable", "PROVIDER_ERROR"],
  [502, "", "lost", "ProviderUnavailable", "PROVIDER_ERROR"],
  [504, { errorCode: "BULK_9" }, "lost", "ProviderUnavailable", "BULK_9"],
  [200, { bulk: [named("IMSI", "111", "a")] }, "lost", "ProviderUnavailable", "UNREADABLE_ANSWER"],
])("a write answered by HTTP %i with %j is %s: %s, %s", async (code, body, type, problem, expected) => {
  const { server, client } = await connect((_received, response) => sendJson(response, body, code));
  expect(await submit(client, suspend)).toMatchObject({ type, problem: { type: problem, code: expected } });
  expect(server.received).toHaveLength(1);
});

test("a Request-Id that no address can hold is none", async () => {
  const { client } = await connect((_received, response) =>
    sendJson(response, { bulk: [] }, 200, { "request-id": "a b" }),
  );
  expect(await submit(client, suspend)).toMatchObject({ type: "lost", problem: { code: "UNREADABLE_ANSWER" } });
});

test("a write that is cut is lost, and sent once", async () => {
  const { server, client } = await connect((_received, response) => void response.destroy());
  expect(await submit(client, suspend)).toMatchObject({ type: "lost", problem: { type: "ProviderUnavailable" } });
  expect(server.received).toHaveLength(1);
});
