/**
 * The words that the vendors document, and what each means here. Written from their documentation and not from the
 * providers' code, so that one can be held against the other; docs/status.md is made from it.
 */
import type { Outcome, State } from "../../../src/datasources/contract.ts";

export interface DocumentedWord {
  /** As the subject's fixture calls it. */
  readonly word: string;
  /** Null for decisions, which hold now and settle nothing. */
  readonly state: State | null;
  readonly outcome: Outcome | null;
  readonly meaning: string;
}

function word(
  word: string,
  standing: Exclude<State, "SETTLED"> | Exclude<Outcome, "ABANDONED"> | null,
  meaning: string,
): DocumentedWord {
  switch (standing) {
    case "SUCCEEDED":
    case "PARTIAL":
    case "FAILED":
      return { word, state: "SETTLED", outcome: standing, meaning };
    default:
      return { word, state: standing, outcome: null, meaning };
  }
}

const codes: ReadonlyArray<readonly [code: number, standing: "RUNNING" | "SUCCEEDED" | "FAILED", meaning: string]> = [
  [11, "FAILED", "PS drop"],
  [12, "FAILED", "PS quota full"],
  [13, "FAILED", "PS termination"],
  [14, "RUNNING", "PS in progress"],
  [15, "FAILED", "PS quality termination"],
  [16, "RUNNING", "buyer side in progress; the buyer may set the status"],
  [17, "FAILED", "buyer quota full"],
  [18, "FAILED", "buyer termination"],
  [19, "RUNNING", "buyer drop; the buyer may still set the status"],
  [20, "FAILED", "buyer quality termination"],
  [21, "SUCCEEDED", "complete"],
  [22, "FAILED", "survey closed"],
  [23, "FAILED", "survey paused"],
  [24, "FAILED", "unopened quota"],
  [25, "FAILED", "allocation full"],
  [26, "RUNNING", "past participation, which is published as not final"],
  [28, "FAILED", "invalid survey"],
  [29, "RUNNING", "LOI threshold; the buyer may still set the status"],
  [30, "FAILED", "buyer dedupe"],
  [31, "FAILED", "hash failure"],
  [32, "FAILED", "grouping termination"],
  [33, "FAILED", "reconciliation reject"],
  [70, "FAILED", "not eligible"],
  [74, "FAILED", "not eligible"],
];

/** By the definition's id. */
export const vocabulary: Readonly<Record<string, readonly DocumentedWord[]>> = {
  "cleeng-access": [
    word("accessGranted true", null, "access is granted now"),
    word("accessGranted false", null, "access is not granted now"),
    word("grantType direct-purchase", null, "the customer bought this offer; the list of grant types is open"),
  ],
  "cleeng-purchases": [
    word("status processing", "RUNNING", "Cleeng works on it"),
    word("status retrying", "RETRYING", "Cleeng met an error and tries again by itself, maybe many times"),
    word("status finalized, accessGranted true", "SUCCEEDED", "the purchase gives access"),
    word("status finalized, accessGranted false", "FAILED", "the purchase gives no access; `result` may say why"),
    word("result RECEIVED_EXPIRED_PURCHASE", "FAILED", "the purchase had expired; a result explains and never decides"),
    word("result TRANSACTION_ID_NOT_FOUND", "FAILED", "the store does not know the transaction"),
    word("result PURCHASE_OWNERSHIP_TRANSFERRED", "SUCCEEDED", "with accessGranted true: it has a new owner"),
    word("result PURCHASE_OWNERSHIP_UNCHANGED", "FAILED", "with accessGranted false: it stays with its owner"),
  ],
  flolive: [
    word("content.status OPEN", "RUNNING", "a node is not finished, so the call is not"),
    word("content.status SUCCESS", "SUCCEEDED", "every node succeeded"),
    word("content.status FAILURE", "FAILED", "no node succeeded"),
    word("content.status INTERNAL_ERROR", "FAILED", "no node succeeded"),
    word("content.status SUCCESS and FAILURE", "PARTIAL", "some nodes succeeded, some did not"),
    word("content.status SUCCESS and OPEN", "RUNNING", "one open node keeps the call open"),
  ],
  liberis: [
    word("status Pending", "RUNNING", "the batch is not finished, whatever its items say"),
    word("status Completed", "SUCCEEDED", "finished; here every client was stored"),
    word("status.state Pending", "PARTIAL", "a client still pending in a finished batch, beside one that was stored"),
    word("status.state Duplicate", "FAILED", "an exact repeat, not stored; here no client was"),
    word("status.state Conflict", "FAILED", "the same id with other data, none of them stored"),
    word("status.state Failed", "PARTIAL", "not stored, beside one that was"),
    word("status.state Completed", "RUNNING", "a client that was stored, in a batch that goes on"),
  ],
  purespectrum: [
    ...codes.map(([code, standing, meaning]) => word(`Respondent Status Code ${code}`, standing, meaning)),
    word("Respondent Status Code as text, without a description", "FAILED", "here 18: read like the number"),
  ],
};
