/**
 * The rule of a field: which rights it takes, said beside the field itself. resolvers/guard.ts holds every field to its
 * rule, and a field of a root type without one to no schema at all.
 */
import { Extensions } from "type-graphql";
import type { Right } from "../operations/rights.ts";

export type Rule =
  /** Whoever has all of these; everyone signed in where there are none. */
  | { readonly type: "needs"; readonly rights: readonly Right[]; readonly forEach: string | null }
  /** Whoever has got the object: what it tells more is of the very same thing. */
  | { readonly type: "as its parent" };

const name = "rule";

/**
 * Only viewers with all of these rights; with none named, everyone signed in. A refusal is a NotAllowed where the field's
 * type has it, else an error. `forEach`: the argument for each of whose members the field answers with one.
 */
export function Needs(
  rights: readonly Right[],
  { forEach = null }: { readonly forEach?: string | null } = {},
): MethodDecorator & PropertyDecorator {
  return Extensions({ [name]: { type: "needs", rights, forEach } satisfies Rule });
}

/** Nothing that whoever sees the object may not see as well. */
export function AsItsParent(): MethodDecorator & PropertyDecorator {
  return Extensions({ [name]: { type: "as its parent" } satisfies Rule });
}

export function ruleOf({ extensions }: { readonly extensions: Readonly<Record<string, unknown>> }): Rule | null {
  // Only the decorators of this file write there.
  return (extensions[name] as Rule | undefined) ?? null;
}
