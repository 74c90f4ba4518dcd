/**
 * Opens the database and hands it out in a shape in which the two engines can't be told apart. What is stored, and
 * why, is the business of the files beside this one.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { isNativeError } from "node:util/types";
import { PGlite, types } from "@electric-sql/pglite";
import {
  CamelCasePlugin,
  Kysely,
  type KyselyPlugin,
  PGliteDialect,
  PostgresDialect,
  type RawBuilder,
  sql,
  type Transaction,
} from "kysely";
import pg from "pg";
import { renewEpoch } from "./changes.ts";
import type { Database } from "./database.ts";
import { holdDirectory } from "./embedded.ts";
import { StoreError } from "./errors.ts";
import { migrate } from "./migrate.ts";
import { seedFromTemplate } from "./template.ts";

export type DatabaseConfig =
  | { readonly type: "embedded"; readonly directory: string }
  | { readonly type: "memory" }
  | { readonly type: "postgres"; readonly url: string };

export interface StoreOptions {
  readonly database: DatabaseConfig;
  /** Told of each change right after its commit. Only a hint: the log is what counts. */
  readonly onChange?: (change: ChangeHint) => void;
  /** Told when an idle connection breaks; the pool replaces it by itself. */
  readonly onConnectionError?: (error: Error) => void;
  /** Milliseconds since 1970 in place of the database's clock. For tests. */
  readonly clock?: () => number;
  /** A dump of a migrated store to start from, for `memory`. For tests: it saves initdb and the migrations. */
  readonly dump?: Blob;
}

export interface ChangeHint {
  readonly place: number;
  readonly operationId: string;
  readonly tenant: string;
}

export type Reader = Kysely<Database>;
export type Writer = Transaction<Database>;

export interface Store {
  /** For single statements. Never inside `transaction`: there it would wait for itself on PGlite, so it throws. */
  readonly db: Reader;
  /** Commits when `work` resolves; rolls back when it rejects. Hints noted by `changed` go out after the commit. */
  transaction<T>(work: (trx: Writer, changed: (hint: ChangeHint) => void) => Promise<T>): Promise<T>;
  /** The database's time, to the millisecond. */
  now(): RawBuilder<Date>;
  /** The database's time in microseconds since 1970. */
  begun(): RawBuilder<number>;
  dispose(): Promise<void>;
}

const insideTransaction = new AsyncLocalStorage<true>();

/** PGlite has one connection: a query on the outer handle inside a transaction waits for ever. Say so, on both engines. */
const refuseInsideTransaction: KyselyPlugin = {
  transformQuery({ node }) {
    if (insideTransaction.getStore()) {
      throw new Error("A query inside a transaction must use the transaction's own handle; this one used the store's.");
    }
    return node;
  },
  transformResult: async ({ result }) => result,
};

/** Opens, locks and migrates. Throws StoreError in plain words. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const engine = await openEngine(options);
  const inner = new Kysely<Database>({
    dialect: engine.dialect,
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
  try {
    if (!options.dump) await migrate(inner);
    // A copy must not take its original's cursors for its own.
    if (engine.copied) await renewEpoch(inner);
  } catch (error) {
    await inner.destroy();
    await engine.release();
    throw error instanceof StoreError ? error : new StoreError(reachability(options.database, error));
  }

  const { clock } = options;
  return {
    db: inner.withPlugin(refuseInsideTransaction),
    async transaction(work) {
      if (insideTransaction.getStore()) throw new Error("Transactions don't nest: pass the open one on.");
      const hints: ChangeHint[] = [];
      const value = await inner
        .transaction()
        .execute((trx) => insideTransaction.run(true, () => work(trx, (hint) => hints.push(hint))));
      for (const hint of hints) options.onChange?.(hint);
      return value;
    },
    now: () =>
      clock ? sql<Date>`${new Date(clock())}::timestamptz` : sql<Date>`date_trunc('milliseconds', clock_timestamp())`,
    begun: () =>
      clock
        ? sql<number>`${clock() * 1000}::bigint`
        : sql<number>`(extract(epoch from clock_timestamp()) * 1000000)::bigint`,
    async dispose() {
      await inner.destroy();
      await engine.release();
    },
  };
}

interface Engine {
  readonly dialect: PGliteDialect | PostgresDialect;
  /** Whether its store began as a copy of another. */
  readonly copied: boolean;
  release(): Promise<void>;
}

async function openEngine({ database, dump, onConnectionError }: StoreOptions): Promise<Engine> {
  // Both engines read int8 as a number: counts and places stay far below 2^53.
  const parsers = { [types.INT8]: Number };
  switch (database.type) {
    case "memory": {
      const pglite = await PGlite.create({ parsers, ...(dump ? { loadDataDir: dump } : {}) });
      return { dialect: new PGliteDialect({ pglite }), copied: dump !== undefined, release: () => closed(pglite) };
    }
    case "embedded": {
      const lock = await holdDirectory(database.directory);
      try {
        const copied = await seedFromTemplate(lock.path);
        const pglite = await PGlite.create(lock.path, { parsers });
        return {
          dialect: new PGliteDialect({ pglite }),
          copied,
          release: async () => {
            await closed(pglite);
            await lock.release();
          },
        };
      } catch (error) {
        await lock.release();
        throw new StoreError(
          `The embedded store in ${database.directory} could not be opened (${messageOf(error)}). Is the disk full, ` +
            "or was the directory written by something else? Name another one in DATABASE_URL, or free some space.",
        );
      }
    }
    case "postgres": {
      const pool = new pg.Pool({
        connectionString: database.url,
        max: 10,
        connectionTimeoutMillis: 5000,
        application_name: "statusgraph",
        types: {
          getTypeParser: (oid, format) =>
            oid === types.INT8 && format !== "binary" ? Number : pg.types.getTypeParser(oid, format),
        },
      });
      // A connection that breaks would end the process without a listener, idle (the pool's) or at work (its own).
      pool.on("error", (error) => onConnectionError?.(error));
      pool.on("connect", (client) => client.on("error", (error) => onConnectionError?.(error)));
      return { dialect: new PostgresDialect({ pool }), copied: false, release: async () => {} };
    }
  }
}

/** kysely closes PGlite only after a first query; an unclosed folder can keep the process alive. */
async function closed(pglite: PGlite): Promise<void> {
  if (!pglite.closed) await pglite.close();
}

function reachability(database: DatabaseConfig, error: unknown): string {
  if (database.type !== "postgres") return `The embedded store could not be used: ${messageOf(error)}.`;
  return (
    `DATABASE_URL: expected a PostgreSQL server and a database of it that can be used; got: ${messageOf(error)}. ` +
    "Example: DATABASE_URL=postgres://statusgraph:password@localhost:5432/statusgraph"
  );
}

function messageOf(error: unknown): string {
  if (!isNativeError(error)) return "no reason was given";
  // Several addresses were tried, each with an error of its own.
  if ("errors" in error && Array.isArray(error.errors)) return error.errors.map(messageOf).join("; ");
  return error.message || "no reason was given";
}
