/**
 * A Redis server of a test's own, to be killed, frozen and started again: the one that all suites share must live on.
 * It keeps nothing on disk, so it comes back empty.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { freePort } from "./free-port.ts";

export interface RedisServer {
  readonly url: string;
  /** On the same port, empty; resolves when it answers. */
  start(): Promise<void>;
  /** kill -9; resolves when it has gone. */
  kill(): Promise<void>;
  /** It stands still: connections stay open, and nothing is answered. */
  freeze(): void;
  thaw(): void;
  dispose(): Promise<void>;
}

/** Whether there is a redis-server on this machine. In CI there must be one. */
export function hasRedisServer(): boolean {
  try {
    execFileSync("redis-server", ["--version"], { stdio: "ignore" });
    return true;
  } catch (error) {
    if (process.env.CI) throw error;
    process.stderr.write("\nNOT RUN: the suites that need a redis-server of their own, for there is none.\n");
    return false;
  }
}

export async function startRedisServer(): Promise<RedisServer> {
  const port = await freePort();
  let child: ChildProcess | null = null;

  async function start(): Promise<void> {
    if (child) throw new Error("This Redis runs already.");
    const flags = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    const started = spawn("redis-server", flags, { stdio: ["ignore", "pipe", "inherit"] });
    child = started;
    await new Promise<void>((resolve, reject) => {
      let said = "";
      started.stdout.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        if (said.includes("Ready to accept connections")) resolve();
      });
      started.once("exit", () => reject(new Error(`This Redis ended before it was ready: ${said}`)));
    });
  }

  async function kill(): Promise<void> {
    const killed = child;
    child = null;
    if (!killed) return;
    const gone = new Promise<void>((resolve) => killed.once("exit", () => resolve()));
    killed.kill("SIGKILL");
    await gone;
  }

  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    kill,
    freeze: () => void child?.kill("SIGSTOP"),
    thaw: () => void child?.kill("SIGCONT"),
    dispose: kill,
  };
}
