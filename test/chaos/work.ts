/**
 * Pieces of work: all four writes, and the follows of all kinds. Each bears its number in what it is about, by which the
 * provider side knows it again, and in its tags, by which the store does. Pure.
 */
import type { Call } from "./client.ts";
import type { Random } from "./random.ts";

export type Kind = "PURCHASE_SYNC" | "BULK_CALL" | "PARTNER_BATCH" | "SURVEY_TRANSACTION";

export interface Work {
  /** Like w000042. */
  readonly id: string;
  readonly kind: Kind;
  /** Whether it is sent, or was begun elsewhere and is followed. */
  readonly via: "write" | "follow";
  readonly call: Call;
  /** Asks for it by the provider's own id, where that is known before the call. */
  readonly lookUp: Call | null;
}

const facts = `__typename ... on Operation { id revision } ... on Problem { code message }
  ... on RateLimited { retryAfterSeconds } ... on ProviderUnavailable { retryAfterSeconds }`;

const writing = (mutation: string, type: string): string =>
  `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${facts} } }`;
const documents = {
  register: writing("registerPurchase", "RegisterPurchaseInput"),
  transfer: writing("transferPurchase", "TransferPurchaseInput"),
  submit: writing("submitBulkCall", "SubmitBulkCallInput"),
  create: writing("createPartnerClients", "CreatePartnerClientsInput"),
  set: writing("setSurveyTransactionStatus", "SetSurveyTransactionStatusInput"),
  followPurchase: `mutation ($id: ID!, $tags: [String!]) { followPurchaseSync(synchronizationId: $id, tags: $tags) { ${facts} } }`,
  followCall: `mutation ($id: ID!, $tags: [String!]) { followBulkCall(requestId: $id, tags: $tags) { ${facts} } }`,
  followBatch: `mutation ($id: ID!, $tags: [String!]) { followPartnerBatch(statusCheckId: $id, tags: $tags) { ${facts} } }`,
  followTransaction: `mutation ($survey: ID!, $id: ID!, $tags: [String!]) {
    followSurveyTransaction(surveyId: $survey, transactionId: $id, tags: $tags) { ${facts} } }`,
  purchase: `query ($id: ID!) { purchaseSync(synchronizationId: $id, maxAgeSeconds: 0) { ${facts} } }`,
  bulkCall: `query ($id: ID!) { bulkCall(requestId: $id, maxAgeSeconds: 0) { ${facts} } }`,
  batch: `query ($id: ID!) { partnerBatch(statusCheckId: $id, maxAgeSeconds: 0) { ${facts} } }`,
  transaction: `query ($survey: ID!, $id: ID!) { surveyTransaction(surveyId: $survey, transactionId: $id, maxAgeSeconds: 0) { ${facts} } }`,
} as const;

export const recheck = (id: string): Call => ({
  document: `mutation ($id: ID!) { recheck(id: $id) { ${facts} } }`,
  variables: { id },
  writes: false,
});
export const unfollow = (id: string): Call => ({
  document: `mutation ($id: ID!) { unfollow(id: $id) { ${facts} } }`,
  variables: { id },
  writes: false,
});

const asks = (document: string, variables: Call["variables"]): Call => ({ document, variables, writes: false });
const writes = (document: string, input: object, id: string): Call => ({
  document,
  variables: { input: { ...input, idempotencyKey: `key-${id}`, tags: tagsOf(id) } },
  writes: true,
});

/** One that names it, and one that a fifth of all work shares. */
export function tagsOf(id: string): string[] {
  return [id, `fifth-${Number(id.slice(1)) % 5}`];
}

type Begin = (kind: "PURCHASE_SYNC" | "PARTNER_BATCH", work: string) => Promise<string>;

