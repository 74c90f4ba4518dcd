/**
 * One gateway: a process of the built program at an address that stays, to be killed, told to leave, frozen and started
 * again. Whatever it writes is kept, and judged at the end.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether we ended it. */
  readonly expected: boolean;
  /** Whether it had been ready. One that can't reach its store at the start ends by itself, and is started again. */
  readonly wasReady: boolean;
  /** In ms since 1970. */
  readonly at: number;
  /** From SIGTERM to the end; null where it was not told to leave. */
  readonly leavingMs: number | null;
}

export interface GatewayNode {
  readonly name: string;
  readonly url: string;
  readonly running: boolean;
  readonly exits: readonly Exit[];
  /** When it was stopped, and went on, in ms since 1970. */
  readonly freezes: ReadonlyArray<readonly [from: number, until: number]>;
  /** All that any of its processes wrote. */
  output(): string;
  /** Resolves when it is ready, or has ended. */
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Resolves when it has left by itself. */
  leave(): Promise<void>;
  freeze(): void;
  thaw(): void;
}

export interface NodeOptions {
  readonly name: string;
  readonly port: number;
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Past it, a node that was told to leave is killed, and counted as one that would not. */
const leavingLimitMs = 20_000;

export function createNode({ name, port, program, env }: NodeOptions): GatewayNode {
  const url = `http://127.0.0.1:${port}`;
  const exits: Exit[] = [];
  const freezes: Array<[from: number, until: number]> = [];
  const chunks: string[] = [];
  let child: ChildProcess | null = null;
  let gone: Promise<void> = Promise.resolve();
  let [killed, ready, toldAt]: [boolean, boolean, number | null] = [false, false, null];

  async function start(): Promise<void> {
    if (child) return;
    [killed, ready, toldAt] = [false, false, null];
    const started = spawn(process.execPath, [join(program, "main.js")], {
      env: {
        PATH: process.env.PATH,
        LOG_FORMAT: "json",
        LOG_LEVEL: "info",
        HOST: "127.0.0.1",
        PORT: String(port),
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child = started;
    for (const stream of [started.stdout, started.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => chunks.push(text));
    }
    gone = new Promise((resolve) => {
      started.once("close", (code, signal) => {
        const leavingMs = toldAt === null ? null : performance.now() - toldAt;
        exits.push({ code, signal, expected: killed || toldAt !== null, wasReady: ready, at: Date.now(), leavingMs });
        child = null;
        resolve();
      });
    });
    while (child === started && !ready) {
      ready = await isReady(url);
      if (!ready) await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  return {
    name,
    url,
    get running() {
      return child !== null;
    },
    exits,
    output: () => chunks.join(""),
    start,
    async kill() {
      killed = true;
      child?.kill("SIGKILL");
      await gone;
    },
    async leave() {
      if (!child) return;
      toldAt = performance.now();
      const leaving = child;
      leaving.kill("SIGTERM");
      const limit = setTimeout(() => leaving.kill("SIGKILL"), leavingLimitMs);
      await gone;
      clearTimeout(limit);
    },
    freezes,
    freeze() {
      freezes.push([Date.now(), Number.POSITIVE_INFINITY]);
      child?.kill("SIGSTOP");
    },
    thaw() {
      const last = freezes.at(-1);
      if (last) last[1] = Date.now();
      child?.kill("SIGCONT");
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1_000) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}
