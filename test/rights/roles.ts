/** Who comes: every mix of rights that matters, and what each may do as the issue says it. Pure. */
import type { TokenOptions } from "../support/tokens.ts";
import type { Right } from "./table.ts";

/** Whose an operation is. */
export interface Owner {
  readonly tenant: string;
  readonly sub: string;
}

export interface Viewer extends Owner {
  /** The claim; without it the token has none. */
  readonly scope?: string;
  /** The customer that the token names. */
  readonly customer?: string;
}

export interface Role {
  readonly name: string;
  readonly scope?: string;
}

export const roles: readonly Role[] = [
  { name: "without-scope" },
  // None of these is a right, near as they come.
  {
    name: "other-words",
    scope: "operations operations:* Operations:read operations:reads ADMIN services access:checks",
  },
  { name: "read", scope: "operations:read" },
  { name: "write", scope: "operations:write" },
  { name: "check", scope: "access:check" },
  { name: "service-alone", scope: "service" },
  { name: "read-service", scope: "operations:read service" },
  { name: "write-service", scope: "operations:write service" },
  { name: "person", scope: "operations:read operations:write access:check" },
  { name: "person-service", scope: "profile operations:read operations:write access:check service openid" },
  { name: "admin", scope: "admin" },
];

export function may({ scope = "" }: { readonly scope?: string }, right: Right): boolean {
  const words = scope.split(" ");
  return words.includes(right) || words.includes("admin");
}

/** Whether an operation of this owner is the viewer's to see. */
export function reaches(viewer: Viewer, { tenant, sub }: Owner): boolean {
  return viewer.tenant === tenant && (viewer.sub === sub || may(viewer, "service"));
}

export function claimsOf({ tenant, sub, scope, customer }: Viewer): TokenOptions {
  return { sub, tenant, ...(scope === undefined ? {} : { scope }), ...(customer === undefined ? {} : { customer }) };
}

/** An owner with every right that is needed to make something of its own. */
export function asMaker({ tenant, sub }: Owner): Viewer {
  return { tenant, sub, scope: "operations:read operations:write service" };
}
