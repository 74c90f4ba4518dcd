/** floLIVE bulk calls: look-up, submit, follow, and their items. */
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import { z } from "zod";
import { bulkCallInput, flolive } from "../datasources/flolive/index.ts";
import { parseWrite } from "../datasources/input.ts";
import { follow } from "../operations/lookup.ts";
import { submit } from "../operations/submit.ts";
import {
  BulkCall,
  BulkCallItem,
  BulkCallItemConnection,
  BulkCallResult,
  BulkCallStatus,
  type Operation,
  type Problem,
  SubmitBulkCallInput,
  toGraphProblem,
} from "../schema/index.ts";
import { AsItsParent, Needs } from "../schema/rules.ts";
import { judgeFollow, judgeLookUp, naturalId } from "./arguments.ts";
import type { Context } from "./context.ts";
import { pageOfItems } from "./items.ts";
import { presentResult } from "./present.ts";

const { kind } = flolive;
const idShape = z.object({ requestId: naturalId });

@Resolver(() => BulkCall)
export class BulkCallResolver {
  @Needs(["operations:read"])
  @Query(() => BulkCallResult, {
    description:
      "A floLIVE call, by the id of the whole or of one of its nodes. Answers from the store when it was checked at most " +
      "maxAgeSeconds ago, or is settled with an outcome other than ABANDONED; else it asks floLIVE, and does not follow.",
  })
  async bulkCall(
    @Arg("requestId", () => ID, { description: "floLIVE's Request-Id of it." }) requestId: string,
    @Arg("maxAgeSeconds", () => Int, { nullable: true, defaultValue: 5, description: "How old an answer may be." })
    maxAge: number | null,
    @Ctx() context: Context,
  ): Promise<Operation | Problem> {
    const judged = judgeLookUp(idShape, { requestId }, maxAge);
    if (!judged.ok) return toGraphProblem(judged.problem);
    const { maxAgeSeconds } = judged.value;
    return presentResult(context, await context.loaders.lookUp.load({ kind, naturalId: requestId, maxAgeSeconds }));
  }

  @Needs(["operations:write", "service"])
  @Mutation(() => BulkCallResult, {
    description: "Sends a bulk call of at most 200 nodes to floLIVE, and follows it until it settles.",
  })
  async submitBulkCall(
    @Arg("input", () => SubmitBulkCallInput, { description: "The call." }) input: SubmitBulkCallInput,
    @Ctx() context: Context,
  ): Promise<Operation | Problem> {
    const judged = parseWrite(bulkCallInput, input);
    if (!judged.ok) return toGraphProblem(judged.problem);
    const { work, labels } = judged.value;
    const write = context.connections.client(flolive)?.submit ?? null;
    return presentResult(
      context,
      await submit(context.operations, context.viewer, { kind, write, input: work, asked: work, ...labels }),
    );
  }

  @Needs(["operations:write"])
  @Mutation(() => BulkCallResult, {
    description:
      "Follow a call that was started elsewhere, or again one that was unfollowed or abandoned (with a new deadline). Asks " +
      "floLIVE once and answers with what it sees; when it can't be asked, the Problem, and nothing is followed.",
  })
  async followBulkCall(
    @Arg("requestId", () => ID, { description: "floLIVE's Request-Id of it." }) requestId: string,
    @Arg("tags", () => [String], { nullable: true, description: "Added to its tags." }) tags: string[] | null,
    @Ctx() context: Context,
  ): Promise<Operation | Problem> {
    const judged = judgeFollow(idShape, { requestId }, tags);
    if (!judged.ok) return toGraphProblem(judged.problem);
    const wanted = { kind, naturalId: requestId, tags: judged.value.tags };
    return presentResult(context, await follow(context.operations, context.viewer, wanted));
  }

  @AsItsParent()
  @FieldResolver(() => BulkCallItemConnection, {
    description:
      "The items as they are now, in a fixed order. A page may show an item ahead of the change that it was reached through: " +
      "see its `revision`. A filter is judged when the page is read; paging on shows no item twice and skips none that matched throughout.",
  })
  async calls(
    @Root() operation: BulkCall,
    @Arg("first", () => Int, { nullable: true, defaultValue: 50, description: "How many, at most 500." }) first:
      | number
      | null,
    @Arg("after", () => String, { nullable: true, description: "The endCursor of the page before." }) after:
      | string
      | null,
    @Arg("status", () => [BulkCallStatus], { nullable: true, description: "Only items with one of these." }) status:
      | string[]
      | null,
    @Arg("changedOnly", () => Boolean, {
      nullable: true,
      defaultValue: false,
      description: "Only those that changed with the revision of this object, or since.",
    })
    changedOnly: boolean | null,
    @Ctx() context: Context,
  ): Promise<BulkCallItemConnection> {
    const wanted = { first, after, statuses: status, changedOnly };
    return new BulkCallItemConnection(await pageOfItems(context, operation, wanted, (item) => new BulkCallItem(item)));
  }
}
