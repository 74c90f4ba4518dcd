/**
 * What floLIVE's rows mean in this gateway's words, joined with what is known of the nodes, and which problem an
 * error is. Pure: it knows neither HTTP nor JSON.
 */
import type { Item, JsonFields, Known, Reading, Snapshot, Standing } from "../contract.ts";
import { type NotFound, notFound, type Problem, rejected, unavailable } from "../problems.ts";
import type { BulkCallInput } from "./input.ts";
import { type StatusRow, type StatusWord, statusWords } from "./wire.ts";

export const provider = "FLOLIVE";

/** Of the operation's `providerStatus`, which joins the words of all its rows. */
const longestStatus = 256;

// ------------------------------------------------------------------ words

const dispositions: Readonly<Record<StatusWord, Item["disposition"]>> = {
  OPEN: "open",
  SUCCESS: "succeeded",
  FAILURE: "failed",
  INTERNAL_ERROR: "failed",
};

const failures: Readonly<Record<"FAILURE" | "INTERNAL_ERROR", string>> = {
  FAILURE: "floLIVE carried out no node of the call with success. Each node's status says how it ended.",
  INTERNAL_ERROR: "floLIVE met an error of its own on every node of the call. Ask floLIVE, or send the call again.",
};

type Word = Pick<Item, "status" | "providerStatus" | "disposition">;

/** A word that nobody documents is kept as it is, and ends nothing. */
function readWord(word: string | null): Word {
  const documented = statusWords.find((known) => known === word);
  if (documented === undefined) return { status: "UNKNOWN", providerStatus: word, disposition: "open" };
  return { status: documented, providerStatus: word, disposition: dispositions[documented] };
}

// ------------------------------------------------------------------ an operation before it has been read

/** The nodes as they are sent: floLIVE has not named them yet. */
export function pending({ action, nodes }: BulkCallInput): Snapshot {
  return {
    standing: { state: "PENDING" },
    providerStatus: null,
    fields: { requestId: null, action },
    items: nodes.map(({ identifierType, identifier }, position) => ({
      position,
      key: null,
      status: "OPEN",
      providerStatus: null,
      disposition: "open",
      fields: { identifierType, identifier },
    })),
  };
}

/** The same once floLIVE has accepted it. `nodeIds` are in the order of the nodes, null where one is not known. */
export function accepted(prepared: Snapshot, requestId: string, nodeIds: ReadonlyArray<string | null>): Snapshot {
  return {
    ...prepared,
    fields: { ...prepared.fields, requestId },
    items: prepared.items.map((item, place) => ({ ...item, key: nodeIds[place] ?? null })),
  };
}

// ------------------------------------------------------------------ reading

/** The rows of one answer, all pages of it, as a reading of the operation that `key` names. */
export function readingOf(key: string, answered: readonly StatusRow[]): Reading {
  const rows = withoutRepeats(answered);
  // A lone row without an id (V2) may be about one node, whose id is then the one that was asked for.
  const [only] = rows.length === 1 ? rows : [];
  const lone = only && only.requestId === null && !only.isAnonymous ? only : null;
  return {
    itemKeys: lone ? [key] : rows.flatMap(({ requestId }) => requestId ?? []),
    compose(known) {
      // A call of one node is answered alike, so the id must be known as a node's.
      const named = lone && known.elsewhere.has(key) ? [{ ...lone, requestId: key }] : rows;
      return compose(key, named, known);
    },
  };
}

/** Pages shift while floLIVE works, so a row can come twice. The last one counts, at the place of the first. */
function withoutRepeats(rows: readonly StatusRow[]): readonly StatusRow[] {
  const unique = new Map<string | number, StatusRow>();
  rows.forEach((row, place) => {
    unique.set(row.requestId ?? place, row);
  });
  return [...unique.values()];
}

