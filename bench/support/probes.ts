/** Each question that the gateway asks its store, as it asks it. Read-only ones: they may be run any number of times. */
import { sql } from "kysely";
import { changesAfter, logEnd, timelineOf } from "../../src/store/changes.ts";
import { untilDue } from "../../src/store/claims.ts";
import type { StoredOperation } from "../../src/store/database.ts";
import { countItems, itemPage, itemsElsewhere } from "../../src/store/items.ts";
import {
  countOpen,
  countOperations,
  type Filter,
  type ListingPlace,
  lastKnownMany,
  listOperations,
  openOperationWith,
  operationsById,
  type Scope,
} from "../../src/store/operations.ts";
import { logMoment, replayPage, standingPage } from "../../src/store/replay.ts";
import type { Store } from "../../src/store/store.ts";
import { seeded } from "./seed.ts";

export interface Probe {
  readonly name: string;
  /** How many rows it may take from tables and indexes, whatever the number of operations. */
  readonly mostRows: number;
  run(store: Store): Promise<unknown>;
}

const tenant: Scope = { tenant: seeded.tenant, owner: null };
const owner: Scope = { tenant: seeded.tenant, owner: seeded.largeOwner };
const mostCounted = 10_000;
const page = 51;

const { commonKind, rareKind, commonProvider, rareProvider, commonTag, rareTag, settledTag } = seeded;
const filters: ReadonlyArray<readonly [string, Filter]> = [
  ["no filter", {}],
  ["kinds: a common one", { kinds: [commonKind] }],
  ["kinds: two", { kinds: [commonKind, "BULK_CALL"] }],
  ["kinds: a rare one", { kinds: [rareKind] }],
  ["providers: a common one", { providers: [commonProvider] }],
  ["providers: a rare one", { providers: [rareProvider] }],
  ["states: RUNNING", { states: ["RUNNING"] }],
  ["states: all that is open", { states: ["PENDING", "RUNNING", "RETRYING"] }],
  ["states: RETRYING (rare)", { states: ["RETRYING"] }],
  ["outcomes: FAILED", { outcomes: ["FAILED"] }],
  ["outcomes: ABANDONED (rare)", { outcomes: ["ABANDONED"] }],
  ["correlationId: of two", { correlationId: seeded.rareCorrelation }],
  ["correlationId: of many", { correlationId: seeded.commonCorrelation }],
  ["tags: on half of all", { tags: [commonTag] }],
  ["tags: on twenty", { tags: [rareTag] }],
  ["tags: on none", { tags: ["nobody's"] }],
  ["tags: two, the one common, the other rare", { tags: [commonTag, rareTag] }],
  ["kinds + states: both common", { kinds: [commonKind], states: ["RUNNING"] }],
  ["kinds + states: never together", { kinds: [rareKind], states: ["RETRYING"] }],
  ["providers + states: both common", { providers: [commonProvider], states: ["PENDING"] }],
  ["providers + states: never together", { providers: [rareProvider], states: ["SETTLED"] }],
  ["states + tags: both common", { states: ["RUNNING"], tags: [commonTag] }],
  ["states + tags: never together", { states: ["RETRYING"], tags: [settledTag] }],
];

