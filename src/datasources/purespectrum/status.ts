/**
 * What PureSpectrum's codes mean in this gateway's words: status codes become snapshots, error codes become problems.
 * Pure: it knows neither HTTP nor the shape of an answer.
 */
import type { Snapshot, Standing } from "../contract.ts";
import { alreadyFinal, type NotFound, notFound, type Problem, rejected, unavailable } from "../problems.ts";
import type { SurveyIdentity } from "./wire.ts";

export const provider = "PURESPECTRUM";

/** The schema's SurveyTransactionStatus. Each name but OTHER stands for exactly one code, so a name read is the name that was set. */
export type SurveyTransactionStatus =
  | "IN_PROGRESS"
  | "BUYER_IN_PROGRESS"
  | "BUYER_DROP"
  | "LOI_THRESHOLD"
  | "OVER_QUOTA"
  | "TERMINATED"
  | "QUALITY_TERMINATED"
  | "COMPLETE"
  | "DEDUPE"
  | "OTHER";

/** The schema's SettableSurveyStatus. */
export type SettableSurveyStatus = "OVER_QUOTA" | "TERMINATED" | "QUALITY_TERMINATED" | "COMPLETE" | "DEDUPE";

/** The `st` of a status write (documented). */
export const settableCodes = {
  OVER_QUOTA: 17,
  TERMINATED: 18,
  QUALITY_TERMINATED: 20,
  COMPLETE: 21,
  DEDUPE: 30,
} as const satisfies Record<SettableSurveyStatus, DocumentedCode>;

export type DocumentedCode =
  | (11 | 12 | 13 | 14 | 15 | 16 | 17 | 18 | 19 | 20 | 21 | 22 | 23 | 24 | 25 | 26)
  | (28 | 29 | 30 | 31 | 32 | 33 | 70 | 74);

interface Meaning {
  /** Whether more is expected; a code that the buyer may still set another for is open, and `changeable`. */
  readonly end: "open" | "changeable" | "succeeded" | "failed";
  readonly status: SurveyTransactionStatus;
  /** What happened, as a sentence. */
  readonly means: string;
}

/**
 * PureSpectrum's own quota, termination and quality codes (12, 13, 15) are OTHER, not OVER_QUOTA, TERMINATED and
 * QUALITY_TERMINATED: those names are what a buyer set, and nobody set these.
 */
const meanings: Readonly<Record<DocumentedCode, Meaning>> = {
  11: { end: "failed", status: "OTHER", means: "The respondent dropped out before the buyer's survey began." },
  12: { end: "failed", status: "OTHER", means: "PureSpectrum's quota for this respondent is full." },
  13: { end: "failed", status: "OTHER", means: "PureSpectrum terminated the respondent." },
  14: { end: "open", status: "IN_PROGRESS", means: "The respondent is still with PureSpectrum." },
  15: { end: "failed", status: "OTHER", means: "PureSpectrum's quality checks turned the respondent away." },
  16: { end: "changeable", status: "BUYER_IN_PROGRESS", means: "The respondent is in the buyer's survey." },
  17: { end: "failed", status: "OVER_QUOTA", means: "The buyer's quota for this respondent is full." },
  18: { end: "failed", status: "TERMINATED", means: "The buyer terminated the respondent." },
  19: { end: "changeable", status: "BUYER_DROP", means: "The respondent dropped out of the buyer's survey." },
  20: { end: "failed", status: "QUALITY_TERMINATED", means: "The buyer terminated the respondent over quality." },
  21: { end: "succeeded", status: "COMPLETE", means: "The respondent completed the survey." },
  22: { end: "failed", status: "OTHER", means: "The survey is closed." },
  23: { end: "failed", status: "OTHER", means: "The survey is paused." },
  24: { end: "failed", status: "OTHER", means: "The quota for this respondent is not open." },
  25: { end: "failed", status: "OTHER", means: "The allocation for this respondent is full." },
  // Published as not final, although it reads like an end.
  26: { end: "open", status: "OTHER", means: "The respondent took part before." },
  28: { end: "failed", status: "OTHER", means: "The survey is not valid." },
  29: { end: "changeable", status: "LOI_THRESHOLD", means: "The interview's length crossed PureSpectrum's threshold." },
  30: { end: "failed", status: "DEDUPE", means: "The buyer recognised the respondent as a duplicate." },
  31: { end: "failed", status: "OTHER", means: "The hash of the respondent's link did not match." },
  32: { end: "failed", status: "OTHER", means: "The respondent took part in another survey of the same group." },
  33: { end: "failed", status: "OTHER", means: "The complete was rejected at reconciliation." },
  70: { end: "failed", status: "OTHER", means: "The respondent is not eligible for the survey." },
  74: { end: "failed", status: "OTHER", means: "The respondent is not eligible for the survey." },
};

