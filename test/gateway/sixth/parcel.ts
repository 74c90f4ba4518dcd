/** What clients see of a parcel. Importing this adds the kind and its provider to the schema. */
import { createUnionType, Field, ID, InputType, ObjectType } from "type-graphql";
import { requiredText, text } from "../../../src/schema/fields.ts";
import {
  AlreadyRunning,
  addKind,
  addProvider,
  Operation,
  type OperationData,
  OperationType,
  refusals,
} from "../../../src/schema/index.ts";
import { AsItsParent } from "../../../src/schema/rules.ts";
import { WriteInput } from "../../../src/schema/write-input.ts";

@OperationType("The courier: a parcel on its way.")
export class Parcel extends Operation {
  @Field(() => ID, { nullable: true, description: "The courier's id of it." })
  readonly trackingId: string | null;

  @Field(() => String, { description: "Where it goes." })
  readonly destination: string;

  constructor(data: OperationData) {
    super(data);
    this.trackingId = text(data.fields, "trackingId");
    this.destination = requiredText(data.fields, "destination");
  }
}

@InputType({ description: "A parcel to send." })
export class SendParcelInput extends WriteInput {
  // type-graphql makes the instance and fills it in.
  @Field(() => String, { description: "Where it goes." })
  readonly destination!: string;
}

/** A second type of its own, to see that what is not an operation passes as well. */
@ObjectType({ description: "How far parcels have come.", simpleResolvers: true })
export class Depot {
  @AsItsParent()
  @Field(() => [Parcel], { description: "Those under way." })
  readonly parcels: Parcel[];

  constructor(parcels: Parcel[]) {
    this.parcels = parcels;
  }
}

export const ParcelResult = createUnionType({
  name: "ParcelResult",
  description: "A parcel, or why there is none.",
  types: () => [Parcel, ...refusals, AlreadyRunning] as const,
});

addProvider("COURIER", "The courier: parcels.");
addKind("PARCEL", "The courier: a parcel on its way.", Parcel);
