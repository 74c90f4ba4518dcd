/** Questions to a provider about its ids. What comes of the answers is the business of whoever asks. */
import type { CallOptions, Reading, Target } from "../datasources/contract.ts";
import { type Problem, unavailable } from "../datasources/problems.ts";
import type { RunningKind } from "./context.ts";

export async function askProvider(kind: RunningKind, target: Target, options: CallOptions): Promise<Reading | Problem> {
  const [answer] = (await kind.client?.fetchMany([target], options)) ?? [];
  return answer ?? unanswered(kind);
}

/** All at once, as the provider takes them; one answer each, in their order. */
export async function askProviderOfMany<Asker>(
  kind: RunningKind,
  askers: readonly Asker[],
  targetOf: (asker: Asker) => Target,
  options: CallOptions,
): Promise<ReadonlyArray<{ readonly asker: Asker; readonly answer: Reading | Problem }>> {
  const answers = (await kind.client?.fetchMany(askers.map(targetOf), options)) ?? [];
  return askers.map((asker, index) => ({ asker, answer: answers[index] ?? unanswered(kind) }));
}

function unanswered({ definition }: RunningKind): Problem {
  const message = `${definition.title} gave no answer for one of the ids asked for.`;
  return unavailable(definition.provider, "UNREADABLE_ANSWER", message);
}
