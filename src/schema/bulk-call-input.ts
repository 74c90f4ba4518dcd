/** What is sent to floLIVE. That a field fits its action is judged by the provider, with a path. Why `!`: see write-input.ts. */
import { Field, ID, InputType } from "type-graphql";
import { enumOf } from "./enums.ts";
import { WriteInput } from "./write-input.ts";

export const SubscriberIdentifierType = enumOf("SubscriberIdentifierType", "What a subscriber is named by.", {
  IMSI: "The subscription's number on the SIM, 15 digits at most.",
  ICCID: "The SIM card's serial number.",
  MSISDN: "The telephone number.",
  IMEI: "The device's serial number.",
  IMEISV: "The device's serial number with its software version.",
});

export const BulkAction = enumOf("BulkAction", "What a bulk call does to each subscriber.", {
  SUBSCRIBER_STATUS: "Sets the subscriber's status.",
  SUBSCRIBER_PCRF: "Puts the subscriber, named by IMSI, into a throttling group.",
  RESET_ACTIVATION_TIME: "Starts the subscriber's activation time anew.",
});

export const SubscriberStatus = enumOf("SubscriberStatus", "What a subscriber's status can be set to.", {
  ACTIVE: "In service.",
  SUSPEND: "Out of service for a time.",
  INACTIVE: "Not in service.",
  TERMINATED: "Out of service for good.",
});

@InputType({
  description:
    "One subscriber and what is done to it. status belongs to SUBSCRIBER_STATUS, throttlingGroupId to SUBSCRIBER_PCRF " +
    "(IMSI only), neither to RESET_ACTIVATION_TIME; anything else is InvalidInput.",
})
export class BulkNodeInput {
  @Field(() => SubscriberIdentifierType, { description: "What the subscriber is named by." })
  readonly identifierType!: keyof typeof SubscriberIdentifierType;

  @Field(() => String, { description: "Which one." })
  readonly identifier!: string;

  @Field(() => SubscriberStatus, { nullable: true, description: "The new status; for SUBSCRIBER_STATUS alone." })
  readonly status?: keyof typeof SubscriberStatus | null;

  @Field(() => ID, { nullable: true, description: "The new throttling group; for SUBSCRIBER_PCRF alone." })
  readonly throttlingGroupId?: string | null;
}

@InputType({
  description: "A bulk call to send to floLIVE. It is all or nothing: one bad node refuses the whole call.",
})
export class SubmitBulkCallInput extends WriteInput {
  @Field(() => BulkAction, { description: "What is done to each subscriber." })
  readonly action!: keyof typeof BulkAction;

  @Field(() => [BulkNodeInput], { description: "The subscribers: 1 to 200." })
  readonly nodes!: BulkNodeInput[];
}
