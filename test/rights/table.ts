/**
 * What each field of the schema takes and reaches, written by hand from what was promised (docs/security.md), and not read
 * from the gateway's own rules: the two are held against each other by the tests of this folder. A field, an argument or a
 * member of an input that is not listed here fails walk.test.ts by its name.
 */

export type Right = "operations:read" | "operations:write" | "access:check" | "service" | "admin";

/** Which targets a field is tried on: see cases.ts. */
export type About =
  /** One operation: the viewer's own, somebody else's, or none at all. */
  | "an operation"
  /** A Cleeng customer: the one that the token names, or another; with or without an address. */
  | "a customer"
  /** The viewer's own address, or one that an argument names. */
  | "an address"
  /** Nothing that belongs to anybody. */
  | "nothing";

export interface RootField {
  /** All of them; `admin` holds each of them. */
  readonly needs: readonly Right[];
  /** How a missing right is told: as a member of the field's type, or as a GraphQL error. */
  readonly refusal: "not allowed" | "forbidden";
  readonly about: About;
  /** Whether it asks the provider of what it names. */
  readonly asks: boolean;
  readonly args: string;
}

const read = { needs: ["operations:read"], refusal: "forbidden", about: "an operation", asks: false } as const;
const lookUp = { needs: ["operations:read"], refusal: "not allowed", about: "an operation", asks: true } as const;
const steer = { needs: ["operations:write"], refusal: "not allowed", about: "an operation", asks: true } as const;
const purchase = { needs: ["operations:write"], refusal: "not allowed", about: "a customer", asks: true } as const;
const send = { needs: ["operations:write", "service"], refusal: "not allowed", about: "nothing", asks: true } as const;
const check = { needs: ["access:check"], refusal: "not allowed", about: "an address", asks: true } as const;

export const rootFields: Readonly<Record<string, RootField>> = {
  "Query.access": { ...check, args: "offerId customerToken ipAddress" },
  "Query.accessMany": { ...check, args: "offerIds customerToken ipAddress" },
  "Query.bulkCall": { ...lookUp, args: "requestId maxAgeSeconds" },
  "Query.node": { ...read, args: "id" },
  "Query.nodes": { ...read, args: "ids" },
  "Query.operations": { ...read, args: "filter first after" },
  "Query.partnerBatch": { ...lookUp, args: "statusCheckId maxAgeSeconds" },
  // Everyone signed in; `openOperations` counts what the viewer may see: lists.test.ts.
  "Query.providers": { needs: [], refusal: "forbidden", about: "nothing", asks: false, args: "" },
  "Query.purchaseSync": { ...lookUp, args: "synchronizationId maxAgeSeconds" },
  "Query.surveyTransaction": { ...lookUp, args: "surveyId transactionId maxAgeSeconds" },
  "Mutation.createPartnerClients": { ...send, args: "input" },
  "Mutation.followBulkCall": { ...steer, args: "requestId tags" },
  "Mutation.followPartnerBatch": { ...steer, args: "statusCheckId tags" },
  "Mutation.followPurchaseSync": { ...steer, args: "synchronizationId tags" },
  "Mutation.followSurveyTransaction": { ...steer, args: "surveyId transactionId tags" },
  "Mutation.recheck": { ...steer, args: "id" },
  "Mutation.registerPurchase": { ...purchase, args: "input" },
  "Mutation.revokeTokens": { needs: ["admin"], refusal: "forbidden", about: "nothing", asks: false, args: "subject" },
  "Mutation.setSurveyTransactionStatus": { ...send, about: "an operation", args: "input" },
  "Mutation.submitBulkCall": { ...send, args: "input" },
  "Mutation.transferPurchase": { ...purchase, args: "input" },
  "Mutation.unfollow": { ...steer, asks: false, args: "id" },
  "Subscription.accessChanged": { ...check, refusal: "forbidden", about: "nothing", args: "offerIds customerToken" },
  "Subscription.operationChanged": { ...read, args: "ids after" },
  "Subscription.operationsChanged": { ...read, args: "filter after" },
};

