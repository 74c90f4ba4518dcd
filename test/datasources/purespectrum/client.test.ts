import { afterEach, expect, test } from "@jest/globals";
import type { CallOptions, Snapshot } from "../../../src/datasources/contract.ts";
import { isProblem, type Problem } from "../../../src/datasources/problems.ts";
import { purespectrum, type SetStatusInput, surveyKey } from "../../../src/datasources/purespectrum/index.ts";
import { sendJson, startServer } from "../../support/http-server.ts";
import { testUpstream } from "../../support/upstream.ts";
import type { Reply } from "../conformance/subject.ts";

const token = "a-very-secret-token";
const options: CallOptions = { priority: "write" };
const input: SetStatusInput = { surveyId: "100", transactionId: "t-1", status: "COMPLETE", quotaIds: null };
const writePath = "POST /buyers/v2/surveys/100/transactions/t-1/status?st=21";
const readPath = "GET /buyers/v3/surveys/100/transactions/t-1";

const started: { dispose(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.dispose();
});

/** "cut" closes the connection without an answer. */
type Given = Reply | "cut";

/** A PureSpectrum that gives `write` and `read` as its answers. */
async function open(given: { write?: Given; read?: Given; settings?: object } = {}) {
  const server = await startServer(({ method }, response) => {
    const reply = method === "POST" ? given.write : given.read;
    if (reply === undefined) throw new Error(`Nothing was expected to send a ${method}.`);
    if (reply === "cut") return void response.destroy();
    if (typeof reply.body !== "string") return sendJson(response, reply.body, reply.status, reply.headers);
    response.writeHead(reply.status ?? 200, { "content-type": "text/html" }).end(reply.body);
  });
  const upstream = testUpstream({ provider: "PURESPECTRUM", title: "PureSpectrum" });
  started.push(server, upstream);
  const settings = purespectrum.settings.parse({
    PURESPECTRUM_URL: `${server.origin}/buyers/v2`,
    PURESPECTRUM_ACCESS_TOKEN: token,
    ...given.settings,
  });
  const client = purespectrum.connect(settings, upstream);
  return {
    client,
    server,
    calls: () => server.received.map(({ method, url }) => `${method} ${url}`),
    async read(key = surveyKey("100", "t-1"), known: Snapshot | null = null): Promise<Snapshot | Problem> {
      const [result] = await client.fetchMany([{ key, fields: null }], { priority: "lookup" });
      if (result === undefined) throw new Error("Expected one result for one key; got none.");
      return isProblem(result) ? result : result.compose({ snapshot: known, elsewhere: new Map() });
    },
    set: (what = input) => client.setStatus.send(what, client.setStatus.prepare(what), options),
    settle: () => client.setStatus.settleLost?.(client.setStatus.prepare(input), options),
  };
}

function rows(code: unknown, description?: string): Reply {
  const row = { "Transaction ID": "t-1", "Respondent Status Code": code, "Reconciliation Status": null };
  return { body: [description === undefined ? row : { ...row, "Respondent Status Description": description }] };
}

function refusal(code: number): Reply {
  return { status: 400, body: { ps_error_code: code, ps_error_message: "words of theirs" } };
}

function fields(statusCode: number): object {
  const status = statusCode === 21 ? "COMPLETE" : expect.any(String);
  return { surveyId: "100", transactionId: "t-1", statusCode, status, changeable: [16, 19, 29].includes(statusCode) };
}

test("a read asks v3 with the token, and only that", async () => {
  const { read, server, calls } = await open({ read: rows(16, "Buyer Side In Progress") });
  expect(await read()).toEqual({
    standing: { state: "RUNNING" },
    providerStatus: "Buyer Side In Progress",
    fields: { surveyId: "100", transactionId: "t-1", statusCode: 16, status: "BUYER_IN_PROGRESS", changeable: true },
    items: [],
  });
  expect(calls()).toEqual([readPath]);
  expect(server.received[0]?.headers["access-token"]).toBe(token);
});

