/**
 * Judges the arguments of access, accessMany and accessChanged before anything is asked.
 */
import { z } from "zod";
import { publicAddress } from "../address.ts";

/** `S580476507` for any country, `S580476507_US` for one. */
export const offerId = z
  .string()
  .regex(/^[SPEAR][1-9]\d{8}(_[A-Z]{2})?$/, "Expected an offer id such as S580476507 or S580476507_US.");

export const mostOffers = 200;

export const offerIds = z.array(offerId).max(mostOffers, `Expected at most ${mostOffers} offers at once.`);

/**
 * Cleeng does not publish a form; it becomes a header over REST, so it is text that a header can carry. Messages never
 * repeat it.
 */
export const customerToken = z
  .string("Expected the customer's token, here or in the header x-cleeng-customer-token.")
  .regex(/^[\x21-\x7e]*$/, "Expected printable ASCII characters without spaces.")
  .min(1, "Expected the customer's token; it is empty.")
  .max(4096, "Expected at most 4096 characters.");

const ipAddress = publicAddress.nullish().transform((value) => value ?? null);

/** The arguments of `access`, the token from wherever it came. */
export const accessArguments = z.object({ offerId, customerToken, ipAddress });

/** The arguments of `accessMany`, and of `accessChanged`, which sends no address. */
export const accessManyArguments = z.object({ offerIds, customerToken, ipAddress });
