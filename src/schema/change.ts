/** A line of the change log as clients see it, in a stream or in a timeline. */
import { Field, Int, ObjectType } from "type-graphql";
import type { Outcome as OutcomeWord, State } from "../datasources/contract.ts";
import { Connection } from "./connection.ts";
import { enumOf, OperationState, Outcome } from "./enums.ts";
import { Operation, Progress } from "./operation.ts";
import { AsItsParent } from "./rules.ts";
import { Cursor, DateTime } from "./scalars.ts";

export const ChangeKind = enumOf("ChangeKind", "Why a change is sent.", {
  SNAPSHOT:
    "The state at the moment of subscribing. Snapshots come in the order of their operations' latest changes and bear the " +
    "places of those as cursors, the last one the end of the log: resuming from any of them loses none of the rest, which " +
    "then come as CHANGED.",
  CHANGED: "It has changed.",
  RESET:
    "The cursor is older than the log reaches, or from another log: the state now, once for each operation asked for that " +
    "changed after the cursor, in order and with cursors like SNAPSHOT. What did not change sends nothing. Then the stream " +
    "goes on live.",
});
export type ChangeKindWord = keyof typeof ChangeKind;

export interface OperationChangeData {
  readonly cursor: string;
  readonly kind: ChangeKindWord;
  /** When the gateway saw the change. */
  readonly at: Date;
  /** Null for the first revision, SNAPSHOT and RESET. */
  readonly previousState: State | null;
  /** The operation as it stood at this revision; what the change became is read from it. */
  readonly operation: Operation;
}

@ObjectType({ description: "What one change of an operation made of it.", simpleResolvers: true })
export class OperationChange {
  @Field(() => Cursor, { description: "The change's place in the log, to hand back as `after`." })
  readonly cursor: string;

  @Field(() => ChangeKind, { description: "Why it is sent. CHANGED in a timeline." })
  readonly kind: ChangeKindWord;

  @Field(() => DateTime, { description: "When the gateway saw the change, also for SNAPSHOT and RESET." })
  readonly at: Date;

  @Field(() => Int, { description: "The operation's revision that the change made." })
  readonly revision: number;

  @Field(() => OperationState, {
    nullable: true,
    description: "The state before. Null for the first revision, SNAPSHOT and RESET.",
  })
  readonly previousState: State | null;

  @Field(() => OperationState, { description: "The state it became." })
  readonly state: State;

  @Field(() => Outcome, { nullable: true, description: "The outcome it became; null unless the state is SETTLED." })
  readonly outcome: OutcomeWord | null;

  @Field(() => String, { nullable: true, description: "The provider's own word for its status then, unmapped." })
  readonly providerStatus: string | null;

  @Field(() => Progress, { description: "How much of it was done then." })
  readonly progress: Progress;

  @AsItsParent()
  @Field(() => Operation, {
    description:
      "The operation as it stood at this revision: all its scalars, counts, progress and problem. " +
      "Item connections and timeline are read now.",
  })
  readonly operation: Operation;

  constructor({ cursor, kind, at, previousState, operation }: OperationChangeData) {
    this.cursor = cursor;
    this.kind = kind;
    this.at = at;
    this.revision = operation.revision;
    this.previousState = previousState;
    this.state = operation.state;
    this.outcome = operation.outcome;
    this.providerStatus = operation.providerStatus;
    this.progress = operation.progress;
    this.operation = operation;
  }
}

export const OperationChangeConnection = Connection<OperationChange>("OperationChange", () => OperationChange, {
  cursor: Cursor,
  description: "A page of an operation's changes, oldest first.",
});
export type OperationChangeConnection = InstanceType<typeof OperationChangeConnection>;