test("each target is asked for by itself and fails alone; what can't be read is asked for once more", async () => {
  const { client, calls } = await open({ read: rows(21) });
  const results = await client.fetchMany(
    ["t-1", "t-2"].map((id) => ({ key: surveyKey("100", id), fields: null })),
    { priority: "background" },
  );
  expect(results.map((result) => (isProblem(result) ? result.code : "read"))).toEqual(["read", "UNREADABLE_ANSWER"]);
  const other = "GET /buyers/v3/surveys/100/transactions/t-2";
  expect(calls().sort()).toEqual([readPath, other, other]);
});

test("ids are escaped on their way", async () => {
  const { read, calls } = await open({ read: { body: [] } });
  await read(surveyKey("1/2 3", "ü?st=21#"));
  expect(calls()).toEqual(["GET /buyers/v3/surveys/1%2F2%203/transactions/%C3%BC%3Fst%3D21%23"]);
});

test("a key that can't be one is not asked for", async () => {
  const { read, calls } = await open();
  expect(await read("no-key")).toMatchObject({ type: "NotFound" });
  expect(calls()).toEqual([]);
});

test("without a token no header is sent, and a read base of its own is used", async () => {
  const { server, client } = await open({ read: rows(21) });
  const settings = { PURESPECTRUM_URL: `${server.origin}/w/`, PURESPECTRUM_READ_URL: `${server.origin}/r/` };
  const upstream = testUpstream();
  started.push(upstream);
  const other = purespectrum.connect(purespectrum.settings.parse(settings), upstream);
  expect(other).not.toBe(client);
  await other.fetchMany([{ key: surveyKey("100", "t-1"), fields: null }], options);
  expect(server.received.map(({ url }) => url)).toEqual(["/r/surveys/100/transactions/t-1"]);
  expect(server.received[0]?.headers).not.toHaveProperty("access-token");
});

test.each<[string, Reply, object]>([
  ["an empty array", { body: [] }, { type: "NotFound", code: "1004" }],
  ["a 404", { status: 404, body: "<p>No such page" }, { type: "NotFound", code: "1004" }],
  ["1004", refusal(1004), { type: "NotFound", code: "1004" }],
  ["1004 with a 200", { body: { ps_error_code: 1004 } }, { type: "NotFound", code: "1004" }],
  ["1003, which answers writes", refusal(1003), { type: "ProviderRejected", code: "PROVIDER_ERROR" }],
  ["another 4xx", { status: 418, body: {} }, { type: "ProviderRejected", code: "PROVIDER_ERROR", fields: [] }],
  ["a 401", { status: 401, body: { msg: "no" } }, { type: "ProviderUnavailable", code: "PROVIDER_ERROR" }],
  ["a 403", { status: 403, body: "" }, { type: "ProviderUnavailable", code: "PROVIDER_ERROR" }],
  ["a 500", { status: 500, body: {} }, { type: "ProviderUnavailable", code: "PROVIDER_ERROR" }],
  ["a page", { body: "<p>Maintenance" }, { type: "ProviderUnavailable", code: "UNREADABLE_ANSWER" }],
  ["an object", { body: { surprise: 1 } }, { type: "ProviderUnavailable", code: "UNREADABLE_ANSWER" }],
  ["a code that is none", rows("done"), { type: "ProviderUnavailable", code: "UNREADABLE_ANSWER" }],
])("a read that meets %s says so, without a word of theirs", async (_name, reply, expected) => {
  const { read } = await open({ read: reply });
  const problem = await read();
  expect(problem).toMatchObject(expected);
  expect(JSON.stringify(problem)).not.toMatch(/words of theirs|127\.0\.0\.1|secret|Maintenance|surprise/);
});

test("an end outlives a read that lags behind it, and reconciliation outlives that end", async () => {
  const lagging = await open({ read: rows(16) });
  const known = lagging.client.setStatus.prepare(input).snapshot;
  expect(await lagging.read(undefined, known)).toEqual(known);
  const rejectedLater = await open({ read: rows(33) });
  expect(await rejectedLater.read(undefined, known)).toMatchObject({
    standing: { state: "SETTLED", outcome: "FAILED" },
    fields: fields(33),
  });
});

