/** What is refused before anything is sent: InvalidInput with a path where there is a union, a coded error elsewhere. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type CleengSimulator, startAccess, startCleeng } from "../simulators/cleeng.ts";
import { type FloliveSimulator, startFlolive } from "../simulators/flolive.ts";
import { type LiberisSimulator, startLiberis } from "../simulators/liberis.ts";
import { type PureSpectrumSimulator, startPureSpectrum } from "../simulators/purespectrum.ts";
import type { Simulator } from "../simulators/simulator.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";

let gateway: TestGateway;
let simulators: Simulator[];

beforeAll(async () => {
  const started: [
    CleengSimulator,
    FloliveSimulator,
    LiberisSimulator,
    PureSpectrumSimulator,
    Simulator & { env: object },
  ] = await Promise.all([startCleeng(), startFlolive(), startLiberis(), startPureSpectrum(), startAccess()]);
  simulators = started;
  gateway = await startTestGateway({ env: Object.assign({}, ...started.map(({ env }) => env)) });
});
afterAll(async () => {
  await gateway.dispose();
  await Promise.all(simulators.map((simulator) => simulator.dispose()));
});

/** Every provider's writes take the same labels; each is judged wherever it is given. */
const purchase = { customerId: "123456789", transactionId: "t", ipAddress: "8.8.8.8" };
const node = { identifierType: "IMSI", identifier: "1", status: "ACTIVE" };
const bulk = { action: "SUBSCRIBER_STATUS", nodes: [node] };
const clients = { clients: [{ partnerClientId: "a" }] };
const survey = { surveyId: "s", transactionId: "t", status: "COMPLETE" };
const long = (length: number) => "x".repeat(length);

const writes: ReadonlyArray<readonly [mutation: string, input: object, paths: readonly string[]]> = [
  ["registerPurchase", { ...purchase, customerId: "12" }, ["customerId"]],
  ["registerPurchase", { ...purchase, transactionId: " " }, ["transactionId"]],
  ["registerPurchase", { ...purchase, transactionId: "a\u0000b" }, ["transactionId"]],
  ["registerPurchase", { ...purchase, transactionId: "a\ud800b" }, ["transactionId"]],
  ["registerPurchase", { ...purchase, transactionId: long(1025) }, ["transactionId"]],
  ["registerPurchase", { ...purchase, transactionId: "ä".repeat(513) }, ["transactionId"]],
  ["transferPurchase", { ...purchase, transactionId: "語".repeat(342) }, ["transactionId"]],
  ["registerPurchase", { ...purchase, ipAddress: "127.0.0.1" }, ["ipAddress"]],
  ["registerPurchase", { ...purchase, ipAddress: "2001:db8::1" }, ["ipAddress"]],
  ["registerPurchase", { ...purchase, correlationId: long(257) }, ["correlationId"]],
  ["registerPurchase", { ...purchase, correlationId: "ä" }, ["correlationId"]],
  ["registerPurchase", { ...purchase, correlationId: "" }, ["correlationId"]],
  ["registerPurchase", { ...purchase, correlationId: ".." }, ["correlationId"]],
  ["registerPurchase", { ...purchase, tags: [""] }, ["tags.0"]],
  ["registerPurchase", { ...purchase, tags: ["a", long(65)] }, ["tags.1"]],
  ["registerPurchase", { ...purchase, tags: ["a\u0000b"] }, ["tags.0"]],
  ["registerPurchase", { ...purchase, tags: Array(11).fill("a") }, ["tags"]],
  ["registerPurchase", { ...purchase, idempotencyKey: "" }, ["idempotencyKey"]],
  ["registerPurchase", { ...purchase, idempotencyKey: long(256) }, ["idempotencyKey"]],
  ["registerPurchase", { ...purchase, idempotencyKey: "a\u0000b" }, ["idempotencyKey"]],
  ["transferPurchase", { ...purchase, customerId: "99999999999", tags: [""] }, ["customerId", "tags.0"]],
  ["submitBulkCall", { ...bulk, nodes: Array(201).fill(node) }, ["nodes"]],
  ["submitBulkCall", { ...bulk, nodes: [] }, ["nodes"]],
  ["submitBulkCall", { ...bulk, nodes: [node, { ...node, identifier: "" }] }, ["nodes.1.identifier"]],
  ["submitBulkCall", { ...bulk, nodes: [{ ...node, identifierType: "IMEISV" }] }, ["nodes.0.identifierType"]],
  ["submitBulkCall", { ...bulk, nodes: [{ ...node, status: null }] }, ["nodes.0.status"]],
  ["submitBulkCall", { action: "RESET_ACTIVATION_TIME", nodes: [node] }, ["nodes.0.status"]],
  ["submitBulkCall", { action: "SUBSCRIBER_PCRF", nodes: [node] }, ["nodes.0.status", "nodes.0.throttlingGroupId"]],
  ["submitBulkCall", { ...bulk, correlationId: long(257), tags: [""] }, ["correlationId", "tags.0"]],
  ["createPartnerClients", { clients: [] }, ["clients"]],
  [
    "createPartnerClients",
    { clients: [{ partnerClientId: "a" }, { partnerClientId: "" }] },
    ["clients.1.partnerClientId"],
  ],
  ["createPartnerClients", { clients: [{ partnerClientId: "a", entityType: "" }] }, ["clients.0.entityType"]],
  ["createPartnerClients", { ...clients, idempotencyKey: long(256) }, ["idempotencyKey"]],
  ["setSurveyTransactionStatus", { ...survey, surveyId: "" }, ["surveyId"]],
  ["setSurveyTransactionStatus", { ...survey, transactionId: ".." }, ["transactionId"]],
  ["setSurveyTransactionStatus", { ...survey, quotaIds: ["1,2"] }, ["quotaIds.0"]],
  ["setSurveyTransactionStatus", { ...survey, tags: [long(65)] }, ["tags.0"]],
];
const inputs: Readonly<Record<string, string>> = {
  registerPurchase: "RegisterPurchaseInput",
  transferPurchase: "TransferPurchaseInput",
  submitBulkCall: "SubmitBulkCallInput",
  createPartnerClients: "CreatePartnerClientsInput",
  setSurveyTransactionStatus: "SetSurveyTransactionStatusInput",
};
const refusal = "__typename ... on InvalidInput { code message fields { path message } }";

