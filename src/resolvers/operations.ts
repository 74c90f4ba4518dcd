/** What every kind of operation has in common: finding, listing, asking again, and its timeline. Answers from the store. */
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import { toldOf } from "../live/stream.ts";
import { scopeOf } from "../operations/context.ts";
import { recheck, unfollow } from "../operations/lookup.ts";
import {
  Cursor,
  Node,
  Operation,
  OperationChangeConnection,
  OperationConnection,
  OperationFilter,
  OperationResult,
  type Problem,
} from "../schema/index.ts";
import { AsItsParent, Needs } from "../schema/rules.ts";
import { timelineOf } from "../store/changes.ts";
import { countOperations, listOperations } from "../store/operations.ts";
import { cursorPlace, filterOf } from "./arguments.ts";
import type { Context } from "./context.ts";
import { limitExceeded } from "./errors.ts";
import { decodeListingPlace, encodeListingPlace, pageSize } from "./pages.ts";
import { present, presentChange, presentResult } from "./present.ts";

const mostCounted = 10_000;

@Resolver(() => Operation)
export class OperationsResolver {
  @Needs(["operations:read"])
  @Query(() => Node, {
    nullable: true,
    description: "Whatever has this id; null where there is none that the viewer may see. Never asks a provider.",
  })
  async node(
    @Arg("id", () => ID, { description: "An id of this gateway's." }) id: string,
    @Ctx() { loaders }: Context,
  ): Promise<Operation | null> {
    const operation = await loaders.operation.load(id);
    return operation && present(operation);
  }

  @Needs(["operations:read"])
  @Query(() => [Node], {
    nullable: "items",
    description: "The same for several, in the order of the ids; at most 500. Never asks a provider.",
  })
  async nodes(
    @Arg("ids", () => [ID], { description: "Ids of this gateway's." }) ids: string[],
    @Ctx() { loaders, limits }: Context,
  ): Promise<Array<Operation | null>> {
    if (ids.length > limits.ids) throw limitExceeded("ids", limits.ids, ids.length, "Ask several times.");
    const operations = await Promise.all(ids.map((id) => loaders.operation.load(id)));
    return operations.map((operation) => operation && present(operation));
  }

  @Needs(["operations:read"])
  @Query(() => OperationConnection, {
    description: "Operations that the viewer may see, by createdAt, newest first. Never asks a provider.",
  })
  async operations(
    @Arg("filter", () => OperationFilter, { nullable: true, description: "Which of them; all where it is left out." })
    filter: OperationFilter | null,
    @Arg("first", () => Int, { nullable: true, defaultValue: 50, description: "How many, at most 500." }) first:
      | number
      | null,
    @Arg("after", () => String, { nullable: true, description: "The endCursor of the page before." }) after:
      | string
      | null,
    @Ctx() { operations: { store }, viewer, limits }: Context,
  ): Promise<OperationConnection> {
    const limit = pageSize(first, limits);
    const [scope, wanted] = [scopeOf(viewer), filterOf(filter, limits)];
    const place = after == null ? null : decodeListingPlace(after);
    const rows = await listOperations(store, { scope, filter: wanted, limit: limit + 1, after: place });
    return new OperationConnection({
      edges: rows.slice(0, limit).map((row) => ({ cursor: encodeListingPlace(row), node: present(row) })),
      hasNextPage: rows.length > limit,
      hasPreviousPage: place !== null,
      totalCount: () => countOperations(store, scope, wanted, mostCounted),
    });
  }

  @AsItsParent()
  @FieldResolver(() => OperationChangeConnection, {
    description: "Every change so far, oldest first. Kept as long as the operation is.",
  })
  async timeline(
    @Root() { id }: Operation,
    @Arg("first", () => Int, { nullable: true, defaultValue: 50, description: "How many, at most 500." }) first:
      | number
      | null,
    @Arg("after", () => Cursor, { nullable: true, description: "Only what came after this place of the log." }) after:
      | string
      | null,
    @Ctx() { operations: { store }, logEpoch, limits }: Context,
  ): Promise<OperationChangeConnection> {
    const limit = pageSize(first, limits);
    const epoch = await logEpoch();
    const place = after == null ? null : cursorPlace(after, epoch);
    const changes = await timelineOf(store, id, place, limit + 1);
    return new OperationChangeConnection({
      edges: changes.slice(0, limit).map((change) => {
        const node = presentChange(toldOf(change, epoch));
        return { cursor: node.cursor, node };
      }),
      hasNextPage: changes.length > limit,
      hasPreviousPage: place !== null && place > 0,
    });
  }

  @Needs(["operations:write"])
  @Mutation(() => OperationResult, {
    description:
      "Ask the provider now, whatever the state, and answer with the operation after it; when it can't be asked, the Problem. " +
      "Neither follows nor unfollows.",
  })
  async recheck(
    @Arg("id", () => ID, { description: "The operation." }) id: string,
    @Ctx() context: Context,
  ): Promise<Operation | Problem> {
    return presentResult(context, await recheck(context.operations, context.viewer, id));
  }

  @Needs(["operations:write"])
  @Mutation(() => OperationResult, {
    description:
      "Stop asking the provider, for everyone. The history stays; streams are told (a change, followed: false). Nothing " +
      "happens to a settled one.",
  })
  async unfollow(
    @Arg("id", () => ID, { description: "The operation." }) id: string,
    @Ctx() context: Context,
  ): Promise<Operation | Problem> {
    return presentResult(context, await unfollow(context.operations, context.viewer, id));
  }
}
