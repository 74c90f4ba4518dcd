/** What is asked, of the gateway and of its peers alike, and the part of the schema that it needs. */

const fields = `
  id
  kind
  provider
  state
  outcome
  revision
  changedAt
  progress { total done succeeded failed }
  ... on BulkCall { requestId counts { open success failure total } }`;

export const documents = {
  one: `query One($id: ID!) { node(id: $id) { ... on Operation { ${fields} } } }`,
  page: `query Page($first: Int!, $after: String) {
    operations(first: $first, after: $after) { nodes { ${fields} } pageInfo { hasNextPage endCursor } }
  }`,
  named: `query Named($ids: [ID!]!) { nodes(ids: $ids) { ... on Operation { ${fields} } } }`,
} as const;

/** The peers' schema: those types, with the fields that the documents use. */
export const typeDefs = `
  scalar DateTime
  interface Node { id: ID! }
  enum OperationKind { BULK_CALL PURCHASE_SYNC PARTNER_BATCH SURVEY_TRANSACTION }
  enum Provider { CLEENG FLOLIVE LIBERIS PURESPECTRUM }
  enum OperationState { PENDING RUNNING RETRYING SETTLED }
  enum Outcome { SUCCEEDED PARTIAL FAILED ABANDONED }
  type Progress { total: Int! done: Int! succeeded: Int! failed: Int! }
  interface Operation implements Node {
    id: ID! kind: OperationKind! provider: Provider! state: OperationState! outcome: Outcome revision: Int!
    changedAt: DateTime! progress: Progress!
  }
  type BulkCallCounts { open: Int! success: Int! failure: Int! total: Int! }
  type BulkCall implements Node & Operation {
    id: ID! kind: OperationKind! provider: Provider! state: OperationState! outcome: Outcome revision: Int!
    changedAt: DateTime! progress: Progress! requestId: ID counts: BulkCallCounts!
  }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type OperationConnection { nodes: [Operation!]! pageInfo: PageInfo! }
  type Query { node(id: ID!): Node nodes(ids: [ID!]!): [Node]! operations(first: Int!, after: String): OperationConnection! }
`;

export const operations = 10_000;
export const pageSize = 100;

/** The n-th operation, the newest first, wherever it is kept. Its id begins with the instant at which it was made. */
export function idOf(n: number): string {
  return `019a0000-${(0xffff - n).toString(16).padStart(4, "0")}-7000-8000-${n.toString(16).padStart(12, "0")}`;
}

export function createdAt(n: number): Date {
  return new Date(Date.UTC(2026, 10, 1) - n * 60_000);
}

/** As the gateway writes it: opaque to clients, and the same for the peers, so that requests are equal to the byte. */
export function cursorOf(n: number): string {
  return Buffer.from(JSON.stringify(["o1", createdAt(n).toISOString(), idOf(n)])).toString("base64url");
}
