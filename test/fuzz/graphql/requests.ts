/** Requests that a front end makes of this gateway, one of each kind: to be edited. And what their world has, to be mixed up in them. */
import type { Vocabulary } from "../body/edits.ts";

export interface GraphQLRequest {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

const known = "{ __typename ... on Operation { id state revision } ... on Problem { code message } }";

export const requests: readonly [GraphQLRequest, ...GraphQLRequest[]] = [
  { query: "{ providers { provider circuit openOperations } }" },
  { query: "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", variables: { ids: ["a", "b"] } },
  {
    query:
      "query ($filter: OperationFilter, $first: Int, $after: String) { operations(filter: $filter, first: $first, after: $after) { totalCount nodes { id tags } pageInfo { endCursor } } }",
    variables: {
      filter: { kinds: ["BULK_CALL"], states: ["RUNNING"], tags: ["a"], ids: ["a"] },
      first: 5,
      after: null,
    },
  },
  {
    query:
      "query A($id: ID!) { purchaseSync(synchronizationId: $id, maxAgeSeconds: 60) " +
      `${known} } query B { __typename }`,
    variables: { id: "fuzz-1" },
    operationName: "A",
  },
  { query: `query ($id: ID!) { bulkCall(requestId: $id) ${known} }`, variables: { id: "fuzz-2" } },
  {
    query: `query ($survey: ID!, $id: ID!) { surveyTransaction(surveyId: $survey, transactionId: $id) ${known} }`,
    variables: { survey: "1", id: "fuzz-3" },
  },
  {
    query:
      "query ($offers: [String!]!, $token: String) { accessMany(offerIds: $offers, customerToken: $token) { __typename } }",
    variables: { offers: ["S580476507_US", "S580476508"], token: "fuzz-token" },
  },
  {
    query: `mutation ($input: SubmitBulkCallInput!) { submitBulkCall(input: $input) ${known} }`,
    variables: {
      input: {
        action: "SUBSCRIBER_STATUS",
        nodes: [{ identifierType: "IMSI", identifier: "425190123456789", status: "SUSPEND" }],
        tags: ["a"],
        idempotencyKey: "fuzz-4",
      },
    },
  },
  {
    query: `mutation ($input: CreatePartnerClientsInput!) { createPartnerClients(input: $input) ${known} }`,
    variables: {
      input: {
        clients: [
          {
            partnerClientId: "c1",
            clientStartDate: "2026-01-01T00:00:00Z",
            otherIdentifiers: [{ key: "k", values: ["v"] }],
          },
        ],
        correlationId: "fuzz-5",
        idempotencyKey: "fuzz-5",
      },
    },
  },
  {
    query: `mutation ($input: RegisterPurchaseInput!) { registerPurchase(input: $input) ${known} }`,
    variables: {
      input: { customerId: "100000001", transactionId: "t", ipAddress: "203.0.113.7", idempotencyKey: "fuzz-6" },
    },
  },
  {
    query: `mutation ($input: SetSurveyTransactionStatusInput!) { setSurveyTransactionStatus(input: $input) ${known} }`,
    variables: {
      input: { surveyId: "1", transactionId: "t", status: "COMPLETE", quotaIds: ["1"], idempotencyKey: "fuzz-7" },
    },
  },
  { query: `mutation ($id: ID!) { recheck(id: $id) ${known} }`, variables: { id: "a" } },
  {
    query: "{ __schema { types { name } } }",
    extensions: { persistedQuery: { version: 1, sha256Hash: "0".repeat(64) } },
  },
];

export const streams: readonly [GraphQLRequest, ...GraphQLRequest[]] = [
  { query: "subscription { operationsChanged { kind cursor revision } }" },
  {
    query: "subscription ($ids: [ID!]!, $after: Cursor) { operationChanged(ids: $ids, after: $after) { kind cursor } }",
    variables: { ids: ["a"], after: null },
  },
  {
    query:
      "subscription ($offers: [String!]!, $token: String) { accessChanged(offerIds: $offers, customerToken: $token) { kind } }",
    variables: { offers: ["S580476507_US"], token: "fuzz-token" },
  },
];

export const vocabulary: Vocabulary = {
  keys: [
    '"query"',
    '"variables"',
    '"operationName"',
    '"extensions"',
    '"documentId"',
    '"input"',
    '"ids"',
    '"id"',
    '"payload"',
    '"type"',
  ],
  values: [
    ...[
      '"{ providers { provider } }"',
      '"query A { __typename } query B { __typename }"',
      '"subscription { operationsChanged { kind } }"',
    ],
    ...[
      '"mutation { unfollow(id: \\"a\\") { __typename } }"',
      '"A"',
      '"{"',
      '""',
      "{}",
      "[]",
      "null",
      "1",
      "true",
      '"a"',
    ],
    ...[
      '"SUBSCRIBER_PCRF"',
      '"COMPLETE"',
      '"BULK_CALL"',
      '["a","b"]',
      '{"ids":["a"]}',
      '"425190123456789"',
      '"fuzz-4"',
    ],
  ],
};
