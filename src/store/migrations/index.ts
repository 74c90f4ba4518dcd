/**
 * Every migration, by name, in order. Forward only: a mistake is mended by the next one.
 *
 * Gateways of the version before go on writing meanwhile, so a migration must not wait for a lock while it holds one that
 * they wait for: PostgreSQL would end it, or one of them, as a deadlock. Each is a transaction of its own. Where several
 * statements touch a table that was there before, `lock table … in access exclusive mode` comes first: a statement that
 * takes less, before one that needs more, lets writers in between. Two such tables are locked in the order in which those
 * writers take them (../record.ts, ../writes.ts); where they have no order, they are two migrations. What a migration adds
 * must bear rows that are written without it, and what it removes must not be needed by the version before.
 */
import type { Migration } from "kysely/migration";
import * as operations from "./0001-operations.ts";
import * as nodes from "./0002-nodes.ts";
import * as retention from "./0003-retention.ts";
import * as growth from "./0004-growth.ts";
import * as revocations from "./0005-revocations.ts";
import * as settleTimes from "./0006-settle-times.ts";

export const migrations: Readonly<Record<string, Migration & { readonly statements: readonly string[] }>> = {
  "0001-operations": operations,
  "0002-nodes": nodes,
  "0003-retention": retention,
  "0004-growth": growth,
  "0005-revocations": revocations,
  "0006-settle-times": settleTimes,
};
