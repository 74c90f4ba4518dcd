/**
 * Operation, the interface that every kind implements, and the plain data it is made from. It knows no kind: those are
 * listed in kinds.ts.
 */
import { GraphQLString } from "graphql";
import { Field, Float, ID, Int, InterfaceType, ObjectType } from "type-graphql";
import type { JsonFields, Outcome as OutcomeWord, State } from "../datasources/contract.ts";
import type { Problem as ProblemData } from "../datasources/problems.ts";
import { Connection } from "./connection.ts";
import { OperationKind, OperationState, Outcome, Provider } from "./enums.ts";
import { AlreadyRunning, Problem, toGraphProblem } from "./problems.ts";
import { AsItsParent } from "./rules.ts";
import { DateTime } from "./scalars.ts";

export interface ProgressData {
  readonly total: number;
  readonly done: number;
  readonly succeeded: number;
  readonly failed: number;
}

/** One operation at one revision, as the store gives it. */
export interface OperationData {
  readonly id: string;
  /** Member of OperationKind. */
  readonly kind: string;
  /** Member of Provider. */
  readonly provider: string;
  readonly state: State;
  readonly outcome: OutcomeWord | null;
  readonly providerStatus: string | null;
  readonly revision: number;
  readonly correlationId: string | null;
  readonly tags: readonly string[];
  readonly createdAt: Date;
  readonly checkedAt: Date | null;
  readonly followed: boolean;
  readonly nextCheckAt: Date | null;
  readonly changedAt: Date;
  readonly settledAt: Date | null;
  readonly deadlineAt: Date | null;
  readonly progress: ProgressData;
  readonly problem: ProblemData | null;
  /** The kind's own fields, in the schema's names. */
  readonly fields: JsonFields;
  /** How many items there are of each status; empty for a kind without items. */
  readonly itemCounts: Readonly<Record<string, number>>;
}

@InterfaceType({ description: "Whatever has an id and can be found by it." })
export abstract class Node {
  @Field(() => ID, { description: "This gateway's id; opaque, and never used for anything else." })
  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }
}

@ObjectType({
  description: "Counts of the items within an operation; an operation without items counts as one.",
  simpleResolvers: true,
})
export class Progress {
  @Field(() => Int, { description: "How many items there are." })
  readonly total: number;

  @Field(() => Int, { description: "How many of them are finished, either way." })
  readonly done: number;

  @Field(() => Int, { description: "How many succeeded." })
  readonly succeeded: number;

  @Field(() => Int, { description: "How many did not." })
  readonly failed: number;

  @Field(() => Float, { description: "done / total, 0 to 1." })
  readonly fraction: number;

  constructor({ total, done, succeeded, failed }: ProgressData) {
    this.total = total;
    this.done = done;
    this.succeeded = succeeded;
    this.failed = failed;
    this.fraction = total === 0 ? 0 : done / total;
  }
}

@InterfaceType({ implements: Node, description: "A piece of work that a provider accepted and finishes later." })
export abstract class Operation extends Node {
  @Field(() => OperationKind, { description: "What kind of work it is; it tells which type implements it." })
  readonly kind: string;

  @Field(() => Provider, { description: "Who does the work." })
  readonly provider: string;

  @Field(() => OperationState, { description: "How far the provider has come." })
  readonly state: State;

  @Field(() => Outcome, { nullable: true, description: "How it ended. Set if and only if the state is SETTLED." })
  readonly outcome: OutcomeWord | null;

  @Field(() => Boolean, { description: "Whether the state is SETTLED." })
  readonly settled: boolean;

  @Field(() => String, {
    nullable: true,
    description: "The provider's own word for its status, unmapped. Null until it has been read once.",
  })
  readonly providerStatus: string | null;

  @Field(() => Int, {
    description:
      "1 is the first known state; one more with each change. A change is a difference in state, outcome, providerStatus, " +
      "progress, an item, a field of the kind, `followed`, or the problem it settled with. checkedAt, nextCheckAt, deadlineAt " +
      "and the problem of a check that failed are not changes: they make no revision and send nothing.",
  })
  readonly revision: number;

  @Field(() => String, {
    nullable: true,
    description:
      "The correlation id given at the write. For Cleeng it is the synchronizationId; for the others ours alone.",
  })
  readonly correlationId: string | null;

  @Field(() => [String], {
    description:
      "Free labels given at the write or the follow; for finding and watching together what belongs together.",
  })
  readonly tags: readonly string[];

  @Field(() => DateTime, { description: "When the gateway first knew of it." })
  readonly createdAt: Date;

  @Field(() => DateTime, { nullable: true, description: "When the provider was last asked successfully." })
  readonly checkedAt: Date | null;

  @Field(() => Boolean, { description: "Whether the gateway keeps asking the provider. False once settled." })
  readonly followed: boolean;

  @Field(() => DateTime, {
    nullable: true,
    description: "When the provider will be asked next; null once settled or no longer followed.",
  })
  readonly nextCheckAt: Date | null;

  @Field(() => DateTime, { description: "When the gateway saw the latest change, the one of `revision`." })
  readonly changedAt: Date;

  @Field(() => DateTime, { nullable: true, description: "When the gateway saw it settle; null until then." })
  readonly settledAt: Date | null;

  @Field(() => DateTime, { nullable: true, description: "When the gateway gives up waiting." })
  readonly deadlineAt: Date | null;

  @Field(() => Progress, { description: "How much of it is done." })
  readonly progress: Progress;

  @Field(() => Problem, {
    nullable: true,
    description: "Why it failed or was abandoned, or what the latest check ran into.",
  })
  readonly problem: Problem | null;

  constructor(data: OperationData) {
    super(data.id);
    this.kind = data.kind;
    this.provider = data.provider;
    this.state = data.state;
    this.outcome = data.outcome;
    this.settled = data.state === "SETTLED";
    this.providerStatus = data.providerStatus;
    this.revision = data.revision;
    this.correlationId = data.correlationId;
    this.tags = data.tags;
    this.createdAt = data.createdAt;
    this.checkedAt = data.checkedAt;
    this.followed = data.followed;
    this.nextCheckAt = data.nextCheckAt;
    this.changedAt = data.changedAt;
    this.settledAt = data.settledAt;
    this.deadlineAt = data.deadlineAt;
    this.progress = new Progress(data.progress);
    this.problem = data.problem === null ? null : toGraphProblem(data.problem);
  }
}

/**
 * What a kind's class is decorated with. Both interfaces are named, for type-graphql finds the type of a Node only among the
 * classes that name it; and plain properties need no resolver, which makes a list of operations cheaper to answer.
 */
export function OperationType(description: string): ClassDecorator {
  return ObjectType({ implements: [Node, Operation], description, simpleResolvers: true });
}

Field(() => Operation, {
  nullable: true,
  description: "The work that is under way, where this gateway knows it and the viewer may see it.",
})(AlreadyRunning.prototype, "operation");
AsItsParent()(AlreadyRunning.prototype, "operation");

export const OperationConnection = Connection<Operation>("Operation", () => Operation, {
  cursor: GraphQLString,
  description: "A page of operations.",
  totalCount: { nullable: true, description: "Counted only where asked for, and up to 10,000; null beyond." },
});
export type OperationConnection = InstanceType<typeof OperationConnection>;
