/**
 * The longest inputs that are taken, through to an operation that is recorded. Several of them lie in an index, which
 * takes no more than 2,704 bytes a row: a text that is longer would be found out only once the provider has accepted it.
 */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { listOperations } from "../../src/store/operations.ts";
import { type CleengSimulator, startCleeng } from "../simulators/cleeng.ts";
import { type FloliveSimulator, startFlolive } from "../simulators/flolive.ts";
import { type LiberisSimulator, startLiberis } from "../simulators/liberis.ts";
import { type PureSpectrumSimulator, startPureSpectrum } from "../simulators/purespectrum.ts";
import { read, snapshot } from "../store/learning.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { engines, openTestStore } from "../support/store.ts";

/** Characters from `first` on that look like chance, for PostgreSQL compresses what does not; the same in each run. */
function text(seed: string, length: number, first: number, span: number): string {
  const draw = (place: number) => createHash("sha256").update(`${seed} ${place}`).digest().readUInt32BE();
  return Array.from({ length }, (_, place) => String.fromCodePoint(first + (draw(place) % span))).join("");
}
/** One byte each, in UTF-8. */
const ascii = (seed: string, length: number) => text(seed, length, 0x21, 0x7e - 0x21);
/** Three bytes each: the most that a UTF-16 unit can take, of which JavaScript counts one. */
const ideographs = (seed: string, length: number) => text(seed, length, 0x4e00, 20_000);
/** Four bytes each, of which JavaScript counts two. */
const astral = (seed: string, length: number) => text(seed, length, 0x20000, 40_000);

let gateway: TestGateway;
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
    env: { ...cleeng.env, ...flolive.env, ...liberis.env, ...purespectrum.env },
  });
});
afterAll(async () => {
  await gateway.dispose();
  await Promise.all([cleeng, flolive, liberis, purespectrum].map((simulator) => simulator.dispose()));
});

const fields = "__typename ... on Operation { id correlationId tags } ... on Problem { code message }";
const tagsOf = (seed: string) => Array.from({ length: 10 }, (_, place) => ideographs(`${seed} tag ${place}`, 64));
const labels = (seed: string) => ({
  correlationId: ascii(`${seed} correlation`, 256),
  tags: tagsOf(seed),
  idempotencyKey: ideographs(`${seed} key`, 255),
});

/** It is recorded, a repeat finds it, and it is listed below each of its labels. */
async function expectRecorded(ask: () => Promise<unknown>, type: string, tags: readonly string[]): Promise<void> {
  const answer = await ask();
  expect(answer).toMatchObject({ __typename: type, tags });
  expect(await ask()).toEqual(answer);
  const { id } = answer as { readonly id: string };
  for (const tag of tags) {
    const { data } = await gateway.request(
      "query ($t: [String!]) { operations(filter: { tags: $t }) { nodes { id } } }",
      {
        t: [tag],
      },
    );
    expect(data.operations.nodes).toEqual([{ id }]);
  }
}

const node = {
  identifierType: "IMSI",
  identifier: ideographs("node", 64),
  throttlingGroupId: ideographs("group", 64),
};
const client = {
  partnerClientId: ideographs("client", 256),
  entityType: ideographs("entity", 256),
  otherIdentifiers: [{ key: ideographs("identifier", 256), values: [ideographs("value", 1024)] }],
};
const purchase = {
  customerId: "9999999999",
  transactionId: `${ideographs("transaction", 341)}x`,
  ipAddress: "8.8.8.8",
};

test.each([
  ["registerPurchase", "RegisterPurchaseInput", "PurchaseSync", purchase],
  ["transferPurchase", "TransferPurchaseInput", "PurchaseSync", { ...purchase, transactionId: ascii("other", 1024) }],
  ["submitBulkCall", "SubmitBulkCallInput", "BulkCall", { action: "SUBSCRIBER_PCRF", nodes: Array(200).fill(node) }],
  ["createPartnerClients", "CreatePartnerClientsInput", "PartnerBatch", { clients: [client] }],
  [
    "setSurveyTransactionStatus",
    "SetSurveyTransactionStatusInput",
    "SurveyTransaction",
    {
      surveyId: ideographs("survey", 128),
      transactionId: ideographs("respondent", 128),
      status: "COMPLETE",
      quotaIds: [ideographs("quota", 64)],
    },
  ],
])("%s", async (mutation, input, type, work) => {
  // What the providers give back is as long as is read from them.
  const [call, batch] = [ascii("call", 256), astral("batch", 512)];
  const nodes = Array.from({ length: 200 }, (_, place) => ({
    subscriberIdentifiers: { type: node.identifierType, value: node.identifier },
    errorCode: "",
    requestId: ascii(`node ${place}`, 256),
  }));
  flolive.fates.splice(0, 1, { headers: { "request-id": call }, body: { bulk: nodes, pageable: null } });
  liberis.fates.splice(0, 1, { status: 202, body: { status_check_id: batch } });
  const given = { ...work, ...labels(mutation) };
  const ask = async () => {
    const { data, errors } = await gateway.request(
      `mutation ($input: ${input}!) { answer: ${mutation}(input: $input) { ${fields} } }`,
      { input: given },
    );
    expect(errors).toBeUndefined();
    return data.answer;
  };
  await expectRecorded(ask, type, given.tags);
});

test.each([
  ["followPurchaseSync", "PurchaseSync", { synchronizationId: ascii("followed", 256) }],
  ["followBulkCall", "BulkCall", { requestId: ascii("followed call", 256) }],
  ["followPartnerBatch", "PartnerBatch", { statusCheckId: astral("followed batch", 128) }],
  [
    "followSurveyTransaction",
    "SurveyTransaction",
    { surveyId: ideographs("followed survey", 128), transactionId: ideographs("followed respondent", 128) },
  ],
])("%s", async (mutation, type, ids) => {
  const names = Object.keys(ids);
  const ask = async () => {
    const { data, errors } = await gateway.request(
      `mutation (${names.map((name) => `$${name}: ID!`).join(", ")}, $tags: [String!]) {
         answer: ${mutation}(${names.map((name) => `${name}: $${name}`).join(", ")}, tags: $tags) { ${fields} } }`,
      { ...ids, tags: tagsOf(mutation) },
    );
    expect(errors).toBeUndefined();
    return data.answer;
  };
  await expectRecorded(ask, type, tagsOf(mutation));
});

describe.each(engines)("$name", (engine) => {
  test("beside all of these an index has room for a tenant and an owner of 255 bytes each", async () => {
    const store = await openTestStore(engine);
    const [tenant, owner] = [ascii("tenant", 255), ascii("owner", 255)];
    // Two escaped ids of 128 ideographs: the longest id that a provider's operation can have.
    const longest = ascii("survey/respondent", 2 * 128 * 9 + 1);
    const telling = { tenant, owner, provider: "PURESPECTRUM", kind: "SURVEY_TRANSACTION", tags: tagsOf("all") };
    const { operation } = await read(store, longest, snapshot("RUNNING"), {
      ...telling,
      correlationId: ascii("correlation", 256),
    });
    const listed = await listOperations(store, { scope: { tenant, owner }, filter: {}, limit: 2, after: null });
    expect(listed.map(({ id }) => id)).toEqual([operation.id]);
    await store.dispose();
  });
});
