/** What of the environment makes access checks configured, over which transport, and what is said where it does not. */
import { afterEach, expect, test } from "@jest/globals";
import { readConfig } from "../../../src/config.ts";
import { cleengAccess } from "../../../src/datasources/cleeng-access/index.ts";
import { cleengPurchases } from "../../../src/datasources/cleeng-purchases/index.ts";
import { startTestGateway } from "../../support/gateway.ts";
import { sendJson, startServer } from "../../support/http-server.ts";
import { testUpstream } from "../../support/upstream.ts";

const started: { dispose(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.dispose();
});

const rpc = { CLEENG_API_URL: "https://rpc.example/3.0/json-rpc" };
const rest = { CLEENG_ENTITLEMENTS_URL: "https://rest.example" };
const overRest = { CLEENG_ACCESS_TRANSPORT: "rest" };
const read = (env: Record<string, string>) => readConfig(env, [cleengAccess, cleengPurchases]);

function modeOf(env: Record<string, string>) {
  const result = read(env);
  if (!result.ok) throw new Error(result.complaints.join("\n"));
  return result.config.providers.get("cleeng-access");
}

test.each([
  ["json-rpc by its address alone", rpc, { ...rpc, CLEENG_ACCESS_TRANSPORT: "json-rpc" }],
  ["rest by its own address alone", { ...rest, ...overRest }, { ...rest, ...overRest }],
  ["rest where both addresses are there", { ...rpc, ...rest, ...overRest }, { ...rpc, ...rest, ...overRest }],
])("%s", (_name, env, settings) => {
  expect(modeOf(env)).toEqual({ mode: "configured", settings });
});

test.each([
  [
    "rest with the other transport's address",
    { ...rpc, ...overRest },
    /^CLEENG_ENTITLEMENTS_URL: expected an address, for access is checked over CLEENG_ACCESS_TRANSPORT=rest\. Example: /,
  ],
  [
    "json-rpc with the other transport's address",
    rest,
    /^CLEENG_API_URL: expected an address, for access is checked over CLEENG_ACCESS_TRANSPORT=json-rpc\. Example: /,
  ],
  [
    "a wrong address",
    { CLEENG_ENTITLEMENTS_URL: "ftp://x", ...overRest },
    /^CLEENG_ENTITLEMENTS_URL: expected an http/,
  ],
  ["another transport", { ...rpc, CLEENG_ACCESS_TRANSPORT: "soap" }, /^CLEENG_ACCESS_TRANSPORT: expected json-rpc or/],
  [
    "another transport for the sandbox",
    { CLEENG_ACCESS_TRANSPORT: "soap" },
    /^CLEENG_ACCESS_TRANSPORT: expected json-/,
  ],
  [
    "a transport without any address or sandbox",
    { ...overRest, SANDBOX: "off" },
    /^CLEENG_API_URL: missing, or CLEENG_ENTITLEMENTS_URL, needed with CLEENG_ACCESS_TRANSPORT\. Example: /,
  ],
])("%s stops the start with one line", (_name, env, complaint) => {
  const result = read(env);
  expect(result).toEqual({ ok: false, complaints: [expect.stringMatching(complaint)] });
});

test("a transport alone chooses how the sandbox is asked", () => {
  expect(modeOf({})).toEqual({ mode: "sandbox" });
  expect(modeOf(overRest)).toEqual({ mode: "sandbox", heeded: overRest });
});

test.each([
  ["json-rpc", ["POST /"]],
  ["rest", ["GET /entitlements/S580476507"]],
] as const)("over %s a customer's token goes to that transport's address alone", async (transport, expected) => {
  const chosen = await startServer((_received, response) => sendJson(response, {}));
  const other = await startServer((_received, response) => sendJson(response, {}));
  const upstream = testUpstream({ provider: "CLEENG", title: "Cleeng access", timeoutMs: 1000 });
  started.push(chosen, other, upstream);
  const [api, entitlements] = transport === "rest" ? [other, chosen] : [chosen, other];
  const mode = modeOf({
    CLEENG_API_URL: api.origin,
    CLEENG_ENTITLEMENTS_URL: entitlements.origin,
    CLEENG_ACCESS_TRANSPORT: transport,
  });
  if (mode?.mode !== "configured") throw new Error(`Expected access to be configured; got ${mode?.mode}.`);
  const client = cleengAccess.connect(cleengAccess.settings.parse(mode.settings), upstream);
  await client.checkMany([{ offerId: "S580476507", customerToken: "t", ipAddress: null }], { priority: "lookup" });
  expect(new Set(chosen.received.map(({ method, url }) => `${method} ${url}`))).toEqual(new Set(expected));
  expect(other.received).toHaveLength(0);
});

test.each([
  ["json-rpc", "POST", "/api/3.0/json-rpc"],
  ["rest", "GET", "/entitlements/S580476507"],
])("a gateway asks the sandbox over %s where that is chosen", async (transport, method, path) => {
  const gateway = await startTestGateway({ env: { CLEENG_ACCESS_TRANSPORT: transport } });
  started.push(gateway);
  const { data } = await gateway.request(
    `{ access(offerId: "S580476507") { __typename ... on AccessCheck { accessGranted } } }`,
    {},
    { "x-cleeng-customer-token": "sandbox-customer-1" },
  );
  expect(data).toEqual({ access: { __typename: "AccessCheck", accessGranted: true } });
  const requests = gateway.sandboxes.find(({ id }) => id === "cleeng-access")?.journal.requests();
  expect(requests).toMatchObject([{ method, path, status: 200 }]);
});
