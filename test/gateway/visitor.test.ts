/** The walk from end to end: what a visitor does first, over real HTTP and WebSocket, against providers that follow a script. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type CleengSimulator, granted, processing, retrying, startCleeng } from "../simulators/cleeng.ts";
import { done, type FloliveSimulator, startFlolive } from "../simulators/flolive.ts";
import { type PureSpectrumSimulator, startPureSpectrum } from "../simulators/purespectrum.ts";
import { fastClock } from "../support/fast-clock.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { openSockets, type Sockets } from "../support/sockets.ts";

let gateway: TestGateway;
let sockets: Sockets;
let cleeng: CleengSimulator;
let flolive: FloliveSimulator;
let purespectrum: PureSpectrumSimulator;

beforeAll(async () => {
  [cleeng, flolive, purespectrum] = await Promise.all([startCleeng(), startFlolive(), startPureSpectrum()]);
  gateway = await startTestGateway({
    env: {
      ...cleeng.env,
      ...flolive.env,
      ...purespectrum.env,
      SANDBOX: "on",
      SANDBOX_SPEED: "10",
      LEASE_SECONDS: "600",
    },
    clock: fastClock(),
  });
  sockets = openSockets(gateway);
});
afterAll(async () => {
  await sockets.dispose();
  await gateway.dispose();
  await Promise.all([cleeng.dispose(), flolive.dispose(), purespectrum.dispose()]);
});

const changes = /* GraphQL */ `
  subscription ($ids: [ID!]!) {
    operationChanged(ids: $ids) {
      cursor kind at revision previousState state outcome providerStatus
      progress { total done succeeded failed fraction }
      operation {
        id revision state followed nextCheckAt settledAt
        ... on PurchaseSync { accessGranted offerId result synchronizationId customerId storeTransactionId transfer }
        ... on BulkCall { counts { open success total } calls(first: 3, changedOnly: true) { totalCount nodes { position identifier status revision } } }
      }
    }
  }
`;

const told = (event: { operationChanged: Record<string, unknown> }) => event.operationChanged;

test("a purchase is registered, and followed to its end by a subscription", async () => {
  cleeng.hold();
  const { data } = await gateway.request(
    `mutation { registerPurchase(input: { customerId: "123456789", transactionId: "t-1", ipAddress: "8.8.8.8" }) {
       __typename ... on PurchaseSync { id state outcome followed revision synchronizationId accessGranted } } }`,
  );
  const { id, synchronizationId, ...fresh } = data.registerPurchase;
  expect(fresh).toEqual({
    __typename: "PurchaseSync",
    state: "PENDING",
    outcome: null,
    followed: true,
    revision: 1,
    accessGranted: null,
  });
  expect(cleeng.writes().at(-1)).toMatchObject({
    url: "/storekit2/purchases",
    headers: { "correlation-id": synchronizationId, "x-publisher-token": "publisher-token-secret" },
  });

  const watch = sockets.watch(changes, { ids: [id] });
  const snapshot = told(await watch.next());
  expect(snapshot).toMatchObject({ kind: "SNAPSHOT", revision: 1, state: "PENDING", previousState: null });
  cleeng.release();
  const later = (await watch.rest()).map(told);
  expect(later.map(({ kind, revision, previousState, state }) => [kind, revision, previousState, state])).toEqual([
    ["CHANGED", 2, "PENDING", "RUNNING"],
    ["CHANGED", 3, "RUNNING", "RETRYING"],
    ["CHANGED", 4, "RETRYING", "SETTLED"],
  ]);
  expect(later.at(-1)).toMatchObject({
    outcome: "SUCCEEDED",
    providerStatus: "finalized",
    progress: { total: 1, done: 1, succeeded: 1, failed: 0, fraction: 1 },
    operation: {
      accessGranted: true,
      offerId: "S580476507",
      customerId: "123456789",
      storeTransactionId: "t-1",
      transfer: false,
      followed: false,
      nextCheckAt: null,
      settledAt: expect.any(String),
    },
  });
  expect(new Set([snapshot, ...later].map(({ cursor }) => cursor)).size).toBe(4);
  // Settled for good: nobody asks Cleeng any more, and a new stream ends after the state now.
  const reads = cleeng.statuses.reads(synchronizationId);
  expect((await sockets.watch(changes, { ids: [id] }).rest()).map(told)).toMatchObject([
    { kind: "SNAPSHOT", revision: 4, state: "SETTLED" },
  ]);
  expect(cleeng.statuses.reads(synchronizationId)).toBe(reads);
});

test("work that was started elsewhere is followed the same way", async () => {
  cleeng.statuses.set("elsewhere-1", [processing, processing, retrying, granted]);
  const { data } = await gateway.request(
    `mutation { followPurchaseSync(synchronizationId: "elsewhere-1", tags: ["mobile"]) {
       __typename ... on PurchaseSync { id state tags customerId transfer } } }`,
  );
  const { id, ...seen } = data.followPurchaseSync;
  expect(seen).toEqual({
    __typename: "PurchaseSync",
    state: "RUNNING",
    tags: ["mobile"],
    customerId: null,
    transfer: null,
  });
  const all = (await sockets.watch(changes, { ids: [id] }).rest()).map(told);
  const states = all.map(({ state }) => state);
  // The stream may have begun after a change: what came before is then the snapshot.
  expect(["RUNNING", "RETRYING", "SETTLED"].slice(-states.length)).toEqual(states);
  const { data: found } = await gateway.request(
    "query ($id: ID!) { node(id: $id) { ... on Operation { timeline { nodes { state revision } } } } }",
    { id },
  );
  expect(found.node.timeline.nodes).toEqual([
    { state: "RUNNING", revision: 1 },
    { state: "RETRYING", revision: 2 },
    { state: "SETTLED", revision: 3 },
  ]);
});