function compose(key: string, rows: readonly StatusRow[], { snapshot, elsewhere }: Known): Snapshot {
  const action = snapshot?.fields.action ?? null;
  const before = snapshot?.items ?? [];
  const { found, added, aside } = join(before, rows, action !== null);
  const next = (before.at(-1)?.position ?? -1) + 1;
  const items = [
    ...before.map((item) => {
      const row = found.get(item);
      return row ? update(item, row, elsewhere) : item;
    }),
    ...added.map((row, place) => newItem(next + place, row, elsewhere)),
  ];
  // Of a call that others sent: what has never been readable, and is not there in an answer that is, was no item.
  const ghosts = new Set(before.filter((item) => action === null && !found.has(item) && isBlank(item)));
  const complete = rows.length > 0 && aside.length === 0 && found.size + ghosts.size === before.length;
  const readable = rows.every(({ word }) => word !== null);
  return {
    standing: complete && readable ? standingOf(items.filter((item) => !ghosts.has(item))) : { state: "RUNNING" },
    providerStatus: joinWords([...items.map(({ providerStatus }) => providerStatus), ...aside.map(({ word }) => word)]),
    fields: { requestId: key, action },
    items,
  };
}

function isBlank({ key, providerStatus }: Item): boolean {
  return key === null && providerStatus === null;
}

interface Joined {
  /** Which row is about which known item. */
  readonly found: ReadonlyMap<Item, StatusRow>;
  /** Rows that are about items not known before. */
  readonly added: readonly StatusRow[];
  /** Rows that are about some known item, though nobody can say which. */
  readonly aside: readonly StatusRow[];
}

/**
 * Joins by requestId. What is left is joined by place, and only where the counts fit, for a wrong guess would show one
 * subscriber's status as another's:
 * - rows with an id can only be about items whose id is not known yet; rows without one (V2) about any item left;
 * - rows with an id that can't be read are about none that has a subscriber;
 * - of a call that was sent through this gateway, rows that don't fit wait until they do (`aside`);
 * - of any other call the rows are all that is known: those without an id are the items without one, in their order,
 *   and what goes beyond is new, but for a row of which nothing can be read: no later answer need have it again.
 */
function join(before: readonly Item[], rows: readonly StatusRow[], sent: boolean): Joined {
  const byId = new Map(rows.flatMap((row) => (row.requestId === null ? [] : [[row.requestId, row] as const])));
  const found = new Map<Item, StatusRow>();
  for (const item of before) {
    const row = item.key === null ? undefined : byId.get(item.key);
    if (row) found.set(item, row);
  }
  const matched = new Set(found.values());
  const left = rows.filter((row) => !matched.has(row));
  const keyed = left.filter(({ requestId }) => requestId !== null);
  const waiting = before.filter((item) => !found.has(item) && (item.key === null || keyed.length < left.length));
  const fits = left.length === waiting.length && waiting.every(({ key }, n) => key === null || !left[n]?.requestId);
  const anonymous = left.some(({ isAnonymous }) => isAnonymous);
  if (fits && !anonymous) {
    pair(waiting, left, found);
    return { found, added: [], aside: [] };
  }
  const unnamed = waiting.filter(({ key }) => key === null);
  if (sent) {
    // Every node of ours is named, so a foreign id is a further row; a row without one can't be told from ours.
    return unnamed.length === 0
      ? { found, added: keyed, aside: left.filter(({ requestId }) => requestId === null) }
      : { found, added: [], aside: left };
  }
  const keyless = left.filter(({ requestId }) => requestId === null);
  pair(unnamed, keyless, found);
  const beyond = new Set(keyless.slice(unnamed.length));
  // At the first reading it may well be an item whose row is broken.
  const aside = before.length === 0 ? [] : [...beyond].filter(({ word }) => word === null);
  for (const row of aside) beyond.delete(row);
  return { found, added: left.filter((row) => row.requestId !== null || beyond.has(row)), aside };
}

function pair(items: readonly Item[], rows: readonly StatusRow[], found: Map<Item, StatusRow>): void {
  items.forEach((item, place) => {
    const row = rows[place];
    if (row) found.set(item, row);
  });
}

/** A word that can't be read changes nothing: the item stays as it was last seen. */
function update(item: Item, row: StatusRow, elsewhere: Known["elsewhere"]): Item {
  const key = item.key ?? row.requestId;
  const fields = item.fields.identifier === null ? subscriberOf(key, elsewhere) : item.fields;
  return { ...item, ...(row.word === null ? {} : readWord(row.word)), key, fields };
}

