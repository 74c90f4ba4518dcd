/** Reads on a store, without HTTP, and graphql-js beside them over the same store. */
import { graphql } from "graphql";
import { readConfig } from "../../../src/config.ts";
import { createLoader } from "../../../src/datasources/loader.ts";
import type { Rights } from "../../../src/operations/rights.ts";
import { buildStatusgraphSchema } from "../../../src/resolvers/index.ts";
import { createDocumentReader, documentRules } from "../../../src/server/limits/document.ts";
import { createReads } from "../../../src/server/reads/reads.ts";
import { createRequests } from "../../../src/server/reads/requests.ts";
import { operationsById, type Scope } from "../../../src/store/operations.ts";
import type { Store } from "../../../src/store/store.ts";

export const schema = buildStatusgraphSchema();

function limitsOfDefaults() {
  const read = readConfig({}, []);
  if (!read.ok) throw new Error(read.complaints.join(" "));
  return read.config.limits;
}
export const limits = limitsOfDefaults();

export const everyone: Scope = { tenant: "default", owner: null };
export const mayRead: Rights = new Set(["operations:read"]);

export interface Answering {
  /** The text, or null where it is left to Apollo. */
  ask(query: string, variables?: Record<string, unknown>, scope?: Scope, rights?: Rights): Promise<string | null>;
  /** What graphql-js makes of it, as Apollo would write it. */
  execute(query: string, variables?: Record<string, unknown>, scope?: Scope): Promise<string>;
  dispose(): void;
}

export function answeringOn(store: Store): Answering {
  const reads = createReads({ store, limits });
  const rules = documentRules(limits);
  const documents = createDocumentReader({ schema, limits, rules, introspection: true });
  const requests = createRequests({ schema, limits, documents });
  return {
    async ask(query, variables = {}, scope = everyone, rights = mayRead) {
      const prepared = requests.prepare({ query, variables });
      return prepared && ((await reads.answer({ prepared, scope, rights }))?.text ?? null);
    },
    async execute(source, variableValues = {}, scope = everyone) {
      const viewer = {
        tenant: scope.tenant,
        owner: scope.owner ?? "service",
        seesTenant: scope.owner === null,
        address: null,
      };
      const loaders = { operation: createLoader((ids: readonly string[]) => operationsById(store, scope, ids)) };
      const contextValue = {
        operations: { store },
        viewer,
        limits,
        loaders,
        rights: mayRead,
        logEpoch: async () => "",
      };
      return `${JSON.stringify(await graphql({ schema, source, variableValues, contextValue }))}\n`;
    },
    dispose: () => reads.dispose(),
  };
}
