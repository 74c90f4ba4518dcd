/** Which operations a list or a stream lets through. It is applied by the store and the hub. */
import { Field, ID, InputType } from "type-graphql";
import type { Outcome as OutcomeWord, State } from "../datasources/contract.ts";
import { OperationKind, OperationState, Outcome, Provider } from "./enums.ts";

@InputType({
  description:
    "Members are combined by and, the values of one by or. In a subscription it is judged against each change as it was (its " +
    "state and outcome), so that a resumed stream lets through what the unbroken one would have.",
})
export class OperationFilter {
  @Field(() => [ID], { nullable: true, description: "Any of these." })
  readonly ids?: string[] | null;

  @Field(() => [OperationKind], { nullable: true, description: "Any of these kinds." })
  readonly kinds?: string[] | null;

  @Field(() => [Provider], { nullable: true, description: "Of any of these providers." })
  readonly providers?: string[] | null;

  @Field(() => [OperationState], { nullable: true, description: "In any of these states." })
  readonly states?: State[] | null;

  @Field(() => [Outcome], { nullable: true, description: "With any of these outcomes." })
  readonly outcomes?: OutcomeWord[] | null;

  @Field(() => String, { nullable: true, description: "With exactly this correlation id." })
  readonly correlationId?: string | null;

  @Field(() => [String], { nullable: true, description: "All of these." })
  readonly tags?: string[] | null;
}
