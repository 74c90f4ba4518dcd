import { afterEach, describe, expect, test } from "@jest/globals";
import { cleengAccess } from "../../../src/datasources/cleeng-access/index.ts";
import { startSandbox } from "../../../src/sandbox/index.ts";
import { ManualClock } from "../../support/clock.ts";
import { testUpstream } from "../../support/upstream.ts";

const started: { dispose(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.dispose();
});

const hourMs = 3_600_000;
const offerId = "S580476507_US";

async function open({ transport = "json-rpc" as "json-rpc" | "rest", speed = 1 } = {}) {
  const clock = new ManualClock();
  const sandbox = await startSandbox(cleengAccess, { clock, random: () => 0, speed });
  const upstream = testUpstream({ provider: "CLEENG", title: "Cleeng access", timeoutMs: 1000 });
  started.push(sandbox, upstream);
  const settings = cleengAccess.settings.parse({
    ...cleengAccess.sandbox.settings(sandbox.origin),
    CLEENG_ACCESS_TRANSPORT: transport,
  });
  const client = cleengAccess.connect(settings, upstream);

  async function check(customerToken: string, offer = offerId, ipAddress: string | null = null) {
    const [result] = await client.checkMany([{ offerId: offer, customerToken, ipAddress }], { priority: "lookup" });
    return result;
  }
  async function post(body: unknown) {
    const response = await fetch(`${sandbox.origin}/api/3.0/json-rpc`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return response.json();
  }
  return { clock, sandbox, client, check, post };
}

const call = (params: unknown, id: unknown = 1) => ({ jsonrpc: "2.0", method: "getAccessStatus", id, params });
const params = { customerToken: "sandbox-customer-1", offerId };

describe.each(["json-rpc", "rest"] as const)("over %s", (transport) => {
  test("customers with and without the offer are told apart", async () => {
    const { check } = await open({ transport });
    expect(await check("sandbox-customer-1")).toMatchObject({ accessGranted: true, country: "US" });
    expect(await check("sandbox-customer-lapsed")).toMatchObject({
      accessGranted: true,
      expiresAt: "2025-12-31T00:00:00.000Z",
    });
    expect(await check("sandbox-customer-without")).toMatchObject({ accessGranted: false, expiresAt: null });
  });

  test("other tokens are refused, and unknown offers not found", async () => {
    const { check } = await open({ transport });
    const code = transport === "rest" ? "AUTH0002" : "1";
    expect(await check("sandbox-expired")).toMatchObject({ type: "ProviderRejected", code });
    expect(await check("sandbox-customer-1", "S404404404_PL")).toMatchObject({ type: "NotFound" });
  });

  test("access comes and goes, and a token expires, after a while", async () => {
    const { clock, sandbox, check } = await open({ transport });
    const began = clock.now();
    const tokens = ["sandbox-customer-soon", "sandbox-customer-ending", "sandbox-customer-expiring"];
    const all = async () => {
      const seen = [];
      for (const token of tokens) seen.push(await check(token));
      return seen;
    };
    const before = await all();
    expect(before).toMatchObject([{ accessGranted: false }, { accessGranted: true }, { accessGranted: true }]);
    await clock.advance(2_999);
    expect(await all()).toEqual(before);
    await clock.advance(1);
    expect(await all()).toMatchObject([
      { accessGranted: true },
      { accessGranted: false },
      { type: "ProviderRejected" },
    ]);
    const changes = [
      ["customer-1", "denied", "granted"],
      ["customer-2", "granted", "denied"],
      ["customer-3", "granted", "refused"],
    ] as const;
    for (const [entity, value, later] of changes) {
      const [first, second, ...more] = sandbox.journal.changes({ entity });
      expect([first?.value, second?.value, more]).toEqual([value, later, []]);
      expect((second?.at ?? 0) - (first?.at ?? 0)).toBe(3_000);
      expect(first?.at).toBeGreaterThanOrEqual(began);
    }
  });

  test("the journal has no line of customers that don't change, and no token", async () => {
    const { sandbox, check } = await open({ transport });
    for (const token of ["sandbox-customer-1", "sandbox-customer-without", "other-soon", "sandbox-customer-my-soon"]) {
      await check(token);
    }
    expect(sandbox.journal.changes().map(({ entity, value }) => [entity, value])).toEqual([["customer-1", "denied"]]);
    expect(JSON.stringify([sandbox.journal.changes(), sandbox.journal.requests()])).not.toContain("my-soon");
  });

  test.each([
    ["S500000500", "ProviderUnavailable", "PROVIDER_ERROR"],
    ["S500000003", "ProviderUnavailable", "UNREACHABLE"],
    ["S500000004", "ProviderUnavailable", "UNREADABLE_ANSWER"],
    ["S500000005", "ProviderUnavailable", "UNREADABLE_ANSWER"],
    ["S500000006", "ProviderUnavailable", "UNREADABLE_ANSWER"],
  ])("the offer %s fails as %s %s", async (offer, type, code) => {
    const { check } = await open({ transport });
    expect(await check("sandbox-customer-1", offer)).toMatchObject({ type, code });
  });
});

test("an answer tells how access was granted, the same at each check", async () => {
  const { clock, check } = await open();
  const first = await check("sandbox-customer-1");
  expect(first).toEqual({
    offerId,
    country: "US",
    accessGranted: true,
    grantType: "direct-purchase",
    expiresAt: "2026-01-31T00:00:00.000Z",
    purchasedDirectly: true,
  });
  await clock.advance(hourMs);
  expect(await check("sandbox-customer-1")).toEqual(first);
});

test("a customer may use four addresses, each held for three hours", async () => {
  const { clock, check } = await open();
  const use = (address: number, token = "sandbox-customer-1") => check(token, offerId, `192.0.2.${address}`);
  for (const address of [1, 2, 3]) expect(await use(address)).toMatchObject({ accessGranted: true });
  await clock.advance(hourMs);
  for (const address of [4, 1]) expect(await use(address)).toMatchObject({ accessGranted: true });
  expect(await use(5)).toMatchObject({ type: "ProviderRejected", code: "14" });
  expect(await use(5, "sandbox-customer-2")).toMatchObject({ accessGranted: true });
  expect(await check("sandbox-customer-1")).toMatchObject({ accessGranted: true });
  await clock.advance(2 * hourMs - 1);
  expect(await use(5)).toMatchObject({ code: "14" });
  await clock.advance(1);
  expect(await use(5)).toMatchObject({ accessGranted: true });
  expect(await use(6)).toMatchObject({ accessGranted: true });
  expect(await use(7)).toMatchObject({ code: "14" });
});

test("a faster sandbox holds addresses for a shorter time", async () => {
  const { clock, check } = await open({ speed: 10 });
  for (const address of [1, 2, 3, 4]) await check("sandbox-customer-1", offerId, `192.0.2.${address}`);
  await clock.advance((3 * hourMs) / 10);
  expect(await check("sandbox-customer-1", offerId, "192.0.2.5")).toMatchObject({ accessGranted: true });
});

test("a single call is answered by one object, a batch by an array, ids as text", async () => {
  const { post } = await open();
  expect(await post(call(params))).toMatchObject({
    id: "1",
    error: null,
    jsonrpc: "2.0",
    result: { accessGranted: true },
  });
  expect(await post([call(params, 7), call(params, "b")])).toMatchObject([{ id: "7" }, { id: "b" }]);
});

test.each([
  ["an offer of another form", { ...params, offerId: "nope" }],
  ["no token", { offerId }],
  ["an IPv6 address", { ...params, ipAddress: "::1" }],
  ["no parameters", undefined],
])("%s is error 16", async (_name, sent) => {
  const { post } = await open();
  expect(await post(call(sent))).toMatchObject({ result: null, error: { code: 16 } });
});

test("another method is not found, and a batch of more than 25 is refused by one object", async () => {
  const { post } = await open();
  expect(await post({ ...call(params), method: "getOffer" })).toMatchObject({ error: { code: -32601 } });
  expect(await post(Array.from({ length: 26 }, () => call(params)))).toMatchObject({ id: null, error: { code: 16 } });
  expect(await post([])).toMatchObject({ id: null, error: { code: 16 } });
});

test("over REST a missing token is AUTH0001", async () => {
  const { sandbox } = await open();
  const response = await fetch(`${sandbox.origin}/entitlements/${offerId}`);
  expect([response.status, await response.json()]).toMatchObject([401, { errors: [{ code: "AUTH0001" }] }]);
});

test("many offers cost one request for each 25", async () => {
  const { sandbox, client } = await open();
  const keys = Array.from({ length: 51 }, (_, index) => ({
    offerId: `S${200_000_000 + index}`,
    customerToken: "sandbox-customer-1",
    ipAddress: null,
  }));
  const result = await client.checkMany(keys, { priority: "lookup" });
  expect(result.filter((one) => "accessGranted" in one && one.accessGranted)).toHaveLength(51);
  expect(sandbox.journal.requests()).toHaveLength(3);
});

test("the list of magic ids names what each does", () => {
  const { magic } = cleengAccess.sandbox;
  expect(magic.length).toBeGreaterThan(10);
  for (const one of magic) expect([one.argument, one.id, one.effect].every((text) => text.length > 0)).toBe(true);
});
