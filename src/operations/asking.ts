/** One question to a provider about one id. What comes of the answer is the business of whoever asks. */
import type { CallOptions, Reading, Target } from "../datasources/contract.ts";
import { type Problem, unavailable } from "../datasources/problems.ts";
import type { RunningKind } from "./context.ts";

export async function askProvider(
  { client, definition }: RunningKind,
  target: Target,
  options: CallOptions,
): Promise<Reading | Problem> {
  const answers = await client?.fetchMany([target], options);
  const message = `${definition.title} gave no answer for one of the ids asked for.`;
  return answers?.[0] ?? unavailable(definition.provider, "UNREADABLE_ANSWER", message);
}
