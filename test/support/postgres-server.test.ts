import { describe, expect, test } from "@jest/globals";
import pg from "pg";
import { hasPostgresPrograms, startPostgresServer } from "./postgres-server.ts";

(hasPostgresPrograms() ? describe : describe.skip)("a PostgreSQL of a test's own", () => {
  test("keeps its data over a stop, a kill and a freeze, and ends with the test", async () => {
    const server = await startPostgresServer();
    const ask = async (text: string, limitMs = 0) => {
      const client = new pg.Client({ connectionString: server.url, query_timeout: limitMs });
      client.on("error", () => {});
      await client.connect();
      try {
        return (await client.query(text)).rows;
      } finally {
        await client.end();
      }
    };
    try {
      await ask("create table kept as select 1 as one");
      await server.restart();
      await ask("insert into kept values (2)");
      await server.kill();
      await expect(ask("select 1")).rejects.toThrow("ECONNREFUSED");
      await server.start();
      expect(await ask("select one from kept order by one")).toEqual([{ one: 1 }, { one: 2 }]);

      const early = new pg.Client({ connectionString: server.url });
      await early.connect();
      server.freeze();
      let answered = false;
      const pending = early.query("select 3 as three").then(({ rows }) => {
        answered = true;
        return rows;
      });
      // A server that ran would have answered many times over.
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(answered).toBe(false);
      server.thaw();
      expect(await pending).toEqual([{ three: 3 }]);
      await early.end();
    } finally {
      await server.dispose();
    }
    await expect(ask("select 1")).rejects.toThrow("ECONNREFUSED");
  }, 120_000);
});
