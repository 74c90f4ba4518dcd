/** The items of operations: stored each in a row of its own, so that a change carries those alone that changed. */
import { sql } from "kysely";
import type { Item } from "../datasources/contract.ts";
import type { StoredItem, StoredOperation } from "./database.ts";
import { jsonText, runIn, type Statement, statement } from "./statement.ts";
import type { Reader, Store, Writer } from "./store.ts";

/** All of them, in order of position. */
export async function itemsOf(db: Reader | Writer, operationId: string): Promise<StoredItem[]> {
  return db
    .selectFrom("operationItems")
    .selectAll()
    .where("operationId", "=", operationId)
    .orderBy("position")
    .execute();
}

const ofMany: Statement<StoredItem> = statement(
  "items-of-many",
  "select * from operation_items where operation_id = any($1::uuid[]) order by operation_id, position",
);

/** The same of several operations, by their ids; those without items are not there. */
export async function itemsOfMany(
  trx: Reader | Writer,
  operationIds: readonly string[],
): Promise<ReadonlyMap<string, readonly StoredItem[]>> {
  const found = new Map<string, StoredItem[]>();
  if (operationIds.length === 0) return found;
  for (const item of await runIn(trx, ofMany, [operationIds])) {
    const items = found.get(item.operationId);
    if (items) items.push(item);
    else found.set(item.operationId, [item]);
  }
  return found;
}

export interface ItemPageRequest {
  readonly operationId: string;
  readonly limit: number;
  /** The position that the page before ended with. */
  readonly after: number | null;
  readonly statuses: readonly string[] | null;
  /** Only those that changed with this revision of the operation, or since. */
  readonly sinceRevision: number | null;
}

export interface ItemPage {
  readonly items: readonly StoredItem[];
  readonly hasNextPage: boolean;
}

export async function itemPage({ db }: Store, request: ItemPageRequest): Promise<ItemPage> {
  const page = await matching(db, request)
    .selectAll()
    .where("position", ">", request.after ?? -1)
    .orderBy("position")
    .limit(request.limit + 1)
    .execute();
  return { items: page.slice(0, request.limit), hasNextPage: page.length > request.limit };
}

/** All that match, on whatever page. */
export async function countItems({ db }: Store, request: ItemPageRequest): Promise<number> {
  const { count } = await matching(db, request)
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return count;
}

function matching(db: Reader, { operationId, statuses, sinceRevision }: ItemPageRequest) {
  let query = db.selectFrom("operationItems").where("operationId", "=", operationId);
  if (statuses) query = query.where("status", "=", sql<string>`any(${[...statuses]}::text[])`);
  return sinceRevision === null ? query : query.where("revision", ">=", sinceRevision);
}

/** What other operations of the tenant know of the items with these keys. */
export async function itemsElsewhere(
  trx: Writer,
  { tenant, provider, account }: { readonly tenant: string; readonly provider: string; readonly account: string },
  keys: readonly string[],
): Promise<Map<string, Item>> {
  if (keys.length === 0) return new Map();
  const rows = await trx
    .selectFrom("operationItems")
    .innerJoin("operations", "operations.id", "operationItems.operationId")
    .selectAll("operationItems")
    .where("operationItems.key", "=", sql<string>`any(${[...keys]}::text[])`)
    .where("operations.tenant", "=", tenant)
    .where("operations.provider", "=", provider)
    .where("operations.account", "=", account)
    .orderBy("operations.createdAt", "desc")
    .execute();
  // The oldest operation wins: it is the one that was sent, and knows what each item is about.
  return new Map(rows.map((row) => [row.key ?? "", row]));
}

const save: Statement<never> = statement(
  "save-items",
  `insert into operation_items
    (operation_id, position, key, status, provider_status, disposition, fields, revision)
  select "operationId", position, key, status, "providerStatus", disposition, fields, revision
  from jsonb_to_recordset($1::jsonb) as row ("operationId" uuid, position int, key text, status text,
    "providerStatus" text, disposition text, fields jsonb, revision int)
  on conflict (operation_id, position) do update set
    key = excluded.key, status = excluded.status, provider_status = excluded.provider_status,
    disposition = excluded.disposition, fields = excluded.fields, revision = excluded.revision`,
);

/** Those of each that are not as they were, with its revision. */
export async function saveItems(
  trx: Writer,
  changed: ReadonlyArray<{
    readonly operation: Pick<StoredOperation, "id" | "revision">;
    readonly items: readonly Item[];
  }>,
): Promise<void> {
  const rows = changed.flatMap(({ operation: { id: operationId, revision }, items }) =>
    items.map(({ position, key, status, providerStatus, disposition, fields }) => ({
      operationId,
      position,
      key,
      status,
      providerStatus,
      disposition,
      fields,
      revision,
    })),
  );
  if (rows.length > 0) await runIn(trx, save, [jsonText(rows)]);
}
