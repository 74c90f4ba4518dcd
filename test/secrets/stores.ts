/** A PostgreSQL and a Redis that ask for a password, and all that is in them. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createClient, type RedisClientType } from "@redis/client";
import pg from "pg";
import { type PostgresServer, startPostgresServer } from "../support/postgres-server.ts";
import { type RedisServer, startRedisServer } from "../support/redis-server.ts";
import type { Written } from "./written.ts";

export interface GuardedPostgres extends PostgresServer {
  /** For a gateway, with the password. */
  readonly gatewayUrl: string;
  addressWith(password: string): string;
  /** Every row of every table, and what the connections asked for last. Gives the number of rows. */
  dump(written: Written): Promise<number>;
}

export async function startGuardedPostgres(password: string): Promise<GuardedPostgres> {
  const server = await startPostgresServer();
  const asAdmin = async <T>(url: string, work: (client: pg.Client) => Promise<T>) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  };
  await asAdmin(server.url, async (client) => {
    await client.query(`create role gateway login password ${client.escapeLiteral(password)}`);
    await client.query("create database gateway owner gateway");
    const { rows } = await client.query<{ hba_file: string }>("show hba_file");
    const rules = ["host all gateway 127.0.0.1/32 scram-sha-256", "host all all 127.0.0.1/32 trust"];
    const list = rules.map((rule) => client.escapeLiteral(rule)).join(", ");
    await client.query(`copy (select unnest(array[${list}])) to ${client.escapeLiteral(rows[0]?.hba_file ?? "")}`);
    await client.query("select pg_reload_conf()");
  });
  const addressWith = (given: string) =>
    `postgres://gateway:${encodeURIComponent(given)}@${server.host}:${server.port}/gateway`;
  const database = new URL(server.url);
  database.pathname = "/gateway";
  return {
    ...server,
    addressWith,
    gatewayUrl: addressWith(password),
    dump: (written) =>
      asAdmin(database.href, async (client) => {
        const { rows: tables } = await client.query<{ name: string }>(
          `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
           where table_schema not in ('pg_catalog', 'information_schema')`,
        );
        let count = 0;
        for (const { name } of tables) {
          const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
          count += rows.length;
          written.add(`table ${name}`, rows.map(({ row }) => row).join("\n"));
        }
        const { rows: asked } = await client.query<{ row: string }>("select a::text as row from pg_stat_activity a");
        written.add("pg_stat_activity", asked.map(({ row }) => row).join("\n"));
        return count;
      }),
  };
}

export interface GuardedRedis extends RedisServer {
  readonly gatewayUrl: string;
  /** Asks for the password from now on, which a new start forgets; and writes down every command. */
  guard(): Promise<void>;
  /** Every key and its value. Gives the number of keys. */
  dump(written: Written): Promise<number>;
}

export async function startGuardedRedis(password: string, written: Written): Promise<GuardedRedis> {
  const server = await startRedisServer();
  const { host, port, hostname } = new URL(server.url);
  const monitors: Socket[] = [];
  const asAdmin = async <T>(work: (client: RedisClientType) => Promise<T>) => {
    const client: RedisClientType = createClient({ url: server.url, password });
    client.on("error", () => {});
    await client.connect();
    try {
      return await work(client);
    } finally {
      client.destroy();
    }
  };
  return {
    ...server,
    gatewayUrl: `redis://default:${encodeURIComponent(password)}@${host}`,
    async guard() {
      const monitor = connect({ host: hostname, port: Number(port) });
      monitors.push(monitor);
      monitor.on("error", () => {});
      monitor.write("MONITOR\r\n");
      await once(monitor, "data");
      const bare = createClient({ url: server.url });
      await bare.connect();
      await bare.configSet("requirepass", password);
      bare.destroy();
      // What the test itself says is no leak.
      monitor.on("data", (chunk) => written.add("Redis, each command", chunk));
    },
    dump: (into) =>
      asAdmin(async (client) => {
        let count = 0;
        for await (const keys of client.scanIterator()) {
          for (const key of keys) {
            count += 1;
            into.add("Redis' keys", `${key}\n`);
            into.add("Redis' values", JSON.stringify(await client.sendCommand(["DUMP", key])));
            const type = await client.type(key);
            if (type === "string") into.add("Redis' values", `${await client.get(key)}\n`);
            if (type === "hash") into.add("Redis' values", `${JSON.stringify(await client.hGetAll(key))}\n`);
            if (type === "set") into.add("Redis' values", `${JSON.stringify(await client.sMembers(key))}\n`);
            if (type === "zset") into.add("Redis' values", `${JSON.stringify(await client.zRange(key, 0, -1))}\n`);
            if (type === "list") into.add("Redis' values", `${JSON.stringify(await client.lRange(key, 0, -1))}\n`);
          }
        }
        return count;
      }),
    async dispose() {
      for (const monitor of monitors) monitor.destroy();
      await server.dispose();
    },
  };
}