function newItem(position: number, row: StatusRow, elsewhere: Known["elsewhere"]): Item {
  return { position, key: row.requestId, ...readWord(row.word), fields: subscriberOf(row.requestId, elsewhere) };
}

/** floLIVE's answer names no subscriber; the bulk call that the node was sent with does. */
function subscriberOf(key: string | null, elsewhere: Known["elsewhere"]): JsonFields {
  const { identifierType = null, identifier = null } = (key === null ? undefined : elsewhere.get(key)?.fields) ?? {};
  return { identifierType, identifier };
}

/** Of rows that were all read, one for each node. */
function standingOf(items: readonly Item[]): Standing {
  if (items.some(({ disposition }) => disposition === "open")) return { state: "RUNNING" };
  const succeeded = items.filter(({ disposition }) => disposition === "succeeded").length;
  if (succeeded === items.length) return { state: "SETTLED", outcome: "SUCCEEDED", problem: null };
  if (succeeded > 0) return { state: "SETTLED", outcome: "PARTIAL", problem: null };
  const code = items.every(({ status }) => status === "INTERNAL_ERROR") ? "INTERNAL_ERROR" : "FAILURE";
  return { state: "SETTLED", outcome: "FAILED", problem: rejected(provider, code, failures[code]) };
}

/** A call has no word of its own: the distinct words of its rows, sorted, so that the order of rows changes nothing. */
function joinWords(words: ReadonlyArray<string | null>): string | null {
  const distinct = [...new Set(words.filter((word) => word !== null))].sort();
  // By code points: half a surrogate pair can't be stored.
  return distinct.length === 0 ? null : [...distinct.join(", ")].slice(0, longestStatus).join("");
}

// ------------------------------------------------------------------ problems

export function unreadable(what: string): Problem {
  return unavailable(
    provider,
    "UNREADABLE_ANSWER",
    `Expected ${what}; floLIVE's answer can't be read. Ask again later.`,
  );
}

export const unknownId: NotFound = notFound(
  "floLIVE does not know this request id for the account. Check the id and the account.",
  "GLOBAL_1003",
);

const documented: ReadonlyMap<string, () => Problem> = new Map<string, () => Problem>([
  [
    "GLOBAL_1001",
    () => unavailable(provider, "GLOBAL_1001", "floLIVE says that it is not available. Try again later."),
  ],
  [unknownId.code, () => unknownId],
]);

/** The problem of an answer that says no. `code` is its errorCode; a documented one says more than the HTTP status does. */
export function refusalOf(httpStatus: number, code: string | null): Problem {
  const known = code === null ? undefined : documented.get(code);
  if (known) return known();
  if (httpStatus === 401 || httpStatus === 403) {
    const message = "floLIVE refused this gateway's token. The operator has to renew FLOLIVE_TOKEN.";
    return unavailable(provider, code ?? "PROVIDER_ERROR", message);
  }
  if (httpStatus >= 500) {
    const message = `floLIVE answered with HTTP ${httpStatus}. Try again later.`;
    return unavailable(provider, code ?? "PROVIDER_ERROR", message);
  }
  const said = code === null ? `HTTP ${httpStatus}` : `the code ${code}`;
  return rejected(provider, code ?? "PROVIDER_ERROR", `floLIVE refused the request with ${said}.`);
}

/** A node that floLIVE would not take; `place` is null where its row does not say which one it is. */
export interface RefusedNode {
  readonly code: string;
  readonly place: number | null;
}

/** The problem of a call that was refused for its nodes, of which there is at least one. */
export function refusalOfNodes(nodes: readonly RefusedNode[]): Problem {
  const code = nodes[0]?.code ?? "PROVIDER_ERROR";
  if (nodes.every((node) => node.code === "GLOBAL_1001")) return refusalOf(503, code);
  const fields = nodes.map(({ code, place }) => ({
    path: place === null ? "nodes" : `nodes.${place}.identifier`,
    message: `floLIVE refused this node with the code ${code}.`,
  }));
  const count = nodes.length === 1 ? "one node" : `${nodes.length} nodes`;
  const message = `floLIVE refused ${count} of the call, so nothing was changed. Mend or leave out what is named, and send it again.`;
  return rejected(provider, code, message, fields);
}
