/**
 * Every kind of operation there is. A further kind adds one line here, and its types in a file of its own; OperationKind,
 * OperationResult, Node and Operation follow.
 */
import { createUnionType } from "type-graphql";
import { BulkCall } from "./bulk-call.ts";
import { addOperationKind } from "./enums.ts";
import type { Operation, OperationData } from "./operation.ts";
import { PartnerBatch } from "./partner-batch.ts";
import { PurchaseSync } from "./purchase-sync.ts";
import { refusals } from "./results.ts";
import { SurveyTransaction } from "./survey-transaction.ts";

type OperationClass = new (data: OperationData) => Operation;

const classes = new Map<string, OperationClass>();

/** The class of each member of OperationKind. */
export const operationClasses: ReadonlyMap<string, OperationClass> = classes;

/** Adds a member to OperationKind, and the type that implements it. To be called before the schema is built. */
export function addKind(kind: string, description: string, type: OperationClass): void {
  addOperationKind(kind, description);
  classes.set(kind, type);
}

addKind("PURCHASE_SYNC", "Cleeng: an in-app purchase, or the transfer of one, being synchronised.", PurchaseSync);
addKind("BULK_CALL", "floLIVE: a regular or bulk request and its inner calls.", BulkCall);
addKind("PARTNER_BATCH", "Liberis: a batch of partner clients being validated and stored.", PartnerBatch);
addKind("SURVEY_TRANSACTION", "PureSpectrum: a respondent's transaction in a survey.", SurveyTransaction);

/** Makes an operation of its kind. Throws for a kind that is not registered, and for fields that its schema promises and lack. */
export function toOperation(data: OperationData): Operation {
  const kind = operationClasses.get(data.kind);
  if (kind) return new kind(data);
  const known = [...operationClasses.keys()].join(", ");
  throw new Error(
    `Expected an operation of a known kind (${known}), got "${data.kind}". Register it in src/schema/kinds.ts.`,
  );
}

export const OperationResult = createUnionType({
  name: "OperationResult",
  description: "An operation, or why there is none; where the id alone says which kind it is.",
  types: () => [...operationClasses.values(), ...refusals],
});
export type OperationResult = Operation | InstanceType<(typeof refusals)[number]>;
