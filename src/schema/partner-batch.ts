/** PartnerBatch, Liberis' kind of operation, and its items. What is sent is in partner-batch-input.ts. */
import { GraphQLString } from "graphql";
import { createUnionType, Field, ID, Int, ObjectType } from "type-graphql";
import type { JsonFields } from "../datasources/contract.ts";
import { Connection } from "./connection.ts";
import { enumOf } from "./enums.ts";
import { member, object, text, texts } from "./fields.ts";
import { countItems, type ItemData } from "./items.ts";
import { Operation, type OperationData, OperationType } from "./operation.ts";
import { AlreadyRunning } from "./problems.ts";
import { refusals } from "./results.ts";
import { JSONObject } from "./scalars.ts";

export const PartnerItemState = enumOf("PartnerItemState", "What became of one client of a batch.", {
  PENDING: "Not judged yet.",
  DUPLICATE: "An exact repeat of an earlier item of the request, or of a stored record. Not stored.",
  CONFLICT:
    "Shares its partnerClientId with another item of the request whose data differ; all of them are in conflict. Not stored.",
  FAILED: "Not valid, see `validationErrors`. Not stored; may be sent again once mended.",
  COMPLETED: "Valid, and stored.",
  UNKNOWN: "A word without a name here, or none that could be read; see `providerStatus`.",
});
type PartnerItemStateWord = keyof typeof PartnerItemState;

@ObjectType({ description: "How many clients there are of each state.", simpleResolvers: true })
export class PartnerBatchCounts {
  @Field(() => Int, { description: "Clients that are PENDING." })
  readonly pending: number;

  @Field(() => Int, { description: "Clients that are DUPLICATE." })
  readonly duplicate: number;

  @Field(() => Int, { description: "Clients that are CONFLICT." })
  readonly conflict: number;

  @Field(() => Int, { description: "Clients that are FAILED." })
  readonly failed: number;

  @Field(() => Int, { description: "Clients that are COMPLETED." })
  readonly completed: number;

  @Field(() => Int, { description: "Clients that are UNKNOWN." })
  readonly unknown: number;

  @Field(() => Int, { description: "All clients." })
  readonly total: number;

  constructor(itemCounts: OperationData["itemCounts"]) {
    const { count, total } = countItems(PartnerItemState, "UNKNOWN", itemCounts);
    this.pending = count("PENDING");
    this.duplicate = count("DUPLICATE");
    this.conflict = count("CONFLICT");
    this.failed = count("FAILED");
    this.completed = count("COMPLETED");
    this.unknown = count("UNKNOWN");
    this.total = total;
  }
}

@OperationType("Liberis: a batch of partner clients being validated and stored.")
export class PartnerBatch extends Operation {
  @Field(() => ID, {
    nullable: true,
    description: "Liberis' id of the batch. Null only where the answer to our write never came (see WriteUnconfirmed).",
  })
  readonly statusCheckId: string | null;

  @Field(() => PartnerBatchCounts, { description: "How many clients there are of each state." })
  readonly counts: PartnerBatchCounts;

  constructor(data: OperationData) {
    super(data);
    this.statusCheckId = text(data.fields, "statusCheckId");
    this.counts = new PartnerBatchCounts(data.itemCounts);
  }
}

@ObjectType({ description: "One client of a batch.", simpleResolvers: true })
export class PartnerItem {
  @Field(() => Int, { description: "Place in the original request, from 0." })
  readonly position: number;

  @Field(() => ID, { nullable: true, description: "The partner's own id of the client; null where the item has none." })
  readonly partnerClientId: string | null;

  @Field(() => PartnerItemState, { description: "What became of it." })
  readonly state: PartnerItemStateWord;

  @Field(() => String, {
    nullable: true,
    description: "The provider's own word for its state, unmapped. Null until it has been read once.",
  })
  readonly providerStatus: string | null;

  @Field(() => [String], { description: "Why it is not valid, in the provider's words; empty where it is." })
  readonly validationErrors: readonly string[];

  @Field(() => JSONObject, { description: "The item as it was sent, in the provider's own field names." })
  readonly data: JsonFields;

  @Field(() => Int, { description: "The operation's revision with which this item last changed." })
  readonly revision: number;

  constructor(item: ItemData) {
    this.position = item.position;
    this.partnerClientId = text(item.fields, "partnerClientId");
    this.state = member(PartnerItemState, item.status) ?? "UNKNOWN";
    this.providerStatus = item.providerStatus;
    this.validationErrors = texts(item.fields, "validationErrors");
    this.data = object(item.fields, "data") ?? {};
    this.revision = item.revision;
  }
}

export const PartnerItemConnection = Connection<PartnerItem>("PartnerItem", () => PartnerItem, {
  cursor: GraphQLString,
  description: "A page of a batch's clients.",
  totalCount: { nullable: false, description: "How many clients match, on all pages." },
});
export type PartnerItemConnection = InstanceType<typeof PartnerItemConnection>;

export const PartnerBatchResult = createUnionType({
  name: "PartnerBatchResult",
  description: "A batch of partner clients, or why there is none.",
  types: () => [PartnerBatch, ...refusals, AlreadyRunning] as const,
});
export type PartnerBatchResult = typeof PartnerBatchResult;
