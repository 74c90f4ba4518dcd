/**
 * A program for whoever has restored a database from a backup (`npm run renew-epoch`): places that were given out after
 * the backup will be used anew, so cursors of before must be void.
 */
import { readConfig } from "../config.ts";
import { renewEpoch } from "./changes.ts";
import { StoreError } from "./errors.ts";
import { type DatabaseConfig, openStore } from "./store.ts";

function fail(sentences: readonly string[]): never {
  for (const sentence of sentences) process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

/** Without the user and the password. */
function nameOf(database: DatabaseConfig): string {
  switch (database.type) {
    case "memory":
      return "memory:";
    case "embedded":
      return database.directory;
    case "postgres": {
      const { host, pathname } = new URL(database.url);
      return `${host}${pathname}`;
    }
  }
}

// Of all variables this one alone matters here, by the gateway's own rules.
const { DATABASE_URL } = process.env;
const read = readConfig({ DATABASE_URL }, []);
if (!read.ok) fail(read.complaints);
const { database } = read.config;
if (database.type === "memory") {
  fail([
    "DATABASE_URL: expected a directory or postgres://…; memory: keeps nothing. Example: DATABASE_URL=./.statusgraph",
  ]);
}
try {
  const store = await openStore({ database });
  await renewEpoch(store.db);
  await store.dispose();
} catch (error) {
  fail([error instanceof StoreError ? error.message : `The epoch could not be renewed: ${String(error)}`]);
}
process.stdout.write(
  `The log in ${nameOf(database)} has a new epoch: cursors given out before are void, and streams resumed with them get RESET.\n`,
);
