/**
 * What every mutation that sends work to a provider takes besides the work itself. The limits that the descriptions give
 * are judged in src/datasources/input.ts, so that a breach is InvalidInput with a path.
 *
 * Fields of input classes bear `!`: type-graphql makes the instance and fills it in, after GraphQL has judged the input.
 */
// type-graphql refuses to decorate before this is loaded; every file of decorated classes imports one that begins with it.
import "reflect-metadata";
import { Field, InputType } from "type-graphql";

@InputType({ description: "What every write takes." })
export abstract class WriteInput {
  @Field(() => String, {
    nullable: true,
    description:
      "For Cleeng it becomes the synchronizationId, so it serves one write only: 1 to 256 printable ASCII characters, a " +
      "second use is InvalidInput. For the others it is ours alone and is not sent.",
  })
  readonly correlationId?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: "Free labels, for finding and watching together what belongs together: at most 10 of 64 characters.",
  })
  readonly tags?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description:
      "1 to 255 characters. The same key with the same input answers with the same operation, as it is now, and sends " +
      "nothing again; with other input it is InvalidInput. A call that is known not to have been accepted frees the key.",
  })
  readonly idempotencyKey?: string | null;
}
