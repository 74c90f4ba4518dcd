/**
 * The schema that the code declares, as schema.graphql at the root. Clients and the generated types of the tests are made
 * from that file, so it is committed; it builds the schema and runs no resolver.
 *
 *     tsx scripts/emit-schema.ts            writes the file
 *     tsx scripts/emit-schema.ts --check    exits with 1 where the committed file differs
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { lexicographicSortSchema, printSchema } from "graphql";
import { buildStatusgraphSchema } from "../src/resolvers/index.ts";

export const schemaFile = fileURLToPath(new URL("../schema.graphql", import.meta.url));

const header =
  "# Generated from the code by `npm run generate`. Do not edit it: change src/schema or src/resolvers instead.\n";

/** The whole text of schema.graphql. Sorted, so that the order in which modules are loaded makes no difference. */
export function emittedSchema(): string {
  return `${header}\n${printSchema(lexicographicSortSchema(buildStatusgraphSchema()))}\n`;
}

/** A sentence where `committed` is not what the code declares, else null. `committed` is null where there is no file. */
export function schemaDrift(committed: string | null): string | null {
  if (committed === null) {
    return "Expected schema.graphql at the project's root; there is none. Run `npm run generate` and commit it.";
  }
  if (committed === emittedSchema()) return null;
  return "Expected schema.graphql to be what the code declares; it differs. Run `npm run generate` and commit the result.";
}

function readCommitted(): string | null {
  try {
    return readFileSync(schemaFile, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

function main(check: boolean): void {
  if (!check) {
    writeFileSync(schemaFile, emittedSchema());
    return;
  }
  const drift = schemaDrift(readCommitted());
  if (drift === null) return;
  process.stderr.write(`${drift}\n`);
  process.exitCode = 1;
}

// Imported by other scripts and by tests, it does nothing.
if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.includes("--check"));
