/**
 * Run by the build: starts the program once and ends it, so that Node leaves what it has compiled beside it. Without it the
 * first start compiles a thousand modules anew, which takes longer than all else that it does.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Ready } from "./lifecycle.ts";

const folder = await mkdtemp(join(tmpdir(), "statusgraph-warm-up-"));
try {
  const program = fork(fileURLToPath(new URL("./main.js", import.meta.url)), {
    // Nothing of this environment: a build must not reach the database of whoever builds.
    env: { PATH: process.env.PATH, DATABASE_URL: join(folder, "store"), PORT: "0", LOG_LEVEL: "error" },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const giveUp = setTimeout(() => program.kill("SIGKILL"), 60_000);
  program.once("message", ({ type }: Ready) => {
    if (type === "ready") program.kill("SIGTERM");
  });
  const [code] = await once(program, "exit");
  clearTimeout(giveUp);
  // A build is none the worse for it.
  if (code !== 0) process.stderr.write("The program did not start in the build: its first start will take longer.\n");
} finally {
  await rm(folder, { recursive: true, force: true });
}
