/** A program that is told to stop in the middle of its start: it takes down what it has started, and ends with 0. */
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { sql } from "kysely";
import { openStore } from "../../src/store/store.ts";
import { type Build, buildProgram, type Program, runProgram } from "../support/program.ts";
import { postgresEngines } from "../support/store.ts";
import { until } from "../support/until.ts";

let build: Build;
const started: Program[] = [];

beforeAll(async () => {
  build = await buildProgram();
}, 120_000);
afterEach(async () => {
  for (const { process, ended } of started.splice(0)) {
    process.kill("SIGKILL");
    await ended;
  }
});
afterAll(() => build.dispose());

function run(env: Readonly<Record<string, string>>): Program {
  // The limit for stopping grows with it; nothing here drains.
  const program = runProgram(build, { PORT: "0", DRAIN_SECONDS: "40", ...env });
  started.push(program);
  return program;
}

async function endsCleanly(program: Program): Promise<void> {
  const { code, signal, stdout, stderr } = await program.ended;
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: "" });
  expect(stdout).toContain("SIGTERM: stopping.");
  expect(stdout).not.toContain("Ready after");
}

test("the embedded store's directory is given back", async () => {
  const directory = await mkdtemp(join(tmpdir(), "statusgraph-starting-"));
  const program = run({ DATABASE_URL: join(directory, "store") });
  await until(() => existsSync(join(directory, "store.lock")));
  program.process.kill("SIGTERM");
  await endsCleanly(program);
  expect((await readdir(directory)).filter((name) => name.endsWith(".lock"))).toEqual([]);
  await rm(directory, { recursive: true });
}, 120_000);

test("a database that takes the connection and says nothing is not waited for", async () => {
  const taken: Socket[] = [];
  const silent = createServer((socket) => {
    socket.on("error", () => {});
    taken.push(socket);
  });
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const program = run({ DATABASE_URL: `postgres://u@127.0.0.1:${(silent.address() as AddressInfo).port}/none` });
  await until(() => taken.length > 0);
  program.process.kill("SIGTERM");
  await endsCleanly(program);
  for (const socket of taken) socket.destroy();
  await new Promise((resolve) => silent.close(resolve));
}, 120_000);

test.each(postgresEngines)(
  "$name: migrations of another gateway are not waited for",
  async (engine) => {
    const { config, dispose } = await engine.createDatabase();
    if (config.type !== "postgres") throw new Error("Expected a database on a PostgreSQL server.");
    const other = await openStore({ database: config });
    await other.db.transaction().execute(async (trx) => {
      await sql`lock table schema_migrations, schema_migrations_lock`.execute(trx);
      const program = run({ DATABASE_URL: config.url });
      await until(async () => {
        const { rows } = await sql`select from pg_locks where not granted and database =
        (select oid from pg_database where datname = current_database())`.execute(trx);
        return rows.length > 0;
      });
      program.process.kill("SIGTERM");
      await endsCleanly(program);
    });
    await other.dispose();
    await dispose();
  },
  120_000,
);