/** A code without a published meaning, 27 among them: never taken for an end. */
const unlisted: Meaning = { end: "open", status: "OTHER", means: "PureSpectrum does not publish what this means." };

function isDocumented(code: number): code is DocumentedCode {
  return Object.hasOwn(meanings, code);
}

export function meaningOf(code: number): Meaning {
  return isDocumented(code) ? meanings[code] : unlisted;
}

/** Whether a code is an end. Only reconciliation (33) changes one afterwards, to another end. */
export function isFinal(code: number): boolean {
  const { end } = meaningOf(code);
  return end === "succeeded" || end === "failed";
}

/** `providerStatus`: the vendor's description where it gave one, else the code as text. */
export function snapshotOf(identity: SurveyIdentity, code: number, description: string | null = null): Snapshot {
  const { status, end } = meaningOf(code);
  return {
    standing: standingOf(code),
    providerStatus: description ?? String(code),
    fields: {
      surveyId: identity.surveyId,
      transactionId: identity.transactionId,
      statusCode: code,
      status,
      changeable: end === "changeable",
    },
    items: [],
  };
}

function standingOf(code: number): Standing {
  const { end, means } = meaningOf(code);
  switch (end) {
    case "open":
    case "changeable":
      return { state: "RUNNING" };
    case "succeeded":
      return { state: "SETTLED", outcome: "SUCCEEDED", problem: null };
    case "failed":
      return { state: "SETTLED", outcome: "FAILED", problem: rejected(provider, String(code), means) };
  }
}

const pastChanging = "The transaction has a final status, which can't be changed any more. Look it up to see which.";

/** By PureSpectrum's code, also where an empty answer or a 404 says it without one. */
export const unknownId: NotFound = notFound(
  "PureSpectrum does not know this transaction. Check the survey id and the transaction id.",
  "1004",
);

export function transactionFinal(code?: string): Problem {
  return alreadyFinal(pastChanging, code);
}

export function unreadable(what: string): Problem {
  return unavailable(provider, "UNREADABLE_ANSWER", `${what} Nothing was concluded from it; ask again later.`);
}

/** The documented errors of a refused call. */
const refusals: ReadonlyMap<string, () => Problem> = new Map([
  [
    "1001",
    () => {
      const fields = [{ path: "status", message: "PureSpectrum does not take this status." }];
      return rejected(provider, "1001", "PureSpectrum says that the status code is incorrect.", fields);
    },
  ],
  ["1002", () => rejected(provider, "1002", "PureSpectrum says that parameters are missing from the request.")],
  ["1003", () => transactionFinal("1003")],
  [unknownId.code, () => unknownId],
  [
    "1005",
    () => {
      const fields = [{ path: "quotaIds", message: "PureSpectrum does not know these quotas in this survey." }];
      return rejected(provider, "1005", "PureSpectrum says that quota ids are missing or not valid.", fields);
    },
  ],
]);

/** The problem of an answer with an HTTP status from 400 on. `code` is its ps_error_code, where it had one. */
export function refusalOf(httpStatus: number, code: string | null): Problem {
  if (httpStatus >= 500) {
    return unavailable(
      provider,
      code ?? "PROVIDER_ERROR",
      `PureSpectrum answered with HTTP ${httpStatus}. Try again later.`,
    );
  }
  if (httpStatus === 401 || httpStatus === 403) {
    const message =
      "PureSpectrum refused this gateway's access token. The operator has to renew PURESPECTRUM_ACCESS_TOKEN.";
    return unavailable(provider, code ?? "PROVIDER_ERROR", message);
  }
  const documented = code === null ? undefined : refusals.get(code);
  if (documented) return documented();
  if (httpStatus === 404) return unknownId;
  const named = code === null ? "" : ` and code ${code}`;
  return rejected(
    provider,
    code ?? "PROVIDER_ERROR",
    `PureSpectrum refused the request with HTTP ${httpStatus}${named}.`,
  );
}
