/**
 * What Cleeng's entitlement endpoints send, as zod reads it: JSON-RPC 2.0, deprecated and batched, and its REST
 * successor. Nothing here is this gateway's own words: see ./status.ts.
 */
import { z } from "zod";

/** Cleeng answers the id of a call as text, also where it was sent as a number. */
const callId = z.union([z.string(), z.number()]).transform(String);

/** One answer of a batch. `error` is null, false or absent where all is well: zod takes a key that is missing for wrong, unless told. */
export const rpcRow = z.object({ id: callId, result: z.unknown().optional(), error: z.unknown().optional() });

/** A batch that failed as a whole may come back as one object, with or without an id. */
export const rpcFailure = z.object({ error: z.unknown().optional() });

/** Codes go into problems that clients see, so only what looks like one is taken. */
const rpcCode = z.union([z.int(), z.string().regex(/^-?[A-Z0-9_]{1,32}$/)]).transform(String);
const rpcError = z.object({ code: rpcCode });

/** No error, an error with its code, or one whose code can't be read. */
export type RpcFault = { readonly code: string | null } | null;

export function readRpcFault(error: unknown): RpcFault {
  if (!error) return null;
  const parsed = rpcError.safeParse(error);
  return { code: parsed.success ? parsed.data.code : null };
}

/** Unix seconds, which may come as text, as the ids do. */
const unixSeconds = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]);

/** Strict in what decides, lenient in the rest: an unreadable extra is as good as none. */
export const rpcResult = z.object({
  accessGranted: z.boolean(),
  grantType: z.string().min(1).max(200).nullable().catch(null).default(null),
  expiresAt: unixSeconds.nullable().catch(null).default(null),
  purchasedDirectly: z.boolean().nullable().catch(null).default(null),
});

/** The REST answer. The unit of its `expiresAt` is not published: seconds, or a date in text (assumed). */
export const entitlement = z.object({
  responseData: z.object({
    accessGranted: z.boolean(),
    expiresAt: z.union([unixSeconds, z.string()]).nullable().catch(null).default(null),
  }),
  errors: z.array(z.unknown()).nullable().catch(null).default(null),
});
