/** Watches operations, and survives a reload of the page: what is known is kept with its cursor, in one item. */
import type { Client } from "graphql-ws";
import { type Change, type Known, nothing, withChange } from "./known.ts";

const query = /* GraphQL */ `
  subscription Watch($ids: [ID!]!, $after: Cursor) {
    operationChanged(ids: $ids, after: $after) {
      kind
      cursor
      revision
      operation {
        id
        revision
        state
        outcome
      }
    }
  }
`;

interface Storage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** `storage`: sessionStorage, which each tab has for itself. */
export function watch(
  client: Client,
  storage: Storage,
  ids: readonly string[],
  { show, end }: { show: (known: Known, change?: Change) => void; end: (error?: unknown) => void },
): () => void {
  const item = `watch:${ids.join()}`;
  let known: Known = JSON.parse(storage.getItem(item) ?? "null") ?? nothing;
  show(known);
  return client.subscribe<{ operationChanged: Change }>(
    { query, variables: { ids, after: known.after } },
    {
      next({ data }) {
        if (!data) return;
        known = withChange(known, data.operationChanged);
        show(known, data.operationChanged);
        storage.setItem(item, JSON.stringify(known));
      },
      error(error) {
        storage.removeItem(item);
        end(error);
      },
      complete: () => end(),
    },
  );
}
