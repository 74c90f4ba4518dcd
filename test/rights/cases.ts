/** The cells of the matrix: which targets a field is tried on, and what must come of each. Pure; it knows the table alone. */
import { may, type Owner, type Role, reaches, type Viewer } from "./roles.ts";
import { type About, type RootField, rootFields } from "./table.ts";

/** What may come of a call. */
export type Outcome = "shown" | "not found" | "not allowed" | "forbidden";

/** Whose the target is, as seen by the viewer. */
export const relations = ["own", "a colleague's", "a namesake's", "a stranger's", "nobody's"] as const;
export type Relation = (typeof relations)[number];

export type Case =
  | { readonly about: "an operation"; readonly relation: Relation }
  | {
      readonly about: "a customer";
      readonly customer: "the token's" | "another" | "any, where the token names none";
      readonly withAddress: boolean;
    }
  | { readonly about: "an address"; readonly withAddress: boolean }
  | { readonly about: "nothing" };

const casesOf: { readonly [A in About]: readonly Extract<Case, { about: A }>[] } = {
  "an operation": relations.map((relation) => ({ about: "an operation", relation })),
  "a customer": [
    { about: "a customer", customer: "the token's", withAddress: false },
    { about: "a customer", customer: "the token's", withAddress: true },
    { about: "a customer", customer: "another", withAddress: false },
    { about: "a customer", customer: "any, where the token names none", withAddress: false },
  ],
  "an address": [
    { about: "an address", withAddress: false },
    { about: "an address", withAddress: true },
  ],
  nothing: [{ about: "nothing" }],
};

export interface Cell {
  /** Like "Query.node". */
  readonly field: string;
  readonly role: Role;
  readonly door: "HTTP" | "WebSocket";
  readonly on: Case;
}

/** Every field × who asks × what about × door. A subscription has one door. */
export function allCells(roles: readonly Role[]): Cell[] {
  return Object.entries(rootFields).flatMap(([field, { about }]) =>
    roles.flatMap((role) =>
      (field.startsWith("Subscription.") ? (["WebSocket"] as const) : (["HTTP", "WebSocket"] as const)).flatMap(
        (door) => casesOf[about].map((on) => ({ field, role, door, on })),
      ),
    ),
  );
}

export const customers = { theirs: "100000001", another: "100000002" } as const;

/** A role is played by somebody of the tenant acme, who is named for it. */
export function viewerOf({ name, scope }: Role, on: Case): Viewer {
  const namesNone = on.about === "a customer" && on.customer === "any, where the token names none";
  return {
    tenant: "acme",
    sub: name,
    ...(scope === undefined ? {} : { scope }),
    ...(namesNone ? {} : { customer: customers.theirs }),
  };
}

/** Null for nobody. A namesake has the same `sub`, at another tenant. */
export function ownerOf({ name }: Role, relation: Relation): Owner | null {
  switch (relation) {
    case "own":
      return { tenant: "acme", sub: name };
    case "a colleague's":
      return { tenant: "acme", sub: "colleague" };
    case "a namesake's":
      return { tenant: "umbrella", sub: name };
    case "a stranger's":
      return { tenant: "umbrella", sub: "stranger" };
    case "nobody's":
      return null;
  }
}

export function expectedOf({ field, role, on }: Cell): Outcome {
  const { needs, refusal } = ruleOf(field);
  if (!needs.every((right) => may(role, right))) return refusal;
  switch (on.about) {
    case "an operation": {
      const owner = ownerOf(role, on.relation);
      return owner !== null && reaches(viewerOf(role, on), owner) ? "shown" : "not found";
    }
    case "a customer":
      return may(role, "service") || (on.customer === "the token's" && !on.withAddress) ? "shown" : "not allowed";
    case "an address":
      return may(role, "service") || !on.withAddress ? "shown" : "not allowed";
    case "nothing":
      return "shown";
  }
}

/**
 * Whether its provider hears of it. Of what is not found only those who look for the whole tenant make anybody ask; what
 * has our own id is known here, or nowhere.
 */
export function isAskedFor(cell: Cell): boolean {
  const { asks } = ruleOf(cell.field);
  const expected = expectedOf(cell);
  if (expected === "shown") return asks;
  const byOurId = cell.field === "Mutation.recheck";
  return asks && expected === "not found" && !byOurId && may(cell.role, "service");
}

export function ruleOf(field: string): RootField {
  const rule = rootFields[field];
  if (!rule) throw new Error(`Expected ${field} to be in the table.`);
  return rule;
}

export function nameOf({ field, role, door, on }: Cell): string {
  const { about: _about, ...more } = on;
  return `${field} by ${role.name} over ${door}: ${Object.values(more).join(", ") || "as it is"}`;
}
