/** Reads what the gateways have stored, straight from PostgreSQL: the log that subscribers are held against. */
import pg from "pg";
import { told } from "../subscriber.ts";

export interface LoggedChange {
  readonly place: number;
  readonly operation: string;
  readonly revision: number;
  readonly kind: string;
  readonly provider: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly followed: boolean;
  readonly tags: readonly string[];
  /** As a subscriber is told it. */
  readonly told: string;
  /** The provider's own word; of a transaction its code. */
  readonly word: string | null;
  /** In ms since 1970, by the database. */
  readonly at: number;
  /** When it was committed, in ms since 1970; null where PostgreSQL was not asked to remember. */
  readonly committedAt: number | null;
}

export interface StoredState {
  readonly id: string;
  readonly kind: string;
  readonly naturalId: string | null;
  readonly state: string;
  readonly outcome: string | null;
  readonly problem: string | null;
  readonly checkProblem: string | null;
  readonly revision: number;
  readonly place: number;
  readonly followed: boolean;
  readonly tags: readonly string[];
  readonly createdAt: number;
  /** Ms past the time at which it should have been asked; null where none is set. */
  readonly overdueMs: number | null;
  readonly leaseNode: string | null;
  /** Ms until the lease ends, negative where it has; null without one. */
  readonly leaseLeftMs: number | null;
}

export interface Stored {
  readonly changes: readonly LoggedChange[];
  readonly operations: readonly StoredState[];
  readonly intents: number;
  readonly openKeys: number;
}

type Query = <T extends pg.QueryResultRow>(text: string) => Promise<T[]>;

/** A connection each time, for the server may have been restarted since the last; and one moment for all that is read. */
async function read<T>(url: string, work: (query: Query) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 30_000 });
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query("begin isolation level repeatable read");
    return await work(async (text) => (await client.query(text)).rows);
  } finally {
    await client.end();
  }
}

export interface Open {
  readonly id: string;
  readonly kind: string;
  readonly naturalId: string;
}

/** Those that are still to settle, as far as they are followed. */
export function readOpen(url: string): Promise<Open[]> {
  const text = `select id, kind, natural_id as "naturalId" from operations where followed`;
  return read(url, (query) => query<Open & pg.QueryResultRow>(text));
}

export function readStored(url: string): Promise<Stored> {
  return read(url, readAll);
}

async function readAll(query: Query): Promise<Stored> {
  // biome-ignore lint/suspicious/noExplicitAny: rows as PostgreSQL gives them; each column is named below.
  const changes = await query<any>(
    `select place::float8 as place, operation_id, revision, kind, provider, state, outcome, operation,
       extract(epoch from at)::float8 * 1000 as at, extract(epoch from pg_xact_commit_timestamp(xmin))::float8 * 1000 as committed_at
     from changes order by place`,
  );
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  const operations = await query<any>(
    `select id, kind, natural_id, state, outcome, problem->>'code' as problem, check_problem->>'code' as check_problem,
       revision, place::float8 as place, followed, tags, extract(epoch from created_at)::float8 * 1000 as created_at,
       extract(epoch from clock_timestamp() - next_check_at)::float8 * 1000 as overdue_ms, lease_node,
       extract(epoch from lease_until - clock_timestamp())::float8 * 1000 as lease_left_ms
     from operations`,
  );
  const [counts] = await query<{ intents: number; keys: number }>(
    `select (select count(*)::int from intents) as intents,
       (select count(*)::int from idempotency_keys where answered_at is null) as keys`,
  );
  return {
    changes: changes.map((row) => ({
      place: row.place,
      operation: row.operation_id,
      revision: row.revision,
      kind: row.kind,
      provider: row.provider,
      state: row.state,
      outcome: row.outcome,
      followed: row.operation.followed,
      tags: row.operation.tags,
      told: told(row.operation),
      word: wordOf(row.operation),
      at: row.at,
      committedAt: row.committed_at,
    })),
    operations: operations.map((row) => ({
      id: row.id,
      kind: row.kind,
      naturalId: row.natural_id,
      state: row.state,
      outcome: row.outcome,
      problem: row.problem,
      checkProblem: row.check_problem,
      revision: row.revision,
      place: row.place,
      followed: row.followed,
      tags: row.tags,
      createdAt: row.created_at,
      overdueMs: row.overdue_ms,
      leaseNode: row.lease_node,
      leaseLeftMs: row.lease_left_ms,
    })),
    intents: counts?.intents ?? 0,
    openKeys: counts?.keys ?? 0,
  };
}

function wordOf(operation: { providerStatus: string | null; fields: { statusCode?: number | null } }): string | null {
  const { statusCode } = operation.fields;
  return statusCode === undefined || statusCode === null ? operation.providerStatus : String(statusCode);
}
