/** `npm run renew-epoch`, as whoever restored a backup runs it. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { logEnd } from "../../src/store/changes.ts";
import { holdDirectory } from "../../src/store/embedded.ts";
import { openStore } from "../../src/store/store.ts";
import { type Build, buildProgram } from "../support/program.ts";
import { postgresEngines } from "../support/store.ts";
import { read, snapshot } from "./learning.ts";

let build: Build;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "statusgraph-epoch-"));
  build = await buildProgram();
}, 120_000);
afterAll(async () => {
  await build.dispose();
  await rm(directory, { recursive: true, force: true });
});

function renew(url: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const program = join(build.directory, "store", "renew-epoch.js");
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [program],
      { env: { PATH: process.env.PATH, DATABASE_URL: url } },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

test("an embedded store gets a new epoch and keeps its log; while a gateway uses it, it is refused", async () => {
  const path = join(directory, "store");
  const epochNow = async () => {
    const store = await openStore({ database: { type: "embedded", directory: path } });
    const end = await logEnd(store.db);
    await store.dispose();
    return end;
  };
  // A log that was never used is renewed at each start anyway.
  const used = await openStore({ database: { type: "embedded", directory: path } });
  await read(used, "work", snapshot("RUNNING"));
  await used.dispose();
  const before = await epochNow();
  expect(await epochNow()).toEqual(before);
  expect(await renew(path)).toEqual({
    code: 0,
    stdout: `The log in ${path} has a new epoch: cursors given out before are void, and streams resumed with them get RESET.\n`,
    stderr: "",
  });
  const after = await epochNow();
  expect(after.epoch).not.toBe(before.epoch);
  expect(after.place).toBe(before.place);

  const held = await holdDirectory(path);
  const refused = await renew(path);
  await held.release();
  expect(refused).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringMatching(/^Another process is using .*\n$/),
  });
  expect((await epochNow()).epoch).toBe(after.epoch);
}, 120_000);

test("what can't be renewed is one line and exit 1, without a password or a stack", async () => {
  const file = join(directory, "file");
  await writeFile(file, "");
  for (const [url, said] of [
    ["mysql://someone:hunter2@localhost/x", /^DATABASE_URL: expected .* Example: .*\n$/],
    ["memory:", /^DATABASE_URL: expected .*memory: keeps nothing.*\n$/],
    [file, /^The embedded store needs a directory .*\n$/],
    ["postgres://someone:hunter2@127.0.0.1:1/x", /^DATABASE_URL: expected a PostgreSQL server .*\n$/],
  ] as const) {
    const { code, stdout, stderr } = await renew(url);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(said);
    expect(stderr).not.toContain("hunter2");
  }
}, 120_000);

for (const engine of postgresEngines) {
  test(`${engine.name}: gateways that run meanwhile give out cursors of the new epoch`, async () => {
    const database = await engine.createDatabase();
    if (database.config.type !== "postgres") throw new Error("Expected a database on a PostgreSQL server.");
    const running = await openStore({ database: database.config });
    const before = await logEnd(running.db);
    const { code, stdout } = await renew(database.config.url);
    expect(code).toBe(0);
    expect(stdout).toContain(new URL(database.config.url).pathname);
    expect((await logEnd(running.db)).epoch).not.toBe(before.epoch);
    await running.dispose();
    await database.dispose();
  }, 120_000);
}
