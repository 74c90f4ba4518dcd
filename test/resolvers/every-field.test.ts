/** Every query, mutation and subscription of the schema, once, against the sandboxes; and each field of each kind with them. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { buildStatusgraphSchema } from "../../src/resolvers/index.ts";
import { fastClock } from "../support/fast-clock.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { openSockets, type Sockets } from "../support/sockets.ts";

let gateway: TestGateway;
let sockets: Sockets;
const asked = new Set<string>();

beforeAll(async () => {
  gateway = await startTestGateway({ env: { SANDBOX_SPEED: "20", LEASE_SECONDS: "600" }, clock: fastClock() });
  sockets = openSockets(gateway, { connectionParams: { "x-cleeng-customer-token": "sandbox-customer-1" } });
});
afterAll(async () => {
  await sockets.dispose();
  await gateway.dispose();
});

const operation = `
  __typename
  ... on Operation {
    id kind provider state outcome settled providerStatus revision correlationId tags createdAt checkedAt followed
    nextCheckAt changedAt settledAt deadlineAt progress { total done succeeded failed fraction }
    problem { code message } timeline { edges { cursor node { at state } } pageInfo { hasNextPage endCursor } }
    ... on PurchaseSync { synchronizationId customerId storeTransactionId transfer accessGranted offerId result }
    ... on BulkCall {
      requestId action counts { open success failure internalError unknown total }
      calls(first: 2, status: [OPEN, SUCCESS]) {
        edges { cursor node { position requestId identifierType identifier status revision } } pageInfo { hasNextPage } totalCount }
    }
    ... on PartnerBatch {
      statusCheckId counts { pending duplicate conflict failed completed unknown total }
      items { nodes { position partnerClientId state validationErrors data revision } totalCount }
    }
    ... on SurveyTransaction { surveyId transactionId statusCode status changeable }
  }
`;
const problem = "... on Problem { code message }";

/** Asks one root field, and notes that it was asked. */
async function ask(type: "query" | "mutation", field: string, call: string, selection: string, variables = {}) {
  asked.add(`${type}.${field}`);
  const given = Object.keys(variables).map((name) => `$${name}: ID!`);
  const head = given.length > 0 ? `(${given.join(", ")})` : "";
  const { data, errors } = await gateway.request(`${type} ${head} { ${field}${call} ${selection} }`, variables);
  expect(errors).toBeUndefined();
  return data[field];
}

/** Watches until it settles. */
async function settled(id: string) {
  asked.add("subscription.operationChanged");
  const query = `subscription ($id: ID!) { operationChanged(ids: [$id]) { cursor kind operation { ${operation} } } }`;
  return (await sockets.watch(query, { id }).rest()).at(-1).operationChanged.operation;
}

const writes = [
  {
    field: "registerPurchase",
    input: `{ customerId: "123456789", transactionId: "one", ipAddress: "203.0.113.7", tags: ["a"] }`,
    lookUp: ["purchaseSync", "synchronizationId"],
    end: { __typename: "PurchaseSync", outcome: "SUCCEEDED", transfer: false, accessGranted: true, tags: ["a"] },
  },
  {
    field: "transferPurchase",
    input: `{ customerId: "123456789", transactionId: "two-expired", ipAddress: "203.0.113.7", correlationId: "mine" }`,
    lookUp: ["purchaseSync", "synchronizationId"],
    end: {
      __typename: "PurchaseSync",
      outcome: "FAILED",
      transfer: true,
      result: "RECEIVED_EXPIRED_PURCHASE",
      synchronizationId: "mine",
      correlationId: "mine",
      problem: { code: "RECEIVED_EXPIRED_PURCHASE", message: expect.any(String) },
    },
  },
  {
    field: "submitBulkCall",
    input: `{ action: SUBSCRIBER_STATUS, nodes: [{ identifierType: IMSI, identifier: "1", status: ACTIVE },
      { identifierType: ICCID, identifier: "9013", status: SUSPEND }] }`,
    lookUp: ["bulkCall", "requestId"],
    end: { __typename: "BulkCall", outcome: "PARTIAL", counts: { total: 2, success: 1, failure: 1 } },
  },
  {
    field: "createPartnerClients",
    input: `{ clients: [{ partnerClientId: "c", clientStartDate: "2024-03-31T00:00:00Z", entityType: "SoleTrader",
      otherIdentifiers: [{ key: "vat", values: ["1"] }] }] }`,
    lookUp: ["partnerBatch", "statusCheckId"],
    end: { __typename: "PartnerBatch", outcome: "SUCCEEDED", counts: { total: 1, completed: 1 } },
  },
] as const;