/** The probes stand on rows of the seeded data: they are looked up once, before anything is measured. */
export async function prepareProbes(store: Store): Promise<Probe[]> {
  const all = await listOperations(store, { scope: tenant, filter: {}, limit: 500, after: null });
  const ids = all.map(({ id }) => id);
  const crowd = { tenant: seeded.crowdedTenant, owner: null };
  const crowded = await listOperations(store, { scope: crowd, filter: {}, limit: 500, after: null });
  const crowdedIds = crowded.map(({ id }) => id);
  if (crowdedIds.length !== 500) throw new Error("The seeded data lacks operations with long histories.");
  const [newest] = all;
  const withItems = all.find(({ kind }) => kind === "PARTNER_BATCH");
  const manyItems = all.find(({ kind }) => kind === "SURVEY_TRANSACTION");
  if (!newest?.naturalId || !withItems || !manyItems) throw new Error("The seeded data lacks what is to be measured.");
  const deep = halfWay(newest);
  const { place: end } = await logEnd(store.db);
  // Of the tenant's own changes: those of others came after them all.
  const { rows } = await sql<{ last: number }>`
    select max(place) as last from changes where tenant = ${seeded.tenant}`.execute(store.db);
  const middle = Math.floor((rows[0]?.last ?? 0) / 2);
  const { id, provider, account, kind, naturalId } = newest;
  const interest = { tenant: seeded.tenant, owner: null, operationIds: null };
  const items = { operationId: manyItems.id, limit: 50, after: 1_500, statuses: null, sinceRevision: null };

  return [
    ...filters.flatMap(([name, filter]) => listing(name, filter, tenant, deep)),
    ...filters.slice(0, 8).flatMap(([name, filter]) => listing(`of one owner, ${name}`, filter, owner, deep)),
    probe("operations, ids: 500", 1_000, (store) =>
      listOperations(store, { scope: tenant, filter: { ids }, limit: page, after: null }),
    ),
    probe("operations, no filter, a page of 500", 30_000, (store) =>
      listOperations(store, { scope: tenant, filter: {}, limit: 501, after: null }),
    ),
    probe("operations of a small owner", 2_000, (store) =>
      listOperations(store, {
        scope: { tenant: seeded.tenant, owner: seeded.smallOwner },
        filter: {},
        limit: page,
        after: null,
      }),
    ),
    probe("openOperations of a provider", mostCounted + 100, (store) =>
      countOpen(store, tenant, commonProvider, mostCounted),
    ),
    probe("node(id)", 1, (store) => operationsById(store, tenant, [id])),
    probe("by the provider's id", 1, (store) =>
      lastKnownMany(store, [{ tenant: seeded.tenant, provider, account, kind, naturalId: String(naturalId) }]),
    ),
    probe("the open purchase of a transaction", 10, (store) =>
      openOperationWith(store, tenant, "PURCHASE_SYNC", { storeTransactionId: "transaction-77" }),
    ),
    // Of one operation with 2,000: all of its items at the most.
    probe("a page of items, deep", 2_000, (store) => itemPage(store, items)),
    probe("items of one status, counted", 2_000, (store) => countItems(store, { ...items, statuses: ["FAILED"] })),
    probe("items elsewhere", 20, (store) =>
      store.transaction((trx) => itemsElsewhere(trx, { ...withItems }, seeded.itemKeys)),
    ),
    probe("timeline", 10, (store) => timelineOf(store, id, null, page)),
    probe("the log's end", 5, (store) => logEnd(store.db)),
    probe("a page of the log, from the middle", 500, (store) => changesAfter(store, middle, 500)),
    probe("resuming: the tenant, a page from the middle", 800, (store) => replayPage(store, interest, middle, 100)),
    // One look an operation, and then as many changes as the page has.
    probe("resuming: 500 operations", 1_500, (store) =>
      replayPage(store, { ...interest, operationIds: ids }, middle, 100),
    ),
    probe("resuming: 500 operations with 100 changes each", 1_500, (store) =>
      replayPage(store, { ...crowd, operationIds: crowdedIds }, 0, 100),
    ),
    // Of each the next two, and as many again to know that these are enough.
    probe("resuming: 50 operations with 100 changes each", 600, (store) =>
      replayPage(store, { ...crowd, operationIds: crowdedIds.slice(0, 50) }, 0, 100),
    ),
    probe("resuming: an owner, a page from the middle", 800, (store) =>
      replayPage(store, { ...interest, owner: seeded.smallOwner }, middle, 100),
    ),
    probe("RESET: the tenant, a page from the middle", 3_000, (store) =>
      standingPage(store, interest, { after: middle, end, limit: 100 }),
    ),
    probe("resuming: a tenant whose changes came late, a page from the beginning", 800, (store) =>
      replayPage(store, { ...interest, tenant: seeded.busyTenant }, 0, 100),
    ),
    probe("RESET: a log of superseded changes, a page from its beginning", 2_000, (store) =>
      standingPage(store, { ...interest, tenant: seeded.busyTenant }, { after: 0, end, limit: 100 }),
    ),
    probe("RESET and SNAPSHOT: 500 operations", 5_000, (store) =>
      standingPage(store, { ...interest, operationIds: ids }, { after: 0, end, limit: 100 }),
    ),
    probe("what of 500 operations is open", 1_000, (store) => logMoment(store, ids)),
    probe("how long until something is due", 1, (store) => untilDue(store, commonKind)),
  ];
}

function listing(name: string, filter: Filter, scope: Scope, deep: ListingPlace): Probe[] {
  // Of each group of a kind and a standing a page at the most, and each row of the page from its table.
  const most = 35 * page + 200;
  return [
    probe(`operations, ${name}`, most, (store) => listOperations(store, { scope, filter, limit: page, after: null })),
    probe(`operations, ${name}, deep`, most, (store) =>
      listOperations(store, { scope, filter, limit: page, after: deep }),
    ),
    probe(`totalCount, ${name}`, mostCounted + 200, (store) => countOperations(store, scope, filter, mostCounted)),
  ];
}

/** Half of all operations are older. */
function halfWay({ createdAt }: StoredOperation): ListingPlace {
  return { createdAt: new Date(createdAt.getTime() - 15 * 86_400_000), id: "00000000-0000-0000-0000-000000000000" };
}

function probe(name: string, mostRows: number, run: Probe["run"]): Probe {
  return { name, mostRows, run };
}
