/** PurchaseSync, Cleeng's kind of operation, and the input of its two writes. */
import { createUnionType, Field, ID, InputType } from "type-graphql";
import { flag, requiredText, text } from "./fields.ts";
import { Operation, type OperationData, OperationType } from "./operation.ts";
import { AlreadyRunning } from "./problems.ts";
import { refusals } from "./results.ts";
import { WriteInput } from "./write-input.ts";

const whereSent = "Known where the work was sent through this gateway.";

@OperationType("Cleeng: an in-app purchase, or the transfer of one, being synchronised.")
export class PurchaseSync extends Operation {
  @Field(() => ID, {
    description: "Cleeng's id of the synchronisation; it equals our correlationId where we sent one.",
  })
  readonly synchronizationId: string;

  @Field(() => ID, { nullable: true, description: `The Cleeng customer who bought. ${whereSent}` })
  readonly customerId: string | null;

  @Field(() => String, { nullable: true, description: `The app store's id of the purchase. ${whereSent}` })
  readonly storeTransactionId: string | null;

  @Field(() => Boolean, { nullable: true, description: `True for a transfer, false for a registration. ${whereSent}` })
  readonly transfer: boolean | null;

  @Field(() => Boolean, { nullable: true, description: "Whether the purchase gives access. Null until settled." })
  readonly accessGranted: boolean | null;

  @Field(() => String, {
    nullable: true,
    description: "The offer that the customer is entitled to. Null unless the customer is entitled to it.",
  })
  readonly offerId: string | null;

  @Field(() => String, { nullable: true, description: "Cleeng's result code; an open list. Null until settled." })
  readonly result: string | null;

  constructor(data: OperationData) {
    super(data);
    this.synchronizationId = requiredText(data.fields, "synchronizationId");
    this.customerId = text(data.fields, "customerId");
    this.storeTransactionId = text(data.fields, "storeTransactionId");
    this.transfer = flag(data.fields, "transfer");
    this.accessGranted = flag(data.fields, "accessGranted");
    this.offerId = text(data.fields, "offerId");
    this.result = text(data.fields, "result");
  }
}

export const PurchaseSyncResult = createUnionType({
  name: "PurchaseSyncResult",
  description: "A purchase's synchronisation, or why there is none.",
  types: () => [PurchaseSync, ...refusals, AlreadyRunning] as const,
});
export type PurchaseSyncResult = typeof PurchaseSyncResult;

@InputType({ description: "What both writes of a purchase take." })
abstract class PurchaseInput extends WriteInput {
  @Field(() => ID, { description: "The Cleeng customer: a number of 9 or 10 digits." })
  readonly customerId!: string;

  @Field(() => String, { description: "The app store's id of the purchase." })
  readonly transactionId!: string;

  @Field(() => String, {
    nullable: true,
    description: "The customer's IPv4 address, where it is not the one that this request comes from.",
  })
  readonly ipAddress?: string | null;
}

@InputType({ description: "An in-app purchase to register with Cleeng." })
export class RegisterPurchaseInput extends PurchaseInput {}

@InputType({ description: "An active in-app purchase to transfer to another Cleeng customer." })
export class TransferPurchaseInput extends PurchaseInput {}