test.each(writes)("$field sends, follows and settles; a look-up finds it", async ({ field, input, lookUp, end }) => {
  const [query, name] = lookUp;
  const sent = await ask("mutation", field, `(input: ${input})`, `{ ${operation} ${problem} }`);
  expect(sent).toMatchObject({ __typename: end.__typename, state: "PENDING", followed: true });
  expect(sent.nextCheckAt).toEqual(expect.any(String));
  expect(sent.deadlineAt).toEqual(expect.any(String));
  const last = await settled(sent.id);
  expect(last).toMatchObject({ ...end, id: sent.id, state: "SETTLED", settled: true, followed: false });
  expect(await ask("query", query, `(${name}: $id)`, `{ ${operation} ${problem} }`, { id: last[name] })).toEqual(last);
});

test("setSurveyTransactionStatus sets, and surveyTransaction finds it", async () => {
  const which = `surveyId: "s/1", transactionId: "open-1"`;
  const before = await ask("query", "surveyTransaction", `(${which})`, `{ ${operation} ${problem} }`);
  expect(before).toMatchObject({ state: "RUNNING", status: "BUYER_IN_PROGRESS", changeable: true, followed: false });
  const input = `{ ${which}, status: QUALITY_TERMINATED, quotaIds: ["1", "2"], tags: ["x"] }`;
  const sent = await ask("mutation", "setSurveyTransactionStatus", `(input: ${input})`, `{ ${operation} ${problem} }`);
  expect(sent).toMatchObject({
    id: before.id,
    state: "SETTLED",
    outcome: "FAILED",
    status: "QUALITY_TERMINATED",
    statusCode: 20,
    surveyId: "s/1",
    tags: ["x"],
  });
});

const follows = [
  { field: "followPurchaseSync", call: `(synchronizationId: "mine", tags: ["again"])`, expected: "SETTLED" },
  { field: "followBulkCall", call: `(requestId: "elsewhere-1")`, expected: "RUNNING" },
  { field: "followSurveyTransaction", call: `(surveyId: "s", transactionId: "drop-1")`, expected: "RUNNING" },
] as const;
test.each(follows)("$field answers with what it sees", async ({ field, call, expected }) => {
  const seen = await ask("mutation", field, call, `{ ${operation} ${problem} }`);
  expect(seen).toMatchObject({ state: expected, followed: expected !== "SETTLED" });
  const unfollowed = await ask("mutation", "unfollow", "(id: $id)", `{ ${operation} ${problem} }`, { id: seen.id });
  expect(unfollowed).toMatchObject({ id: seen.id, followed: false, nextCheckAt: null });
});

test("followPartnerBatch says what Liberis does not know", async () => {
  const seen = await ask("mutation", "followPartnerBatch", `(statusCheckId: "nobody")`, `{ ${operation} ${problem} }`);
  expect(seen).toMatchObject({ __typename: "NotFound", code: "NOT_FOUND" });
});

test("node, nodes, operations and recheck find what there is", async () => {
  const page = await ask("query", "operations", "(first: 3)", `{ totalCount nodes { ${operation} } edges { cursor } }`);
  const [first] = page.nodes;
  expect(page.totalCount).toBeGreaterThanOrEqual(7);
  expect(page.edges).toHaveLength(3);
  expect(await ask("query", "node", "(id: $id)", `{ ${operation} }`, { id: first.id })).toEqual(first);
  const unknown = "018f0000-0000-7000-8000-000000000000";
  expect(await ask("query", "nodes", `(ids: [$id, "${unknown}", "x"])`, "{ id }", { id: first.id })).toEqual([
    { id: first.id },
    null,
    null,
  ]);
  const rechecked = await ask("mutation", "recheck", "(id: $id)", `{ ${operation} ${problem} }`, { id: first.id });
  expect(rechecked).toMatchObject({ id: first.id, __typename: first.__typename });
  expect(Date.parse(rechecked.checkedAt)).toBeGreaterThan(Date.parse(first.checkedAt));
});

