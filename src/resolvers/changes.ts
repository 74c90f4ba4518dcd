/** Streams of changes. They are fed by the hub; a resolver only says what is wanted and shows what came. */
import { Arg, ID, Resolver, Root, Subscription } from "type-graphql";
import { type Told, watchAll, watchOperations } from "../live/stream.ts";
import { scopeOf } from "../operations/context.ts";
import { Cursor, OperationChange, OperationFilter } from "../schema/index.ts";
import { Needs } from "../schema/rules.ts";
import { filterOf, positionOf } from "./arguments.ts";
import type { Context } from "./context.ts";
import { codedError, limitExceeded } from "./errors.ts";
import { presentChange } from "./present.ts";

@Resolver()
export class ChangesResolver {
  @Needs(["operations:read"])
  @Subscription(() => OperationChange, {
    description:
      "Without `after`: the current state of each operation at once (SNAPSHOT), then every change. With `after`: every change " +
      "since that cursor, and no SNAPSHOT, then live. To add an operation, open another subscription without `after`. Completes " +
      "when none of them is both unsettled and followed: at once after the snapshots, or the replay, where that is so already. " +
      "Ids are taken once each. One that the viewer can't see fails the subscription before anything is sent, with NOT_FOUND " +
      "and extensions.ids; a cursor that isn't one, with INVALID_CURSOR.",
    subscribe: ({ args, context }) => watchSome(context as Context, args as { ids: string[]; after?: string | null }),
  })
  operationChanged(
    @Arg("ids", () => [ID], { description: "Ids of operations; at most 500." }) _ids: string[],
    @Arg("after", () => Cursor, { nullable: true, description: "Resume after this place of the log." }) _after:
      | string
      | null,
    @Root() told: Told,
  ): OperationChange {
    return presentChange(told);
  }

  @Needs(["operations:read"])
  @Subscription(() => OperationChange, {
    description:
      "The same for every operation that the viewer may see and the filter lets through. It never completes by itself and " +
      "sends no SNAPSHOT; RESET as described there.",
    subscribe: ({ args, context }) =>
      watchFiltered(context as Context, args as { filter?: OperationFilter | null; after?: string | null }),
  })
  operationsChanged(
    @Arg("filter", () => OperationFilter, { nullable: true, description: "Which changes; all where it is left out." })
    _filter: OperationFilter | null,
    @Arg("after", () => Cursor, { nullable: true, description: "Resume after this place of the log." }) _after:
      | string
      | null,
    @Root() told: Told,
  ): OperationChange {
    return presentChange(told);
  }
}

async function watchSome(
  { live, viewer, loaders, isGone, limits }: Context,
  { ids, after }: { ids: string[]; after?: string | null },
) {
  const position = positionOf(after);
  // In lower case, as they are stored; told about as they were sent.
  const wanted = new Map(ids.map((id) => [id.toLowerCase(), id]));
  if (wanted.size === 0) throw codedError("BAD_USER_INPUT", "Expected at least one id to watch; got none.");
  if (wanted.size > limits.ids) {
    throw limitExceeded("ids a subscription", limits.ids, wanted.size, "Open several subscriptions.");
  }
  return live.patiently(isGone, async () => {
    const found = await live.inTurn(() => Promise.all([...wanted.keys()].map((id) => loaders.operation.load(id))));
    const missing = [...wanted.values()].filter((_, index) => found[index] === null);
    if (missing.length > 0) {
      const message = `Expected ids of operations; ${missing.length} of them can't be found: see extensions.ids.`;
      throw codedError("NOT_FOUND", message, { ids: missing });
    }
    return watchOperations(live, scopeOf(viewer), [...wanted.keys()], position);
  });
}

async function watchFiltered(
  { live, viewer, isGone, limits }: Context,
  { filter, after }: { filter?: OperationFilter | null; after?: string | null },
) {
  const position = positionOf(after);
  const wanted = filterOf(filter ?? null, limits);
  return live.patiently(isGone, () => watchAll(live, scopeOf(viewer), wanted, position));
}
