/**
 * Which node of a bulk call a row of floLIVE's answer is about. Pure, and the same for rows that accept and rows that
 * refuse.
 */
import type { BulkNode } from "./input.ts";
import type { BulkRow } from "./wire.ts";

/**
 * For each row the place of its node, or null where nobody can say. By subscriberIdentifiers, the n-th repeat of one
 * to its n-th; a row without readable ones, or with such as were never sent, by its own place, but only where the
 * answer has a row for each node: a list of the bad nodes alone has other places.
 */
export function matchNodes(nodes: readonly BulkNode[], rows: readonly BulkRow[]): ReadonlyArray<number | null> {
  const open = new Map<string, number[]>();
  nodes.forEach(({ identifierType, identifier }, place) => {
    const name = nameOf(identifierType, identifier);
    open.set(name, [...(open.get(name) ?? []), place]);
  });
  const named = rows.map(({ subscriber }) => {
    const places = subscriber === null ? undefined : open.get(nameOf(subscriber.type, subscriber.value));
    return places?.shift() ?? null;
  });
  if (rows.length !== nodes.length) return named;
  const taken = new Set(named);
  return named.map((place, own) => place ?? (taken.has(own) ? null : own));
}

function nameOf(type: string, value: string): string {
  return JSON.stringify([type.toUpperCase(), value]);
}

/** floLIVE's id of each node, in the order of the nodes; null where the answer does not tell. An id is given once. */
export function nodeIds(nodes: readonly BulkNode[], rows: readonly BulkRow[]): ReadonlyArray<string | null> {
  const places = matchNodes(nodes, rows);
  const ids: Array<string | null> = nodes.map(() => null);
  const given = new Set<string>();
  rows.forEach(({ requestId }, n) => {
    const place = places[n] ?? null;
    if (place === null || requestId === null || given.has(requestId)) return;
    given.add(requestId);
    ids[place] = requestId;
  });
  return ids;
}
