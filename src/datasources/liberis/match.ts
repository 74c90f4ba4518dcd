/**
 * Which row of an answer is about which item. Pure, and knows nothing of states: Liberis names no item by an id of its
 * own, so that what was sent is all there is to go by.
 */
import type { Item, Json, JsonFields } from "../contract.ts";
import type { Row } from "./wire.ts";

/** JSON with the keys of each object in order: equal for equal values. */
export function canonical(value: Json): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(",")}}`;
}

/** Array.isArray does not narrow a readonly array out of a union. */
function isArray(value: readonly Json[] | JsonFields): value is readonly Json[] {
  return Array.isArray(value);
}

/** The item's data as last known; null where none was ever read. */
export function dataOf(item: Item): JsonFields | null {
  const data = item.fields.data;
  if (typeof data !== "object" || data === null || isArray(data)) return null;
  return Object.keys(data).length > 0 ? data : null;
}

/** The partner_client_id in an item's data, where it can be read. */
export function clientIdOf(data: JsonFields | null): string | null {
  const id = data !== null && Object.hasOwn(data, "partner_client_id") ? data.partner_client_id : null;
  return typeof id === "string" ? id : null;
}

/**
 * The row for each position. In turn: equal data, or equal partner_client_id for an echo that was normalised, and of
 * equals first those about which the row says what was known already, then the others, each time the one at its own
 * place before those elsewhere; the row's own place; and what is then left, in order. So an answer in another order
 * changes nothing, and a row that can't be read costs no other row its item. Rows beyond the known items get the places
 * after them.
 */
export function matchRows(known: readonly Item[], rows: readonly Row[]): ReadonlyMap<number, Row> {
  const placed = new Map<number, Row>();
  const place = (row: Row, position: number) => placed.set(position, row);

  let left: Unmatched = { items: known.map(namedItem), rows: rows.map(namedRow) };
  for (const name of ["data", "clientId"] as const) {
    left = pair(left, (one) => joined(one[name], one.said, one.position), place);
    left = pair(left, (one) => joined(one[name], one.said), place);
    left = pair(left, (one) => joined(one[name], one.position), place);
    left = pair(left, (one) => one[name], place);
  }

  const free = new Set(left.items.map(({ position }) => position));
  const moved: Row[] = [];
  for (const { of: row, position } of left.rows) {
    if (free.delete(position)) place(row, position);
    else moved.push(row);
  }
  const positions = free.values();
  let next = known.reduce((highest, { position }) => Math.max(highest, position), -1) + 1;
  for (const row of moved) place(row, positions.next().value ?? next++);
  return placed;
}

/** What an item and a row may have alike; null where it is not there. */
interface Names {
  /** The data, in one spelling. */
  readonly data: string | null;
  readonly clientId: string | null;
  /** Liberis' word for it, and why. */
  readonly said: string | null;
}

interface Named<Of> extends Names {
  readonly of: Of;
  readonly position: number;
}

function namedItem(item: Item): Named<Item> {
  const { position, providerStatus, fields } = item;
  return { of: item, position, ...namesOf(dataOf(item), providerStatus, fields.validationErrors ?? []) };
}

function namedRow(row: Row, position: number): Named<Row> {
  return { of: row, position, ...namesOf(row.data, row.state, row.validationErrors) };
}

function namesOf(data: JsonFields | null, word: string | null, errors: Json): Names {
  return {
    data: data === null ? null : canonical(data),
    clientId: clientIdOf(data),
    said: word === null ? null : canonical([word, errors]),
  };
}

/** One key of several; null where one of them is not there. */
const joined = (...parts: readonly (string | number | null)[]) => (parts.includes(null) ? null : JSON.stringify(parts));

interface Unmatched {
  readonly items: readonly Named<Item>[];
  readonly rows: readonly Named<Row>[];
}

/** Places rows at items of equal key, first to first; answers with what is left of both. */
function pair(
  { items, rows }: Unmatched,
  keyOf: (one: Named<unknown>) => string | null,
  place: (row: Row, position: number) => void,
): Unmatched {
  const waiting = new Map<string, Named<Item>[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === null) continue;
    const queue = waiting.get(key);
    if (queue) queue.push(item);
    else waiting.set(key, [item]);
  }
  for (const queue of waiting.values()) queue.reverse();

  const found = new Set<Named<Item>>();
  const left = rows.filter((row) => {
    const key = keyOf(row);
    const item = key === null ? undefined : waiting.get(key)?.pop();
    if (!item) return true;
    found.add(item);
    place(row.of, item.position);
    return false;
  });
  return { items: items.filter((item) => !found.has(item)), rows: left };
}
