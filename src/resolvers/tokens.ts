/** Taking back what was given: whoever has lost a token, or a right, must not go on with it. */
import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import { z } from "zod";
import { isStorable, notStorable, parseInput } from "../datasources/input.ts";
import { DateTime } from "../schema/index.ts";
import { Needs } from "../schema/rules.ts";
import type { Context } from "./context.ts";
import { badUserInput } from "./errors.ts";

const subjectShape = z.object({
  subject: z
    .string()
    .min(1, "Expected the sub of a token; it is empty.")
    .refine((text) => Buffer.byteLength(text) <= 255, "Expected at most 255 bytes.")
    .refine(isStorable, notStorable),
});

@Resolver()
export class TokensResolver {
  @Needs(["admin"])
  @Mutation(() => DateTime, {
    description:
      "Every token of this subject of the viewer's tenant that was issued up to now is refused from now on, on every gateway " +
      "within two seconds; its streams end with 4403. Answers with the instant. A token that is issued later is taken.",
  })
  async revokeTokens(
    @Arg("subject", () => String, { description: "The claim sub of the tokens." }) subject: string,
    @Ctx() { viewer, revoke }: Context,
  ): Promise<Date> {
    const judged = parseInput(subjectShape, { subject });
    if (!judged.ok) throw badUserInput(judged.problem);
    return revoke(viewer.tenant, subject);
  }
}
