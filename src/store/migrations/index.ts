/** Every migration, by name, in order. Forward only: a mistake is mended by the next one. */
import type { Migration } from "kysely/migration";
import * as operations from "./0001-operations.ts";

export const migrations: Readonly<Record<string, Migration & { readonly statements: readonly string[] }>> = {
  "0001-operations": operations,
};
