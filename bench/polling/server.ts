/**
 * Servers of a measurement alone: a PostgreSQL and a Redis with data of their own, pinned with the load. What they have
 * used of the processor is then nobody else's.
 */
import { readFileSync } from "node:fs";
import pg from "pg";
import { startPostgresServer } from "../../test/support/postgres-server.ts";
import { atInterrupt } from "../support/leaving.ts";
import { spawnPinned } from "../support/pinned.ts";
import { freePort } from "../support/ports.ts";

/** As an operator would set them for a million operations; all else is PostgreSQL's own. */
export const settings = { fsync: "on", shared_buffers: "1GB", max_wal_size: "4GB" } as const;

export interface BenchPostgres {
  readonly url: string;
  /** Of the server's first process: all others descend from it. */
  readonly pid: number;
  /** A new database's address. */
  createDatabase(name: string): Promise<string>;
  query(statement: string, values?: unknown[], database?: string): Promise<Array<Record<string, unknown>>>;
  dispose(): Promise<void>;
}

export async function startPostgres(): Promise<BenchPostgres> {
  const server = await startPostgresServer({ settings });
  const forget = atInterrupt(() => server.dispose());
  const query: BenchPostgres["query"] = async (statement, values = [], database = server.url) => {
    const client = new pg.Client({ connectionString: database });
    await client.connect();
    try {
      return (await client.query(statement, values)).rows;
    } finally {
      await client.end();
    }
  };
  const [backend] = await query("select pg_backend_pid() as pid, current_setting('data_directory') as data");
  // Its first line is the server's pid.
  const pid = Number(readFileSync(`${backend?.data}/postmaster.pid`, "utf8").split("\n")[0]);
  return {
    url: server.url,
    pid,
    query,
    async createDatabase(name) {
      await query(`create database ${name}`);
      const url = new URL(server.url);
      url.pathname = `/${name}`;
      return url.href;
    },
    async dispose() {
      await server.dispose();
      forget();
    },
  };
}

export async function startRedis(): Promise<{ readonly url: string; readonly pid: number; dispose(): Promise<void> }> {
  const port = await freePort();
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const redis = spawnPinned("redis-server", args);
  await redis.says(/Ready to accept connections/);
  return { url: `redis://127.0.0.1:${port}`, pid: redis.pid, dispose: () => redis.dispose() };
}
