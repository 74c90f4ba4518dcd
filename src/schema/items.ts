/** What the kinds with items share: the plain data of an item, and counting them by status. */
import type { Item } from "../datasources/contract.ts";

/** An item as the store gives it; `revision` is the operation's with which it last changed. */
export type ItemData = Pick<Item, "position" | "key" | "status" | "providerStatus" | "fields"> & {
  readonly revision: number;
};

/**
 * Counts by the words of an enum. A word that is none of them is counted as `other`, so that the counts always add up to
 * `total`, whatever an older or newer version of this gateway wrote.
 */
export function countItems<Word extends string>(
  words: { readonly [W in Word]: W },
  other: NoInfer<Word>,
  itemCounts: Readonly<Record<string, number>>,
): { readonly count: (word: Word) => number; readonly total: number } {
  const counts = new Map<string, number>();
  let total = 0;
  for (const [word, count] of Object.entries(itemCounts)) {
    const key = Object.hasOwn(words, word) ? word : other;
    counts.set(key, (counts.get(key) ?? 0) + count);
    total += count;
  }
  return { count: (word) => counts.get(word) ?? 0, total };
}
