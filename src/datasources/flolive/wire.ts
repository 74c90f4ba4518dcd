/**
 * How floLIVE looks on the wire: its words, what is sent, and how its answers are read, row by row. Foreign text
 * becomes typed here or nowhere; what it means for an operation is status.ts's business.
 */
import { z } from "zod";
import { parseJson } from "../json.ts";
import type { BulkAction, BulkCallInput } from "./input.ts";

/** The documented words of a row's `status`. */
export const statusWords = ["OPEN", "SUCCESS", "FAILURE", "INTERNAL_ERROR"] as const;
export type StatusWord = (typeof statusWords)[number];

/** Asked for on every page (assumed to be taken); what comes back as `size` is honoured. */
export const pageSize = 200;
/**
 * A page size beyond this is no page size (assumed), and an answer with more rows is none: a call has 200 nodes, and a
 * million rows of foreign text would keep everybody else waiting for seconds.
 */
export const mostRows = 10_000;

// ------------------------------------------------------------------ what is sent

interface Endpoint {
  readonly method: "PUT" | "POST";
  readonly path: string;
}

export const endpoints: Readonly<Record<BulkAction, Endpoint>> = {
  SUBSCRIBER_STATUS: { method: "PUT", path: "/api/v2/bulk/subscriber/status" },
  SUBSCRIBER_PCRF: { method: "PUT", path: "/api/v2/bulk/subscriber/pcrf" },
  RESET_ACTIVATION_TIME: { method: "POST", path: "/api/v2/bulk/subscriber/reset-activation-time" },
};

type Node = BulkCallInput["nodes"][number];

/** Only what changes: an element that is empty or left out overwrites what the subscriber has with NULL. */
const contents: Readonly<Record<BulkAction, (node: Node) => object>> = {
  SUBSCRIBER_STATUS: ({ status }) => ({ status }),
  SUBSCRIBER_PCRF: ({ throttlingGroupId }) => ({ throttlingGroupId }),
  RESET_ACTIVATION_TIME: () => ({}),
};

export function bulkBody({ action, nodes }: BulkCallInput): string {
  return JSON.stringify({
    bulk: nodes.map((node) => ({
      subscriberIdentifiers: { type: node.identifierType, value: node.identifier },
      content: contents[action](node),
    })),
  });
}

// ------------------------------------------------------------------ ids, words and codes

/** A Request-Id or requestId: UUIDs are documented, any printable ASCII without spaces is taken, so that an address can hold it. */
export const requestId = z.string().regex(/^[\x21-\x7e]{1,256}$/);
/** In a row it may be a number as well. One beyond 2^53 has lost digits, and can't be read. */
const rowId = z.union([requestId, z.int().transform(String)]);

/** Neither control characters nor half surrogates, which a database can't hold. */
const word = z.string().regex(/^[^\p{Cc}\p{Cs}]{1,256}$/u);

