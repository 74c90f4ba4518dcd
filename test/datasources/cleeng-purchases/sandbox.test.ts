import { afterEach, expect, test } from "@jest/globals";
import { cleengPurchases } from "../../../src/datasources/cleeng-purchases/index.ts";
import { sandboxPublisherToken } from "../../../src/datasources/cleeng-purchases/sandbox.ts";
import type { Snapshot } from "../../../src/datasources/contract.ts";
import { isProblem, type Problem } from "../../../src/datasources/problems.ts";
import { startSandbox } from "../../../src/sandbox/index.ts";
import { ManualClock } from "../../support/clock.ts";
import { testUpstream } from "../../support/upstream.ts";

const started: { dispose(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.dispose();
});

interface Post {
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

async function open({ random = 0 } = {}) {
  const clock = new ManualClock();
  const sandbox = await startSandbox(cleengPurchases, { clock, random: () => random, speed: 1 });
  const upstream = testUpstream({ provider: "CLEENG", title: "Cleeng purchases", timeoutMs: 1000 });
  started.push(sandbox, upstream);
  const settings = cleengPurchases.settings.parse(cleengPurchases.sandbox.settings(sandbox.origin));
  const client = cleengPurchases.connect(settings, upstream);

  async function call(path: string, init: RequestInit) {
    const response = await fetch(`${sandbox.origin}/storekit2${path}`, init);
    const text = await response.text();
    return { status: response.status, body: text === "" ? null : JSON.parse(text) };
  }
  const publisher = { "x-publisher-token": sandboxPublisherToken };
  const post = ({ path = "/purchases", headers = publisher, body }: Post) =>
    call(path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  const get = (id: string, headers: Record<string, string> = publisher) =>
    call(`/purchases/synchronizations/${encodeURIComponent(id)}`, { headers });

  async function register(transactionId: string, customerId = "123456789", transfer = false) {
    const input = { customerId, transactionId, ipAddress: "192.0.2.10", correlationId: null };
    const write = transfer ? client.transfer : client.register;
    return write.send(input, write.prepare(input), { priority: "write" });
  }
  async function accepted(transactionId: string, customerId?: string, transfer?: boolean): Promise<string> {
    const sent = await register(transactionId, customerId, transfer);
    if (sent.type !== "answered") throw new Error(`Expected an accepted write; got ${JSON.stringify(sent)}.`);
    return sent.value.key;
  }
  async function read(key: string): Promise<Snapshot | Problem> {
    const [result] = await client.fetchMany([{ key, fields: null }], { priority: "lookup" });
    if (result === undefined) throw new Error("Expected one result for one key; got none.");
    return isProblem(result) ? result : result.compose({ snapshot: null, elsewhere: new Map() });
  }
  return { clock, sandbox, post, get, register, accepted, read };
}

const body = { cleengCustomerId: 123456789, transactionId: "t-1", ipAddress: "192.0.2.10" };

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const jwt = (claims: object) => ({ authorization: `Bearer ${encode({ alg: "none" })}.${encode(claims)}.x` });
const inTenMinutes = Date.parse("2026-01-01T00:10:00Z") / 1000;
const claims = { customerId: "123456789", publisherId: 77, exp: inTenMinutes };

test("a purchase is worked on and ends with access to the offer", async () => {
  const { clock, sandbox, accepted, read } = await open({ random: 0.25 });
  const key = await accepted("2000000123456789");
  expect(await read(key)).toMatchObject({ standing: { state: "RUNNING" }, providerStatus: "processing" });
  await clock.advance(3_624);
  expect(await read(key)).toMatchObject({ standing: { state: "RUNNING" } });
  await clock.advance(1);
  expect(await read(key)).toMatchObject({ standing: { state: "RETRYING" }, providerStatus: "retrying" });
  await clock.advance(3_624);
  expect(await read(key)).toMatchObject({ standing: { state: "RETRYING" } });
  await clock.advance(1);
  expect(await read(key)).toMatchObject({
    standing: { state: "SETTLED", outcome: "SUCCEEDED" },
    fields: { synchronizationId: key, accessGranted: true, offerId: "S580476507", result: null },
  });
  expect(sandbox.journal.changes({ entity: key }).map(({ value }) => value)).toEqual([
    "processing",
    "retrying",
    "finalized",
  ]);
});

test.each(["2000000123456789", "retrying-1", "retrying-straight"])(
  "%s goes through each state once, however long it takes, and each can be seen by asking once a second",
  async (transactionId) => {
    for (const random of [0, 0.3, 0.5, 0.7, 0.999]) {
      const { clock, sandbox, accepted } = await open({ random });
      const key = await accepted(transactionId);
      await clock.advance(20_000);
      const changes = sandbox.journal.changes({ entity: key });
      expect(changes.map(({ value }) => value)).toEqual(["processing", "retrying", "finalized"]);
      const [began = 0, troubled = 0, ended = 0] = changes.map(({ at }) => at);
      for (const phase of [troubled - began, ended - troubled]) {
        expect(phase).toBeGreaterThan(1_200);
        expect(phase).toBeGreaterThanOrEqual(0.3 * (ended - began));
      }
    }
  },
);

test.each([
  ["straight", ["processing", "finalized"]],
  ["flapping", ["processing", "retrying", "processing", "retrying", "processing", "retrying", "finalized"]],
  ["queued-straight", ["queued", "finalized"]],
  ["queued", ["queued", "retrying", "finalized"]],
])("%s goes through %j", async (transactionId, words) => {
  const { clock, sandbox, accepted } = await open({ random: 0.99 });
  const key = await accepted(transactionId);
  await clock.advance(20_000);
  expect(sandbox.journal.changes({ entity: key }).map(({ value }) => value)).toEqual(words);
});

test("a word that Cleeng does not document is shown as running", async () => {
  const { accepted, read } = await open();
  const key = await accepted("queued-1");
  expect(await read(key)).toMatchObject({ standing: { state: "RUNNING" }, providerStatus: "queued" });
});

test.each([
  ["expired-1", "123456789", "FAILED", "RECEIVED_EXPIRED_PURCHASE"],
  ["unknown-transaction-1", "123456789", "FAILED", "TRANSACTION_ID_NOT_FOUND"],
  ["transferred-1", "123456789", "SUCCEEDED", "PURCHASE_OWNERSHIP_TRANSFERRED"],
  ["unchanged-1", "123456789", "SUCCEEDED", "PURCHASE_OWNERSHIP_UNCHANGED"],
  ["novel-result-1", "123456789", "FAILED", "SANDBOX_RESULT_NOBODY_KNOWS"],
  ["ordinary", "100000013", "FAILED", null],
])("%s of customer %s ends %s with %s", async (transactionId, customerId, outcome, result) => {
  const { clock, accepted, read } = await open();
  const key = await accepted(transactionId, customerId, transactionId.startsWith("transferred"));
  await clock.advance(20_000);
  expect(await read(key)).toMatchObject({ standing: { state: "SETTLED", outcome }, fields: { result } });
});

test("a purchase with never in its id never ends", async () => {
  const { clock, accepted, read, register } = await open();
  const key = await accepted("never-1");
  await clock.advance(7 * 86_400_000);
  expect(await read(key)).toMatchObject({ standing: { state: "RETRYING" } });
  expect(await register("never-1")).toMatchObject({ problem: { type: "AlreadyRunning", code: "SK2C0101" } });
});

test("while a transaction is worked on it is locked, and free once it has ended", async () => {
  const { clock, accepted, register } = await open();
  await accepted("one");
  expect(await register("one")).toMatchObject({ type: "refused", problem: { code: "SK2C0101" } });
  expect(await register("one", "123456789", true)).toMatchObject({ problem: { code: "SK2C0103" } });
  await clock.advance(20_000);
  await accepted("one", "123456789", true);
  expect(await register("one", "123456789", true)).toMatchObject({ problem: { code: "SK2C0104" } });
  await clock.advance(20_000);
  await accepted("one");
});

test.each([
  ["locked", "123456789", false, "AlreadyRunning", "SK2C0101"],
  ["locked", "123456789", true, "AlreadyRunning", "SK2C0103"],
  ["migrating", "123456789", false, "ProviderRejected", "SK2C0005"],
  ["switched-off", "123456789", false, "ProviderUnavailable", "SK2C0004"],
  ["ordinary", "404000001", false, "ProviderRejected", "SK2C0100"],
])("%s of customer %s (transfer: %s) is refused as %s %s", async (transactionId, customerId, transfer, type, code) => {
  const { register } = await open();
  expect(await register(transactionId, customerId, transfer)).toMatchObject({
    type: "refused",
    problem: { type, code },
  });
});

test("the Correlation-Id becomes the synchronization id, is echoed, and serves once", async () => {
  const { post, get } = await open();
  const headers = { "x-publisher-token": sandboxPublisherToken, "correlation-id": `a/b ${"c".repeat(240)}` };
  expect(await post({ headers, body })).toEqual({
    status: 202,
    body: { synchronizationId: headers["correlation-id"] },
  });
  expect(await get(headers["correlation-id"])).toEqual({
    status: 200,
    body: { status: "processing", correlationId: headers["correlation-id"] },
  });
  const again = await post({ headers, body: { ...body, transactionId: "t-2" } });
  expect(again).toMatchObject({ status: 400, body: { code: "REQ0004" } });
  const long = { ...headers, "correlation-id": "x".repeat(257) };
  expect(await post({ headers: long, body })).toMatchObject({ status: 400, body: { code: "REQ0004" } });
});

test("without a Correlation-Id the id is new, and none is echoed", async () => {
  const { post, get } = await open();
  const { status, body: answer } = await post({ body });
  expect(status).toBe(202);
  expect(answer.synchronizationId).toMatch(/^[0-9a-f-]{36}$/);
  expect(await get(answer.synchronizationId)).toEqual({ status: 200, body: { status: "processing" } });
});

test.each([
  ["an IPv6 address", { ...body, ipAddress: "::1" }],
  ["a customer id that is text", { ...body, cleengCustomerId: "123456789" }],
  ["a customer id that is too small", { ...body, cleengCustomerId: 99_999_999 }],
  ["no transaction", { ...body, transactionId: "" }],
  ["an array", []],
  ["no JSON", "{"],
])("a body with %s is refused with REQ0001", async (_name, sent) => {
  const { post } = await open();
  expect(await post({ body: sent })).toMatchObject({
    status: 400,
    body: { code: "REQ0001", errors: [expect.any(String)] },
  });
});

test("an unknown id is 404 REQ0100, one that is too long 400 REQ0003", async () => {
  const { get } = await open();
  expect(await get("nobody")).toMatchObject({ status: 404, body: { code: "REQ0100" } });
  expect(await get("x".repeat(257))).toMatchObject({ status: 400, body: { code: "REQ0003" } });
});

test.each([
  ["neither header", {}, "AUTH0001"],
  ["another publisher token", { "x-publisher-token": "nope" }, "AUTH0002"],
  ["a bearer that is no JWT", { authorization: "Bearer abc" }, "AUTH0002"],
  ["claims that are no JSON", { authorization: "Bearer a.b.c" }, "AUTH0002"],
  ["no publisherId", jwt({ ...claims, publisherId: undefined }), "AUTH0002"],
  ["no exp", jwt({ ...claims, exp: undefined }), "AUTH0002"],
  ["another customer", jwt({ ...claims, customerId: "987654321" }), "AUTH0002"],
  ["an expired token", jwt({ ...claims, exp: inTenMinutes - 600 }), "AUTH0003"],
])("a write with %s is refused with 401", async (_name, headers, code) => {
  const { post } = await open();
  expect(await post({ headers: headers as Record<string, string>, body })).toMatchObject({
    status: 401,
    body: { code },
  });
});

test("a server may leave the address out, as one on a developer's own machine has none to show", async () => {
  const { post } = await open();
  expect(await post({ body: { ...body, ipAddress: undefined } })).toMatchObject({ status: 202 });
});

test("a customer's JWT registers without an address and reads its own alone", async () => {
  const { post, get } = await open();
  const { body: answer } = await post({ headers: jwt(claims), body: { ...body, ipAddress: undefined } });
  expect(await get(answer.synchronizationId, jwt(claims))).toMatchObject({ status: 200 });
  expect(await get(answer.synchronizationId, jwt({ ...claims, customerId: "1" }))).toMatchObject({ status: 404 });
  expect(await get(answer.synchronizationId, {})).toMatchObject({ status: 401, body: { code: "AUTH0001" } });
});

test.each([
  ["500", "ProviderUnavailable", "PROVIDER_ERROR"],
  ["429", "RateLimited", "THROTTLED"],
  ["html", "ProviderUnavailable", "UNREADABLE_ANSWER"],
  ["empty", "ProviderUnavailable", "UNREADABLE_ANSWER"],
  ["shape", "ProviderUnavailable", "UNREADABLE_ANSWER"],
  ["cut", "ProviderUnavailable", "UNREACHABLE"],
  ["truncated", "ProviderUnavailable", expect.any(String)],
])("a read with the fault %s is %s %s", async (fault, type, code) => {
  const { accepted, read } = await open();
  const key = await accepted(`t-fault-${fault}`);
  expect(await read(key)).toMatchObject({ type, code });
  expect(await read(`fault-${fault}`)).toMatchObject({ type, code });
});

test.each([
  ["500", "refused", false],
  ["503", "refused", false],
  ["429", "refused", false],
  ["html", "lost", true],
  ["shape", "lost", true],
  ["cut", "lost", true],
  ["truncated", "lost", true],
])("a write with the fault %s is %s, and accepted: %s", async (fault, type, acceptedAnyway) => {
  const { post, get, register } = await open();
  expect(await register(`t-fault-write-${fault}`)).toMatchObject({ type });
  const headers = { "x-publisher-token": sandboxPublisherToken, "correlation-id": "known" };
  await post({ headers, body: { ...body, transactionId: `u-fault-write-${fault}` } }).catch(() => null);
  expect((await get("known")).status).toBe(acceptedAnyway ? 200 : 404);
});

test("the list of magic ids names what each does", () => {
  const { magic } = cleengPurchases.sandbox;
  expect(magic.length).toBeGreaterThan(10);
  for (const one of magic) expect([one.argument, one.id, one.effect].every((text) => text.length > 0)).toBe(true);
});
