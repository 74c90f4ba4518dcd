/**
 * What Cleeng's StoreKit 2 host sends, as zod reads it. Nothing here is this gateway's own words: see ./status.ts.
 */
import { z } from "zod";
import { parseJson } from "../json.ts";

/** Longer "words" than this are no words. Documented ones have at most 30 characters. */
const longestWord = 200;
const word = z.string().min(1).max(longestWord);

/** The 202 of a register or a transfer. */
export const acceptance = z.object({ synchronizationId: z.string().min(1).max(256) });

/** What is there but is neither a boolean nor null. */
const unreadable = z.unknown().transform((): "unreadable" => "unreadable");

/**
 * Whose purchase it is, and which. Undocumented in this answer, so both are optional; by the names of the request's body,
 * and a customer by that of our schema too (assumed). A number may be written as text. What is no number of a customer's
 * can't be compared with ours, and says nothing.
 */
const customer = z
  .union([z.int().transform(String), z.string().trim()])
  .transform((text) => text.replace(/^0+/, ""))
  .pipe(z.string().regex(/^\d{1,20}$/))
  .nullable()
  .catch(null)
  .default(null);
const transaction = z
  .union([z.int().transform(String), z.string().trim().min(1)])
  .nullable()
  .catch(null)
  .default(null);

/**
 * The status of a synchronization. Strict in what decides: `status`, and `accessGranted`, of which absent or null is
 * something else than unreadable. Lenient in the rest.
 */
export const synchronization = z.object({
  status: word,
  accessGranted: z.union([z.boolean(), z.null(), unreadable]).default(null),
  offerId: word.nullable().catch(null).default(null),
  result: word.nullable().catch(null).default(null),
  cleengCustomerId: customer,
  customerId: customer,
  transactionId: transaction,
});
export type Synchronization = z.infer<typeof synchronization>;

/** The error codes that Cleeng documents. */
const documentedCodes = [
  "REQ0001",
  "REQ0003",
  "REQ0004",
  "REQ0100",
  "SK2C0004",
  "SK2C0005",
  "SK2C0100",
  "SK2C0101",
  "SK2C0103",
  "SK2C0104",
  "AUTH0001",
  "AUTH0002",
  "AUTH0003",
] as const;
export type DocumentedCode = (typeof documentedCodes)[number];
const documented: ReadonlySet<string> = new Set(documentedCodes);

/** A code of Cleeng's families, wherever it stands in a text. */
const familiar = /\b(?:REQ|SK2C|AUTH)\d{4}\b/g;
/** Codes go into problems that clients see, so of other families only a text that is nothing else is taken: S0001. */
const bare = /^[A-Z][A-Z0-9_]{2,31}$/;
/** A code stands near the beginning; nothing is searched for in pages of text. */
const longestSearched = 1000;

const errorBody = z.object({
  code: z.unknown().optional(),
  message: z.unknown().optional(),
  errors: z.tuple([z.unknown()], z.unknown()).optional().catch(undefined),
});

/**
 * The code of an error body, or null. The body's form is not published, so `code`, `message` and the first of `errors`
 * are read in any combination; that first one may be an object of the same form or a text (assumed). A documented code
 * goes before any other: a host may put a word of its own into `code`, and Cleeng's code into the message.
 */
export function readErrorCode(body: unknown): string | null {
  const outer = errorBody.safeParse(body);
  if (!outer.success) return null;
  const [first] = outer.data.errors ?? [];
  const inner = errorBody.safeParse(first);
  const { code = null, message = null } = inner.success ? inner.data : {};
  const texts = [outer.data.code, first, code, message, outer.data.message]
    .filter((text) => typeof text === "string")
    .map((text) => text.slice(0, longestSearched));
  const found = texts.flatMap((text) => text.match(familiar) ?? []);
  return found.find((one) => documented.has(one)) ?? found[0] ?? texts.find((text) => bare.test(text)) ?? null;
}

/** The body as JSON; undefined where it is none, which no schema here takes. */
export function readBody(text: string): unknown {
  const parsed = parseJson(text);
  return parsed.ok ? parsed.value : undefined;
}
