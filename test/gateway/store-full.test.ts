/** A disk that fills up under the embedded store: refused in words, alive all the while, and well again with room. */
import { type ExecFileException, execFile, execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { freeBytes, reservedBytes } from "../../src/store/room.ts";
import { type Build, buildProgram, type Program, runProgram } from "../support/program.ts";
import { until } from "../support/until.ts";

const mebibyte = 1024 * 1024;

/** A small disk of its own, where this user may mount one. */
function mounted(directory: string): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256m", "statusgraph-test", directory], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("a disk that is full", () => {
  let parent: string;
  let disk: string;
  let small = false;
  let build: Build;
  let program: Program | null = null;
  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), "statusgraph-full-"));
    disk = join(parent, "disk");
    await mkdir(disk);
    small = mounted(disk);
    if (!small && process.env.CI)
      throw new Error("With CI set, expected a user who may mount a tmpfs; this one may not.");
    if (!small) process.stderr.write("\nNOT RUN: what needs a small disk, for this user may not mount one.\n");
    build = await buildProgram();
  }, 120_000);
  afterAll(async () => {
    program?.process.kill("SIGKILL");
    await program?.ended;
    if (small) execFileSync("umount", [disk]);
    await build.dispose();
    await rm(parent, { recursive: true, force: true });
  });

  const ballast = () => join(disk, "ballast");
  const leave = async (bytes: number) => {
    await rm(ballast(), { force: true });
    await writeFile(ballast(), Buffer.alloc(freeBytes(disk) - bytes));
  };
  const start = () => {
    program = runProgram(build, { PORT: "0", DATABASE_URL: join(disk, "store"), SANDBOX_SPEED: "50" });
    return program;
  };

  test("stops a start with a sentence; at run time writes are refused with a code, reads go on, and all mends by itself", async () => {
    if (!small) return;
    await leave(20 * mebibyte);
    const refused = await start().ended;
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /^The embedded store in .* needs 128 MB of free room on its disk; 1\d MB are left\..*\n$/,
    );

    await rm(ballast());
    const running = start();
    const url = await running.url;
    const ask = async (query: string) => {
      const response = await fetch(`${url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query }),
      });
      // Answers are as various as the documents.
      // biome-ignore lint/suspicious/noExplicitAny: see above.
      return (await response.json()) as any;
    };
    const register = (id: string) =>
      ask(`mutation { registerPurchase(input: { customerId: "123456789", transactionId: "${id}", ipAddress: "8.8.8.8" }) {
        ... on PurchaseSync { id } } }`);
    const ready = async () => {
      const response = await fetch(`${url}/readyz`);
      return { status: response.status, ...((await response.json()) as object) };
    };
    const { data } = await register("before");
    const { id } = data.registerPurchase;

    await leave(reservedBytes - mebibyte);
    await until(async () => (await ready()).status === 503);
    expect(await ready()).toEqual({ status: 503, ready: false, reason: "The store's disk is full." });
    const unavailable = { message: expect.stringContaining("database"), extensions: { code: "STORE_UNAVAILABLE" } };
    expect((await register("meanwhile")).errors).toEqual([expect.objectContaining(unavailable)]);
    expect((await ask(`{ node(id: "${id}") { id } }`)).data).toEqual({ node: { id } });
    expect((await ask("{ operations(first: 1) { nodes { id } } }")).data.operations.nodes).toEqual([{ id }]);
    // Its poller wants to write all the time; what is left is left to the store's own log.
    expect(freeBytes(disk)).toBeGreaterThan(reservedBytes / 2);

    await rm(ballast());
    await until(async () => (await ready()).status === 200);
    expect((await register("after")).data.registerPurchase).toMatchObject({ id: expect.any(String) });
    await until(
      async () => (await ask(`{ node(id: "${id}") { ... on Operation { state } } }`)).data.node.state === "SETTLED",
    );
    running.process.kill("SIGTERM");
    expect((await running.ended).code).toBe(0);
  }, 120_000);
});

describe("a limit on the size of a file", () => {
  let parent: string;
  let build: Build;
  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), "statusgraph-limited-"));
    build = await buildProgram();
  }, 120_000);
  afterAll(async () => {
    await build.dispose();
    await rm(parent, { recursive: true, force: true });
  });

  /** Node with files of at most 2 MB; 4,096 blocks of 512 bytes, as POSIX counts them. */
  const limited = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    promisify(execFile)("/bin/sh", ["-c", 'ulimit -f 4096 && exec "$0" "$@"', process.execPath, ...args], {
      env: { PATH: process.env.PATH, POSIXLY_CORRECT: "1", LOG_FORMAT: "json", ...env },
      timeout: 60_000,
    }).then(
      () => ({ code: 0, signal: undefined, stderr: "" }),
      ({ code, signal, stderr }: ExecFileException) => ({ code, signal: signal ?? undefined, stderr }),
    );

  test.each(["a new directory", "one that a gateway has used"])(
    "stops a start with a sentence: %s",
    async (which) => {
      const directory = join(parent, which.replaceAll(" ", "-"));
      const env = { PORT: "0", DATABASE_URL: directory, SANDBOX_SPEED: "50" };
      if (which.startsWith("one")) {
        const program = runProgram(build, env);
        await program.url;
        program.process.kill("SIGKILL");
        await program.ended;
      }
      const { code, stderr } = await limited([join(build.directory, "main.js")], env);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr:
          `The embedded store in ${directory} needs files of up to 1024 MB; this process may write 2 MB to one. ` +
          "Raise its limit (ulimit -f unlimited, or LimitFSIZE=infinity for systemd).\n",
      });
    },
    120_000,
  );

  test("ends no process that meets it: the write is an error", async () => {
    // The signal is heard a turn later than the write fails.
    const script = `
      await import(${JSON.stringify(join(build.directory, "store", "embedded.js"))});
      const { writeFile } = await import("node:fs/promises");
      const { setTimeout } = await import("node:timers/promises");
      const large = Buffer.alloc(${3 * mebibyte});
      const error = await writeFile(${JSON.stringify(join(parent, "large"))}, large).catch((error) => error);
      await setTimeout(100);
      process.exit(error.code === "EFBIG" ? 7 : 8);`;
    expect(await limited(["--input-type=module", "--eval", script])).toMatchObject({ code: 7, signal: undefined });
  }, 120_000);
});
