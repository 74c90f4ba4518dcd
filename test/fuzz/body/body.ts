/** A body: one of several valid documents, edited, and brought into bytes. */
import fc from "fast-check";
import { type Spoiling, spoil, spoilings } from "./bytes.ts";
import { applyEdits, choose, type Edit, edit, type Vocabulary } from "./edits.ts";
import { print, type Tree } from "./tree.ts";

export interface Body {
  /** Which document it began as. */
  readonly seed: number;
  readonly edits: readonly Edit[];
  readonly spoiling: Spoiling;
  readonly at: number;
  /** So many thousand small members are added to its last list; 0 for nearly all. */
  readonly flood: number;
}

export const body: fc.Arbitrary<Body> = fc.record({
  seed: fc.nat(999),
  edits: fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 9, arbitrary: fc.array(edit, { minLength: 1, maxLength: 4 }) },
  ),
  spoiling: fc.oneof(
    { weight: 3, arbitrary: fc.constant("plain" as const) },
    { weight: 1, arbitrary: fc.constantFrom(...spoilings) },
  ),
  at: fc.nat(100_000),
  flood: fc.oneof(
    { weight: 3_000, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 1_000 }) },
  ),
});

export function bytesOf(
  { seed, edits, spoiling, at, flood }: Body,
  seeds: readonly Tree[],
  vocabulary: Vocabulary,
): Buffer {
  const text = print(applyEdits(choose(seeds, seed), edits, vocabulary));
  return spoil(flood === 0 ? text : flooded(text, flood * 1_000, at), spoiling, at);
}

/** Many small members at the beginning of the last list. */
function flooded(text: string, count: number, at: number): string {
  const member = choose(["0", "{}", "[]", '""', '{"requestId":"a","status":"OPEN"}'], at);
  const place = text.lastIndexOf("[") + 1;
  const [before, after] = place === 0 ? ["[", `${text}]`] : [text.slice(0, place), text.slice(place)];
  return `${before}${`${member},`.repeat(count - 1)}${member}${after.startsWith("]") ? "" : ","}${after}`;
}

/** What was done to it, for the table. */
export function kindsOf({ edits, spoiling, flood }: Body): readonly string[] {
  const names = new Set<string>(edits.map(({ name }) => name));
  if (spoiling !== "plain") names.add(spoiling);
  if (flood > 0) names.add("flood");
  return names.size === 0 ? ["as documented"] : [...names];
}
