/** The schema, built from the classes of ../schema and the resolvers of this folder. A further kind adds its resolver here. */
import "reflect-metadata";
import type { GraphQLSchema } from "graphql";
import { buildSchemaSync, type NonEmptyArray } from "type-graphql";
import { AccessResolver } from "./access.ts";
import { BulkCallResolver } from "./bulk-call.ts";
import { ChangesResolver } from "./changes.ts";
import { guard } from "./guard.ts";
import { OperationsResolver } from "./operations.ts";
import { PartnerBatchResolver } from "./partner-batch.ts";
import { ProvidersResolver } from "./providers.ts";
import { PurchaseSyncResolver } from "./purchase-sync.ts";
import { SurveyTransactionResolver } from "./survey-transaction.ts";
import { TokensResolver } from "./tokens.ts";

/** Any resolver class: type-graphql makes the instances. */
type ResolverClass = new () => object;

export const resolvers: NonEmptyArray<ResolverClass> = [
  AccessResolver,
  BulkCallResolver,
  ChangesResolver,
  OperationsResolver,
  PartnerBatchResolver,
  ProvidersResolver,
  PurchaseSyncResolver,
  SurveyTransactionResolver,
  TokensResolver,
];

/** Throws where a field has no rule: see guard.ts. */
export function buildStatusgraphSchema(classes: NonEmptyArray<ResolverClass> = resolvers): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: classes,
    // Every input is judged by zod where its rules are: see src/datasources/*/input.ts.
    validate: false,
    // type-graphql would introspect it at each start, to see whether it is valid. Apollo Server refuses one that is not.
    skipCheck: true,
    // Streams come from the hub. type-graphql insists on a pub/sub all the same; nothing may ever use it.
    pubSub: { publish: refusePubSub, subscribe: refusePubSub },
  });
  return guard(schema);
}

function refusePubSub(): never {
  throw new Error("Streams come from the hub (src/live), not from type-graphql's pub/sub.");
}
