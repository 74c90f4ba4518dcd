/** A database for a measurement: made, migrated, and dropped at its end. */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { openStore, type Store } from "../../src/store/store.ts";
import { atInterrupt } from "./leaving.ts";

export interface BenchDatabase {
  readonly url: string;
  dispose(): Promise<void>;
}

export const adminUrl = process.env.DATABASE_URL ?? "postgres://postgres@127.0.0.1:5432/postgres";

export async function createDatabase(name: string): Promise<BenchDatabase> {
  const database = `statusgraph_${name}_${randomBytes(4).toString("hex")}`;
  await ask(adminUrl, `create database ${database}`);
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  const drop = () => ask(adminUrl, `drop database if exists ${database} with (force)`);
  const forget = atInterrupt(drop);
  return {
    url: url.href,
    async dispose() {
      await drop();
      forget();
    },
  };
}

export async function ask(url: string, statement: string): Promise<Array<Record<string, unknown>>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

export function openPostgres(url: string, clock?: () => number): Promise<Store> {
  return openStore({ database: { type: "postgres", url }, ...(clock ? { clock } : {}) });
}
