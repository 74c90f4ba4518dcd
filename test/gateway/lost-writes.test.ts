/** Writes that a provider took and whose answer never came: followed, read or told as unconfirmed, and never sent again. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type CleengSimulator, granted, processing, startCleeng, unknownId } from "../simulators/cleeng.ts";
import { type FloliveSimulator, startFlolive } from "../simulators/flolive.ts";
import { type LiberisSimulator, startLiberis } from "../simulators/liberis.ts";
import { alreadyFinal, type PureSpectrumSimulator, startPureSpectrum } from "../simulators/purespectrum.ts";
import { fastClock } from "../support/fast-clock.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { openSockets, type Sockets } from "../support/sockets.ts";

let gateway: TestGateway;
let sockets: Sockets;
let cleeng: CleengSimulator;
let flolive: FloliveSimulator;
let liberis: LiberisSimulator;
let purespectrum: PureSpectrumSimulator;

beforeAll(async () => {
  [cleeng, flolive, liberis, purespectrum] = await Promise.all([
    startCleeng(),
    startFlolive(),
    startLiberis(),
    startPureSpectrum(),
  ]);
  gateway = await startTestGateway({
    env: {
      ...cleeng.env,
      ...flolive.env,
      ...liberis.env,
      ...purespectrum.env,
      LEASE_SECONDS: "600",
      CLEENG_TIMEOUT_MS: "400",
      FLOLIVE_TIMEOUT_MS: "400",
      LIBERIS_TIMEOUT_MS: "400",
      PURESPECTRUM_TIMEOUT_MS: "400",
    },
    // Fast enough for the 60 s after which an id that nobody knows is given up.
    clock: fastClock(50),
  });
  sockets = openSockets(gateway);
});
afterAll(async () => {
  await sockets.dispose();
  await gateway.dispose();
  await Promise.all([cleeng, flolive, liberis, purespectrum].map((simulator) => simulator.dispose()));
});

const operation = `__typename
  ... on Operation { id state outcome followed problem { __typename code message } }`;
const result = `${operation} ... on Problem { code message }`;
const lostWays = ["cut", "silent"] as const;

const rest = async (id: string) => {
  const events = await sockets
    .watch(`subscription ($id: ID!) { operationChanged(ids: [$id]) { operation { ${operation} } } }`, { id })
    .rest();
  return events.map(({ operationChanged }) => operationChanged.operation);
};

const register = async (correlationId: string) => {
  const { data } = await gateway.request(
    `mutation ($correlationId: String!) { registerPurchase(input: { customerId: "123456789", transactionId: "t",
       ipAddress: "8.8.8.8", correlationId: $correlationId }) { ${result} ... on PurchaseSync { synchronizationId } } }`,
    { correlationId },
  );
  return data.registerPurchase;
};

test.each(lostWays)("Cleeng: a register that was %s is followed by its Correlation-Id", async (way) => {
  cleeng.fates.push(way);
  cleeng.statuses.set(`lost-${way}`, [unknownId, processing, granted]);
  const answered = await register(`lost-${way}`);
  expect(answered).toMatchObject({
    __typename: "PurchaseSync",
    state: "PENDING",
    followed: true,
    synchronizationId: `lost-${way}`,
    problem: { __typename: "ProviderUnavailable" },
  });
  expect((await rest(answered.id)).at(-1)).toMatchObject({ state: "SETTLED", outcome: "SUCCEEDED", problem: null });
  expect(cleeng.writes().filter(({ headers }) => headers["correlation-id"] === `lost-${way}`)).toHaveLength(1);
});

test("Cleeng: where nobody knows the id for a minute, it is given up", async () => {
  cleeng.fates.push("cut");
  cleeng.statuses.set("never-came", [unknownId]);
  const { id } = await register("never-came");
  expect((await rest(id)).at(-1)).toMatchObject({
    state: "SETTLED",
    outcome: "ABANDONED",
    followed: false,
    problem: { __typename: "NotFound", code: "GONE_AT_PROVIDER" },
  });
  expect(cleeng.statuses.reads("never-came")).toBeGreaterThanOrEqual(3);
  expect(cleeng.writes().filter(({ headers }) => headers["correlation-id"] === "never-came")).toHaveLength(1);
});

test("Cleeng: a lost register whose Correlation-Id was a stranger's already shows nothing of theirs", async () => {
  cleeng.fates.push("cut");
  const theirs = { cleengCustomerId: 987654321, transactionId: "theirs" };
  cleeng.statuses.set("strangers", [{ body: { ...(granted as { readonly body: object }).body, ...theirs } }]);
  const { id } = await register("strangers");
  expect((await rest(id)).at(-1)).toMatchObject({
    state: "SETTLED",
    outcome: "ABANDONED",
    followed: false,
    problem: { __typename: "WriteUnconfirmed" },
  });
  const fields = "customerId accessGranted offerId result";
  const { data } = await gateway.request(`query ($id: ID!) { node(id: $id) { ... on PurchaseSync { ${fields} } } }`, {
    id,
  });
  expect(data.node).toEqual({ customerId: "123456789", accessGranted: null, offerId: null, result: null });
});

const bulk = `mutation { submitBulkCall(input: { action: RESET_ACTIVATION_TIME, tags: ["lost"], idempotencyKey: "KEY",
  nodes: [{ identifierType: IMSI, identifier: "001010000000001" }] }) {
  ${result} ... on BulkCall { requestId calls { nodes { identifier status requestId } } } } }`;

test.each(lostWays)(
  "floLIVE: a bulk call that was %s is unconfirmed, and the same key sends nothing again",
  async (way) => {
    const before = flolive.writes().length;
    flolive.fates.push(way);
    const document = bulk.replace("KEY", way);
    const { data } = await gateway.request(document);
    expect(data.submitBulkCall).toMatchObject({
      __typename: "BulkCall",
      requestId: null,
      state: "SETTLED",
      outcome: "ABANDONED",
      followed: false,
      problem: { __typename: "WriteUnconfirmed", code: "WRITE_UNCONFIRMED" },
      calls: { nodes: [{ identifier: "001010000000001", status: "OPEN", requestId: null }] },
    });
    expect((await gateway.request(document)).data.submitBulkCall.id).toBe(data.submitBulkCall.id);
    expect(flolive.writes()).toHaveLength(before + 1);
  },
);

test("floLIVE: what is unconfirmed can be looked at and asked for again, and costs no request", async () => {
  flolive.fates.push("cut");
  const { data } = await gateway.request(bulk.replace("KEY", "again"));
  const before = flolive.received.length;
  const again = await gateway.request(
    `mutation ($id: ID!) { recheck(id: $id) { ${result} } unfollow(id: $id) { ${result} } }`,
    { id: data.submitBulkCall.id },
  );
  expect(again.data.recheck).toMatchObject({ __typename: "NotFound", code: "WRITE_UNCONFIRMED" });
  expect(again.data.unfollow).toMatchObject({ id: data.submitBulkCall.id, outcome: "ABANDONED" });
  expect(flolive.received).toHaveLength(before);
});

test.each(lostWays)("Liberis: a batch that was %s is unconfirmed", async (way) => {
  const before = liberis.writes().length;
  liberis.fates.push(way);
  const { data } = await gateway.request(
    `mutation { createPartnerClients(input: { clients: [{ partnerClientId: "a" }] }) {
       ${result} ... on PartnerBatch { statusCheckId items { nodes { partnerClientId state } } } } }`,
  );
  expect(data.createPartnerClients).toMatchObject({
    __typename: "PartnerBatch",
    statusCheckId: null,
    outcome: "ABANDONED",
    problem: { __typename: "WriteUnconfirmed" },
    items: { nodes: [{ partnerClientId: "a", state: "PENDING" }] },
  });
  expect(liberis.writes()).toHaveLength(before + 1);
});

const set = async (transactionId: string) => {
  const { data } = await gateway.request(
    `mutation ($t: ID!) { setSurveyTransactionStatus(input: { surveyId: "s", transactionId: $t, status: COMPLETE }) {
       ${result} ... on SurveyTransaction { statusCode status changeable }
       ... on AlreadyFinal { operation { statusCode outcome } } } }`,
    { t: transactionId },
  );
  return data.setSurveyTransactionStatus;
};
const writesOf = (id: string) => purespectrum.writes().filter(({ url }) => url.includes(`/${id}/`));

test.each(lostWays)("PureSpectrum: a status whose answer was %s is read: it was taken", async (way) => {
  purespectrum.fates.push(way);
  purespectrum.codes.set(`taken-${way}`, [21]);
  expect(await set(`taken-${way}`)).toMatchObject({
    __typename: "SurveyTransaction",
    state: "SETTLED",
    outcome: "SUCCEEDED",
    statusCode: 21,
    problem: null,
  });
  expect(writesOf(`taken-${way}`)).toHaveLength(1);
});

test("PureSpectrum: another final status came first", async () => {
  purespectrum.fates.push("cut");
  purespectrum.codes.set("overtaken", [18]);
  expect(await set("overtaken")).toMatchObject({
    __typename: "AlreadyFinal",
    operation: { statusCode: 18, outcome: "FAILED" },
  });
  expect(writesOf("overtaken")).toHaveLength(1);
});

test("PureSpectrum: still changeable, so unconfirmed, followed, and the caller may set it again", async () => {
  purespectrum.fates.push("cut");
  purespectrum.codes.set("untouched", [16]);
  const first = await set("untouched");
  expect(first).toMatchObject({
    __typename: "SurveyTransaction",
    state: "RUNNING",
    statusCode: 16,
    status: "BUYER_IN_PROGRESS",
    changeable: true,
    followed: true,
    problem: { __typename: "WriteUnconfirmed" },
  });
  expect(writesOf("untouched")).toHaveLength(1);
  purespectrum.codes.set("untouched", [21]);
  expect(await set("untouched")).toMatchObject({ id: first.id, state: "SETTLED", statusCode: 21, problem: null });
  expect(writesOf("untouched")).toHaveLength(2);
});

test("PureSpectrum: neither the write nor a read is answered", async () => {
  purespectrum.fates.push("cut");
  purespectrum.codes.set("dark", ["cut", "cut", "cut", "cut", "cut", 21]);
  const answered = await set("dark");
  expect(answered).toMatchObject({
    __typename: "SurveyTransaction",
    state: "PENDING",
    statusCode: null,
    followed: true,
    problem: { __typename: "WriteUnconfirmed" },
  });
  expect((await rest(answered.id)).at(-1)).toMatchObject({ state: "SETTLED", outcome: "SUCCEEDED", problem: null });
  expect(writesOf("dark")).toHaveLength(1);
});

test("PureSpectrum: a refusal that was read is a refusal, whatever the transaction is", async () => {
  purespectrum.fates.push(alreadyFinal);
  purespectrum.codes.set("refused", ["cut"]);
  expect(await set("refused")).toMatchObject({ __typename: "AlreadyFinal", code: "1003", operation: null });
});
