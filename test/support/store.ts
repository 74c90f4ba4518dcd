/** Stores for suites: the embedded engine everywhere, PostgreSQL wherever global-setup.ts reached one. */

import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import pg from "pg";
import type { DatabaseConfig, Store, StoreOptions } from "../../src/store/store.ts";
import { openStore } from "../../src/store/store.ts";
import { dumpVariable, postgresVariable } from "./variables.ts";

export interface TestDatabase {
  readonly config: DatabaseConfig;
  /** For `StoreOptions`: the embedded engine starts from a migrated dump. */
  readonly options: Pick<StoreOptions, "dump">;
  /** To be called after every store on it is disposed of. */
  dispose(): Promise<void>;
}

export interface Engine {
  readonly name: "PGlite" | "PostgreSQL";
  /** A database that nobody else uses. */
  createDatabase(): Promise<TestDatabase>;
}

const pglite: Engine = {
  name: "PGlite",
  async createDatabase() {
    return { config: { type: "memory" }, options: { dump: await migratedDump() }, dispose: async () => {} };
  },
};

async function migratedDump(): Promise<Blob> {
  const file = process.env[dumpVariable];
  if (!file)
    throw new Error(`Expected ${dumpVariable}, set by test/support/global-setup.ts. Run the suites by npm test.`);
  return new Blob([new Uint8Array(await readFile(file))]);
}

/**
 * Databases on the server at this address, whose user may make them. `settings`: SQL that each begins with, such as
 * "synchronous_commit = off".
 */
export function postgresAt(admin: string, settings: readonly string[] = []): Engine {
  return {
    name: "PostgreSQL",
    async createDatabase() {
      const name = `statusgraph_test_${randomBytes(6).toString("hex")}`;
      await asAdmin(admin, `create database ${name}`);
      for (const setting of settings) await asAdmin(admin, `alter database ${name} set ${setting}`);
      const url = new URL(admin);
      url.pathname = `/${name}`;
      return {
        config: { type: "postgres", url: url.href },
        options: {},
        dispose: () => asAdmin(admin, `drop database ${name} with (force)`),
      };
    },
  };
}

async function asAdmin(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

const reached = process.env[postgresVariable];
/**
 * Nobody cuts the power of the server that is shared, so no suite waits for its disk: what is committed is seen by others
 * in the same order. Whoever kills a server has one of their own (postgres-server.ts).
 */
const shared = ["synchronous_commit = off"];

/** Each suite of the store, the poller and the streams runs on all of these. */
export const engines: readonly Engine[] = reached ? [pglite, postgresAt(reached, shared)] : [pglite];

/** PostgreSQL alone, for what is about several writers; empty where it was not reached (global-setup.ts says so). */
export const postgresEngines: readonly Engine[] = engines.filter(({ name }) => name === "PostgreSQL");

export interface TestStore extends Store {
  readonly database: TestDatabase;
}

/** A store of its own, migrated and empty. `dispose` drops its database as well. */
export async function openTestStore(
  engine: Engine,
  options: Omit<StoreOptions, "database" | "dump"> = {},
): Promise<TestStore> {
  const database = await engine.createDatabase();
  const store = await openStore({ database: database.config, ...database.options, ...options });
  return {
    ...store,
    database,
    async dispose() {
      await store.dispose();
      await database.dispose();
    },
  };
}
