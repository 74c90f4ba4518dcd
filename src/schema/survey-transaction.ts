/** SurveyTransaction, PureSpectrum's kind of operation, and the input of its write. */
import { createUnionType, Field, ID, InputType, Int } from "type-graphql";
import { enumOf } from "./enums.ts";
import { flag, integer, member, requiredText, text } from "./fields.ts";
import { Operation, type OperationData, OperationType } from "./operation.ts";
import { AlreadyFinal, AlreadyRunning } from "./problems.ts";
import { refusals } from "./results.ts";
import { AsItsParent } from "./rules.ts";
import { WriteInput } from "./write-input.ts";

const settable = {
  OVER_QUOTA: "The buyer's quota was full (code 17).",
  TERMINATED: "The buyer's screening ended it (code 18).",
  QUALITY_TERMINATED: "Ended by the buyer for quality (code 20).",
  COMPLETE: "The respondent completed the survey (code 21).",
  DEDUPE: "The buyer knew the respondent already (code 30).",
} as const;

export const SurveyTransactionStatus = enumOf(
  "SurveyTransactionStatus",
  "PureSpectrum's status codes that have a name here. May gain members: keep a default branch.",
  {
    IN_PROGRESS: "The respondent is on PureSpectrum's side (code 14).",
    BUYER_IN_PROGRESS: "The respondent is on the buyer's side (code 16). The buyer may set a status.",
    BUYER_DROP: "The respondent left on the buyer's side (code 19). The buyer may still set a status.",
    LOI_THRESHOLD: "The interview passed its limit of length (code 29). The buyer may still set a status.",
    ...settable,
    OTHER: "A code without a name here; see `statusCode`.",
  },
);

export const SettableSurveyStatus = enumOf("SettableSurveyStatus", "The statuses that a buyer may set.", settable);

@OperationType("PureSpectrum: a respondent's transaction in a survey.")
export class SurveyTransaction extends Operation {
  @Field(() => ID, { description: "PureSpectrum's id of the survey." })
  readonly surveyId: string;

  @Field(() => ID, { description: "PureSpectrum's id of the transaction, unique within the survey." })
  readonly transactionId: string;

  @Field(() => Int, {
    nullable: true,
    description:
      "PureSpectrum's numeric status code; null until it has been read or confirmed once. " +
      "(Not `code`: a Problem's code is a String, and one document asks for both.)",
  })
  readonly statusCode: number | null;

  @Field(() => SurveyTransactionStatus, { nullable: true, description: "The code by its name. Null with statusCode." })
  readonly status: keyof typeof SurveyTransactionStatus | null;

  @Field(() => Boolean, {
    description: "True while setSurveyTransactionStatus may still change it (codes 16, 19, 29).",
  })
  readonly changeable: boolean;

  constructor(data: OperationData) {
    super(data);
    const status = text(data.fields, "status");
    this.surveyId = requiredText(data.fields, "surveyId");
    this.transactionId = requiredText(data.fields, "transactionId");
    this.statusCode = integer(data.fields, "statusCode");
    this.status = status === null ? null : (member(SurveyTransactionStatus, status) ?? "OTHER");
    this.changeable = flag(data.fields, "changeable") ?? false;
  }
}

Field(() => SurveyTransaction, {
  nullable: true,
  description: "The transaction with its final status; null where it can't be read.",
})(AlreadyFinal.prototype, "operation");
AsItsParent()(AlreadyFinal.prototype, "operation");

export const SurveyTransactionResult = createUnionType({
  name: "SurveyTransactionResult",
  description: "A survey transaction, or why there is none.",
  types: () => [SurveyTransaction, ...refusals, AlreadyRunning, AlreadyFinal] as const,
});
export type SurveyTransactionResult = typeof SurveyTransactionResult;

/** Why `!`: see write-input.ts. */
@InputType({ description: "The status to set on a respondent's transaction at PureSpectrum." })
export class SetSurveyTransactionStatusInput extends WriteInput {
  @Field(() => ID, { description: "PureSpectrum's id of the survey." })
  readonly surveyId!: string;

  @Field(() => ID, { description: "PureSpectrum's id of the transaction." })
  readonly transactionId!: string;

  @Field(() => SettableSurveyStatus, { description: "The status to set." })
  readonly status!: keyof typeof SettableSurveyStatus;

  @Field(() => [ID], { nullable: true, description: "The quotas that it counts for." })
  readonly quotaIds?: string[] | null;
}
