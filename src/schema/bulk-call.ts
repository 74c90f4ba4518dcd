/** BulkCall, floLIVE's kind of operation, and its items. What is sent is in bulk-call-input.ts. */
import { GraphQLString } from "graphql";
import { createUnionType, Field, ID, Int, ObjectType } from "type-graphql";
import { BulkAction, SubscriberIdentifierType } from "./bulk-call-input.ts";
import { Connection } from "./connection.ts";
import { enumOf } from "./enums.ts";
import { member, text } from "./fields.ts";
import { countItems, type ItemData } from "./items.ts";
import { Operation, type OperationData, OperationType } from "./operation.ts";
import { AlreadyRunning } from "./problems.ts";
import { refusals } from "./results.ts";

export const BulkCallStatus = enumOf("BulkCallStatus", "How far one inner call of a bulk call has come.", {
  OPEN: "Not finished yet.",
  SUCCESS: "Done as asked.",
  FAILURE: "Refused, or done without success.",
  INTERNAL_ERROR: "floLIVE met an error of its own; it counts as failed.",
  UNKNOWN: "A word without a name here, or none that could be read; see `providerStatus`.",
});
type BulkCallStatusWord = keyof typeof BulkCallStatus;

@ObjectType({ description: "How many inner calls there are of each status.", simpleResolvers: true })
export class BulkCallCounts {
  @Field(() => Int, { description: "Calls that are OPEN." })
  readonly open: number;

  @Field(() => Int, { description: "Calls that are SUCCESS." })
  readonly success: number;

  @Field(() => Int, { description: "Calls that are FAILURE." })
  readonly failure: number;

  @Field(() => Int, { description: "Calls that are INTERNAL_ERROR." })
  readonly internalError: number;

  @Field(() => Int, { description: "Calls that are UNKNOWN." })
  readonly unknown: number;

  @Field(() => Int, { description: "All calls." })
  readonly total: number;

  constructor(itemCounts: OperationData["itemCounts"]) {
    const { count, total } = countItems(BulkCallStatus, "UNKNOWN", itemCounts);
    this.open = count("OPEN");
    this.success = count("SUCCESS");
    this.failure = count("FAILURE");
    this.internalError = count("INTERNAL_ERROR");
    this.unknown = count("UNKNOWN");
    this.total = total;
  }
}

@OperationType("floLIVE: a regular or bulk request and its inner calls.")
export class BulkCall extends Operation {
  @Field(() => ID, {
    nullable: true,
    description:
      "floLIVE's id: the Request-Id of a whole call, or the requestId of one of its nodes. " +
      "Null only where the answer to our write never came (see WriteUnconfirmed).",
  })
  readonly requestId: string | null;

  @Field(() => BulkAction, {
    nullable: true,
    description: "What is done to each subscriber. Null where it was not sent through this gateway.",
  })
  readonly action: keyof typeof BulkAction | null;

  @Field(() => BulkCallCounts, { description: "How many inner calls there are of each status." })
  readonly counts: BulkCallCounts;

  constructor(data: OperationData) {
    super(data);
    this.requestId = text(data.fields, "requestId");
    this.action = member(BulkAction, text(data.fields, "action"));
    this.counts = new BulkCallCounts(data.itemCounts);
  }
}

@ObjectType({ description: "One inner call of a bulk call: what is done to one subscriber.", simpleResolvers: true })
export class BulkCallItem {
  @Field(() => Int, {
    description: "Place in the request, from 0, where it was sent through this gateway; else in the provider's answer.",
  })
  readonly position: number;

  @Field(() => ID, { nullable: true, description: "floLIVE's id of this call alone; null until it has given one." })
  readonly requestId: string | null;

  @Field(() => SubscriberIdentifierType, {
    nullable: true,
    description: "What it acts on; known where it was sent through this gateway.",
  })
  readonly identifierType: keyof typeof SubscriberIdentifierType | null;

  @Field(() => String, {
    nullable: true,
    description: "Which one it acts on; known where it was sent through this gateway.",
  })
  readonly identifier: string | null;

  @Field(() => BulkCallStatus, { description: "How far it has come." })
  readonly status: BulkCallStatusWord;

  @Field(() => String, {
    nullable: true,
    description: "The provider's own word for its status, unmapped. Null until it has been read once.",
  })
  readonly providerStatus: string | null;

  @Field(() => Int, { description: "The operation's revision with which this item last changed." })
  readonly revision: number;

  constructor(item: ItemData) {
    this.position = item.position;
    this.requestId = item.key;
    this.identifierType = member(SubscriberIdentifierType, text(item.fields, "identifierType"));
    this.identifier = text(item.fields, "identifier");
    this.status = member(BulkCallStatus, item.status) ?? "UNKNOWN";
    this.providerStatus = item.providerStatus;
    this.revision = item.revision;
  }
}

export const BulkCallItemConnection = Connection<BulkCallItem>("BulkCallItem", () => BulkCallItem, {
  cursor: GraphQLString,
  description: "A page of a bulk call's inner calls.",
  totalCount: { nullable: false, description: "How many calls match, on all pages." },
});
export type BulkCallItemConnection = InstanceType<typeof BulkCallItemConnection>;

export const BulkCallResult = createUnionType({
  name: "BulkCallResult",
  description: "A bulk call, or why there is none.",
  types: () => [BulkCall, ...refusals, AlreadyRunning] as const,
});
export type BulkCallResult = typeof BulkCallResult;