export async function nextWork(number: number, random: Random, beginElsewhere: Begin): Promise<Work> {
  const id = `w${String(number).padStart(6, "0")}`;
  const kind = random.pick(["PURCHASE_SYNC", "BULK_CALL", "PARTNER_BATCH", "SURVEY_TRANSACTION"]);
  const follows = random.chance(0.2);
  switch (kind) {
    case "PURCHASE_SYNC":
      return follows ? followed(id, kind, await beginElsewhere(kind, id)) : purchase(id, random);
    case "BULK_CALL":
      return follows ? followed(id, kind, `elsewhere-${id}`) : bulkCall(id, random);
    case "PARTNER_BATCH":
      return follows ? followed(id, kind, await beginElsewhere(kind, id)) : batch(id, random);
    case "SURVEY_TRANSACTION":
      return transaction(id, follows, random);
  }
}

const followDocuments = {
  PURCHASE_SYNC: [documents.followPurchase, documents.purchase],
  BULK_CALL: [documents.followCall, documents.bulkCall],
  PARTNER_BATCH: [documents.followBatch, documents.batch],
} as const;

function followed(id: string, kind: keyof typeof followDocuments, naturalId: string): Work {
  const [follow, lookUp] = followDocuments[kind];
  const call = asks(follow, { id: naturalId, tags: tagsOf(id) });
  return { id, kind, via: "follow", call, lookUp: asks(lookUp, { id: naturalId }) };
}

function purchase(id: string, random: Random): Work {
  const story = random.pick(["retrying", "straight", "flapping", "expired", "unchanged", "queued"]);
  const correlationId = random.chance(0.5) ? `c-${id}` : null;
  const input = {
    customerId: "123456789",
    transactionId: `GPA.${id}-${story}`,
    ipAddress: "203.0.113.7",
    ...(correlationId === null ? {} : { correlationId }),
  };
  const document = random.pick([documents.register, documents.transfer]);
  const lookUp = correlationId === null ? null : asks(documents.purchase, { id: correlationId });
  return { id, kind: "PURCHASE_SYNC", via: "write", call: writes(document, input, id), lookUp };
}

/** 15 digits: 0010, the number of the work, the place, and four that choose the end (docs/sandbox.md). */
function bulkCall(id: string, random: Random): Work {
  const nodes = Array.from({ length: random.between(1, 6) }, (_, place) => ({
    identifierType: "IMSI",
    identifier: `0010${id.slice(1)}${place}${random.pick(["0001", "0001", "0001", "9013", "9050", "9099"])}`,
    status: "SUSPEND",
  }));
  const input = { action: "SUBSCRIBER_STATUS", nodes };
  return { id, kind: "BULK_CALL", via: "write", call: writes(documents.submit, input, id), lookUp: null };
}

function batch(id: string, random: Random): Work {
  const clients = Array.from({ length: random.between(1, 5) }, (_, place) => ({
    partnerClientId: `${id}-${random.chance(0.1) ? 0 : place}`,
    ...(random.chance(0.8) ? { clientStartDate: "2024-03-31T00:00:00Z" } : {}),
    entityType: "SoleTrader",
  }));
  const input = { clients };
  return { id, kind: "PARTNER_BATCH", via: "write", call: writes(documents.create, input, id), lookUp: null };
}

/** Each ends by itself as well, so that one whose write never came settles all the same. */
function transaction(id: string, follows: boolean, random: Random): Work {
  const survey = `survey-${random.between(1, 9)}`;
  const transactionId = `${id}-${random.pick(["plain", "ps-in-progress", "terminate"])}`;
  const lookUp = asks(documents.transaction, { survey, id: transactionId });
  if (follows) {
    const call = asks(documents.followTransaction, { survey, id: transactionId, tags: tagsOf(id) });
    return { id, kind: "SURVEY_TRANSACTION", via: "follow", call, lookUp };
  }
  const status = random.pick(["COMPLETE", "TERMINATED", "OVER_QUOTA", "DEDUPE"]);
  const plain = `${id}-plain`;
  const call = writes(documents.set, { surveyId: survey, transactionId: plain, status }, id);
  return {
    id,
    kind: "SURVEY_TRANSACTION",
    via: "write",
    call,
    lookUp: asks(documents.transaction, { survey, id: plain }),
  };
}
