/** Judges what a caller names and sets before anything is sent. It knows PureSpectrum's limits, and where they are ours. */
import { z } from "zod";
import { type SettableSurveyStatus, settableCodes } from "./status.ts";

/** PureSpectrum publishes no limit; these are ours, so that the query string stays a length that every proxy takes. */
const longestId = 128;
const longestQuotaId = 64;
const mostQuotaIds = 100;

/** No control characters and no half surrogates: the one can't be stored, the other can't be put into an address. */
const plain = /^[^\p{Cc}\p{Cs}]*$/u;

/** It becomes a part of a path: "." and ".." would name another address, whatever the escaping. */
const pathId = z
  .string("Expected text of 1 to 128 characters.")
  .min(1, "Expected 1 to 128 characters; it is empty.")
  .max(longestId, "Expected at most 128 characters.")
  .regex(plain, "Expected no control characters.")
  .refine((text) => text !== "." && text !== "..", 'Expected an id; "." and ".." are none.');

const quotaId = z
  .string("Expected text of 1 to 64 characters.")
  .min(1, "Expected 1 to 64 characters; it is empty.")
  .max(longestQuotaId, "Expected at most 64 characters.")
  .regex(plain, "Expected no control characters.")
  .refine((text) => !text.includes(","), "Expected one quota id; a comma separates them on the wire.");

const settable = new Set<string>(Object.keys(settableCodes));

/** For look-ups, follows and the write. */
export const surveyIdentity = z.object({ surveyId: pathId, transactionId: pathId });

/** The mutation's input, without what is the gateway's own (correlationId, tags, idempotencyKey). */
export const setStatusInput = surveyIdentity.extend({
  status: z.custom<SettableSurveyStatus>(
    (value) => typeof value === "string" && settable.has(value),
    `Expected one of ${[...settable].join(", ")}.`,
  ),
  quotaIds: z
    .array(quotaId, "Expected a list of quota ids.")
    .max(mostQuotaIds, "Expected at most 100 quota ids.")
    .nullish()
    .transform((ids) => (ids && ids.length > 0 ? ids : null)),
});

export interface SetStatusInput {
  readonly surveyId: string;
  readonly transactionId: string;
  readonly status: SettableSurveyStatus;
  /** The quotas that the respondent counts for; null where none are named. */
  readonly quotaIds: readonly string[] | null;
}
