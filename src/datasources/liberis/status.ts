/**
 * What an answer of Liberis means for an operation. Pure: a function of the answer and of what was known before.
 */
import type { Item, JsonFields, Reading, Snapshot, Standing } from "../contract.ts";
import { type NotFound, notFound, rejected } from "../problems.ts";
import { clientIdOf, dataOf, matchRows } from "./match.ts";
import {
  type BatchAnswer,
  type BatchStatus,
  batchStatuses,
  documented,
  type ItemState,
  itemStates,
  type Row,
} from "./wire.ts";

/** Member of the schema's PartnerItemState, and how it counts. */
type Meaning = Pick<Item, "status" | "disposition">;

const meanings: Record<ItemState, Meaning> = {
  Pending: { status: "PENDING", disposition: "open" },
  Duplicate: { status: "DUPLICATE", disposition: "failed" },
  Conflict: { status: "CONFLICT", disposition: "failed" },
  Failed: { status: "FAILED", disposition: "failed" },
  Completed: { status: "COMPLETED", disposition: "succeeded" },
};
const unknown: Meaning = { status: "UNKNOWN", disposition: "open" };

const running: Standing = { state: "RUNNING" };
const standings: Record<BatchStatus, (items: readonly Item[]) => Standing> = {
  Pending: () => running,
  Completed: judgeItems,
};

export const unknownId: NotFound = notFound(
  "Liberis knows no batch of this statusCheckId. Compare it with the one that creating the batch answered.",
);

/** The operation as it stands once Liberis has accepted `sent`, which is in its field names. */
export function pendingBatch(sent: readonly JsonFields[]): Snapshot {
  return {
    standing: { state: "PENDING" },
    providerStatus: null,
    fields: { statusCheckId: null },
    items: sent.map((data, position) => ({
      position,
      key: null,
      ...meanings.Pending,
      providerStatus: null,
      fields: { partnerClientId: clientIdOf(data), validationErrors: [], data },
    })),
  };
}

/** `snapshot`, accepted under `id`. The URI is for our own reads; the schema does not show it. */
export function acceptedBatch(snapshot: Snapshot, id: string, uri: string | null): Snapshot {
  return { ...snapshot, fields: { statusCheckId: id, ...(uri === null ? {} : { statusCheckUri: uri }) } };
}

/** Joins an answer about the batch `id` with what is known of it. */
export function readBatch(id: string, answer: BatchAnswer): Reading {
  return {
    itemKeys: [],
    compose({ snapshot }) {
      const items = joinItems(snapshot?.items ?? [], answer.rows);
      const word = documented(batchStatuses, answer.status);
      // An answer without a row shows no item's end, whatever it calls itself: no batch is created empty.
      const standing = word === null || answer.rows.length === 0 ? running : standings[word](items);
      return {
        standing,
        providerStatus: answer.status,
        fields: { ...snapshot?.fields, statusCheckId: id },
        items,
      };
    },
  };
}

/** An item once known never vanishes: where the answer lacks it, it stays as it was. */
function joinItems(known: readonly Item[], rows: readonly Row[]): readonly Item[] {
  const matched = matchRows(known, rows);
  const before = new Map(known.map((item) => [item.position, item]));
  const positions = new Set([...before.keys(), ...matched.keys()]);
  return [...positions]
    .sort((a, b) => a - b)
    .flatMap((position) => {
      const row = matched.get(position);
      const item = before.get(position);
      return row ? [joinItem(position, item, row)] : item ? [item] : [];
    });
}

function joinItem(position: number, item: Item | undefined, row: Row): Item {
  const word = row.state === null ? null : documented(itemStates, row.state);
  // What was sent stays what was sent, even if Liberis echoes it in another form.
  const data = (item && dataOf(item)) ?? row.data ?? {};
  return {
    position,
    key: null,
    ...(word === null ? unknown : meanings[word]),
    providerStatus: row.state,
    fields: { partnerClientId: clientIdOf(data), validationErrors: row.validationErrors, data },
  };
}

/** Liberis has finished: what came of it is in the items alone. */
function judgeItems(items: readonly Item[]): Standing {
  const settled = (outcome: "SUCCEEDED" | "PARTIAL"): Standing => ({ state: "SETTLED", outcome, problem: null });
  if (items.some(({ disposition }) => disposition === "open")) return settled("PARTIAL");
  if (items.every(({ disposition }) => disposition === "succeeded")) return settled("SUCCEEDED");
  if (items.some(({ disposition }) => disposition === "succeeded")) return settled("PARTIAL");
  return { state: "SETTLED", outcome: "FAILED", problem: noneStored(items) };
}

/** The code is the items' common word, or "Failed" where they differ; the vendor calls all three failures. */
function noneStored(items: readonly Item[]) {
  const failures = ["Duplicate", "Conflict", "Failed"] as const satisfies readonly ItemState[];
  const counts = failures
    .map((word) => ({ word, count: items.filter(({ status }) => status === meanings[word].status).length }))
    .filter(({ count }) => count > 0);
  const code = counts.length === 1 && counts[0] ? counts[0].word : "Failed";
  const list = counts.map(({ word, count }) => `${count} ${word}`).join(", ");
  const message =
    `Liberis stored none of the clients (${list}). Each item's validationErrors say why; ` +
    "a failed one may be sent again once it is mended.";
  return rejected("LIBERIS", code, message);
}
