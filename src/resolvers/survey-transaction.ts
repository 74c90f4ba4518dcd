/** PureSpectrum transactions: look-up, set the status, follow. */
import { Arg, Ctx, ID, Int, Mutation, Query, Resolver } from "type-graphql";
import { parseWrite } from "../datasources/input.ts";
import { isProblem } from "../datasources/problems.ts";
import { purespectrum, setStatusInput, surveyIdentity, surveyKey } from "../datasources/purespectrum/index.ts";
import { follow, lookUp } from "../operations/lookup.ts";
import { submit } from "../operations/submit.ts";
import {
  type Operation,
  type Problem,
  SetSurveyTransactionStatusInput,
  SurveyTransactionResult,
  toGraphProblem,
} from "../schema/index.ts";
import { Needs } from "../schema/rules.ts";
import { judgeFollow, judgeLookUp } from "./arguments.ts";
import type { Context } from "./context.ts";
import { presentResult } from "./present.ts";

const { kind } = purespectrum;

@Resolver()
export class SurveyTransactionResolver {
  @Needs(["operations:read"])
  @Query(() => SurveyTransactionResult, {
    description:
      "A respondent's transaction. Answers from the store when it was checked at most maxAgeSeconds ago, or is settled with an " +
      "outcome other than ABANDONED; else it asks PureSpectrum, records what it sees, and does not follow.",
  })
  async surveyTransaction(
    @Arg("surveyId", () => ID, { description: "PureSpectrum's id of the survey." }) surveyId: string,
    @Arg("transactionId", () => ID, { description: "PureSpectrum's id of the transaction in it." })
    transactionId: string,
    @Arg("maxAgeSeconds", () => Int, { nullable: true, defaultValue: 5, description: "How old an answer may be." })
    maxAge: number | null,
    @Ctx() context: Context,
  ): Promise<Operation | Problem> {
    const judged = judgeLookUp(surveyIdentity, { surveyId, transactionId }, maxAge);
    if (!judged.ok) return toGraphProblem(judged.problem);
    const { maxAgeSeconds } = judged.value;
    const naturalId = surveyKey(surveyId, transactionId);
    return presentResult(context, await context.loaders.lookUp.load({ kind, naturalId, maxAgeSeconds }));
  }

  @Needs(["operations:write", "service"])
  @Mutation(() => SurveyTransactionResult, {
    description:
      "Sets the status of a transaction that is still changeable (codes 16, 19, 29), and follows it until it settles.",
  })
  async setSurveyTransactionStatus(
    @Arg("input", () => SetSurveyTransactionStatusInput, { description: "The transaction, and its status." })
    input: SetSurveyTransactionStatusInput,
    @Ctx() context: Context,
  ): Promise<Operation | Problem> {
    const { operations, viewer } = context;
    const judged = parseWrite(setStatusInput, input);
    if (!judged.ok) return toGraphProblem(judged.problem);
    const { work, labels } = judged.value;
    const write = context.connections.client(purespectrum)?.setStatus ?? null;
    const result = await submit(operations, viewer, { kind, write, input: work, asked: work, ...labels });
    if (!isProblem(result) || result.type !== "AlreadyFinal") return presentResult(context, result);
    // Here it is, where it can be read.
    const naturalId = surveyKey(work.surveyId, work.transactionId);
    const final = await lookUp(operations, viewer, { kind, naturalId, maxAgeSeconds: 0 });
    return presentResult(context, { ...result, operationId: isProblem(final) ? null : final.id });
  }

  @Needs(["operations:write"])
  @Mutation(() => SurveyTransactionResult, {
    description:
      "Follow a transaction, or again one that was unfollowed or abandoned (with a new deadline). Asks PureSpectrum once and " +
      "answers with what it sees; when it can't be asked, the Problem, and nothing is followed.",
  })
  async followSurveyTransaction(
    @Arg("surveyId", () => ID, { description: "PureSpectrum's id of the survey." }) surveyId: string,
    @Arg("transactionId", () => ID, { description: "PureSpectrum's id of the transaction in it." })
    transactionId: string,
    @Arg("tags", () => [String], { nullable: true, description: "Added to its tags." }) tags: string[] | null,
    @Ctx() context: Context,
  ): Promise<Operation | Problem> {
    const judged = judgeFollow(surveyIdentity, { surveyId, transactionId }, tags);
    if (!judged.ok) return toGraphProblem(judged.problem);
    const wanted = { kind, naturalId: surveyKey(surveyId, transactionId), tags: judged.value.tags };
    return presentResult(context, await follow(context.operations, context.viewer, wanted));
  }
}