test("what was still open is replaced by whatever is read", async () => {
  const { read } = await open({ read: rows(19) });
  const before = await (await open({ read: rows(16) })).read();
  if (isProblem(before)) throw new Error(before.message);
  expect(await read(undefined, before)).toMatchObject({ fields: fields(19) });
});

test("a write is known by the transaction, and stands for the code it sends", async () => {
  const { client } = await open();
  expect(client.setStatus.prepare({ ...input, status: "DEDUPE" })).toEqual({
    key: "100/t-1",
    snapshot: {
      standing: {
        state: "SETTLED",
        outcome: "FAILED",
        problem: expect.objectContaining({ type: "ProviderRejected", code: "30" }),
      },
      providerStatus: "30",
      fields: { surveyId: "100", transactionId: "t-1", statusCode: 30, status: "DEDUPE", changeable: false },
      items: [],
    },
  });
});

test.each([
  ["OVER_QUOTA", 17],
  ["TERMINATED", 18],
  ["QUALITY_TERMINATED", 20],
  ["COMPLETE", 21],
  ["DEDUPE", 30],
] as const)("%s is sent as st=%i, once, with the token, and read after it", async (status, code) => {
  const { set, server, calls } = await open({ write: { body: [] }, read: rows(code, "Their word") });
  expect(await set({ ...input, status })).toMatchObject({
    type: "answered",
    value: { key: "100/t-1", snapshot: { providerStatus: "Their word", fields: { statusCode: code, status } } },
  });
  expect(calls()).toEqual([`POST /buyers/v2/surveys/100/transactions/t-1/status?st=${code}`, readPath]);
  expect(server.received.map(({ headers }) => headers["access-token"])).toEqual([token, token]);
  expect(server.received[0]?.body).toBe("");
});

test("quota ids go comma-separated, each escaped", async () => {
  const { set, calls } = await open({ write: { status: 201, body: [] }, read: rows(21) });
  await set({ ...input, quotaIds: ["1", "2&st=18", "3"] });
  expect(calls()[0]).toBe(`${writePath}&quota_id=1,2%26st%3D18,3`);
});

test.each<[string, Given]>([
  ["fails", { status: 500, body: {} }],
  ["is cut", "cut"],
  ["finds nothing", { body: [] }],
  ["can't be read", rows("?")],
  ["still shows a changeable code", rows(16)],
  ["still shows PureSpectrum's side", rows(14)],
])("after its 200 the code stands where the read %s", async (_name, read) => {
  const { set, client } = await open({ write: { body: [] }, read });
  expect(await set()).toEqual({ type: "answered", value: client.setStatus.prepare(input) });
});

test("another final code that is read after the 200 is taken", async () => {
  const { set } = await open({ write: { body: [] }, read: rows(18) });
  expect(await set()).toMatchObject({ type: "answered", value: { snapshot: { fields: { statusCode: 18 } } } });
});

test.each([{ body: "" }, { body: {} }, { status: 201, body: [] }, { status: 204, body: "" }])(
  "a 2xx that says nothing is a yes: %j",
  async (write) => {
    const { set } = await open({ write, read: rows(21) });
    expect(await set()).toMatchObject({ type: "answered" });
  },
);

