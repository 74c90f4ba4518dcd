/**
 * From what a client sent to its plan, decided once for equal bytes: nothing of it depends on who asks. What is not a plain
 * request for one plan has none, and goes to Apollo as it came.
 */
import type { GraphQLSchema } from "graphql";
import type { Limits } from "../../config/limits.ts";
import { costRefusal } from "../limits/cost.ts";
import type { DocumentReader } from "../limits/document.ts";
import { createPlanner, type Plan } from "./plan.ts";

/** As Apollo takes it in, from a body or an address. */
export interface Asked {
  readonly query?: unknown;
  readonly operationName?: unknown;
  readonly variables?: unknown;
}

export interface Prepared {
  /** Names it among the others. */
  readonly serial: number;
  readonly plan: Plan;
}

export interface Requests {
  /** Null where it has to be executed; judged already, as far as its document and its cost go. */
  prepare(asked: Asked): Prepared | null;
}

export interface RequestsOptions {
  readonly schema: GraphQLSchema;
  readonly limits: Limits;
  /** The same as at the doors. */
  readonly documents: DocumentReader;
}

const parts: ReadonlySet<string> = new Set(["query", "operationName", "variables"]);

export function createRequests({ schema, limits, documents }: RequestsOptions): Requests {
  const planner = createPlanner(schema);
  let serials = 0;
  return {
    prepare(asked) {
      const { query, operationName = null, variables = null } = asked;
      // Anything else, extensions say, may mean something to Apollo.
      if (!Object.keys(asked).every((name) => parts.has(name))) return null;
      if (typeof query !== "string" || operationName === "") return null;
      if (operationName !== null && typeof operationName !== "string") return null;
      if (typeof variables !== "object" || Array.isArray(variables)) return null;
      const document = documents.read(query);
      if (Array.isArray(document)) return null;
      const given = (variables ?? {}) as Readonly<Record<string, unknown>>;
      const plan = planner.plan(document, operationName, given);
      if (plan === null || costRefusal({ schema, document, operationName, variables: given, limits })) return null;
      serials += 1;
      return { serial: serials, plan };
    },
  };
}
