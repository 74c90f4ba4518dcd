/**
 * How each root field is called for a target, and what of the answer is about it. What a field gives is asked for whole
 * (everything.ts).
 */
import { buildStatusgraphSchema } from "../../src/resolvers/index.ts";
import { everythingOf } from "./everything.ts";
import { type Kind, surveyId, type Target, type Variables } from "./world.ts";

/** What a cell of the matrix is about: see cases.ts. */
export interface Subject {
  readonly target: Target;
  /** An operation of the viewer's own: what stands beside the target in a list, or after it in a stream. */
  readonly marker: Target;
  /** A cursor before both; empty where the field takes none. */
  readonly since: string;
  readonly customerId: string;
  readonly ipAddress: string | null;
  /** A text of this cell alone, by which what it sends to a provider is known again. Digits. */
  readonly stamp: string;
}

export interface Probe {
  readonly document: string;
  /** What is planted as its target, where it is about an operation. */
  readonly plants: Kind;
  readonly variables: (subject: Subject) => Variables;
  /** Of what the field gave (a subscription: all that it told), what is about the target; null where that is nothing. */
  readonly about: (given: Given, subject: Subject) => Given;
}

// What a field gives is as various as the schema.
// biome-ignore lint/suspicious/noExplicitAny: see above.
export type Given = any;

const schema = buildStatusgraphSchema();

/** `head`: the variables that it takes, `args`: what it does with them. */
function probe(
  coordinate: string,
  [head, args]: readonly [string, string],
  { plants = "PurchaseSync", about = (given) => given, variables }: Pick<Probe, "variables"> & Partial<Probe>,
): readonly [string, Probe] {
  const [type = "", field = ""] = coordinate.split(".");
  const call = `${field}${args === "" ? "" : `(${args})`} ${everythingOf(schema, coordinate)}`;
  const document = `${type.toLowerCase()} ${head === "" ? "" : `(${head})`} { given: ${call} }`;
  return [coordinate, { document, plants, variables, about }];
}

const byId: Pick<Probe, "variables"> = { variables: ({ target }) => ({ id: target.id }) };
const ids = ({ target, marker }: Subject) => ({ ids: [marker.id, target.id] });
const naturally = (plants: Kind) => ({ plants, variables: ({ target }: Subject) => ({ id: target.naturalId }) });
const operation = ["$id: ID!", "id: $id"] as const;
const synchronization = ["$id: ID!", "synchronizationId: $id"] as const;
const call = ["$id: ID!", "requestId: $id"] as const;
const batch = ["$id: ID!", "statusCheckId: $id"] as const;
const transaction = ["$id: ID!", `surveyId: "${surveyId}", transactionId: $id`] as const;
/** However old the provider's last answer is: a look-up asks anew. */
const anew = ([head, args]: readonly [string, string]) => [head, `${args}, maxAgeSeconds: 0`] as const;
const tagged = ([head, args]: readonly [string, string]) => [head, `${args}, tags: ["a-tag-of-the-viewers"]`] as const;
const input = (type: string) => [`$input: ${type}!`, "input: $input"] as const;
/** The token as an argument: it marks what is asked upstream. */
const access = ({ ipAddress, stamp }: Subject) => ({ ipAddress, token: stamp });
const purchase: Pick<Probe, "variables"> = {
  variables: ({ customerId, ipAddress, stamp }) => ({ input: { customerId, ipAddress, transactionId: stamp } }),
};
const first = ([one]: readonly Given[]) => one ?? null;
const among = (list: readonly Given[], { target }: Subject) =>
  list.find((one) => JSON.stringify(one).includes(target.id)) ?? null;

export const probes: Readonly<Record<string, Probe>> = Object.fromEntries([
  probe(
    "Query.access",
    ["$ipAddress: String, $token: String", `offerId: "S580476507", ipAddress: $ipAddress, customerToken: $token`],
    {
      variables: access,
    },
  ),
  probe(
    "Query.accessMany",
    [
      "$ipAddress: String, $token: String",
      `offerIds: ["S580476507", "S100000001"], ipAddress: $ipAddress, customerToken: $token`,
    ],
    {
      variables: access,
      // One and the same for each offer.
      about: (given) => (given.length === 2 && given[0].__typename === given[1].__typename ? given[0] : given),
    },
  ),
  probe("Query.bulkCall", anew(call), naturally("BulkCall")),
  probe("Query.node", operation, byId),
  probe("Query.nodes", ["$ids: [ID!]!", "ids: $ids"], { variables: ids, about: ([_marker, target]) => target }),
  probe("Query.operations", ["$ids: [ID!]", "filter: { ids: $ids }"], {
    variables: ids,
    about: (given, subject) => among(given.OperationConnection__nodes, subject),
  }),
  probe("Query.partnerBatch", anew(batch), naturally("PartnerBatch")),
  probe("Query.providers", ["", ""], { variables: () => ({}) }),
  probe("Query.purchaseSync", anew(synchronization), naturally("PurchaseSync")),
  probe("Query.surveyTransaction", anew(transaction), naturally("SurveyTransaction")),
  probe("Mutation.createPartnerClients", input("CreatePartnerClientsInput"), {
    variables: ({ stamp }) => ({
      input: {
        clients: [{ partnerClientId: stamp, clientStartDate: "2024-01-01T00:00:00Z", entityType: "SoleTrader" }],
      },
    }),
  }),
  probe("Mutation.followBulkCall", tagged(call), naturally("BulkCall")),
  probe("Mutation.followPartnerBatch", tagged(batch), naturally("PartnerBatch")),
  probe("Mutation.followPurchaseSync", tagged(synchronization), naturally("PurchaseSync")),
  probe("Mutation.followSurveyTransaction", tagged(transaction), naturally("SurveyTransaction")),
  probe("Mutation.recheck", operation, byId),
  probe("Mutation.registerPurchase", input("RegisterPurchaseInput"), purchase),
  probe("Mutation.revokeTokens", ["$subject: String!", "subject: $subject"], {
    variables: ({ stamp }) => ({ subject: `nobody-${stamp}` }),
  }),
  probe("Mutation.setSurveyTransactionStatus", input("SetSurveyTransactionStatusInput"), {
    plants: "SurveyTransaction",
    variables: ({ target }) => ({ input: { surveyId, transactionId: target.naturalId, status: "COMPLETE" } }),
  }),
  probe("Mutation.submitBulkCall", input("SubmitBulkCallInput"), {
    variables: ({ stamp }) => ({
      input: { action: "RESET_ACTIVATION_TIME", nodes: [{ identifierType: "IMSI", identifier: stamp }] },
    }),
  }),
  probe("Mutation.transferPurchase", input("TransferPurchaseInput"), purchase),
  probe("Mutation.unfollow", operation, byId),
  probe("Subscription.accessChanged", ["$token: String", `offerIds: ["S580476507"], customerToken: $token`], {
    variables: ({ stamp }) => ({ token: stamp }),
    about: first,
  }),
  probe("Subscription.operationChanged", ["$ids: [ID!]!", "ids: $ids"], {
    variables: ({ target }) => ({ ids: [target.id] }),
    about: among,
  }),
  // Everything since a cursor, up to what is known to be the viewer's own.
  probe("Subscription.operationsChanged", ["$ids: [ID!], $since: Cursor", "filter: { ids: $ids }, after: $since"], {
    variables: (subject) => ({ ...ids(subject), since: subject.since }),
    about: among,
  }),
]);
