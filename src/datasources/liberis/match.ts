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
 * equals first those about which the row says what was known already, at its own place before others; the row's own place; and what is then left, in
 * order. So an answer in another order changes nothing, and a row that can't be read costs no other row its item. Rows
 * beyond the known items get the places after them.
 */
export function matchRows(known: readonly Item[], rows: readonly Row[]): ReadonlyMap<number, Row> {
  const placed = new Map<number, Row>();
  const place = (row: Row, position: number) => placed.set(position, row);

  let left: Unmatched = { items: known, rows: [...rows.entries()] };
  for (const name of [byData, byClientId]) {
    left = pair(left, ({ data, said, position }) => joined(name(data), said, position), place);
    left = pair(left, ({ data, said }) => joined(name(data), said), place);
    left = pair(left, ({ data }) => name(data), place);
  }

  const free = new Set(left.items.map(({ position }) => position));
  const moved: Row[] = [];
  for (const [index, row] of left.rows) {
    if (free.delete(index)) place(row, index);
    else moved.push(row);
  }
  const positions = free.values();
  let next = known.reduce((highest, { position }) => Math.max(highest, position), -1) + 1;
  for (const row of moved) place(row, positions.next().value ?? next++);
  return placed;
}

const byData = (data: JsonFields | null) => (data === null ? null : canonical(data));
const byClientId = clientIdOf;
const joined = (name: string | null, said: Json, position: number | null = null) =>
  name === null || said === null ? null : canonical([name, said, position]);

/** What an item and a row have alike. */
interface Described {
  readonly data: JsonFields | null;
  /** Liberis' word for it, and why; null where there is no word. */
  readonly said: Json;
  readonly position: number;
}

const describedItem = (item: Item): Described => ({
  data: dataOf(item),
  said: saying(item.providerStatus, item.fields.validationErrors ?? []),
  position: item.position,
});
const describedRow = ([position, { data, state, validationErrors }]: Indexed): Described => ({
  data,
  said: saying(state, validationErrors),
  position,
});
const saying = (word: string | null, errors: Json): Json => (word === null ? null : [word, errors]);

type Indexed = readonly [index: number, row: Row];

interface Unmatched {
  readonly items: readonly Item[];
  readonly rows: readonly Indexed[];
}

/** Places rows at items of equal name, first to first; answers with what is left of both. */
function pair(
  { items, rows }: Unmatched,
  name: (described: Described) => string | null,
  place: (row: Row, position: number) => void,
): Unmatched {
  const waiting = new Map<string, Item[]>();
  for (const item of items) {
    const key = name(describedItem(item));
    if (key === null) continue;
    const queue = waiting.get(key);
    if (queue) queue.push(item);
    else waiting.set(key, [item]);
  }
  for (const queue of waiting.values()) queue.reverse();

  const found = new Set<Item>();
  const left = rows.filter((indexed) => {
    const [, row] = indexed;
    const key = name(describedRow(indexed));
    const item = key === null ? undefined : waiting.get(key)?.pop();
    if (!item) return true;
    found.add(item);
    place(row, item.position);
    return false;
  });
  return { items: items.filter((item) => !found.has(item)), rows: left };
}
