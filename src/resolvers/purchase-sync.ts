/** Cleeng purchases: look-up, register, transfer, follow. */
import { Arg, Ctx, ID, Int, Mutation, Query, Resolver } from "type-graphql";
import { z } from "zod";
import { isLoopback } from "../datasources/address.ts";
import type { PurchaseClient } from "../datasources/cleeng-purchases/client.ts";
import { cleengPurchases } from "../datasources/cleeng-purchases/index.ts";
import { synchronizationId as idForm, judgePurchase } from "../datasources/cleeng-purchases/input.ts";
import { isProblem, type NotAllowed, notAllowed } from "../datasources/problems.ts";
import { scopeOf } from "../operations/context.ts";
import { follow } from "../operations/lookup.ts";
import { submit } from "../operations/submit.ts";
import {
  type Operation,
  type Problem,
  PurchaseSyncResult,
  RegisterPurchaseInput,
  TransferPurchaseInput,
  toGraphProblem,
} from "../schema/index.ts";
import { Needs } from "../schema/rules.ts";
import { openOperationWith } from "../store/operations.ts";
import { judgeFollow, judgeLookUp, notYourAddress } from "./arguments.ts";
import type { Context } from "./context.ts";
import { presentResult } from "./present.ts";

const { kind } = cleengPurchases;
const idShape = z.object({ synchronizationId: idForm });

@Resolver()
export class PurchaseSyncResolver {
  @Needs(["operations:read"])
  @Query(() => PurchaseSyncResult, {
    description:
      "A Cleeng synchronisation. Answers from the store when it was checked at most maxAgeSeconds ago, or is settled with an " +
      "outcome other than ABANDONED; else it asks Cleeng, records what it sees, and does not follow.",
  })
  async purchaseSync(
    @Arg("synchronizationId", () => ID, { description: "Cleeng's id of it." }) synchronizationId: string,
    @Arg("maxAgeSeconds", () => Int, { nullable: true, defaultValue: 5, description: "How old an answer may be." })
    maxAge: number | null,
    @Ctx() context: Context,
  ): Promise<Operation | Problem> {
    const judged = judgeLookUp(idShape, { synchronizationId }, maxAge);
    if (!judged.ok) return toGraphProblem(judged.problem);
    const { maxAgeSeconds } = judged.value;
    return presentResult(
      context,
      await context.loaders.lookUp.load({ kind, naturalId: synchronizationId, maxAgeSeconds }),
    );
  }

  @Needs(["operations:write"])
  @Mutation(() => PurchaseSyncResult, {
    description: "Registers an in-app purchase with Cleeng, and follows it until it settles.",
  })
  registerPurchase(
    @Arg("input", () => RegisterPurchaseInput, { description: "The purchase." }) input: RegisterPurchaseInput,
    @Ctx() context: Context,
  ): Promise<Operation | Problem> {
    return send(context, "register", input);
  }

  @Needs(["operations:write"])
  @Mutation(() => PurchaseSyncResult, {
    description: "Transfers an active in-app purchase to another customer, and follows that until it settles.",
  })
  transferPurchase(
    @Arg("input", () => TransferPurchaseInput, { description: "The purchase, and whose it becomes." })
    input: TransferPurchaseInput,
    @Ctx() context: Context,
  ): Promise<Operation | Problem> {
    return send(context, "transfer", input);
  }

  @Needs(["operations:write"])
  @Mutation(() => PurchaseSyncResult, {
    description:
      "Follow a synchronisation that was started elsewhere, or again one that was unfollowed or abandoned (with a new " +
      "deadline). Asks Cleeng once and answers with what it sees; when it can't be asked, the Problem, and nothing is followed.",
  })
  async followPurchaseSync(
    @Arg("synchronizationId", () => ID, { description: "Cleeng's id of it." }) synchronizationId: string,
    @Arg("tags", () => [String], { nullable: true, description: "Added to its tags." }) tags: string[] | null,
    @Ctx() context: Context,
  ): Promise<Operation | Problem> {
    const judged = judgeFollow(idShape, { synchronizationId }, tags);
    if (!judged.ok) return toGraphProblem(judged.problem);
    const wanted = { kind, naturalId: synchronizationId, tags: judged.value.tags };
    return presentResult(context, await follow(context.operations, context.viewer, wanted));
  }
}

function notYourCustomer(): NotAllowed {
  return notAllowed(
    "Expected the customerId that the token names; this is another, or the token names none. Only a token with the scope " +
      "service may act for any customer.",
  );
}

async function send(
  context: Context,
  which: "register" | "transfer",
  input: RegisterPurchaseInput | TransferPurchaseInput,
): Promise<Operation | Problem> {
  const { operations, viewer, customer, connections } = context;
  if (!viewer.seesTenant && input.customerId !== customer) return toGraphProblem(notYourCustomer());
  if (!viewer.seesTenant && input.ipAddress != null) return toGraphProblem(notYourAddress());
  const client: PurchaseClient | null = connections.client(cleengPurchases);
  // On a developer's own machine there is no address to send: Cleeng itself is left to say whether it wants one.
  const local = viewer.address !== null && isLoopback(viewer.address);
  const addressRequired = (client?.addressRequired ?? false) && !local;
  const judged = judgePurchase(input, { connection: viewer.address, addressRequired });
  if (!judged.ok) return toGraphProblem(judged.problem);
  const { tags, idempotencyKey, ...purchase } = judged.value;
  const { correlationId, customerId, transactionId } = purchase;
  const write = client?.[which] ?? null;
  const result = await submit(operations, viewer, {
    kind,
    write,
    input: purchase,
    asked: { customerId, transactionId, ipAddress: input.ipAddress ?? null },
    correlationId,
    tags,
    idempotencyKey,
  });
  if (!isProblem(result) || result.type !== "AlreadyRunning" || result.operationId !== null) {
    return presentResult(context, result);
  }
  const running = await openOperationWith(operations.store, scopeOf(viewer), kind, {
    storeTransactionId: transactionId,
  });
  return presentResult(context, { ...result, operationId: running?.id ?? null });
}
