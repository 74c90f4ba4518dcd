/**
 * From a plan and a viewer's scope to the text of an answer, out of what is in memory; or to what is missing there. It asks
 * nobody, so all that an answer tells is of one place in the log.
 */
import { validate as isUuid } from "uuid";
import type { Limits } from "../../config/limits.ts";
import { filterOf } from "../../resolvers/arguments.ts";
import { decodeListingPlace, encodeListingPlace, pageSize } from "../../resolvers/pages.ts";
import type { OperationFilter } from "../../schema/index.ts";
import type { StoredOperation } from "../../store/database.ts";
import type { ListRequest, Scope } from "../../store/operations.ts";
import { isInScope, isOlder, type Listing, type Listings, passes } from "./listings.ts";
import type { Cell, Held, Mirror } from "./mirror.ts";
import type { Plan, Root } from "./plan.ts";
import { unusual } from "./selection.ts";

/** What an answer was made from: as long as all of it is as it was, so is the answer. */
export interface Basis {
  readonly cells: readonly Cell[];
  readonly held: readonly Held[];
  readonly listings: readonly Listing[];
}

export type Composed =
  | { readonly type: "text"; readonly text: string; readonly basis: Basis }
  | { readonly type: "missing"; readonly ids: readonly string[]; readonly pages: readonly ListRequest[] }
  /** It has to be executed. */
  | { readonly type: "unusual" };

export interface Sources {
  readonly mirror: Mirror;
  readonly listings: Listings;
  readonly limits: Pick<Limits, "ids" | "pageSize">;
}

interface Gathering extends Sources {
  readonly scope: Scope;
  readonly cells: Cell[];
  readonly held: Held[];
  readonly used: Listing[];
  readonly missing: Set<string>;
  readonly pages: ListRequest[];
}

export function compose(sources: Sources, { roots, after }: Plan, scope: Scope): Composed {
  const gathering: Gathering = { ...sources, scope, cells: [], held: [], used: [], missing: new Set(), pages: [] };
  try {
    const values = roots.map((root) => resultOf(gathering, root));
    const { cells, held, used: listings, missing, pages } = gathering;
    if (missing.size > 0 || pages.length > 0) return { type: "missing", ids: [...missing], pages };
    let text = "";
    roots.forEach(({ before, write }, index) => {
      text += before + write(values[index]);
    });
    return { type: "text", text: text + after, basis: { cells, held, listings } };
  } catch {
    // An argument beyond its limit, or a value that is not what its type promises: there are words for that elsewhere.
    return { type: "unusual" };
  }
}

export function stands({ cells, held, listings }: Basis): boolean {
  for (let i = 0; i < cells.length; i += 1) if (cells[i]?.held !== held[i]) return false;
  for (const listing of listings) if (!listing.stands) return false;
  return true;
}

function resultOf(gathering: Gathering, { source, args }: Root): unknown {
  const { limits } = gathering;
  switch (source) {
    case "node":
      return shownOf(gathering, args.id);
    case "nodes": {
      const { ids } = args;
      if (!Array.isArray(ids) || ids.length > limits.ids) throw unusual;
      return ids.map((id) => shownOf(gathering, id));
    }
    case "operations":
      return pageOf(gathering, args);
  }
}

/** Null for what is not there, and for what the viewer may not see. */
function shownOf(gathering: Gathering, id: unknown): object | null {
  if (typeof id !== "string") throw unusual;
  return isUuid(id) ? shown(heldOf(gathering, id.toLowerCase()), gathering.scope) : null;
}

function shown(held: Held | null, scope: Scope): object | null {
  if (!held?.row || !isInScope(held.row, scope)) return null;
  if (held.shown === null) throw unusual;
  return held.shown;
}

/** Null, too, for what is noted as missing. */
function heldOf({ mirror, cells, held, missing }: Gathering, id: string): Held | null {
  const cell = mirror.cell(id);
  if (!cell?.held) {
    missing.add(id);
    return null;
  }
  cells.push(cell);
  held.push(cell.held);
  return cell.held;
}

function pageOf(gathering: Gathering, args: Root["args"]): object | null {
  const { limits, scope, listings, missing, pages, used } = gathering;
  // As graphql-js coerced them by the schema: see the field operations (resolvers/operations.ts).
  const [first, cursor, given] = [
    args.first as number | null,
    args.after as string | null | undefined,
    args.filter as OperationFilter | null | undefined,
  ];
  const size = pageSize(first, limits);
  const filter = filterOf(given ?? null, limits);
  // Labels are added without a change.
  if (filter.tags || filter.correlationId !== undefined) throw unusual;
  const after = cursor == null ? null : decodeListingPlace(cursor);
  const request: ListRequest = { scope, filter, limit: size + 1, after };
  const known = filter.ids === undefined ? listings.get(request) : null;
  if (known === undefined) {
    pages.push(request);
    return null;
  }
  if (known) used.push(known);
  const rows = known ? known.ids.map((id) => heldOf(gathering, id)) : namedIn(gathering, request);
  if (missing.size > 0) return null;
  return connectionOf(rows, scope, size, after !== null);
}

/** Those of the ids asked for that the filter lets through, in the listing's order. */
function namedIn(gathering: Gathering, { scope, filter, limit, after }: ListRequest): Held[] {
  const ids = new Set((filter.ids ?? []).filter((id) => isUuid(id)).map((id) => id.toLowerCase()));
  const found: Array<Held & { readonly row: StoredOperation }> = [];
  for (const id of ids) {
    const held = heldOf(gathering, id);
    if (!held || !hasRow(held)) continue;
    const { row } = held;
    if (isInScope(row, scope) && passes(row, filter) && (after === null || isOlder(row, after))) found.push(held);
  }
  return found.sort((a, b) => (isOlder(a.row, b.row) ? 1 : -1)).slice(0, limit);
}

function hasRow(held: Held): held is Held & { readonly row: StoredOperation } {
  return held.row !== null;
}

/** An OperationConnection (schema/connection.ts) in all that can be selected of it here. */
function connectionOf(all: ReadonlyArray<Held | null>, scope: Scope, size: number, hasPreviousPage: boolean): object {
  const page = all.slice(0, size);
  const nodes = page.map((held) => {
    const node = shown(held, scope);
    if (node === null) throw unusual;
    return node;
  });
  const cursorAt = (index: number) => {
    const row = page.at(index)?.row;
    return row ? encodeListingPlace(row) : null;
  };
  return {
    nodes,
    get edges() {
      return nodes.map((node, index) => ({ node, cursor: cursorAt(index) }));
    },
    get pageInfo() {
      const hasNextPage = all.length > size;
      return { hasNextPage, hasPreviousPage, startCursor: cursorAt(0), endCursor: cursorAt(-1) };
    },
  };
}
