/**
 * Judges the arguments of registerPurchase, transferPurchase and purchaseSync before anything is recorded or sent.
 */
import { z } from "zod";
import { publicAddress, viewerAddress } from "../address.ts";
import { correlationId, idempotencyKey, isStorable, notStorable, type Parsed, parseInput, tags } from "../input.ts";
import { invalidInput } from "../problems.ts";

/**
 * An id that can stand in a path: encoded, "." and ".." would still be taken for steps up by every reader of URLs, so
 * they can't be asked for at all.
 */
const addressable = (id: string) => id !== "." && id !== "..";

export const synchronizationId = z
  .string()
  .regex(/^[\x20-\x7e]{1,256}$/, "Expected 1 to 256 printable ASCII characters.")
  .refine(addressable, 'Expected an id; "." and ".." can be none.');

/** 100000000 to 9999999999, which is what Cleeng documents; sent as a number. */
const customerId = z
  .string()
  .regex(/^[1-9]\d{8,9}$/, "Expected Cleeng's number of the customer, 100000000 to 9999999999.");

/**
 * Its length is not documented: long enough for any store's (assumed), and counted in bytes, for an index holds it, and
 * PostgreSQL takes no more than 2,704 bytes there: it would refuse the operation after Cleeng has accepted the write.
 */
const longestTransactionId = 1024;
const transactionId = z
  .string()
  .refine(
    (text) => Buffer.byteLength(text) <= longestTransactionId,
    `Expected at most ${longestTransactionId} bytes in UTF-8, which are as many ASCII characters and fewer of any other.`,
  )
  .refine((text) => text.trim() !== "", "Expected the store's id of the transaction; it is empty.")
  .refine(isStorable, notStorable);

/** RegisterPurchaseInput and TransferPurchaseInput. What is left out is null, tags are an empty list. */
export const purchaseInput = z.object({
  customerId,
  transactionId,
  ipAddress: publicAddress.nullish().transform((value) => value ?? null),
  correlationId: correlationId
    .refine(addressable, 'Expected something else than "." or "..": it becomes the synchronization id.')
    .nullish()
    .transform((value) => value ?? null),
  tags: tags.nullish().transform((value) => value ?? []),
  idempotencyKey: idempotencyKey.nullish().transform((value) => value ?? null),
});
export type JudgedPurchase = z.infer<typeof purchaseInput>;

/**
 * Judges a mutation's input. Without an `ipAddress` the connection's is taken where that is public; where there is
 * neither and Cleeng demands one, the input is refused: an address is never made up.
 */
export function judgePurchase(
  input: unknown,
  viewer: { readonly connection: string | null; readonly addressRequired: boolean },
): Parsed<JudgedPurchase> {
  const parsed = parseInput(purchaseInput, input);
  if (!parsed.ok) return parsed;
  const ipAddress = viewerAddress(parsed.value.ipAddress, viewer.connection);
  if (ipAddress === null && viewer.addressRequired) {
    const message =
      "Expected the viewer's public IPv4 address: Cleeng demands one, and the connection does not show one. Send it here.";
    return { ok: false, problem: invalidInput([{ path: "ipAddress", message }]) };
  }
  return { ok: true, value: { ...parsed.value, ipAddress } };
}
