/**
 * A PostgreSQL server of a test's own, to be stopped, killed and frozen: the one that all suites share must live on. It
 * ends with the test; its data is nowhere else.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { freePort } from "./free-port.ts";
import { postgresAt, type TestDatabase } from "./store.ts";
import { until } from "./until.ts";

export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  /** The database `postgres`, as its superuser. */
  readonly url: string;
  /** A database that nobody else uses. It needs no dispose: it goes with the server. */
  createDatabase(): Promise<TestDatabase>;
  /** Ends it, connections and all, as an operator would; resolves when it has gone. */
  stop(): Promise<void>;
  /** On the same data and port; resolves when it answers. */
  start(): Promise<void>;
  restart(): Promise<void>;
  /** kill -9 of the server and of every process of it. `start` recovers it from its log. */
  kill(): Promise<void>;
  /** Every process of it stands still: connections stay open, and nothing is answered. */
  freeze(): void;
  thaw(): void;
  dispose(): Promise<void>;
}

export interface PostgresServerOptions {
  /** Like { max_connections: "200" }. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Whether this machine has the programs. In CI it must; elsewhere the suites that need them say that they did not run. */
export function hasPostgresPrograms(): boolean {
  try {
    execFileSync(program("initdb"), ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    if (process.env.CI) throw new Error("CI tests a PostgreSQL of its own, and finds no initdb. Install PostgreSQL.");
    process.stderr.write(
      "\nNOT RUN: what needs a PostgreSQL of its own, for no initdb was found. Install PostgreSQL.\n",
    );
    return false;
  }
}

export async function startPostgresServer({ settings = {} }: PostgresServerOptions = {}): Promise<PostgresServer> {
  const owner = ownerOfData();
  const directory = await mkdtemp(join(tmpdir(), "statusgraph-postgres-"));
  if (owner) await chown(directory, owner.uid, owner.gid);
  const data = join(directory, "data");
  execFileSync(program("initdb"), ["--no-sync", "--username=postgres", "--auth=trust", "--pgdata", data], {
    stdio: "ignore",
    cwd: directory,
    ...owner,
  });
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const options = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: directory,
    // Its processes are killed, not the machine: what they have written outlives them, on the disk or not yet.
    fsync: "off",
    ...settings,
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  let server: ChildProcess | null = null;
  let gone: Promise<unknown> = Promise.resolve();

  const start = async () => {
    if (server) throw new Error("Expected the server to be stopped before it is started; it runs.");
    let said = "";
    const child = spawn(program("postgres"), ["-D", data, ...flags], {
      stdio: ["ignore", "ignore", "pipe"],
      cwd: directory,
      ...owner,
    });
    child.stderr.on("data", (text: Buffer) => {
      said = `${said}${text}`.slice(-4_000);
    });
    let ended = false;
    gone = new Promise((resolve) => child.once("close", resolve)).then(() => {
      ended = true;
      server = null;
    });
    server = child;
    await until(async () => {
      if (ended) throw new Error(`PostgreSQL ended before it answered: ${said}`);
      return answers(url);
    });
  };
  const running = (): ChildProcess & { readonly pid: number } => {
    if (server?.pid === undefined) throw new Error("Expected the server to run; it is stopped.");
    return Object.assign(server, { pid: server.pid });
  };
  const family = () => [running().pid, ...childrenOf(running().pid)];
  const freeze = () => {
    // The parent first, so that it makes no child meanwhile.
    for (const pid of family()) signal(pid, "SIGSTOP");
    for (const pid of childrenOf(running().pid)) signal(pid, "SIGSTOP");
  };
  const kill = async () => {
    freeze();
    const pids = family();
    for (const pid of pids) signal(pid, "SIGKILL");
    await gone;
    await until(() => !pids.some(isAlive));
  };
  const stop = async () => {
    // A fast shutdown: nobody's transaction is waited for.
    running().kill("SIGINT");
    await gone;
  };
  await start();
  return {
    host: "127.0.0.1",
    port,
    url,
    createDatabase: () => postgresAt(url).createDatabase(),
    stop,
    start,
    async restart() {
      await stop();
      await start();
    },
    kill,
    freeze,
    thaw: () => {
      for (const pid of family()) signal(pid, "SIGCONT");
    },
    async dispose() {
      if (server) await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Debian keeps these beside the path of commands; pg_config knows where. */
function program(name: "initdb" | "postgres"): string {
  try {
    return join(execFileSync("pg_config", ["--bindir"], { encoding: "utf8", stdio: "pipe" }).trim(), name);
  } catch {
    return name;
  }
}

/** PostgreSQL refuses to run as root; there its own user does. */
function ownerOfData(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("select 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

function childrenOf(pid: number): number[] {
  const listed = execFileSync("ps", ["-e", "-o", "pid=,ppid="], { encoding: "utf8" });
  return listed
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child ?? 0);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