test.each<[string, Reply, object]>([
  ["1001", refusal(1001), { type: "ProviderRejected", code: "1001", fields: [{ path: "status" }] }],
  ["1002", refusal(1002), { type: "ProviderRejected", code: "1002", fields: [] }],
  ["1003", refusal(1003), { type: "AlreadyFinal", code: "1003", operationId: null }],
  ["1004", refusal(1004), { type: "NotFound", code: "1004" }],
  ["1005", refusal(1005), { type: "ProviderRejected", code: "1005", fields: [{ path: "quotaIds" }] }],
  ["1003 beside a 200", { ...refusal(1003), status: 200 }, { type: "AlreadyFinal", code: "1003" }],
  ["1005 beside a 200", { ...refusal(1005), status: 200 }, { type: "ProviderRejected", code: "1005" }],
  ["1004 beside a 200, as text", { body: { ps_error_code: "1004" } }, { type: "NotFound", code: "1004" }],
  ["a new code beside a 201", { ...refusal(1042), status: 201 }, { type: "ProviderRejected", code: "1042" }],
  ["a code of another day", refusal(1042), { type: "ProviderRejected", code: "1042" }],
  ["a page with a 400", { status: 400, body: "<p>Bad" }, { type: "ProviderRejected", code: "PROVIDER_ERROR" }],
  ["a 401", { status: 401, body: { msg: "no" } }, { type: "ProviderUnavailable" }],
  ["a 403", { status: 403, body: "" }, { type: "ProviderUnavailable" }],
  ["a 429", { status: 429, body: {}, headers: { "retry-after": "2" } }, { type: "RateLimited", retryAfterSeconds: 2 }],
  ["its own 500", { status: 500, body: { msg: "oh" } }, { type: "ProviderUnavailable", code: "PROVIDER_ERROR" }],
  ["a 500 that says nothing", { status: 500, body: {} }, { type: "ProviderUnavailable", code: "PROVIDER_ERROR" }],
])("a write refused with %s accepts nothing, and nothing more is asked", async (_name, write, problem) => {
  const { set, calls } = await open({ write });
  expect(await set()).toMatchObject({ type: "refused", problem });
  expect(calls()).toEqual([writePath]);
});

test.each<[string, Given]>([
  ["cut", "cut"],
  ["a failing proxy's page", { status: 502, body: "<p>Bad gateway" }],
  ["a 500 with a page", { status: 500, body: "<p>Oops" }],
  ["a 504, whatever it says", { status: 504, body: { ps_error_code: 1001 } }],
  ["a page with a 200, such as a proxy's login", { body: "<p>Fine" }],
  ["an object that nobody documents", { body: { msg: "Fine" } }],
  ["a code that is no error", { body: { ps_error_code: 0 } }],
  ["a list of something", { body: [{ anything: 1 }] }],
])("a write whose answer is %s is lost, and never sent again", async (_name, write) => {
  const { set, calls } = await open({ write });
  expect(await set()).toMatchObject({ type: "lost", problem: { type: "ProviderUnavailable" } });
  expect(calls()).toEqual([writePath]);
});

test.each<[string, Given, object]>([
  ["the code that was sent", rows(21, "Complete"), { type: "answered", value: { snapshot: { fields: fields(21) } } }],
  ["another final code", rows(18), { type: "refused", problem: { type: "AlreadyFinal", code: "ALREADY_FINAL" } }],
  ["a changeable code", rows(19), { type: "refused", problem: { type: "WriteUnconfirmed" } }],
  ["a code that is not final", rows(14), { type: "refused", problem: { type: "WriteUnconfirmed" } }],
  ["no such transaction", refusal(1004), { type: "refused", problem: { type: "NotFound", code: "1004" } }],
  ["an answer that can't be read", rows("?"), { type: "lost", problem: { type: "WriteUnconfirmed" } }],
  ["nothing", "cut", { type: "lost", problem: { type: "WriteUnconfirmed" } }],
])("a lost write is settled by reading alone: %s", async (_name, read, expected) => {
  const { settle, calls } = await open({ read });
  expect(await settle()).toMatchObject(expected);
  expect(new Set(calls())).toEqual(new Set([readPath]));
});

test("the same write about a decoy changes the transaction alone", async () => {
  const { client, set, calls } = await open({ write: refusal(1004) });
  const key = purespectrum.decoyOf?.(surveyKey("100", "t-1")) ?? "";
  const about = client.setStatus.about?.({ ...input, quotaIds: ["a", "b"] }, key);
  if (!about) throw new Error("Expected a write that can be sent about another id.");
  expect(about).toEqual({ ...input, quotaIds: ["a", "b"], transactionId: key.replace("100/", "") });
  expect(client.setStatus.prepare(about).key).toBe(key);
  expect(await set(about)).toMatchObject({ type: "refused", problem: purespectrum.unknownId });
  expect(calls()).toEqual([
    `POST /buyers/v2/surveys/100/transactions/${about.transactionId}/status?st=21&quota_id=a,b`,
  ]);
});
