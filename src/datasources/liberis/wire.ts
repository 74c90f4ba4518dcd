/**
 * How Liberis looks on the wire: its words, what is sent, and how its answers are read. Foreign text becomes typed
 * here or nowhere; what it means for an operation is status.ts's business.
 */
import { z } from "zod";
import type { JsonFields } from "../contract.ts";
import { parseJson } from "../json.ts";

/** The documented words of a batch's `status`. */
export const batchStatuses = ["Pending", "Completed"] as const;
export type BatchStatus = (typeof batchStatuses)[number];

/** The documented words of an item's `status.state`. */
export const itemStates = ["Pending", "Duplicate", "Conflict", "Failed", "Completed"] as const;
export type ItemState = (typeof itemStates)[number];

/** The documented word that `raw` is, whatever its case (assumed: no two words differ by case alone); else null. */
export function documented<Word extends string>(words: readonly Word[], raw: string): Word | null {
  const folded = raw.trim().toLowerCase();
  return words.find((word) => word.toLowerCase() === folded) ?? null;
}

// ------------------------------------------------------------------ reading

/** Deeper JSON than this is not read: nothing documented is nested, and a recursion over foreign depth would end the process. */
const MAX_DEPTH = 32;

function isShallow(value: unknown, depth = MAX_DEPTH): boolean {
  if (typeof value !== "object" || value === null) return true;
  return depth > 0 && Object.values(value).every((inner) => isShallow(inner, depth - 1));
}

/** The body as JSON; undefined where it is none, which no schema here takes. */
function bodyOf(text: string): unknown {
  const parsed = parseJson(text);
  return parsed.ok ? parsed.value : undefined;
}

/** A state or status. Longer than this it is no word, and is not kept. */
const word = z.string().trim().min(1).max(200);

/** One element of `result`. Each part that can't be read is null, and spoils nothing else. */
export interface Row {
  /** The item as it was sent, in Liberis' names. */
  readonly data: JsonFields | null;
  /** Liberis' own word. */
  readonly state: string | null;
  readonly validationErrors: readonly string[];
}

/** By hand: an answer may have a hundred thousand rows, and a schema takes some µs to say why it refuses each. */
function readRow(row: unknown): Row {
  const { data, status } = membersOf(row);
  const { state, validation_errors } = membersOf(status);
  return {
    data: isPlainObject(data) && isShallow(data) ? data : null,
    state: typeof state === "string" ? (word.safeParse(state).data ?? null) : null,
    validationErrors: readErrors(validation_errors),
  };
}

const isPlainObject = (value: unknown): value is JsonFields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return isPlainObject(value) ? value : {};
}

/** A string, an array or null (assumed). Whatever else comes is kept as its JSON, for it may be all there is to go by. */
export function readErrors(errors: unknown): readonly string[] {
  if (errors === undefined || errors === null || errors === "") return [];
  return (Array.isArray(errors) ? errors : [errors]).map((error) => {
    if (typeof error === "string") return error;
    return isShallow(error) ? JSON.stringify(error) : "(an error too deeply nested to be shown)";
  });
}

export interface BatchAnswer {
  /** Liberis' own word for the whole batch. */
  readonly status: string;
  /** Empty where `result` is absent or not an array. */
  readonly rows: readonly Row[];
}

/** Ten times what this gateway sends at most: reading more would keep everybody else waiting for seconds (ours). */
export const MAX_ROWS = 100_000;

const batchAnswer = z.object({ status: word, result: z.unknown().optional() });

/** An answer of the status check; null where no status can be read from it, or where it has no end. */
export function readBatchAnswer(text: string): BatchAnswer | null {
  const { data } = batchAnswer.safeParse(bodyOf(text));
  const rows = Array.isArray(data?.result) ? data.result : [];
  return data && rows.length <= MAX_ROWS ? { status: data.status, rows: rows.map(readRow) } : null;
}

/** Whether `id` can be a status_check_id at all: one segment of a path, and text that a database keeps. */
export function isUsableId(id: string): boolean {
  return /^.{1,512}$/su.test(id) && id.isWellFormed() && !id.includes("\0") && id !== "." && id !== "..";
}

const createdAnswer = z.object({
  // A number is taken as well (assumed): nothing says that ids are UUIDs.
  status_check_id: z.union([z.string(), z.int().transform(String)]).refine(isUsableId),
  status_check_uri: z.string().nullable().catch(null),
});
export type CreatedAnswer = z.output<typeof createdAnswer>;

/** An answer to the create; null where no id can be read from it. */
export function readCreatedAnswer(text: string): CreatedAnswer | null {
  return createdAnswer.safeParse(bodyOf(text)).data ?? null;
}

/** Seconds that a token is taken to live where the answer does not say (assumed). */
const DEFAULT_EXPIRES_IN = 300;

const tokenAnswer = z.object({
  // It becomes a header, so that anything but visible ASCII is not a token.
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  expires_in: z
    .union([z.number().nonnegative(), z.string().regex(/^\d+$/).transform(Number)])
    .catch(DEFAULT_EXPIRES_IN),
});
export type TokenAnswer = z.output<typeof tokenAnswer>;

/** An answer of the token endpoint; null where no token can be read from it. */
export function readTokenAnswer(text: string): TokenAnswer | null {
  return tokenAnswer.safeParse(bodyOf(text)).data ?? null;
}

const errorCode = z
  .union([z.string(), z.int().transform(String)])
  .optional()
  .catch(undefined);

const errorAnswer = z.object({
  code: errorCode,
  error_code: errorCode,
  error: z.string().optional().catch(undefined),
  /** Of several errors the first one's code stands for all. */
  errors: z
    .array(z.unknown())
    .transform(([first]) => {
      const { data } = z.object({ code: errorCode, error_code: errorCode }).safeParse(first);
      return data?.code ?? data?.error_code;
    })
    .optional()
    .catch(undefined),
  message: z.string().optional().catch(undefined),
  title: z.string().optional().catch(undefined),
  detail: z.string().optional().catch(undefined),
});

export interface ErrorAnswer {
  /** The provider's code, where there is one that looks like a code. */
  readonly code: string | null;
}

/**
 * The body of a refusal; null where it says nothing readable. Its shape is assumed: nothing public shows one.
 * A code that holds one of `hidden` is not taken over, so that an answer which echoes a credential does not spread it.
 */
export function readErrorAnswer(text: string, hidden: readonly string[]): ErrorAnswer | null {
  const { data } = errorAnswer.safeParse(bodyOf(text));
  if (!data || !Object.values(data).some((said) => said !== undefined && said !== "")) return null;
  const code = data.code ?? data.error_code ?? data.error ?? data.errors ?? "";
  const isCode = /^[A-Za-z0-9][\w.-]{0,63}$/.test(code) && !hidden.some((secret) => code.includes(secret));
  return { code: isCode ? code : null };
}
