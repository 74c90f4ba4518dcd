/** What is sent to Liberis. Why `!`: see write-input.ts. */
import { Field, ID, InputType } from "type-graphql";
import { DateTime } from "./scalars.ts";
import { WriteInput } from "./write-input.ts";

@InputType({ description: "Further ids that a client is known by elsewhere." })
export class OtherIdentifierInput {
  @Field(() => String, { description: "What kind of id it is." })
  readonly key!: string;

  @Field(() => [String], { description: "The ids of that kind." })
  readonly values!: string[];
}

@InputType({ description: "One client of a batch." })
export class PartnerClientInput {
  @Field(() => ID, { description: "The partner's own id of the client; unique within the partner." })
  readonly partnerClientId!: string;

  @Field(() => DateTime, { nullable: true, description: "Since when it has been a client." })
  readonly clientStartDate?: Date | null;

  @Field(() => String, { nullable: true, description: "Its legal form in Liberis' words, such as SoleTrader." })
  readonly entityType?: string | null;

  @Field(() => [OtherIdentifierInput], { nullable: true, description: "Further ids that it is known by elsewhere." })
  readonly otherIdentifiers?: OtherIdentifierInput[] | null;
}

@InputType({ description: "A batch of partner clients to send to Liberis." })
export class CreatePartnerClientsInput extends WriteInput {
  @Field(() => [PartnerClientInput], { description: "The clients, in an order that the items keep." })
  readonly clients!: PartnerClientInput[];
}
