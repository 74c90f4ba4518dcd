/**
 * Connections to a PostgreSQL server, and how long anything on them may take. A server that stands still, or a network
 * that swallows packets, answers nothing and closes nothing: without limits of our own, a request would wait for ever.
 */
import { types } from "@electric-sql/pglite";
import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from "kysely";
import pg from "pg";
import { isReadOnly, StoreTimeout } from "./errors.ts";
import { nameOf } from "./statement.ts";

export interface ServerOptions {
  readonly url: string;
  /** Told when a connection breaks; the pool replaces it by itself. */
  readonly onConnectionError: ((error: Error) => void) | undefined;
}

/** For a connection, be it a new one or one that another request is using. */
const connectMs = 5_000;
/**
 * By the server. A gateway that is stopped in the middle of a transaction may hold the log's lock, for which the writers
 * of all gateways wait: the server ends such a transaction before their statements run out of time.
 */
const idleInTransactionMs = 4_000;
const statementMs = 6_000;
/** By ourselves, for a server that does nothing at all any more. */
const answerMs = 7_000;
/** Migrations take as long as they take; a gateway that is stopped in the middle of one must not bar the others. */
const idleInMigrationMs = 60_000;

const shared = {
  connectionTimeoutMillis: connectMs,
  application_name: "statusgraph",
  // The system notices a peer that is gone; an idle connection through a firewall isn't forgotten.
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
  types: {
    getTypeParser: (oid: number, format?: "text" | "binary") =>
      oid === types.INT8 && format !== "binary" ? Number : pg.types.getTypeParser(oid, format),
  },
} satisfies pg.PoolConfig;

/** For everything but migrations. The limits go with the connection's first message, so they cost no round trip. */
export function servingPool(options: ServerOptions): PostgresPool {
  return limited(
    open(options, {
      ...shared,
      max: 10,
      statement_timeout: statementMs,
      idle_in_transaction_session_timeout: idleInTransactionMs,
    }),
  );
}

/** One connection without a limit for statements: an index over many rows takes its time. */
export function migratingPool(options: ServerOptions): PostgresPool {
  return open(options, { ...shared, max: 1, idle_in_transaction_session_timeout: idleInMigrationMs });
}

function open({ url, onConnectionError }: ServerOptions, config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, ...config });
  // A connection that breaks would end the process without a listener, idle (the pool's) or at work (its own).
  pool.on("error", (error) => onConnectionError?.(error));
  pool.on("connect", (client) => client.on("error", (error) => onConnectionError?.(error)));
  return pool;
}

/** kysely knows a connection by its object, so each has one wrapper for its whole life. */
function limited(pool: pg.Pool): PostgresPool {
  const wrappers = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect();
      const wrapper = wrappers.get(client) ?? limitedClient(client);
      wrappers.set(client, wrapper);
      return wrapper;
    },
  };
}

/** pg's own `query_timeout` leaves the query on the connection, and the next one behind it: here the connection goes. */
function limitedClient(client: pg.PoolClient): PostgresPoolClient {
  let silent: StoreTimeout | null = null;
  let refusesWrites = false;

  function query<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  function query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  function query<R>(
    text: string | PostgresCursor<R>,
    parameters: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    if (typeof text !== "string") throw new Error("Expected a statement; the store reads by pages, never by cursors.");
    if (silent) return Promise.reject(silent);
    const { promise: tooLate, reject } = Promise.withResolvers<PostgresQueryResult<R>>();
    let answered = false;
    const giveUp = () => {
      if (answered) return;
      silent = new StoreTimeout(answerMs);
      reject(silent);
    };
    // A process that was stopped itself wakes to its timers first, and only then reads the answer that is there.
    const timer = setTimeout(() => setImmediate(giveUp), answerMs);
    const values = [...parameters];
    const name = nameOf(text);
    const answer = client
      .query(name === null ? { text, values } : { name, text, values })
      .catch((error: unknown) => {
        refusesWrites ||= isReadOnly(error);
        throw error;
      })
      .finally(() => {
        answered = true;
        clearTimeout(timer);
      });
    // pg's type names every command there is as a string, kysely's those that it knows.
    return Promise.race([answer as unknown as Promise<PostgresQueryResult<R>>, tooLate]);
  }

  return {
    query,
    // A query is still on its way there: whoever got the connection next would wait for it. Or it leads to a standby: a
    // new one may lead to the server that took over.
    release: (destroy = false) => client.release(destroy || silent !== null || refusesWrites),
  };
}
