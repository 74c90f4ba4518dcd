/** The calls: what Liberis is asked, how often, and what becomes of its answers. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Reading, Snapshot, Target } from "../../../src/datasources/contract.ts";
import { createLiberisClient, type PartnerBatchClient } from "../../../src/datasources/liberis/client.ts";
import { isProblem, type Problem } from "../../../src/datasources/problems.ts";
import { ManualClock } from "../../support/clock.ts";
import { type Handler, sendJson, startServer, type TestServer } from "../../support/http-server.ts";
import { testUpstream } from "../../support/upstream.ts";

const secret = "the-client-secret";
const lookup = { priority: "lookup" } as const;
const write = { priority: "write" } as const;
const input = {
  clients: [
    { partnerClientId: "a", clientStartDate: new Date(0), entityType: "SoleTrader", otherIdentifiers: null },
    { partnerClientId: "b", clientStartDate: null, entityType: null, otherIdentifiers: [{ key: "k", values: ["v"] }] },
  ],
};
const wireClients = [
  { partner_client_id: "a", client_start_date: "1970-01-01T00:00:00.000Z", entity_type: "SoleTrader" },
  { partner_client_id: "b", other_identifiers: [{ key: "k", values: ["v"] }] },
];
const accepted = { status_check_id: "check-1", status_check_uri: "/api/v1/Clients/Status/check-1" };
const completed = {
  status: "Completed",
  result: [{ data: { partner_client_id: "a" }, status: { state: "Completed" } }],
};

let server: TestServer;
let upstream: ReturnType<typeof testUpstream>;
let answer: Handler;
let issued: number;

beforeEach(async () => {
  issued = 0;
  answer = (_received, response) => sendJson(response, completed);
  server = await startServer((received, response, request) => {
    if (received.url !== "/base/token") return answer(received, response, request);
    issued += 1;
    return sendJson(response, { access_token: `token-${issued}`, expires_in: 3600 });
  });
  upstream = testUpstream({ timeoutMs: 20_000 });
});
afterEach(async () => {
  await upstream.dispose();
  await server.dispose();
});

function connect(withToken = true): PartnerBatchClient {
  const tokenUrl = new URL("/base/token", server.origin);
  const credentials = withToken ? { tokenUrl, clientId: "id", clientSecret: secret } : null;
  return createLiberisClient({ url: `${server.origin}/base/`, credentials }, upstream, new ManualClock());
}
const target = (key: string, fields: Target["fields"] = null): Target => ({ key, fields });
const calls = () => server.received.filter(({ url }) => url !== "/base/token");
const asked = () => calls().map(({ method, url, headers }) => [method, url, headers.authorization ?? null]);

async function fetchOne(client: PartnerBatchClient, one: Target = target("check-1")): Promise<Reading | Problem> {
  const [result] = await client.fetchMany([one], lookup);
  if (!result) throw new Error("fetchMany answered with no result for its one target.");
  return result;
}
async function problemOf(client: PartnerBatchClient): Promise<Problem> {
  const result = await fetchOne(client);
  if (!isProblem(result)) throw new Error("A problem was expected; a reading came.");
  return result;
}
function send(client: PartnerBatchClient) {
  return client.create.send(input, client.create.prepare(input), write);
}
function snapshotOf(result: Reading | Problem): Snapshot {
  if (isProblem(result)) throw new Error(result.message);
  return result.compose({ snapshot: null, elsewhere: new Map() });
}
const sendStatus =
  (status: number, body: unknown): Handler =>
  (_received, response) =>
    sendJson(response, body, status);

describe("a read", () => {
  test("by the id alone asks the documented path, with the token", async () => {
    const snapshot = snapshotOf(await fetchOne(connect(), target("check/1")));
    expect(snapshot.standing).toEqual({ state: "SETTLED", outcome: "SUCCEEDED", problem: null });
    expect(snapshot.fields).toEqual({ statusCheckId: "check/1" });
    expect(asked()).toEqual([["GET", "/base/api/v1/Clients/Status/check%2F1", "Bearer token-1"]]);
  });

  test("follows the address that Liberis gave", async () => {
    await fetchOne(connect(), target("check-1", { statusCheckUri: "/elsewhere/check-1?v=2" }));
    expect(asked()).toEqual([["GET", "/base/elsewhere/check-1?v=2", "Bearer token-1"]]);
  });

  test.each([
    "https://evil.example/s/1",
    "//evil.example/s/1",
    "/\\evil.example/s/1",
    "http://x@127.0.0.1/s/1",
    7,
    null,
  ])("does not follow %j, and asks by the id", async (statusCheckUri) => {
    await fetchOne(connect(), target("check-1", { statusCheckUri }));
    expect(asked()).toEqual([["GET", "/base/api/v1/Clients/Status/check-1", "Bearer token-1"]]);
  });

  test.each(["", "..", ".", "a\0", "\uD800"])("of an id that can't be one, %j, asks nobody", async (key) => {
    expect(await fetchOne(connect(), target(key))).toMatchObject({ type: "NotFound" });
    expect(server.received).toHaveLength(0);
  });

  test("of many is one request each, one result each, in their order, and one token", async () => {
    answer = ({ url }, response) =>
      url.endsWith("/13") ? sendJson(response, {}, 404) : sendJson(response, { ...completed, status: url.slice(-2) });
    const keys = Array.from({ length: 20 }, (_, n) => String(n + 10));
    const results = await connect().fetchMany(
      keys.map((key) => target(key)),
      lookup,
    );
    const seen = results.map((result) => (isProblem(result) ? result.type : snapshotOf(result).providerStatus));
    expect(seen).toEqual(keys.map((key) => (key === "13" ? "NotFound" : key)));
    expect(calls()).toHaveLength(20);
    expect(issued).toBe(1);
  });

  test("without credentials bears no Authorization and asks for no token", async () => {
    await fetchOne(connect(false));
    expect(asked()).toEqual([["GET", "/base/api/v1/Clients/Status/check-1", null]]);
    expect(issued).toBe(0);
  });

  test.each([
    [404, {}, { type: "NotFound", code: "NOT_FOUND" }],
    [401, { code: "AUTH" }, { type: "ProviderUnavailable", code: "AUTH" }],
    [403, {}, { type: "ProviderUnavailable", code: "PROVIDER_ERROR" }],
    [400, { code: "BAD_ID", message: "no" }, { type: "ProviderRejected", code: "BAD_ID" }],
    [410, "gone", { type: "ProviderRejected", code: "HTTP_410" }],
    [500, { code: "LIB_17", message: "no" }, { type: "ProviderUnavailable", code: "LIB_17" }],
    [422, { errors: [{ code: "X1" }, { code: "X2" }] }, { type: "ProviderRejected", code: "X1" }],
    [500, { code: "token-1" }, { type: "ProviderUnavailable", code: "PROVIDER_ERROR" }],
    [503, {}, { type: "ProviderUnavailable", code: "PROVIDER_ERROR", retryAfterSeconds: null }],
    [429, {}, { type: "RateLimited", code: "THROTTLED" }],
    [200, {}, { type: "ProviderUnavailable", code: "UNREADABLE_ANSWER" }],
    [200, { status: 1, result: [] }, { type: "ProviderUnavailable", code: "UNREADABLE_ANSWER" }],
    [200, "Completed", { type: "ProviderUnavailable", code: "UNREADABLE_ANSWER" }],
  ])("answered %i %j is a problem", async (status, body, expected) => {
    answer = sendStatus(status, body);
    expect(await problemOf(connect())).toMatchObject(expected);
  });
});

test("a read that failed says when to ask again, where Liberis does", async () => {
  answer = (_received, response) => sendJson(response, {}, 503, { "retry-after": "30" });
  expect(await problemOf(connect())).toMatchObject({ code: "PROVIDER_ERROR", retryAfterSeconds: 30 });
});

describe("a create", () => {
  test("sends the array once, and keeps the id and the address of its status", async () => {
    answer = sendStatus(202, accepted);
    const client = connect();
    const prepared = client.create.prepare(input);
    expect(prepared.key).toBeNull();
    const exchange = await client.create.send(input, prepared, write);
    expect(exchange).toEqual({
      type: "answered",
      value: {
        key: "check-1",
        snapshot: {
          ...prepared.snapshot,
          fields: { statusCheckId: "check-1", statusCheckUri: "/api/v1/Clients/Status/check-1" },
        },
      },
    });
    expect(prepared.snapshot.items.map(({ fields }) => fields.data)).toEqual(wireClients);
    expect(asked()).toEqual([["POST", "/base/api/v1/Clients", "Bearer token-1"]]);
    expect(calls()[0]?.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(calls()[0]?.body ?? "")).toEqual(wireClients);
  });

  test("answered with an address elsewhere forgets that address", async () => {
    answer = sendStatus(200, { status_check_id: 12, status_check_uri: "https://evil.example/s/12" });
    expect(await send(connect())).toMatchObject({
      type: "answered",
      value: { key: "12", snapshot: { fields: { statusCheckId: "12" } } },
    });
  });

  test.each([
    [202, {}, "lost", "UNREADABLE_ANSWER"],
    [202, { status_check_id: "" }, "lost", "UNREADABLE_ANSWER"],
    [200, "<html>", "lost", "UNREADABLE_ANSWER"],
    [500, {}, "refused", "PROVIDER_ERROR"],
    [502, "<html>", "lost", "PROVIDER_ERROR"],
    [504, { message: "It took too long." }, "lost", "PROVIDER_ERROR"],
    [500, { message: "It failed." }, "refused", "PROVIDER_ERROR"],
    [503, { code: "BUSY" }, "refused", "BUSY"],
    [422, { errors: [{ code: "X1" }] }, "refused", "X1"],
    [400, { code: "BAD_CLIENTS" }, "refused", "BAD_CLIENTS"],
    [413, {}, "refused", "HTTP_413"],
    [404, {}, "refused", "HTTP_404"],
    [403, {}, "refused", "PROVIDER_ERROR"],
    [429, {}, "refused", "THROTTLED"],
  ])("answered %i %j is %s, and sent once", async (status, body, type, code) => {
    answer = sendStatus(status, body);
    expect(await send(connect())).toMatchObject({ type, problem: { code } });
    expect(calls()).toHaveLength(1);
  });

  test("whose connection is cut is lost, and sent once", async () => {
    answer = (_received, response) => {
      response.destroy();
    };
    expect(await send(connect())).toMatchObject({ type: "lost", problem: { type: "ProviderUnavailable" } });
    expect(calls()).toHaveLength(1);
  });
});

describe("a token that Liberis refuses", () => {
  const only =
    (token: string, then: Handler): Handler =>
    (received, response, request) =>
      received.headers.authorization === `Bearer ${token}`
        ? then(received, response, request)
        : sendJson(response, { code: "EXPIRED" }, 401);

  test("is fetched anew once, and the read sent again", async () => {
    answer = only("token-2", sendStatus(200, completed));
    expect(snapshotOf(await fetchOne(connect())).providerStatus).toBe("Completed");
    expect(asked().map(([, , authorization]) => authorization)).toEqual(["Bearer token-1", "Bearer token-2"]);
  });

  test("is fetched anew once, and the refused write sent again", async () => {
    answer = only("token-2", sendStatus(202, accepted));
    expect(await send(connect())).toMatchObject({ type: "answered", value: { key: "check-1" } });
    expect(calls().map(({ method, body }) => [method, JSON.parse(body)])).toEqual([
      ["POST", wireClients],
      ["POST", wireClients],
    ]);
  });

  test("and then the next one too, is a problem after two calls", async () => {
    answer = sendStatus(401, { code: "EXPIRED" });
    expect(await send(connect())).toMatchObject({
      type: "refused",
      problem: { type: "ProviderUnavailable", code: "EXPIRED" },
    });
    expect(calls()).toHaveLength(2);
    expect(issued).toBe(2);
  });

  test("under 20 calls at a time is fetched anew once", async () => {
    const client = connect();
    await fetchOne(client);
    answer = only("token-2", sendStatus(200, completed));
    const keys = Array.from({ length: 20 }, (_, n) => target(`check-${n}`));
    const results = await client.fetchMany(keys, lookup);
    expect(results.filter(isProblem)).toEqual([]);
    expect(issued).toBe(2);
  });
});

describe("a token that can't be had", () => {
  test("leaves the write unsent", async () => {
    const credentials = { tokenUrl: new URL("/refuse", server.origin), clientId: "id", clientSecret: secret };
    const client = createLiberisClient({ url: server.origin, credentials }, upstream);
    answer = sendStatus(401, { error: "invalid_client" });
    expect(await send(client)).toMatchObject({
      type: "unsent",
      problem: { type: "ProviderUnavailable", code: "invalid_client" },
    });
    expect(server.received.map(({ url }) => url)).toEqual(["/refuse"]);
  });

  test("for want of budget says RateLimited", async () => {
    const credentials = { tokenUrl: new URL("/refuse", server.origin), clientId: "id", clientSecret: secret };
    const client = createLiberisClient({ url: server.origin, credentials }, upstream);
    answer = sendStatus(429, {});
    expect(await send(client)).toMatchObject({ type: "unsent", problem: { type: "RateLimited" } });
  });
});

test("no problem shows a token, the secret, an address or what Liberis wrote", async () => {
  for (const status of [400, 401, 403, 404, 409, 500, 503, 200]) {
    // An upstream that echoes what it was sent, where a code or a sentence is looked for.
    answer = ({ headers }, response) => {
      const token = String(headers.authorization).replace("Bearer ", "");
      sendJson(response, { code: token, error: secret, message: `${token} ${secret}`, title: "Upstream says" }, status);
    };
    const client = connect();
    const said = JSON.stringify([await problemOf(client), await send(client)]);
    expect(said).not.toMatch(/token-\d|the-client-secret|127\.0\.0\.1|Upstream says/);
  }
});
