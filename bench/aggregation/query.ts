/** The one query: a hundred decisions about access, and a look-up of each kind for each of 25 ids. */

export const offers = 100;
export const lookUps = 25;

export interface Asked {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Ids that nobody has asked for, so that nothing of them is stored. They are variables: the document stays the same. */
export function queryOf(round: string): Asked {
  const places = Array.from({ length: lookUps }, (_, n) => n);
  const fields = "__typename ... on Operation { id state outcome revision providerStatus } ... on Problem { message }";
  const aliased = places.flatMap((n) => [
    `purchase${n}: purchaseSync(synchronizationId: $id${n}) { ${fields} }`,
    `bulk${n}: bulkCall(requestId: $id${n}) { ${fields} }`,
    `batch${n}: partnerBatch(statusCheckId: $id${n}) { ${fields} }`,
    `survey${n}: surveyTransaction(surveyId: "7", transactionId: $id${n}) { ${fields} }`,
  ]);
  return {
    query: `query ($offerIds: [String!]!, $customerToken: String, ${places.map((n) => `$id${n}: ID!`).join(", ")}) {
      accessMany(offerIds: $offerIds, customerToken: $customerToken) {
        __typename ... on AccessCheck { offerId accessGranted } ... on Problem { message }
      }
      ${aliased.join("\n      ")}
    }`,
    variables: {
      offerIds: Array.from({ length: offers }, (_, n) => `S${100_000_000 + n}_US`),
      customerToken: "customer-token",
      ...Object.fromEntries(places.map((n) => [`id${n}`, `${round}-${n}`])),
    },
  };
}

/** Everything was found; whatever came as a problem, or did not come, is no work done. */
export function assertAnswered(answer: { data?: Record<string, unknown> | null; errors?: unknown }): void {
  const { accessMany, ...rest } = answer.data ?? {};
  const decisions = Array.isArray(accessMany) ? accessMany : [];
  const found = Object.values(rest).filter((value) => hasMember(value, "state"));
  if (
    answer.errors ||
    found.length !== 4 * lookUps ||
    decisions.filter((one) => hasMember(one, "accessGranted")).length !== offers
  ) {
    throw new Error(`The query was not answered in full: ${JSON.stringify(answer).slice(0, 1_000)}`);
  }
}

function hasMember(value: unknown, name: string): boolean {
  return typeof value === "object" && value !== null && name in value;
}
