/** What a provider can do to us, each as the member of the union that says so; one that is down leaves the others' fields whole. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type CleengSimulator, processing, startCleeng, unknownId } from "../simulators/cleeng.ts";
import { type FloliveSimulator, startFlolive } from "../simulators/flolive.ts";
import type { Reaction } from "../simulators/simulator.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";

let gateway: TestGateway;
let cleeng: CleengSimulator;
let flolive: FloliveSimulator;

// Cleeng and floLIVE follow scripts, PureSpectrum's sandbox has its own, Liberis is not there.
beforeAll(async () => {
  [cleeng, flolive] = await Promise.all([startCleeng(), startFlolive()]);
  gateway = await startTestGateway({
    env: { ...cleeng.env, ...flolive.env, SANDBOX: "off", CLEENG_TIMEOUT_MS: "300" },
  });
});
afterAll(async () => {
  await gateway.dispose();
  await Promise.all([cleeng.dispose(), flolive.dispose()]);
});

const problem = `__typename ... on Operation { id state providerStatus checkedAt problem { __typename code } } ... on Problem { code message }
  ... on ProviderUnavailable { provider retryAfterSeconds } ... on RateLimited { provider retryAfterSeconds }
  ... on ProviderRejected { provider fields { path message } } ... on ProviderNotConfigured { provider }`;

const register = async (extra = "") => {
  const { data } = await gateway.request(
    `mutation { registerPurchase(input: { customerId: "123456789", transactionId: "t", ipAddress: "8.8.8.8" ${extra} }) {
       ${problem} ... on AlreadyRunning { operation { id } } } }`,
  );
  return data.registerPurchase;
};
const error = (status: number, code: string): Reaction => ({
  status,
  body: { code, message: "An upstream's own words" },
});

const refusals: ReadonlyArray<readonly [name: string, fate: Reaction, expected: object]> = [
  [
    "422 no such customer",
    error(422, "SK2C0100"),
    { __typename: "ProviderRejected", code: "SK2C0100", provider: "CLEENG" },
  ],
  ["422 migration", error(422, "SK2C0005"), { __typename: "ProviderRejected", code: "SK2C0005" }],
  ["400 bad body", error(400, "REQ0001"), { __typename: "ProviderRejected", code: "REQ0001" }],
  ["an undocumented 418", { status: 418, body: {} }, { __typename: "ProviderRejected", code: "PROVIDER_ERROR" }],
  ["409 locked", error(409, "SK2C0101"), { __typename: "AlreadyRunning", code: "SK2C0101", operation: null }],
  ["500 not switched on", error(500, "SK2C0004"), { __typename: "ProviderUnavailable", code: "SK2C0004" }],
  ["401 for our token", error(401, "AUTH0002"), { __typename: "ProviderUnavailable", code: "AUTH0002" }],
];
test.each(refusals)("a register that Cleeng refuses: %s", async (_name, fate, expected) => {
  cleeng.fates.push(fate);
  const answer = await register();
  expect(answer).toMatchObject(expected);
  expect(JSON.stringify(answer)).not.toContain("An upstream's own words");
});

test("AlreadyRunning bears the operation that is under way, where this gateway knows it", async () => {
  const first = await register();
  cleeng.fates.push(error(409, "SK2C0101"));
  expect(await register()).toMatchObject({ __typename: "AlreadyRunning", operation: { id: first.id } });
});

const look = async (id: string, maxAgeSeconds = 0) => {
  const query = "query ($id: ID!, $age: Int) { purchaseSync(synchronizationId: $id, maxAgeSeconds: $age) { PROBLEM } }";
  const { data } = await gateway.request(query.replace("PROBLEM", problem), { id, age: maxAgeSeconds });
  return data.purchaseSync;
};

const faults: ReadonlyArray<readonly [name: string, reaction: Reaction, expected: object]> = [
  ["unknown id", unknownId, { __typename: "NotFound", code: "REQ0100" }],
  [
    "bad path",
    error(400, "REQ0003"),
    { __typename: "ProviderRejected", code: "REQ0003", fields: [{ path: "synchronizationId" }] },
  ],
  ["500", error(500, "S0001"), { __typename: "ProviderUnavailable", code: "S0001", provider: "CLEENG" }],
  ["cut", "cut", { __typename: "ProviderUnavailable", code: "UNREACHABLE" }],
  ["silent", "silent", { __typename: "ProviderUnavailable", code: "TIMEOUT" }],
  ["a page of HTML", { body: "<h1>" }, { __typename: "ProviderUnavailable", code: "UNREADABLE_ANSWER" }],
  [
    "finalized, but not how",
    { body: { status: "finalized" } },
    { __typename: "ProviderUnavailable", code: "UNREADABLE_ANSWER" },
  ],
];
test.each(faults)("an unknown id is answered with the problem: %s", async (name, reaction, expected) => {
  cleeng.statuses.set(`new ${name}`, [reaction]);
  expect(await look(`new ${name}`)).toMatchObject(expected);
  // A circuit that opened would hide what comes next.
  cleeng.statuses.set("healthy", [processing]);
  expect(await look("healthy")).toMatchObject({ __typename: "PurchaseSync" });
});

test("a known operation comes as last known, with what the check ran into; follow and recheck give the problem", async () => {
  cleeng.statuses.set("known", [processing, "cut"]);
  const before = await look("known");
  const after = await look("known");
  expect(after).toMatchObject({
    id: before.id,
    state: "RUNNING",
    checkedAt: before.checkedAt,
    problem: { __typename: "ProviderUnavailable", code: "UNREACHABLE" },
  });
  const { data } = await gateway.request(
    `mutation ($id: ID!) { recheck(id: $id) { ${problem} }
       followPurchaseSync(synchronizationId: "known") { ${problem} } }`,
    { id: before.id },
  );
  expect(data.recheck).toMatchObject({ __typename: "ProviderUnavailable" });
  expect(data.followPurchaseSync).toMatchObject({ __typename: "ProviderUnavailable" });
  const { data: now } = await gateway.request(
    "query ($id: ID!) { node(id: $id) { ... on Operation { followed revision } } }",
    {
      id: before.id,
    },
  );
  expect(now.node).toEqual({ followed: false, revision: 1 });
});

test("a whole bulk call is refused, and each bad node named", async () => {
  const bad = {
    errorCode: "SUBSCRIBER_NOT_FOUND",
    errorMessage: "words",
    subscriberIdentifiers: { type: "IMSI", value: "2" },
  };
  flolive.fates.push({ status: 400, body: { bulk: [bad], pageable: null } });
  const nodes = ["1", "2"].map((identifier) => ({ identifierType: "IMSI", identifier, status: "ACTIVE" }));
  const { data } = await gateway.request(
    `mutation ($nodes: [BulkNodeInput!]!) { submitBulkCall(input: { action: SUBSCRIBER_STATUS, nodes: $nodes }) { ${problem} } }`,
    { nodes },
  );
  expect(data.submitBulkCall).toMatchObject({
    __typename: "ProviderRejected",
    provider: "FLOLIVE",
    fields: [{ path: "nodes.1.identifier", message: expect.stringContaining("SUBSCRIBER_NOT_FOUND") }],
  });
});

test("a provider that is not there says so, on every field", async () => {
  const given = `(surveyId: "s", transactionId: "t"`;
  const { data } = await gateway.request(`{ partnerBatch(statusCheckId: "a") { ${problem} }
    surveyTransaction${given}) { ${problem} } access(offerId: "S580476507", customerToken: "t") {
      __typename ... on ProviderNotConfigured { code message provider } } }`);
  const { data: sent } = await gateway.request(`mutation {
    createPartnerClients(input: { clients: [{ partnerClientId: "a" }] }) { ${problem} }
    followPartnerBatch(statusCheckId: "a") { ${problem} }
    setSurveyTransactionStatus(input: { surveyId: "s", transactionId: "t", status: COMPLETE }) { ${problem} } }`);
  const absent = (provider: string) => ({
    __typename: "ProviderNotConfigured",
    code: "NOT_CONFIGURED",
    provider,
    message: expect.stringContaining("_URL"),
  });
  expect({ ...data, ...sent }).toEqual({
    partnerBatch: absent("LIBERIS"),
    surveyTransaction: absent("PURESPECTRUM"),
    access: absent("CLEENG"),
    createPartnerClients: absent("LIBERIS"),
    followPartnerBatch: absent("LIBERIS"),
    setSurveyTransactionStatus: absent("PURESPECTRUM"),
  });
});

// Last, for floLIVE stays down: its circuit opens.
test("one provider down leaves the others' fields whole", async () => {
  flolive.statuses.set("down", ["cut"]);
  const calls = Array.from({ length: 12 }, (_, n) => `down${n}: bulkCall(requestId: "down-node-${n}") { ${problem} }`);
  cleeng.statuses.set("up", [processing]);
  const { data, errors } = await gateway.request(`{ ${calls.join(" ")}
    up: purchaseSync(synchronizationId: "up") { ${problem} } providers { provider circuit errorsLastMinute } }`);
  expect(errors).toBeUndefined();
  const { up, providers: _before, ...down } = data;
  expect(up).toMatchObject({ __typename: "PurchaseSync", state: "RUNNING" });
  expect(Object.values(down)).toHaveLength(12);
  for (const one of Object.values(down))
    expect(one).toMatchObject({ __typename: "ProviderUnavailable", provider: "FLOLIVE" });
  const again = await gateway.request(
    `{ bulkCall(requestId: "one-more") { ${problem} } providers { provider circuit } }`,
  );
  expect(again.data.bulkCall).toMatchObject({ code: "CIRCUIT_OPEN", retryAfterSeconds: expect.any(Number) });
  expect(again.data.providers).toEqual([
    { provider: "CLEENG", circuit: "CLOSED" },
    { provider: "FLOLIVE", circuit: "OPEN" },
    { provider: "LIBERIS", circuit: "CLOSED" },
    { provider: "PURESPECTRUM", circuit: "CLOSED" },
  ]);
});

// Last of Cleeng, for it is held for a minute.
test("a 429 is RateLimited to the second, and so is what comes while it holds", async () => {
  cleeng.fates.push({ status: 429, headers: { "retry-after": "60" }, body: {} });
  const throttled = await register(`, idempotencyKey: "later"`);
  expect(throttled).toMatchObject({
    __typename: "RateLimited",
    code: "THROTTLED",
    provider: "CLEENG",
    retryAfterSeconds: 60,
  });
  const before = cleeng.received.length;
  const held = await register();
  expect(held).toMatchObject({ __typename: "RateLimited", code: "BUDGET_EXHAUSTED" });
  expect(held.retryAfterSeconds).toBeGreaterThan(50);
  expect(cleeng.received).toHaveLength(before);
});
