import { afterEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createRestClient, createRpcClient, mostRows } from "../../../src/datasources/cleeng-access/client.ts";
import type { AccessKey } from "../../../src/datasources/cleeng-access/status.ts";
import { isProblem } from "../../../src/datasources/problems.ts";
import { type Handler, sendJson, startServer } from "../../support/http-server.ts";
import { testUpstream } from "../../support/upstream.ts";
import type { Received } from "../conformance/subject.ts";

const started: { dispose(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.dispose();
});

const customerToken = "a-very-secret-customer-token";
const keyOf = (number: number, ipAddress: string | null = null): AccessKey => ({
  offerId: `S${100_000_000 + number}`,
  customerToken,
  ipAddress,
});
const keys = (count: number) => Array.from({ length: count }, (_, index) => keyOf(index));
const lookup = { priority: "lookup" } as const;

async function start(handler: Handler) {
  const server = await startServer(handler);
  const upstream = testUpstream({ provider: "CLEENG", title: "Cleeng access", timeoutMs: 1000 });
  started.push(server, upstream);
  return { server, upstream };
}

describe("over JSON-RPC", () => {
  interface Call {
    readonly id: number;
    readonly params: { readonly offerId: string };
  }
  const callsOf = (received: Received): readonly Call[] => JSON.parse(received.body);
  const granted = { accessGranted: true, grantType: "direct-purchase", expiresAt: null, purchasedDirectly: true };
  const row = ({ id }: Call, result: unknown = granted) => ({ result, id: String(id), error: null, jsonrpc: "2.0" });

  async function connect(answer: (calls: readonly Call[]) => unknown, status = 200) {
    const { server, upstream } = await start((received, response) =>
      sendJson(response, answer(callsOf(received)), status),
    );
    return { server, client: createRpcClient(new URL(`${server.origin}/3.0/json-rpc`), upstream) };
  }

  test("a check sends method, token and offer, and the address only where there is one", async () => {
    const { server, client } = await connect((calls) => calls.map((call) => row(call)));
    const result = await client.checkMany([keyOf(1, "192.0.2.10"), keyOf(2)], lookup);
    expect(server.received).toHaveLength(1);
    expect(server.received[0]).toMatchObject({ method: "POST", url: "/3.0/json-rpc" });
    expect(JSON.parse(server.received[0]?.body ?? "")).toEqual([
      {
        jsonrpc: "2.0",
        id: 1,
        method: "getAccessStatus",
        params: { customerToken, offerId: "S100000001", ipAddress: "192.0.2.10" },
      },
      { jsonrpc: "2.0", id: 2, method: "getAccessStatus", params: { customerToken, offerId: "S100000002" } },
    ]);
    expect(result[0]).toEqual({
      offerId: "S100000001",
      country: null,
      accessGranted: true,
      grantType: "direct-purchase",
      expiresAt: null,
      purchasedDirectly: true,
    });
  });

  test.each([
    [1_893_456_000, "2030-01-01T00:00:00.000Z"],
    ["1893456000", "2030-01-01T00:00:00.000Z"],
    ["0", "1970-01-01T00:00:00.000Z"],
    ["9".repeat(400), null],
    ["-1", null],
    ["soon", null],
    [["1893456000"], null],
  ])("an expiresAt of %j is read as %j, and spoils nothing", async (expiresAt, expected) => {
    const { client } = await connect((calls) => calls.map((one) => row(one, { ...granted, expiresAt })));
    expect(await client.checkMany(keys(1), lookup)).toMatchObject([{ accessGranted: true, expiresAt: expected }]);
  });

  test("sixty offers go in batches of 25, 25 and 10, and come back in the order asked", async () => {
    const { server, client } = await connect((calls) =>
      calls.map((call) => row(call, { ...granted, grantType: call.params.offerId })).reverse(),
    );
    const asked = keys(60);
    const result = await client.checkMany(asked, lookup);
    expect(server.received.map((received) => callsOf(received).length).sort()).toEqual([10, 25, 25]);
    expect(result.map((one) => (isProblem(one) ? null : one.grantType))).toEqual(asked.map(({ offerId }) => offerId));
  });

  test("nothing asked is nothing sent", async () => {
    const { server, client } = await connect(() => []);
    expect(await client.checkMany([], lookup)).toEqual([]);
    expect(server.received).toHaveLength(0);
  });

  test("each row is read by itself, and each failure is its own", async () => {
    const { client } = await connect(([a, b, c, d, e, , g, h]) => [
      a && { ...row(a), id: a.id, error: false },
      b && { ...row(b, null), error: { code: 1, message: `bad ${customerToken}` } },
      c && { ...row(c, null), error: { code: "4", message: "Offer not found" } },
      "nonsense",
      d && row(d, { accessGranted: "yes" }),
      e && { ...row(e), error: { message: "no code" } },
      // The sixth call gets no answer.
      g && row(g),
      g && row(g, { ...granted, accessGranted: false }),
      h && { ...row(h), error: { code: 99 } },
    ]);
    const result = await client.checkMany(keys(8), lookup);
    expect(result).toMatchObject([
      { accessGranted: true },
      { type: "ProviderRejected", code: "1", provider: "CLEENG", fields: [{ path: "customerToken" }] },
      { type: "NotFound", code: "4" },
      { type: "ProviderUnavailable", code: "UNREADABLE_ANSWER" },
      { type: "ProviderUnavailable", code: "UNREADABLE_ANSWER" },
      { type: "ProviderUnavailable", code: "UNREADABLE_ANSWER" },
      { type: "ProviderUnavailable", code: "UNREADABLE_ANSWER" },
      { type: "ProviderRejected", code: "99" },
    ]);
    expect(JSON.stringify(result)).not.toContain(customerToken);
  });

  test.each([
    ["one object with an error", { error: { code: 16, message: "m" }, id: null }, 200, "ProviderRejected", "16"],
    ["one object with an error under 400", { error: { code: 16 }, id: null }, 400, "ProviderRejected", "16"],
    ["JSON-RPC's internal error", { error: { code: -32603 } }, 200, "ProviderUnavailable", "-32603"],
    ["one object without a readable error", { error: "no" }, 200, "ProviderUnavailable", "UNREADABLE_ANSWER"],
    ["no rows", [], 200, "ProviderUnavailable", "UNREADABLE_ANSWER"],
    ["rows of other calls", [{ id: "77", result: granted }], 200, "ProviderUnavailable", "UNREADABLE_ANSWER"],
    ["an error of the host", [{ id: "1", result: granted }], 500, "ProviderUnavailable", "PROVIDER_ERROR"],
    ["a 403", {}, 403, "ProviderUnavailable", "PROVIDER_ERROR"],
    ["a 400 that says nothing", {}, 400, "ProviderRejected", "PROVIDER_ERROR"],
  ])("%s applies to every key of the batch", async (_name, body, status, type, code) => {
    const { client } = await connect(() => body, status);
    expect(await client.checkMany(keys(3), lookup)).toMatchObject([
      { type, code },
      { type, code },
      { type, code },
    ]);
  });

  test("a row without an error field is as good as one with null in it", async () => {
    const { client } = await connect(([call]) => [{ id: call?.id, result: { accessGranted: false } }]);
    expect(await client.checkMany(keys(1), lookup)).toMatchObject([{ accessGranted: false, grantType: null }]);
  });

  test("far more rows than calls decide nothing", async () => {
    const { client } = await connect((calls) => [...calls.map((call) => row(call)), ...new Array(mostRows).fill(0)]);
    expect(await client.checkMany(keys(1), lookup)).toMatchObject([{ code: "UNREADABLE_ANSWER" }]);
  });

  test("a batch that fails leaves the other batches alone", async () => {
    const { client } = await connect((calls) =>
      calls.length === 25 ? { error: { code: 14 } } : calls.map((call) => row(call)),
    );
    const result = await client.checkMany(keys(27), lookup);
    expect(result.filter(isProblem)).toHaveLength(25);
    expect(result[26]).toMatchObject({ accessGranted: true });
  });

  test("whatever a row holds, only a boolean accessGranted without an error decides", async () => {
    let body: unknown = null;
    const { client } = await connect(() => body);
    const rows = fc.record(
      {
        id: fc.constantFrom<unknown>("1", 1, null, {}),
        error: fc.constantFrom<unknown>(null, false, undefined, { code: 1 }, "x"),
        result: fc.oneof(fc.record({ accessGranted: fc.oneof(fc.boolean(), fc.anything()) }), fc.anything()),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(rows, async (one) => {
        body = [one, { id: 2, result: granted }];
        const sent = JSON.parse(JSON.stringify(one)) as Record<string, unknown>; // what the wire makes of it
        const { result, error } = sent;
        const decides =
          String(sent.id) === "1" &&
          !error &&
          typeof result === "object" &&
          result !== null &&
          "accessGranted" in result &&
          typeof result.accessGranted === "boolean";
        const [checked, other] = await client.checkMany(keys(2), lookup);
        expect(isProblem(checked)).toBe(!decides);
        expect(other).toMatchObject({ accessGranted: true });
      }),
      { numRuns: 60 },
    );
  });
});

describe("over REST", () => {
  async function connect(handler: Handler) {
    const { server, upstream } = await start(handler);
    return { server, client: createRestClient(new URL(`${server.origin}/`), upstream) };
  }
  const responseData = { accessGranted: true, expiresAt: 1_893_456_000 };

  test.each([
    ["1893456000", "2030-01-01T00:00:00.000Z"],
    ["2030-01-01T00:00:00Z", "2030-01-01T00:00:00.000Z"],
    ["some day", null],
  ])("an expiresAt of %j is read as %j", async (expiresAt, expected) => {
    const { client } = await connect((_received, response) =>
      sendJson(response, { responseData: { accessGranted: true, expiresAt }, errors: [] }),
    );
    expect(await client.checkMany(keys(1), lookup)).toMatchObject([{ accessGranted: true, expiresAt: expected }]);
  });

  test("a check is one request an offer, with the customer's token and no address", async () => {
    const { server, client } = await connect((_received, response) => sendJson(response, { responseData, errors: [] }));
    const key = { ...keyOf(1, "192.0.2.10"), offerId: "S580476507_US" };
    expect(await client.checkMany([key], lookup)).toEqual([
      {
        offerId: "S580476507_US",
        country: "US",
        accessGranted: true,
        grantType: null,
        expiresAt: "2030-01-01T00:00:00.000Z",
        purchasedDirectly: null,
      },
    ]);
    expect(server.received).toMatchObject([
      {
        method: "GET",
        url: "/entitlements/S580476507_US",
        headers: { authorization: `Bearer ${customerToken}` },
        body: "",
      },
    ]);
  });

  test("each offer has its own answer", async () => {
    const answers: Record<string, readonly [status: number, body: unknown]> = {
      "/entitlements/S100000000": [200, { responseData: { accessGranted: false } }],
      "/entitlements/S100000001": [401, { errors: [{ code: "AUTH0002", message: customerToken }] }],
      "/entitlements/S100000002": [401, {}],
      "/entitlements/S100000003": [404, {}],
      "/entitlements/S100000004": [404, { errors: [{ code: "REQ0100" }] }],
      "/entitlements/S100000005": [200, { responseData: {} }],
      "/entitlements/S100000006": [200, { responseData, errors: ["something"] }],
      "/entitlements/S100000007": [200, { responseData, errors: [{ code: "AUTH0001" }] }],
      "/entitlements/S100000008": [500, { errors: [{ code: "S0001" }] }],
      "/entitlements/S100000009": [422, {}],
    };
    const { client } = await connect((received, response) => {
      const [status, body] = answers[received.url] ?? [418, {}];
      sendJson(response, body, status);
    });
    const result = await client.checkMany(keys(10), lookup);
    expect(result).toMatchObject([
      { accessGranted: false, expiresAt: null },
      { type: "ProviderRejected", code: "AUTH0002", fields: [{ path: "customerToken" }] },
      { type: "ProviderRejected", code: "NOT_ALLOWED", fields: [{ path: "customerToken" }] },
      { type: "NotFound", code: "NOT_FOUND" },
      { type: "NotFound", code: "REQ0100" },
      { type: "ProviderUnavailable", code: "UNREADABLE_ANSWER" },
      { type: "ProviderUnavailable", code: "UNREADABLE_ANSWER" },
      { type: "ProviderRejected", code: "AUTH0001" },
      { type: "ProviderUnavailable", code: "S0001" },
      { type: "ProviderRejected", code: "PROVIDER_ERROR" },
    ]);
    expect(JSON.stringify(result)).not.toContain(customerToken);
  });
});
