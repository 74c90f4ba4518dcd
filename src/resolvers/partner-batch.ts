/** Liberis partner batches: look-up, create, follow, and their items. */
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import { z } from "zod";
import { parseWrite } from "../datasources/input.ts";
import { liberis } from "../datasources/liberis/index.ts";
import { partnerClientsInput } from "../datasources/liberis/input.ts";
import { follow } from "../operations/lookup.ts";
import { submit } from "../operations/submit.ts";
import {
  CreatePartnerClientsInput,
  type Operation,
  PartnerBatch,
  PartnerBatchResult,
  PartnerItem,
  PartnerItemConnection,
  PartnerItemState,
  type Problem,
  toGraphProblem,
} from "../schema/index.ts";
import { AsItsParent, Needs } from "../schema/rules.ts";
import { judgeFollow, judgeLookUp, naturalId } from "./arguments.ts";
import type { Context } from "./context.ts";
import { pageOfItems } from "./items.ts";
import { presentResult } from "./present.ts";

const { kind } = liberis;
const idShape = z.object({ statusCheckId: naturalId });

@Resolver(() => PartnerBatch)
export class PartnerBatchResolver {
  @Needs(["operations:read"])
  @Query(() => PartnerBatchResult, {
    description:
      "A Liberis batch. Answers from the store when it was checked at most maxAgeSeconds ago, or is settled with an outcome " +
      "other than ABANDONED; else it asks Liberis, records what it sees, and does not follow.",
  })
  async partnerBatch(
    @Arg("statusCheckId", () => ID, { description: "Liberis' status_check_id of it." }) statusCheckId: string,
    @Arg("maxAgeSeconds", () => Int, { nullable: true, defaultValue: 5, description: "How old an answer may be." })
    maxAge: number | null,
    @Ctx() context: Context,
  ): Promise<Operation | Problem> {
    const judged = judgeLookUp(idShape, { statusCheckId }, maxAge);
    if (!judged.ok) return toGraphProblem(judged.problem);
    const { maxAgeSeconds } = judged.value;
    return presentResult(context, await context.loaders.lookUp.load({ kind, naturalId: statusCheckId, maxAgeSeconds }));
  }

  @Needs(["operations:write", "service"])
  @Mutation(() => PartnerBatchResult, {
    description: "Sends a batch of partner clients to Liberis, and follows it until it settles.",
  })
  async createPartnerClients(
    @Arg("input", () => CreatePartnerClientsInput, { description: "The clients." }) input: CreatePartnerClientsInput,
    @Ctx() context: Context,
  ): Promise<Operation | Problem> {
    const judged = parseWrite(partnerClientsInput, input);
    if (!judged.ok) return toGraphProblem(judged.problem);
    const { work, labels } = judged.value;
    const write = context.connections.client(liberis)?.create ?? null;
    return presentResult(
      context,
      await submit(context.operations, context.viewer, { kind, write, input: work, asked: work, ...labels }),
    );
  }

  @Needs(["operations:write"])
  @Mutation(() => PartnerBatchResult, {
    description:
      "Follow a batch that was started elsewhere, or again one that was unfollowed or abandoned (with a new deadline). Asks " +
      "Liberis once and answers with what it sees; when it can't be asked, the Problem, and nothing is followed.",
  })
  async followPartnerBatch(
    @Arg("statusCheckId", () => ID, { description: "Liberis' status_check_id of it." }) statusCheckId: string,
    @Arg("tags", () => [String], { nullable: true, description: "Added to its tags." }) tags: string[] | null,
    @Ctx() context: Context,
  ): Promise<Operation | Problem> {
    const judged = judgeFollow(idShape, { statusCheckId }, tags);
    if (!judged.ok) return toGraphProblem(judged.problem);
    const wanted = { kind, naturalId: statusCheckId, tags: judged.value.tags };
    return presentResult(context, await follow(context.operations, context.viewer, wanted));
  }

  @AsItsParent()
  @FieldResolver(() => PartnerItemConnection, {
    description:
      "The items as they are now, in the order of the request. A page may show an item ahead of the change that it was reached " +
      "through: see its `revision`. A filter is judged when the page is read; paging on shows no item twice and skips none that matched throughout.",
  })
  async items(
    @Root() operation: PartnerBatch,
    @Arg("first", () => Int, { nullable: true, defaultValue: 50, description: "How many, at most 500." }) first:
      | number
      | null,
    @Arg("after", () => String, { nullable: true, description: "The endCursor of the page before." }) after:
      | string
      | null,
    @Arg("state", () => [PartnerItemState], { nullable: true, description: "Only items in one of these." }) state:
      | string[]
      | null,
    @Arg("changedOnly", () => Boolean, {
      nullable: true,
      defaultValue: false,
      description: "Only those that changed with the revision of this object, or since.",
    })
    changedOnly: boolean | null,
    @Ctx() context: Context,
  ): Promise<PartnerItemConnection> {
    const wanted = { first, after, statuses: state, changedOnly };
    return new PartnerItemConnection(await pageOfItems(context, operation, wanted, (item) => new PartnerItem(item)));
  }
}
