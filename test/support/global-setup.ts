/**
 * Runs once before all suites: finds out which engines can be tested against, says so, and dumps a migrated store, so
 * that each suite starts from the dump in half the time.
 */
import { randomUUID } from "node:crypto";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { CamelCasePlugin, Kysely, PGliteDialect } from "kysely";
import pg from "pg";
import type { Database } from "../../src/store/database.ts";
import { migrate } from "../../src/store/migrate.ts";
import { logsVariable } from "./logged.ts";
import { dumpVariable, postgresVariable, programVariable } from "./variables.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

export default async function globalSetup(): Promise<void> {
  process.env[dumpVariable] = await dumpMigratedStore();
  process.env[logsVariable] = await mkdtemp(join(tmpdir(), "statusgraph-logs-"));
  // Within the checkout, for the program needs its packages and documents.
  process.env[programVariable] = join(root, `.statusgraph-program-${randomUUID()}`);

  const url = process.env.TEST_DATABASE_URL ?? "postgres://postgres@127.0.0.1:5432/postgres";
  const reason = await whyUnreachable(url);
  if (reason === null) {
    process.env[postgresVariable] = url;
  } else if (process.env.CI) {
    throw new Error(`CI tests against PostgreSQL as well, and can't reach one (${reason}). Set TEST_DATABASE_URL.`);
  } else {
    process.stderr.write(
      `\nNOT RUN: the suites against PostgreSQL, for none was reached (${reason}). They ran on the embedded store alone. ` +
        "Set TEST_DATABASE_URL to run them.\n",
    );
  }
}

async function dumpMigratedStore(): Promise<string> {
  const pglite = await PGlite.create();
  const db = new Kysely<Database>({
    dialect: new PGliteDialect({ pglite }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
  await migrate(db);
  const dump = await pglite.dumpDataDir("none");
  await db.destroy();
  const file = join(await mkdtemp(join(tmpdir(), "statusgraph-test-")), "store.tar");
  await writeFile(file, Buffer.from(await dump.arrayBuffer()));
  return file;
}

async function whyUnreachable(url: string): Promise<string | null> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.end();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message || error.name : String(error);
  }
}
