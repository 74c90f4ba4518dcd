/** Cleeng access: decisions that hold now. Nothing here is an operation: there is no revision, log or cursor. */
import { createUnionType, Field, ObjectType } from "type-graphql";
import { ChangeKind, type ChangeKindWord } from "./change.ts";
import { refusals } from "./results.ts";
import { DateTime } from "./scalars.ts";

export interface AccessCheckData {
  readonly offerId: string;
  readonly country: string | null;
  readonly accessGranted: boolean;
  readonly grantType: string | null;
  readonly expiresAt: Date | null;
  readonly purchasedDirectly: boolean | null;
  readonly checkedAt: Date;
}

@ObjectType({
  description: "Cleeng: may this customer see this offer, now? A decision, not an operation.",
  simpleResolvers: true,
})
export class AccessCheck {
  @Field(() => String, { description: "The offer, as it was asked for." })
  readonly offerId: string;

  @Field(() => String, {
    nullable: true,
    description: "The country suffix of the offer id; null asks for any country.",
  })
  readonly country: string | null;

  @Field(() => Boolean, { description: "The decision." })
  readonly accessGranted: boolean;

  @Field(() => String, { nullable: true, description: "By what access is granted, in Cleeng's words; an open list." })
  readonly grantType: string | null;

  @Field(() => DateTime, { nullable: true, description: "Approximate: decide by accessGranted alone." })
  readonly expiresAt: Date | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether the customer bought this very offer.",
    deprecationReason: "Deprecated by Cleeng.",
  })
  readonly purchasedDirectly: boolean | null;

  @Field(() => DateTime, { description: "When Cleeng was asked." })
  readonly checkedAt: Date;

  constructor(data: AccessCheckData) {
    this.offerId = data.offerId;
    this.country = data.country;
    this.accessGranted = data.accessGranted;
    this.grantType = data.grantType;
    this.expiresAt = data.expiresAt;
    this.purchasedDirectly = data.purchasedDirectly;
    this.checkedAt = data.checkedAt;
  }
}

export const AccessResult = createUnionType({
  name: "AccessResult",
  description: "A decision about access, or why there is none.",
  types: () => [AccessCheck, ...refusals] as const,
});
export type AccessResult = typeof AccessResult;

export interface AccessChangeData {
  readonly offerId: string;
  readonly kind: ChangeKindWord;
  readonly at: Date;
  readonly result: AccessResult;
}

@ObjectType({
  description: "A decision about access, when it was first made and whenever it changed.",
  simpleResolvers: true,
})
export class AccessChange {
  @Field(() => String, { description: "The offer, as it was asked for." })
  readonly offerId: string;

  @Field(() => ChangeKind, { description: "SNAPSHOT for the first decision on an offer, then CHANGED." })
  readonly kind: ChangeKindWord;

  @Field(() => DateTime, { description: "When the gateway saw it." })
  readonly at: Date;

  @Field(() => AccessResult, { description: "The decision, or why there is none." })
  readonly result: AccessResult;

  constructor(data: AccessChangeData) {
    this.offerId = data.offerId;
    this.kind = data.kind;
    this.at = data.at;
    this.result = data.result;
  }
}
