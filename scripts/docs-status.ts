/**
 * docs/status.md from the vocabulary that the conformance suite holds every provider to, so the document says what was
 * seen over HTTP. Pure.
 */
import type { AnyProvider } from "../src/datasources/contract.ts";
import type { DocumentedWord } from "../test/datasources/conformance/vocabulary.ts";
import { code, generatedHeader, page, table } from "./markdown.ts";

export function renderStatus(
  providers: ReadonlyArray<Pick<AnyProvider, "id" | "title">>,
  vocabulary: Readonly<Record<string, readonly DocumentedWord[]>>,
): string {
  return page(
    generatedHeader("test/datasources/conformance/vocabulary.ts, which the conformance suite holds the providers to"),
    "# What the providers' words mean",
    "`state` says how far work has come, `outcome` how it ended: finished is never taken for successful. The provider's " +
      "own word is always in `providerStatus`. Where a row names several words, they are those of one answer.",
    "A word that nobody documents settles nothing that it does not say: it is kept as it is, and the work goes on. An " +
      "answer from which the state can't be read leaves the operation as it was. `ABANDONED` is no provider's word: it " +
      "is how the gateway says that it stopped waiting.",
    ...providers.flatMap(({ id, title }) => {
      const words = vocabulary[id];
      if (!words) throw new Error(`Expected the words of "${id}" in vocabulary.ts; there are none. Add them there.`);
      return [`## ${title}`, ...tableOf(words)];
    }),
  );
}

function tableOf(words: readonly DocumentedWord[]): readonly string[] {
  if (words.every(({ state }) => state === null)) {
    return [
      "A decision holds now and settles nothing, so it has neither state nor outcome.",
      table(
        ["What the provider says", "What it means"],
        words.map(({ word, meaning }) => [code(word), meaning]),
      ),
    ];
  }
  return [
    table(
      ["What the provider says", "State", "Outcome", "What it means"],
      words.map(({ word, state, outcome, meaning }) => [code(word), state, outcome, meaning]),
    ),
  ];
}
