/** What a viewer may do: the rights that a token names in its scope, and what follows from each. Pure. */

/** As they stand in the claim `scope`. Others that stand there are somebody else's, and mean nothing here. */
export const rights = [
  /** Reading and watching operations. */
  "operations:read",
  /** Sending work, following, rechecking, unfollowing. */
  "operations:write",
  /** Asking whether a customer has access, and watching that. */
  "access:check",
  /** Everything of the tenant, in place of the viewer's own. It widens what the others reach, and is none of them. */
  "service",
  /** All of these, figures at /metrics, and revoking tokens. */
  "admin",
] as const;
export type Right = (typeof rights)[number];
export type Rights = ReadonlySet<Right>;

export const everyRight: Rights = new Set(rights);

export function holds(granted: Rights, right: Right): boolean {
  return granted.has(right) || granted.has("admin");
}

/** The rights among the words of a scope: a text of words, or a list of them. Null where it is neither. */
export function rightsOf(scope: unknown): Rights | null {
  if (scope === undefined || scope === null) return new Set();
  const words = typeof scope === "string" ? scope.split(" ") : scope;
  if (!Array.isArray(words) || !words.every((word) => typeof word === "string")) return null;
  return new Set(rights.filter((right) => words.includes(right)));
}
