/** A page of an operation's items, whatever its kind. */

import type { ItemData, Operation, PageData } from "../schema/index.ts";
import { countItems, itemPage } from "../store/items.ts";
import { once } from "./arguments.ts";
import type { Context } from "./context.ts";
import { decodeItemPlace, encodeItemPlace, pageSize } from "./pages.ts";

export interface ItemArguments {
  readonly first: number | null;
  readonly after: string | null;
  readonly statuses: readonly string[] | null;
  readonly changedOnly: boolean | null;
}

/** The items as they are now, in order of position. `make` turns each into what clients see. */
export async function pageOfItems<Node>(
  { operations: { store }, limits }: Pick<Context, "operations" | "limits">,
  { id, revision }: Operation,
  { first, after, statuses, changedOnly }: ItemArguments,
  make: (item: ItemData) => Node,
): Promise<PageData<Node>> {
  const position = after == null ? null : decodeItemPlace(after);
  const request = {
    operationId: id,
    limit: pageSize(first, limits),
    after: position,
    statuses: once(statuses) ?? null,
    sinceRevision: changedOnly ? revision : null,
  };
  const page = await itemPage(store, request);
  return {
    edges: page.items.map((item) => ({ cursor: encodeItemPlace(item.position), node: make(item) })),
    hasNextPage: page.hasNextPage,
    hasPreviousPage: position !== null,
    totalCount: () => countItems(store, request),
  };
}
