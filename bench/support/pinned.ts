/**
 * Processes of a measurement, each on a core of its own: the gateway on the first, load and all else on the second. What
 * is started here ends with the bench, also where that is interrupted.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { atInterrupt } from "./leaving.ts";
import { freePort } from "./ports.ts";

export const gatewayCore = 0;
export const loadCore = 1;

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Linux has it; elsewhere, and on a machine of one core, everything runs where the system puts it. */
export const canPin: boolean = cpus().length > 1 && spawnSync("taskset", ["-V"]).status === 0;

/** This process, and what it starts from now on. */
export function pinSelf(core: number = loadCore): void {
  if (!canPin) return;
  execFileSync("taskset", ["-a", "-c", "-p", String(core), String(process.pid)], { stdio: "ignore" });
}

export interface Spawned {
  readonly pid: number;
  readonly process: ChildProcess;
  /** What it has written to both of its outputs, the last 64 KB of it. */
  output(): string;
  /** Resolves once its output has this; rejects where it ends before, or after `withinMs`. */
  says(pattern: RegExp, withinMs?: number): Promise<RegExpExecArray>;
  /** The next message that it sends over its channel (`process.send`), where it was given one. */
  message<T>(withinMs?: number): Promise<T>;
  /** Told to end, and waited for; killed where it takes more than ten seconds. */
  dispose(): Promise<void>;
}

export interface SpawnOptions {
  /** The load's, unless given; null for all of them. */
  readonly core?: number | null;
  /** The whole environment besides PATH and HOME: nothing is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Whether there is a channel for messages. */
  readonly channel?: boolean;
}

const running = new Set<ChildProcess>();

/** Any program, found by PATH, pinned where that can be. `taskset` becomes the program, so the pid is the program's own. */
export function spawnPinned(command: string, args: readonly string[], options: SpawnOptions = {}): Spawned {
  const { core = loadCore, env = {}, cwd = root, channel = false } = options;
  const [file, ...rest] = canPin
    ? ["taskset", "-c", core === null ? `0-${cpus().length - 1}` : String(core), command, ...args]
    : [command, ...args];
  const child = spawn(file ?? command, rest, {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: channel ? ["ignore", "pipe", "pipe", "ipc"] : ["ignore", "pipe", "pipe"],
  });
  endWithUs(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (more: string) => {
      text = (text + more).slice(-65_536);
      child.emit("said");
    });
  }
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} could not be started.`);
  const awaited = <T>(event: string, look: (value: unknown) => T | null, what: string, withinMs: number) =>
    new Promise<T>((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        child.off(event, hear).off("close", gone);
        act();
      };
      const hear = (value: unknown) => {
        const found = look(value);
        if (found !== null) settle(() => resolve(found));
      };
      const gone = (code: number | null) =>
        settle(() => reject(new Error(`${command} ended (${code}) before ${what}:\n${text.slice(-2_000)}`)));
      const late = () =>
        settle(() =>
          reject(new Error(`${command} took more than ${withinMs} ms until ${what}:\n${text.slice(-2_000)}`)),
        );
      const timer = setTimeout(late, withinMs);
      child.on(event, hear).once("close", gone);
      if (child.exitCode !== null || child.signalCode !== null) gone(child.exitCode);
      else if (event === "said") hear(null);
    });
  return {
    pid,
    process: child,
    output: () => text,
    says: (pattern, withinMs = 30_000) => awaited("said", () => pattern.exec(text), `it said ${pattern}`, withinMs),
    message: <T>(withinMs = 30_000) => awaited("message", (value) => value as T, "it sent a message", withinMs),
    dispose: () => end(child),
  };
}

/** Another file of the bench, or any TypeScript of the project, by Node and tsx. */
export function spawnScript(file: URL, args: readonly string[] = [], options: SpawnOptions = {}): Spawned {
  return spawnPinned(process.execPath, ["--import", "tsx", fileURLToPath(file), ...args], {
    channel: true,
    ...options,
  });
}

/** Another build than `dist` may be measured, such as one of an earlier commit: its main.js. */
export const program: string = process.env.BENCH_PROGRAM ?? "dist/main.js";

export interface Gateway extends Spawned {
  /** Like http://127.0.0.1:4000. */
  readonly url: string;
  /** From its being started to its log's line that it is ready, by our clock. */
  readonly readyMs: number;
}

export interface GatewayOptions extends Omit<SpawnOptions, "env" | "channel"> {
  /** Besides PORT, LOG_LEVEL and LOG_FORMAT. Without DATABASE_URL it keeps nothing. */
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeOptions?: readonly string[];
}

/** `node dist/main.js`, as an operator runs it, on the gateway's core; resolves once it is ready. */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const { core = gatewayCore, env = {}, nodeOptions = [], ...rest } = options;
  const port = await freePort();
  const began = performance.now();
  const spawned = spawnPinned(process.execPath, [...nodeOptions, program], {
    ...rest,
    core,
    env: { DATABASE_URL: "memory:", PORT: String(port), LOG_LEVEL: "info", LOG_FORMAT: "json", ...env },
  });
  try {
    await spawned.says(/"Ready after \d+ ms\."/, 60_000);
  } catch (error) {
    await spawned.dispose();
    throw error;
  }
  return { ...spawned, url: `http://127.0.0.1:${env.PORT ?? port}`, readyMs: performance.now() - began };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await ended;
  clearTimeout(timer);
}

/** A process that is left over would hold a core, also where the bench failed without ending what it had started. */
function endWithUs(child: ChildProcess): void {
  if (running.size === 0) process.on("exit", killAll);
  running.add(child);
  const forget = atInterrupt(() => child.kill("SIGKILL"));
  child.once("exit", () => {
    running.delete(child);
    if (running.size === 0) process.off("exit", killAll);
    forget();
  });
}

function killAll(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** For whoever reads the figures. */
export const pinning: string = canPin
  ? `the gateway (or its peer) pinned to core ${gatewayCore}, load and all else to core ${loadCore} of ${availableParallelism()}`
  : "nothing pinned: taskset is missing, or there is one core";