/** Codes go into problems that clients see, so only what looks like one is taken: GLOBAL_1003, invalid-imsi, a number. */
const looksLikeCode = /^-?[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const codeText = z.union([z.string(), z.number().transform(String)]).pipe(z.string().trim());
/** Said where nothing is wrong: nothing at all, zeros, or a word that says so (assumed). */
const isFine = /^(0*|ok|success)$/i;

/**
 * `errorCode` of a body or a row: null where nothing is wrong, which absent, null and false mean too. A code that holds
 * one of `hidden` is not taken over, so that an answer which echoes a credential does not spread it.
 */
function readErrorCode(value: unknown, hidden: readonly string[]): string | null {
  if (value === undefined || value === null || value === false) return null;
  const read = codeText.safeParse(value);
  if (!read.success) return "PROVIDER_ERROR";
  if (isFine.test(read.data)) return null;
  const shown = looksLikeCode.test(read.data) && !hidden.some((secret) => read.data.includes(secret));
  return shown ? read.data : "PROVIDER_ERROR";
}

const object = z.record(z.string(), z.unknown());

function readObject(text: string): Record<string, unknown> | null {
  const parsed = parseJson(text);
  return parsed.ok ? (object.safeParse(parsed.value).data ?? null) : null;
}

// ------------------------------------------------------------------ a page of statuses

/** One element of `content`. Each part that can't be read is null, and spoils nothing else. */
export interface StatusRow {
  /** Null also in V2 rows, which have none. */
  readonly requestId: string | null;
  /** It has a requestId, and that can't be read: the row is about a node, though nobody can say which. */
  readonly isAnonymous: boolean;
  readonly word: string | null;
}

export interface StatusPage {
  readonly rows: readonly StatusRow[];
  /** Null where the page does not say. */
  readonly totalPages: number | null;
  /** The size that floLIVE really serves; null where the page does not say. */
  readonly size: number | null;
}

export interface StatusBody {
  readonly errorCode: string | null;
  /** Null where no rows can be found in it. */
  readonly page: StatusPage | null;
}

/** floLIVE writes "" for "empty", and does so where there is nothing to list. */
const content = z.union([z.array(z.unknown()), z.literal("").transform(() => [])]);
const totalPages = z.int().min(0).nullable().catch(null);
const size = z.int().min(1).max(mostRows).nullable().catch(null);

function readRow(value: unknown): StatusRow {
  const row = object.safeParse(value).data ?? {};
  const id = rowId.safeParse(row.requestId).data ?? null;
  const hasId = row.requestId !== undefined && row.requestId !== null && row.requestId !== "";
  return { requestId: id, isAnonymous: hasId && id === null, word: word.safeParse(row.status).data ?? null };
}

/** Null for a body that is no JSON object, such as a proxy's page. */
export function readStatusBody(text: string, hidden: readonly string[]): StatusBody | null {
  const body = readObject(text);
  if (body === null) return null;
  const errorCode = readErrorCode(body.errorCode, hidden);
  // Beside an errorCode that says that nothing is wrong, null is another way to list nothing (assumed).
  const isEndless = Array.isArray(body.content) && body.content.length > mostRows;
  const listsNothing = body.content === null && body.errorCode !== undefined && errorCode === null;
  const rows = content.safeParse(listsNothing ? "" : isEndless ? undefined : body.content);
  const pageable = object.safeParse(body.pageable).data ?? {};
  return {
    errorCode,
    page: rows.success
      ? {
          rows: rows.data.map(readRow),
          totalPages: totalPages.parse(pageable.totalPages),
          size: size.parse(pageable.size),
        }
      : null,
  };
}

// ------------------------------------------------------------------ the answer to a bulk write

/** One element of `bulk`: a node that was accepted, or one that was refused. */
export interface BulkRow {
  readonly errorCode: string | null;
  readonly requestId: string | null;
  /** Which node it is about; null where that can't be read. */
  readonly subscriber: { readonly type: string; readonly value: string } | null;
}

export interface BulkBody {
  readonly errorCode: string | null;
  readonly rows: readonly BulkRow[];
}

const subscriber = z.object({
  type: z.string(),
  // A number is what some serialisers make of a string of digits.
  value: z.union([z.string(), z.number().transform(String)]),
});

function readBulkRow(value: unknown, hidden: readonly string[]): BulkRow {
  const row = object.safeParse(value).data ?? {};
  return {
    errorCode: readErrorCode(row.errorCode, hidden),
    requestId: rowId.safeParse(row.requestId).data ?? null,
    subscriber: subscriber.safeParse(row.subscriberIdentifiers).data ?? null,
  };
}

/** Null for a body that is no JSON object. A body without a readable `bulk`, or with an endless one, has no rows. */
export function readBulkBody(text: string, hidden: readonly string[]): BulkBody | null {
  const body = readObject(text);
  if (body === null) return null;
  const listed = Array.isArray(body.bulk) && body.bulk.length <= mostRows ? body.bulk : [];
  const rows = listed.map((row) => readBulkRow(row, hidden));
  return { errorCode: readErrorCode(body.errorCode, hidden), rows };
}
