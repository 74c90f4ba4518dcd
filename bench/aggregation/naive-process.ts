/**
 * What is written without a gateway: stock Apollo over Express, one request a field, each awaited where it stands, nothing
 * shared. It stores nothing. Usage: naive-process.ts <origin of the providers>
 */
import { ApolloServer } from "@apollo/server";
import { expressMiddleware } from "@as-integrations/express5";
import express from "express";

const [origin = ""] = process.argv.slice(2);

const typeDefs = `
  interface Operation { id: ID! state: String! outcome: String revision: Int! providerStatus: String }
  interface Problem { message: String! }
  type Work implements Operation { id: ID! state: String! outcome: String revision: Int! providerStatus: String }
  type AccessCheck { offerId: String! accessGranted: Boolean! }
  type Failure implements Problem { message: String! }
  union AccessResult = AccessCheck | Failure
  union Result = Work | Failure
  type Query {
    accessMany(offerIds: [String!]!, customerToken: String): [AccessResult!]!
    purchaseSync(synchronizationId: ID!): Result!
    bulkCall(requestId: ID!): Result!
    partnerBatch(statusCheckId: ID!): Result!
    surveyTransaction(surveyId: ID!, transactionId: ID!): Result!
  }
`;

// What the providers answer is this bench's own: see providers-process.ts.
// biome-ignore lint/suspicious/noExplicitAny: see above.
async function ask(path: string, init: RequestInit = {}): Promise<any> {
  const response = await fetch(`${origin}${path}`, init);
  return response.json();
}

const work = (id: string, providerStatus: string) => ({
  __typename: "Work",
  id,
  state: "RUNNING",
  outcome: null,
  revision: 1,
  providerStatus,
});

const resolvers = {
  Query: {
    async accessMany(_: unknown, { offerIds, customerToken }: { offerIds: string[]; customerToken: string }) {
      const decisions = [];
      for (const offerId of offerIds) {
        const params = { customerToken, offerId };
        const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "getAccessStatus", params });
        const { result } = await ask("/access", { method: "POST", body });
        decisions.push({ __typename: "AccessCheck", offerId, accessGranted: result.accessGranted });
      }
      return decisions;
    },
    async purchaseSync(_: unknown, { synchronizationId: id }: { synchronizationId: string }) {
      return work(id, (await ask(`/storekit2/purchases/synchronizations/${id}`)).status);
    },
    async bulkCall(_: unknown, { requestId: id }: { requestId: string }) {
      const { content } = await ask(`/flolive/api/v3/global/call/${id}?page=0&size=200`);
      return work(id, content[0].status);
    },
    async partnerBatch(_: unknown, { statusCheckId: id }: { statusCheckId: string }) {
      const { access_token } = await ask("/token", { method: "POST", body: "grant_type=client_credentials" });
      const headers = { authorization: `Bearer ${access_token}` };
      return work(id, (await ask(`/liberis/api/v1/Clients/Status/${id}`, { headers })).status);
    },
    async surveyTransaction(_: unknown, { surveyId, transactionId }: { surveyId: string; transactionId: string }) {
      const [row] = await ask(`/buyers/v3/surveys/${surveyId}/transactions/${transactionId}`);
      return work(transactionId, row["Respondent Status Description"]);
    },
  },
};

const server = new ApolloServer({ typeDefs, resolvers });
await server.start();
const listening = express()
  .use("/graphql", express.json({ limit: "1mb" }), expressMiddleware(server))
  .listen(0, "127.0.0.1", () => {
    const address = listening.address();
    process.send?.({ port: typeof address === "object" ? address?.port : null });
  });
