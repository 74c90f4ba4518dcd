/**
 * Pages of listings in memory: which operations are on them, not what these say. A page stands until a change brings an
 * operation in or takes one out. It knows filters by what a change can tell; labels (tags, correlation ids) are added
 * without one, so pages that go by these are not kept.
 */
import { LRUCache } from "lru-cache";
import type { StoredOperation } from "../../store/database.ts";
import {
  type Filter,
  type ListingPlace,
  type ListRequest,
  listOperations,
  type Scope,
} from "../../store/operations.ts";
import type { Store } from "../../store/store.ts";
import type { Mirror } from "./mirror.ts";

/** Newest first; one more than a page has, where there are more. */
export type Listed = readonly string[];

export interface Listing {
  readonly ids: Listed;
  /** False once it may be another. */
  stands: boolean;
}

export interface Listings {
  /** Undefined where it is not known. */
  get(request: ListRequest): Listing | undefined;
  /** Resolves once it is known, or has changed too often meanwhile; then the mirror is to be caught up once more. */
  load(request: ListRequest): Promise<void>;
}

interface Kept extends Listing {
  readonly request: ListRequest;
  readonly members: ReadonlySet<string>;
  /** Whatever lies behind it is on no page of this one; null where the listing ends with it. */
  readonly last: ListingPlace | null;
}

const mostIdsKept = 200_000;
/** A change is held against every page of its tenant. */
const mostPages = 1_000;

export function createListings(store: Store, mirror: Mirror): Listings {
  const pages = new LRUCache<string, Kept>({
    max: mostPages,
    maxSize: mostIdsKept,
    sizeCalculation: ({ ids }) => 1 + ids.length,
    dispose: (page) => {
      page.stands = false;
    },
  });
  const loading = new Map<string, Promise<void>>();

  mirror.observe({
    wants(tenant) {
      for (const page of pages.values()) if (page.request.scope.tenant === tenant) return true;
      return false;
    },
    hear(change) {
      if (change === null) return pages.clear();
      for (const [key, page] of pages.entries()) if (!isSameAfter(page, change)) pages.delete(key);
    },
  });

  const load = async (key: string, request: ListRequest): Promise<void> => {
    const reading = mirror.begin();
    try {
      const rows = await listOperations(store, request);
      mirror.keep(rows, reading);
      const page = pageOf(request, rows);
      const stands = !reading.void && [...reading.changed.values()].every((change) => isSameAfter(page, change));
      if (stands) pages.set(key, page);
    } finally {
      reading.end();
      loading.delete(key);
    }
  };

  return {
    get: (request) => pages.get(keyOf(request)),
    load(request) {
      const key = keyOf(request);
      const known = loading.get(key) ?? load(key, request);
      loading.set(key, known);
      return known;
    },
  };
}

function keyOf({
  scope: { tenant, owner },
  filter: { kinds, providers, states, outcomes },
  limit,
  after,
}: ListRequest) {
  return JSON.stringify([tenant, owner, kinds, providers, states, outcomes, limit, after?.createdAt, after?.id]);
}

function pageOf(request: ListRequest, rows: readonly StoredOperation[]): Kept {
  const ids = rows.map(({ id }) => id);
  const last = rows.length < request.limit ? null : (rows.at(-1) ?? null);
  return { request, ids, members: new Set(ids), last, stands: true };
}

/** Whether the operation is on the page as much as it was. */
function isSameAfter({ request: { scope, filter, after }, members, last }: Kept, change: StoredOperation): boolean {
  if (change.tenant !== scope.tenant) return true;
  const isIn =
    isInScope(change, scope) &&
    passes(change, filter) &&
    (after === null || isOlder(change, after)) &&
    (last === null || !isOlder(change, last));
  return isIn === members.has(change.id);
}

export function isInScope({ tenant, owner }: Pick<StoredOperation, "tenant" | "owner">, scope: Scope): boolean {
  return tenant === scope.tenant && (scope.owner === null || owner === scope.owner);
}

export function passes(
  { kind, provider, state, outcome }: StoredOperation,
  { kinds, providers, states, outcomes }: Filter,
): boolean {
  return (
    (kinds === undefined || kinds.includes(kind)) &&
    (providers === undefined || providers.includes(provider)) &&
    (states === undefined || states.includes(state)) &&
    (outcomes === undefined || (outcome !== null && outcomes.includes(outcome)))
  );
}

/** Further down in a listing, whose order is that of instants and then of ids, which are compared as their bytes. */
export function isOlder(one: ListingPlace, other: ListingPlace): boolean {
  const [a, b] = [one.createdAt.getTime(), other.createdAt.getTime()];
  return a < b || (a === b && one.id < other.id);
}
