/**
 * PureSpectrum's wire as zod reads it: the rows of a transaction, the error body, and the natural key that stands for
 * a transaction. It knows shapes, not what a code means.
 */
import { z } from "zod";
import { decoyOf } from "../decoy.ts";

export interface SurveyIdentity {
  readonly surveyId: string;
  readonly transactionId: string;
}

/** The natural id of a transaction: its two ids, each escaped, so that no two pairs share one. */
export function surveyKey(surveyId: string, transactionId: string): string {
  return `${encodeURIComponent(surveyId)}/${encodeURIComponent(transactionId)}`;
}

/** The inverse of `surveyKey`; null for a text that it can't have made. */
export function parseSurveyKey(key: string): SurveyIdentity | null {
  const [survey, transaction, ...rest] = key.split("/");
  if (!survey || !transaction || rest.length > 0) return null;
  try {
    const identity = { surveyId: decodeURIComponent(survey), transactionId: decodeURIComponent(transaction) };
    return surveyKey(identity.surveyId, identity.transactionId) === key ? identity : null;
  } catch {
    return null; // A stray "%".
  }
}

/** Surveys are no secret and stay; their transactions are whose they are. */
export function decoyKey(key: string): string {
  const identity = parseSurveyKey(key);
  return identity ? surveyKey(identity.surveyId, decoyOf(identity.transactionId)) : decoyOf(key);
}

// ------------------------------------------------------------------ GET …/transactions/:t

const id = z.union([z.string(), z.number().transform(String)]);

/** Within GraphQL's Int. */
const statusCode = z
  .union([
    z.number(),
    z
      .string()
      .trim()
      .regex(/^\d{1,10}$/)
      .transform(Number),
  ])
  .pipe(z.int().min(0).max(2_147_483_647));

/** Longer than this it is no description, and is not kept: it goes to everybody who watches. Published ones have at most 30 characters. */
const longestDescription = 200;
const description = z.string().trim().min(1).max(longestDescription).nullable().catch(null);

/** What decides is strict, the rest lenient. "Reconciliation Status" stands there too; a reject shows as code 33. */
const row = z.object({
  "Transaction ID": id.nullish().transform((value) => value ?? null),
  "Respondent Status Code": statusCode.nullable().catch(null),
  "Respondent Status Description": description,
});

export type Found =
  | { readonly type: "status"; readonly code: number; readonly description: string | null }
  /** The answer holds no row at all: PureSpectrum knows no such transaction (assumed). */
  | { readonly type: "absent" }
  | { readonly type: "unreadable" };

/** Of one transaction there are a few; more is no answer to what was asked (ours), and would take seconds to be read. */
export const mostRows = 1_000;

/**
 * The status of `transactionId` among the rows of an answer. Rows of other transactions and broken rows are passed
 * over; a lone row without an id is taken for ours. Two rows of ours that disagree can't be read.
 */
export function findStatus(body: unknown, transactionId: string): Found {
  if (!Array.isArray(body) || body.length > mostRows) return { type: "unreadable" };
  if (body.length === 0) return { type: "absent" };
  const rows = body.flatMap((raw: unknown) => {
    const read = row.safeParse(raw);
    return read.success ? [read.data] : [];
  });
  const ours = rows.filter((each) => {
    const named = each["Transaction ID"];
    return named === null ? body.length === 1 : named === transactionId;
  });
  const [first, ...others] = ours;
  const code = first?.["Respondent Status Code"] ?? null;
  if (!first || code === null) return { type: "unreadable" };
  if (others.some((other) => other["Respondent Status Code"] !== code)) return { type: "unreadable" };
  return { type: "status", code, description: first["Respondent Status Description"] };
}

// ------------------------------------------------------------------ errors

/** Codes go into problems that clients see, so only what looks like PureSpectrum's is taken: numbers, or capitals. */
const errorCode = z
  .union([z.string(), z.number().transform(String)])
  .pipe(z.string().regex(/^-?[A-Z0-9_]{1,32}$/))
  .nullable()
  .catch(null);
const errorText = z.string().nullable().catch(null);

const errorBody = z.object({
  ps_error_code: errorCode,
  ps_error_message: errorText,
  ps_api_response_message: errorText,
  msg: errorText,
});

/** An error that PureSpectrum itself wrote. Its text is for recognising it alone: sentences for clients are ours. */
export interface WireError {
  readonly code: string | null;
  readonly text: string | null;
}

/** Null for a body that is not PureSpectrum's, such as a proxy's page. */
export function readError(body: unknown): WireError | null {
  const read = errorBody.safeParse(body);
  if (!read.success) return null;
  const text = read.data.ps_error_message ?? read.data.ps_api_response_message ?? read.data.msg;
  const code = read.data.ps_error_code;
  return code === null && text === null ? null : { code, text };
}