function expectInvalid(answer: unknown, paths: readonly string[]): void {
  expect(answer).toEqual({
    __typename: "InvalidInput",
    code: "INVALID_INPUT",
    message: expect.any(String),
    fields: paths.map((path) => ({ path, message: expect.stringMatching(/\.$/) })),
  });
}

test("writes: every bad field is named by its path, and nothing is sent or kept", async () => {
  for (const [mutation, input, paths] of writes) {
    const { data, errors } = await gateway.request(
      `mutation ($input: ${inputs[mutation]}!) { ${mutation}(input: $input) { ${refusal} } }`,
      { input },
    );
    expect([mutation, input, errors]).toEqual([mutation, input, undefined]);
    expectInvalid(data[mutation], paths);
  }
  expect(simulators.flatMap(({ received }) => received)).toEqual([]);
  const { data } = await gateway.request("{ operations { totalCount } }");
  expect(data.operations.totalCount).toBe(0);
});

const lookUps: ReadonlyArray<readonly [call: string, path: string]> = [
  [`purchaseSync(synchronizationId: "")`, "synchronizationId"],
  [`purchaseSync(synchronizationId: "ü")`, "synchronizationId"],
  [`purchaseSync(synchronizationId: "..")`, "synchronizationId"],
  [`purchaseSync(synchronizationId: "a", maxAgeSeconds: -1)`, "maxAgeSeconds"],
  [`bulkCall(requestId: "")`, "requestId"],
  [`bulkCall(requestId: "a\\u0000b")`, "requestId"],
  [`bulkCall(requestId: "${long(257)}")`, "requestId"],
  [`partnerBatch(statusCheckId: "..")`, "statusCheckId"],
  [`partnerBatch(statusCheckId: "a\\u0000b")`, "statusCheckId"],
  [`surveyTransaction(surveyId: "s", transactionId: "")`, "transactionId"],
  [`access(offerId: "nonsense", customerToken: "t")`, "offerId"],
  [`access(offerId: "S580476507")`, "customerToken"],
  [`access(offerId: "S580476507", customerToken: "")`, "customerToken"],
  [`access(offerId: "S580476507", customerToken: "t", ipAddress: "10.0.0.1")`, "ipAddress"],
  [`accessMany(offerIds: ["X"], customerToken: "t")`, "offerIds.0"],
];
test("look-ups are judged before the provider is asked", async () => {
  for (const [call, path] of lookUps) {
    const { data, errors } = await gateway.request(`{ answer: ${call} { ${refusal} } }`);
    expect([call, errors]).toEqual([call, undefined]);
    expectInvalid(call.startsWith("accessMany") ? data.answer[0] : data.answer, [path]);
  }
  expect(simulators.flatMap(({ received }) => received)).toEqual([]);
});

