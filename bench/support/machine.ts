/** What a figure depends on and a reader can't see: the machine, the engines, the versions. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createConnection } from "node:net";
import { cpus, release, totalmem } from "node:os";
import { adminUrl, ask } from "./database.ts";

export interface Environment {
  readonly at: string;
  /** Short, with a "+" where files differ from it. */
  readonly commit: string;
  /** "2 cores (model), 8 GB, Linux 6.1, Node 24.1, PostgreSQL 15.1, Redis 7.0" */
  readonly machine: string;
}

export async function environment(): Promise<Environment> {
  const parts = [
    `${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"})`,
    `${Math.round(totalmem() / 2 ** 30)} GB of memory`,
    `${process.platform === "linux" ? "Linux" : process.platform} ${release()}`,
    `Node ${process.versions.node}`,
    `PostgreSQL ${(await postgresVersion()) ?? "not there"}`,
    `Redis ${(await redisVersion()) ?? "not there"}`,
  ];
  return { at: new Date().toISOString().slice(0, 10), commit: commit(), machine: parts.join(", ") };
}

function commit(): string {
  const git = (...args: string[]) =>
    execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    return git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain", "--", "../src", ".") === "" ? "" : "+");
  } catch {
    return "unknown";
  }
}

/** Exact ones, as package.json of the bench pins them. */
export function peerVersions(): ReadonlyMap<string, string> {
  const { dependencies } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    dependencies: Record<string, string>;
  };
  return new Map(Object.entries(dependencies));
}

async function postgresVersion(): Promise<string | null> {
  const rows = await ask(adminUrl, "select current_setting('server_version') as version").catch(() => []);
  const version = rows[0]?.version;
  return typeof version === "string" ? (version.split(" ")[0] ?? null) : null;
}

/** Of the Redis that the parts use: the local one, or that of REDIS_URL. */
function redisVersion(): Promise<string | null> {
  const { hostname, port } = new URL(process.env.REDIS_URL ?? "redis://127.0.0.1:6379");
  return new Promise((resolve) => {
    const socket = createConnection({ host: hostname, port: Number(port || 6379) }, () =>
      socket.write("INFO server\r\n"),
    );
    socket.setEncoding("utf8").setTimeout(1_000, () => socket.destroy());
    let text = "";
    socket.on("data", (more: string) => {
      text += more;
      if (/redis_version:\S+\r\n/.test(text)) socket.destroy();
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(/redis_version:(\S+)/.exec(text)?.[1] ?? null));
  });
}