test("a batch of partner clients tells of each item what became of it", async () => {
  const client = (partnerClientId: string, entityType: string) => ({
    partnerClientId,
    entityType,
    clientStartDate: "2024-01-01T00:00:00Z",
  });
  const { data } = await gateway.request(
    `mutation ($input: CreatePartnerClientsInput!) { createPartnerClients(input: $input) {
       __typename ... on PartnerBatch { id counts { pending total } } } }`,
    {
      input: {
        clients: [
          client("good", "SoleTrader"),
          client("good", "SoleTrader"),
          client("torn", "SoleTrader"),
          client("torn", "Partnership"),
          client("bad", "Circus"),
        ],
      },
    },
  );
  expect(data.createPartnerClients).toMatchObject({ __typename: "PartnerBatch", counts: { pending: 5, total: 5 } });
  const events = await sockets
    .watch("subscription ($ids: [ID!]!) { operationChanged(ids: $ids) { state outcome progress { done failed } } }", {
      ids: [data.createPartnerClients.id],
    })
    .rest();
  expect(told(events.at(-1))).toEqual({ state: "SETTLED", outcome: "PARTIAL", progress: { done: 5, failed: 4 } });
  const settled = await gateway.request(
    `query ($id: ID!) { node(id: $id) { ... on PartnerBatch {
       counts { completed duplicate conflict failed pending unknown total }
       items { totalCount nodes { position partnerClientId state validationErrors data } }
       failed: items(state: [FAILED, CONFLICT], first: 2) { totalCount nodes { position } pageInfo { hasNextPage } } } } }`,
    { id: data.createPartnerClients.id },
  );
  const { counts, items, failed } = settled.data.node;
  expect(counts).toEqual({ completed: 1, duplicate: 1, conflict: 2, failed: 1, pending: 0, unknown: 0, total: 5 });
  expect(items.nodes.map(({ state }: { state: string }) => state)).toEqual([
    "COMPLETED",
    "DUPLICATE",
    "CONFLICT",
    "CONFLICT",
    "FAILED",
  ]);
  expect(items.nodes[4].validationErrors).toEqual([expect.stringContaining("entity_type")]);
  expect(items.nodes[3].data).toMatchObject({ partner_client_id: "torn", entity_type: "Partnership" });
  expect(failed).toEqual({
    totalCount: 3,
    nodes: [{ position: 2 }, { position: 3 }],
    pageInfo: { hasNextPage: true },
  });
});

test("200 nodes are watched to the end, with progress", async () => {
  flolive.hold();
  flolive.statuses.set("call-1", [done(0), done(50), done(50), done(120), done(200)]);
  const nodes = Array.from({ length: 200 }, (_, place) => ({
    identifierType: "IMSI",
    identifier: `0010100000${String(place).padStart(5, "0")}`,
    status: "SUSPEND",
  }));
  const { data } = await gateway.request(
    `mutation ($nodes: [BulkNodeInput!]!) { submitBulkCall(input: { action: SUBSCRIBER_STATUS, nodes: $nodes }) {
       ... on BulkCall { id requestId counts { open total } } } }`,
    { nodes },
  );
  expect(data.submitBulkCall).toMatchObject({ requestId: "call-1", counts: { open: 200, total: 200 } });
  const watch = sockets.watch(changes, { ids: [data.submitBulkCall.id] });
  expect(told(await watch.next())).toMatchObject({ kind: "SNAPSHOT", progress: { total: 200, done: 0, fraction: 0 } });
  flolive.release();
  const events = (await watch.rest()).map(told);
  expect(events).toMatchObject([
    { state: "RUNNING", progress: { done: 0 }, operation: { counts: { open: 200, success: 0 } } },
    { state: "RUNNING", progress: { done: 50, fraction: 0.25 }, operation: { counts: { success: 50, open: 150 } } },
    { state: "RUNNING", progress: { done: 120, fraction: 0.6 } },
    { state: "SETTLED", outcome: "SUCCEEDED", progress: { done: 200, succeeded: 200, failed: 0 } },
  ]);
  expect(flolive.statuses.reads("call-1")).toBe(5);
});

test("a survey's status that is set twice is final the second time, and here it is", async () => {
  purespectrum.codes.set("t-1", [21]);
  purespectrum.fates.push("accept", { status: 400, body: { ps_error_code: 1003, ps_error_message: "Final" } });
  const set = `mutation { setSurveyTransactionStatus(input: { surveyId: "s", transactionId: "t-1", status: COMPLETE }) {
    __typename
    ... on SurveyTransaction { id state outcome status statusCode changeable }
    ... on AlreadyFinal { code message operation { id status statusCode outcome } } } }`;
  const first = await gateway.request(set);
  expect(first.data.setSurveyTransactionStatus).toMatchObject({
    __typename: "SurveyTransaction",
    state: "SETTLED",
    outcome: "SUCCEEDED",
    status: "COMPLETE",
    statusCode: 21,
    changeable: false,
  });
  const second = await gateway.request(set);
  expect(second.data.setSurveyTransactionStatus).toEqual({
    __typename: "AlreadyFinal",
    code: "1003",
    message: expect.any(String),
    operation: {
      id: first.data.setSurveyTransactionStatus.id,
      status: "COMPLETE",
      statusCode: 21,
      outcome: "SUCCEEDED",
    },
  });
});
