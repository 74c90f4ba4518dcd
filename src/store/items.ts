/** The items of operations: stored each in a row of its own, so that a change carries those alone that changed. */
import { sql } from "kysely";
import type { Item } from "../datasources/contract.ts";
import type { StoredItem } from "./database.ts";
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

export async function saveItems(
  trx: Writer,
  operationId: string,
  revision: number,
  items: readonly Item[],
): Promise<void> {
  if (items.length === 0) return;
  const rows = items.map(({ position, key, status, providerStatus, disposition, fields }) => ({
    position,
    key,
    status,
    provider_status: providerStatus,
    disposition,
    fields,
  }));
  await sql`
    insert into operation_items
      (operation_id, position, key, status, provider_status, disposition, fields, revision)
    select ${operationId}::uuid, position, key, status, provider_status, disposition, fields, ${revision}::int
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as row(position int, key text, status text, provider_status text, disposition text, fields jsonb)
    on conflict (operation_id, position) do update set
      key = excluded.key, status = excluded.status, provider_status = excluded.provider_status,
      disposition = excluded.disposition, fields = excluded.fields, revision = excluded.revision
  `.execute(trx);
}
