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
 * The status of a synchronization. Strict in what decides: `status`, and `accessGranted`, of which absent or null is
 * something else than unreadable. Lenient in the rest.
 */
export const synchronization = z.object({
  status: word,
  accessGranted: z.union([z.boolean(), z.null(), unreadable]).default(null),
  offerId: word.nullable().catch(null).default(null),
  result: word.nullable().catch(null).default(null),
});
export type Synchronization = z.infer<typeof synchronization>;

/** Codes go into problems that clients see, so only what looks like one is taken: REQ0100, SK2C0101, S0001. */
const errorCode = z.string().regex(/^[A-Z][A-Z0-9_]{2,31}$/);

const embedded = z.object({ code: errorCode });

/**
 * The code of an error body, or null. The body's form is not published (assumed): `code` beside the message, or inside
 * the first of `errors`, which may be an object or the code itself.
 */
export function readErrorCode(body: unknown): string | null {
  const outer = embedded.safeParse(body);
  if (outer.success) return outer.data.code;
  const listed = z.object({ errors: z.array(z.unknown()).min(1) }).safeParse(body);
  if (!listed.success) return null;
  const first = listed.data.errors[0];
  const inner = embedded.safeParse(first);
  if (inner.success) return inner.data.code;
  const bare = errorCode.safeParse(first);
  return bare.success ? bare.data : null;
}

/** The body as JSON; undefined where it is none, which no schema here takes. */
export function readBody(text: string): unknown {
  const parsed = parseJson(text);
  return parsed.ok ? parsed.value : undefined;
}