export interface TypeFields {
  /** Fields that tell of the very object, and ask nobody for it. */
  readonly tells: string;
  /**
   * Fields that could tell of more: with arguments, with operations in what they give, or with a function of ours that
   * answers. Each with its arguments. further.test.ts sees every one of them tell of nothing that its viewer may not see.
   */
  readonly leads: Readonly<Record<string, string>>;
}

const only = (tells: string): TypeFields => ({ tells, leads: {} });
const operation =
  "changedAt checkedAt correlationId createdAt deadlineAt followed id kind nextCheckAt outcome problem progress provider " +
  "providerStatus revision settled settledAt state tags";
const timeline = { timeline: "first after" };
const problem = "code message";
const page = "edges nodes pageInfo";

export const typeFields: Readonly<Record<string, TypeFields>> = {
  AccessChange: only("at kind offerId result"),
  AccessCheck: only("accessGranted checkedAt country expiresAt grantType offerId purchasedDirectly"),
  AlreadyFinal: { tells: problem, leads: { operation: "" } },
  AlreadyRunning: { tells: problem, leads: { operation: "" } },
  BulkCall: {
    tells: `${operation} action counts requestId`,
    leads: { ...timeline, calls: "first after status changedOnly" },
  },
  BulkCallCounts: only("failure internalError open success total unknown"),
  BulkCallItem: only("identifier identifierType position providerStatus requestId revision status"),
  BulkCallItemConnection: only(`${page} totalCount`),
  BulkCallItemEdge: only("cursor node"),
  DeadlinePassed: only(problem),
  InvalidField: only("message path"),
  InvalidInput: only(`${problem} fields`),
  Node: only("id"),
  NotAllowed: only(problem),
  NotFound: only(problem),
  Operation: { tells: operation, leads: timeline },
  OperationChange: {
    tells: "at cursor kind outcome previousState progress providerStatus revision state",
    leads: { operation: "" },
  },
  OperationChangeConnection: only(page),
  OperationChangeEdge: only("cursor node"),
  OperationConnection: { tells: "edges pageInfo totalCount", leads: { nodes: "" } },
  OperationEdge: { tells: "cursor", leads: { node: "" } },
  PageInfo: only("endCursor hasNextPage hasPreviousPage startCursor"),
  PartnerBatch: {
    tells: `${operation} counts statusCheckId`,
    leads: { ...timeline, items: "first after state changedOnly" },
  },
  PartnerBatchCounts: only("completed conflict duplicate failed pending total unknown"),
  PartnerItem: only("data partnerClientId position providerStatus revision state validationErrors"),
  PartnerItemConnection: only(`${page} totalCount`),
  PartnerItemEdge: only("cursor node"),
  Problem: only(problem),
  Progress: only("done failed fraction succeeded total"),
  ProviderHealth: only(
    "budgetLeft circuit configured errorsLastMinute openOperations p95LatencyMs provider requestsLastMinute sandbox",
  ),
  ProviderNotConfigured: only(`${problem} provider`),
  ProviderRejected: only(`${problem} fields provider`),
  ProviderUnavailable: only(`${problem} provider retryAfterSeconds`),
  PurchaseSync: {
    tells: `${operation} accessGranted customerId offerId result storeTransactionId synchronizationId transfer`,
    leads: timeline,
  },
  RateLimited: only(`${problem} provider retryAfterSeconds`),
  SurveyTransaction: { tells: `${operation} changeable status statusCode surveyId transactionId`, leads: timeline },
  WriteUnconfirmed: only(`${problem} provider`),
};

const write = "correlationId idempotencyKey tags";

/** What the inputs let a caller name. */
export const inputs: Readonly<Record<string, string>> = {
  BulkNodeInput: "identifier identifierType status throttlingGroupId",
  CreatePartnerClientsInput: `${write} clients`,
  OperationFilter: "ids kinds providers states outcomes correlationId tags",
  OtherIdentifierInput: "key values",
  PartnerClientInput: "clientStartDate entityType otherIdentifiers partnerClientId",
  RegisterPurchaseInput: `${write} customerId ipAddress transactionId`,
  SetSurveyTransactionStatusInput: `${write} quotaIds status surveyId transactionId`,
  SubmitBulkCallInput: `${write} action nodes`,
  TransferPurchaseInput: `${write} customerId ipAddress transactionId`,
};
