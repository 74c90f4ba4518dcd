/**
 * Opens the database and hands it out in a shape in which the two engines can't be told apart. What is stored, and
 * why, is the business of the files beside this one.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import {
  CamelCasePlugin,
  type Dialect,
  Kysely,
  type KyselyPlugin,
  type RawBuilder,
  sql,
  type Transaction,
} from "kysely";
import type { Settling } from "../operations/advance.ts";
import { renewUnusedEpoch } from "./changes.ts";
import type { Database } from "./database.ts";
import { openEngine } from "./engine.ts";
import { messageOf, StoreError, StoreReadOnly, StoreTimeout } from "./errors.ts";
import { migrate } from "./migrate.ts";
import { runIn, type Statement } from "./statement.ts";

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
  /** Told when the embedded store's directory is no longer this process' own: it must not write there any more. */
  readonly onLockLost?: (sentence: string) => void;
  /** Once aborted, a server that is being migrated is left alone: it undoes what was not committed. `openStore` rejects. */
  readonly signal?: AbortSignal;
  /** Milliseconds since 1970 in place of the database's clock. For tests. */
  readonly clock?: () => number;
  /** A dump of a migrated store to start from, for `memory`. For tests: it saves initdb and the migrations. */
  readonly dump?: Blob;
}

export interface ChangeHint {
  readonly place: number;
  readonly operationId: string;
  readonly tenant: string;
  /** Where it settled with this change: its kind, and between which two ages. */
  readonly settled?: Settling & { readonly kind: string };
}

export type Reader = Kysely<Database>;
export type Writer = Transaction<Database>;

export interface Store {
  /** For single statements. Never inside `transaction`: there it would wait for itself on PGlite, so it throws. */
  readonly db: Reader;
  /** Resolves where the database answers and can be written to; else throws why not, within `limitMs`. */
  check(limitMs: number): Promise<void>;
  /** Whether nobody but this process cleans up behind its writes: see upkeep.ts. */
  readonly embedded: boolean;
  /**
   * A number that stays as long as no transaction begins or ends: what was read of the log is its end still. Null while one
   * is under way, and on a server, where others write as well.
   */
  standstill(): number | null;
  /** Commits when `work` resolves; rolls back when it rejects. Hints noted by `changed` go out after the commit. */
  transaction<T>(work: (trx: Writer, changed: (hint: ChangeHint) => void) => Promise<T>): Promise<T>;
  /** A single statement, as `db` would run it. */
  run<Row>(statement: Statement<Row>, parameters: readonly unknown[]): Promise<Row[]>;
  /** What stands for the database's clock in a test; null, and its own counts. */
  instant(): Date | null;
  /** The database's time, to the millisecond. One value for a statement, so that an index can be searched for it. */
  now(): RawBuilder<Date>;
  /** The database's time in microseconds since 1970. */
  begun(): RawBuilder<number>;
  dispose(): Promise<void>;
}

const insideTransaction = new AsyncLocalStorage<true>();

/** PGlite has one connection: a query on the outer handle inside a transaction waits for ever. Say so, on both engines. */
function assertOutsideTransaction(): void {
  if (insideTransaction.getStore()) {
    throw new Error("A query inside a transaction must use the transaction's own handle; this one used the store's.");
  }
}

const refuseInsideTransaction: KyselyPlugin = {
  transformQuery({ node }) {
    assertOutsideTransaction();
    return node;
  },
  transformResult: async ({ result }) => result,
};

/** A statement given as text is judged by its words. A row that is locked is written to as well. */
const writingWords = /\b(insert|update|delete|merge|truncate|vacuum|checkpoint)\b/i;

function refuseWithoutRoom(assertRoom: () => void): KyselyPlugin {
  return {
    transformQuery({ node }) {
      const reads =
        node.kind === "SelectQueryNode" ||
        (node.kind === "RawNode" && !node.sqlFragments.some((fragment) => writingWords.test(fragment)));
      if (!reads) assertRoom();
      return node;
    },
    transformResult: async ({ result }) => result,
  };
}

/** Opens, locks and migrates. Throws StoreError in plain words. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const engine = await openEngine(options);
  const inner = tables(engine.dialect);
  try {
    if (!options.dump) await bringUpToDate(inner, engine.migrating, options.signal);
    // Nobody else is on it, and one that was never used may be a copy, of the template or of a dump.
    if (engine.embedded) await renewUnusedEpoch(inner);
  } catch (error) {
    await inner.destroy();
    await engine.release();
    throw error instanceof StoreError ? error : new StoreError(reachability(options.database, error));
  }

  const { clock } = options;
  const { embedded, assertRoom } = engine;
  let [begun, ended] = [0, 0];
  return {
    db: inner.withPlugin(refuseInsideTransaction).withPlugin(refuseWithoutRoom(assertRoom)),
    embedded,
    async check(limitMs) {
      assertRoom();
      // "on" on a standby as well.
      const asked = sql<{ value: string }>`select current_setting('transaction_read_only') as value`.execute(inner);
      const { rows } = await withinLimit(asked, limitMs);
      if (rows[0]?.value !== "off") throw new StoreReadOnly();
    },
    async run(statement, parameters) {
      assertOutsideTransaction();
      if (writingWords.test(statement.text)) assertRoom();
      return runIn(inner, statement, parameters);
    },
    instant: () => (clock ? new Date(clock()) : null),
    standstill: () => (embedded && begun === ended ? ended : null),
    async transaction(work) {
      if (insideTransaction.getStore()) throw new Error("Transactions don't nest: pass the open one on.");
      assertRoom();
      const hints: ChangeHint[] = [];
      begun += 1;
      const value = await inner
        .transaction()
        .execute((trx) => insideTransaction.run(true, () => work(trx, (hint) => hints.push(hint))))
        .finally(() => {
          ended += 1;
        });
      for (const hint of hints) options.onChange?.(hint);
      return value;
    },
    now: () =>
      clock
        ? sql<Date>`${new Date(clock())}::timestamptz`
        : sql<Date>`(select date_trunc('milliseconds', clock_timestamp()))`,
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

async function withinLimit<T>(answer: Promise<T>, limitMs: number): Promise<T> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new StoreTimeout(limitMs)), limitMs);
  return Promise.race([answer, tooLate]).finally(() => clearTimeout(timer));
}

function tables(dialect: Dialect): Kysely<Database> {
  return new Kysely<Database>({ dialect, plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })] });
}

async function bringUpToDate(
  serving: Kysely<Database>,
  dialect: Dialect | null,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (dialect === null) return migrate(serving);
  const migrating = tables(dialect);
  const { promise: toldToStop, reject } = Promise.withResolvers<never>();
  const stop = () => reject(new StoreError("The store was not opened: its program was told to stop."));
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop, { once: true });
  // A migration, or the wait for another gateway's, may take minutes.
  const done = migrate(migrating).finally(() => migrating.destroy());
  await Promise.race([toldToStop, done]).finally(() => signal?.removeEventListener("abort", stop));
}

function reachability(database: DatabaseConfig, error: unknown): string {
  if (database.type !== "postgres") return `The embedded store could not be used: ${messageOf(error)}.`;
  return (
    `DATABASE_URL: expected a PostgreSQL server and a database of it that can be used; got: ${messageOf(error)}. ` +
    "Example: DATABASE_URL=postgres://statusgraph:password@localhost:5432/statusgraph"
  );
}
