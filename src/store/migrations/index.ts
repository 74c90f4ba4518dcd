/** Every migration, by name, in order. Forward only: a mistake is mended by the next one. */
import type { Migration } from "kysely/migration";
import * as operations from "./0001-operations.ts";
import * as nodes from "./0002-nodes.ts";
import * as retention from "./0003-retention.ts";
import * as growth from "./0004-growth.ts";

export const migrations: Readonly<Record<string, Migration & { readonly statements: readonly string[] }>> = {
  "0001-operations": operations,
  "0002-nodes": nodes,
  "0003-retention": retention,
  "0004-growth": growth,
};