test("access and accessMany decide", async () => {
  const decision = "{ __typename ... on AccessCheck { offerId country accessGranted grantType expiresAt checkedAt } }";
  const call = `(offerId: "S580476507_US", customerToken: "sandbox-customer-1", ipAddress: "8.8.8.8")`;
  expect(await ask("query", "access", call, decision)).toEqual({
    __typename: "AccessCheck",
    offerId: "S580476507_US",
    country: "US",
    accessGranted: true,
    grantType: "direct-purchase",
    expiresAt: expect.any(String),
    checkedAt: expect.any(String),
  });
  const many = `(offerIds: ["S580476507", "S404404404", "nonsense"], customerToken: "sandbox-customer-without")`;
  expect(
    await ask("query", "accessMany", many, decision.replace("accessGranted", "granted: accessGranted")),
  ).toMatchObject([{ granted: false }, { __typename: "NotFound" }, { __typename: "InvalidInput" }]);
});

test("providers tells how each is doing", async () => {
  const health = `{ provider configured sandbox circuit budgetLeft requestsLastMinute errorsLastMinute p95LatencyMs openOperations }`;
  // Their minute is short on this clock, so each is asked once more.
  await gateway.request(`{ purchaseSync(synchronizationId: "x") { __typename } bulkCall(requestId: "x") { __typename }
    partnerBatch(statusCheckId: "x") { __typename } surveyTransaction(surveyId: "x", transactionId: "x") { __typename } }`);
  const all = await ask("query", "providers", "", health);
  expect(all).toHaveLength(4);
  for (const one of all) {
    expect(one).toMatchObject({ configured: true, sandbox: true, circuit: "CLOSED", errorsLastMinute: 0 });
    expect(one.requestsLastMinute).toBeGreaterThan(0);
  }
});

test("operationsChanged tells of everything that passes its filter", async () => {
  asked.add("subscription.operationsChanged");
  const query = `subscription { operationsChanged(filter: { tags: ["stream"], states: [SETTLED] }) {
    kind state previousState operation { id tags } } }`;
  const watch = sockets.watch(query);
  await gateway.begun(1);
  await settled(await register("other"));
  const id = await register("stream");
  expect((await watch.next()).operationsChanged).toMatchObject({
    kind: "CHANGED",
    state: "SETTLED",
    operation: { id, tags: ["stream"] },
  });
  await watch.leave();
});

async function register(tag: string): Promise<string> {
  const input = `(input: { customerId: "123456789", transactionId: "${tag}-straight", ipAddress: "203.0.113.7", tags: ["${tag}"] })`;
  return (await ask("mutation", "registerPurchase", input, "{ ... on PurchaseSync { id } }")).id;
}

test("accessChanged gives the decision for each offer, by the connection's token", async () => {
  asked.add("subscription.accessChanged");
  const query = `subscription { accessChanged(offerIds: ["S580476507", "S404404404"]) {
    offerId kind at result { __typename ... on AccessCheck { accessGranted } } } }`;
  const watch = sockets.watch(query);
  const events = [await watch.next(), await watch.next()].map(({ accessChanged }) => accessChanged);
  expect(events).toMatchObject([
    { offerId: "S580476507", kind: "SNAPSHOT", result: { accessGranted: true } },
    { offerId: "S404404404", kind: "SNAPSHOT", result: { __typename: "NotFound" } },
  ]);
  await watch.leave();
});

test("revokeTokens answers with the instant up to which they are void", async () => {
  const before = Date.now();
  const instant = await ask("mutation", "revokeTokens", `(subject: "olga")`, "");
  expect(Date.parse(instant)).toBeGreaterThanOrEqual(before - 1_000);
  const { errors } = await gateway.request(`mutation { revokeTokens(subject: "") }`);
  expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", fields: [{ path: "subject" }] } }]);
});

test("nothing of the schema was left out", () => {
  const schema = buildStatusgraphSchema();
  const roots = {
    query: schema.getQueryType(),
    mutation: schema.getMutationType(),
    subscription: schema.getSubscriptionType(),
  };
  const fields = Object.entries(roots).flatMap(([type, root]) =>
    Object.keys(root?.getFields() ?? {}).map((field) => `${type}.${field}`),
  );
  expect(fields.length).toBeGreaterThan(20);
  expect([...asked].sort()).toEqual(fields.sort());
});
