/**
 * An event with everything that was asked of it. Where the store goes away in the middle, it is waited for and asked anew:
 * the event with an error in its place would have been told, and its cursor would pass over it. What fails in a store that
 * is there ends the subscription, at the same place.
 */
import type { GraphQLError } from "graphql";
import type { Live } from "../live/feed.ts";
import { Unshown } from "./groups.ts";

/** After so many tries, a second apart, it is asked whether it is the store that fails, or what is asked of it. */
const patientTries = 10;
const storeLimitMs = 2_000;

/** `make` rejects with an Unshown where the store failed. */
export function shown<T>({ patiently, store }: Live, isGone: () => boolean, make: () => Promise<T>): Promise<T> {
  let tries = 0;
  return patiently(isGone, async () => {
    try {
      return await make();
    } catch (error) {
      if (!(error instanceof Unshown)) throw error;
      tries += 1;
      if (tries % patientTries !== 0) throw error.cause;
      await store.check(storeLimitMs);
      throw new Refused([error.failure]);
    }
  });
}

/** Why a subscription could not begin, or go on. */
export class Refused extends Error {
  readonly errors: readonly GraphQLError[];
  constructor(errors: readonly GraphQLError[]) {
    super("The subscription could not begin, or go on.");
    this.errors = errors;
  }
}