test("follows are judged alike, and their tags", async () => {
  const calls = [
    [`followPurchaseSync(synchronizationId: "")`, "synchronizationId"],
    [`followBulkCall(requestId: "", tags: [])`, "requestId"],
    [`followPartnerBatch(statusCheckId: "a", tags: ["${long(65)}"])`, "tags.0"],
    [`followSurveyTransaction(surveyId: "s", transactionId: "t", tags: [""])`, "tags.0"],
  ] as const;
  for (const [call, path] of calls) {
    const { data } = await gateway.request(`mutation { answer: ${call} { ${refusal} } }`);
    expectInvalid(data.answer, [path]);
  }
  expect(simulators.flatMap(({ received }) => received)).toEqual([]);
});

const errors: ReadonlyArray<readonly [query: string, variables: Record<string, unknown>, extensions: object]> = [
  ["{ operations(first: -1) { totalCount } }", {}, { code: "BAD_USER_INPUT" }],
  ["{ operations(first: 501) { totalCount } }", {}, { code: "LIMIT_EXCEEDED", value: 500, asked: 501 }],
  [`{ operations(after: "nonsense") { totalCount } }`, {}, { code: "INVALID_CURSOR" }],
  [`{ operations(after: "") { totalCount } }`, {}, { code: "INVALID_CURSOR" }],
  [
    "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }",
    { ids: Array(501).fill("x") },
    { code: "LIMIT_EXCEEDED", asked: 501 },
  ],
  [
    "query ($s: [OperationState!]) { operations(filter: { states: $s }) { totalCount } }",
    { s: ["LOST"] },
    { code: "BAD_USER_INPUT" },
  ],
  [`{ operations(filter: { states: [LOST] }) { totalCount } }`, {}, { code: "GRAPHQL_VALIDATION_FAILED" }],
  ['query ($id: ID = "a") { node(id: $id) { id } }', { id: null }, { code: "BAD_USER_INPUT" }],
  [
    'query ($o: [String!]!) { accessMany(offerIds: $o, customerToken: "t") { __typename } }',
    { o: Array(201).fill("S580476507") },
    { code: "LIMIT_EXCEEDED", value: 200, asked: 201 },
  ],
];
test.each(errors)("where there is no union, an error with a code: %s", async (query, variables, extensions) => {
  const answer = await gateway.request(query, variables);
  expect(answer.errors?.map((error) => error.extensions)).toEqual([expect.objectContaining(extensions)]);
});

test("what no text of a database can be finds nothing, and breaks nothing", async () => {
  const { data, errors: none } = await gateway.request(
    `query ($odd: String!, $tags: [String!]) {
       a: operations(filter: { correlationId: $odd }) { totalCount nodes { id } }
       b: operations(filter: { tags: $tags }) { totalCount nodes { id } }
       c: operations(filter: { ids: ["x"] }) { totalCount nodes { id } } }`,
    { odd: "a\u0000b", tags: ["a\u0000b"] },
  );
  expect(none).toBeUndefined();
  const nothing = { totalCount: 0, nodes: [] };
  expect(data).toEqual({ a: nothing, b: nothing, c: nothing });
});
