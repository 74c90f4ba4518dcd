/** One program of a cluster, as a child process: its lines are marked with its name, and it ends with the cluster. */
import { type ChildProcess, fork } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { Ready } from "../lifecycle.ts";

export interface Part {
  readonly name: string;
  /** Rejects where it ends before. */
  readonly ready: Promise<Ready>;
  /** Its exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Tells it to. Nothing where it has ended. */
  stop(): void;
}

export interface PartOptions {
  readonly name: string;
  readonly program: URL;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: Writable;
  readonly err: Writable;
}

export function startPart({ name, program, env, out, err }: PartOptions): Part {
  // A group of its own: a terminal sends its interrupt to a whole group, and a second signal ends a gateway at once.
  const child = fork(program, { env, detached: true, stdio: ["ignore", "pipe", "pipe", "ipc"] });
  passOn(child.stdout, out, name);
  passOn(child.stderr, err, name);
  const { promise: ready, resolve, reject } = Promise.withResolvers<Ready>();
  child.on("message", (message) => {
    if (isReady(message)) resolve(message);
  });
  let told = false;
  const ended = endOf(child, () => told);
  void ended.then(() => reject(new Error(`${name} ended before it was ready.`)));
  // Told by whoever waits for it.
  ready.catch(() => {});
  return {
    name,
    ready,
    ended,
    stop() {
      told = true;
      child.kill("SIGTERM");
    },
  };
}

/** Also where it could not be started at all. */
function endOf(child: ChildProcess, wasTold: () => boolean): Promise<number | null> {
  return new Promise((resolve) => {
    child.once("error", () => resolve(null));
    // Told before it listens for signals, while it is being loaded, it ends by the signal: it had started nothing yet.
    child.once("close", (code, signal) => resolve(signal === "SIGTERM" && wasTold() ? 0 : code));
  });
}

function passOn(from: Readable | null, to: Writable, name: string): void {
  if (from) createInterface({ input: from }).on("line", (line) => to.write(`${name} | ${line}\n`));
}

function isReady(message: unknown): message is Ready {
  return typeof message === "object" && message !== null && "type" in message && message.type === "ready";
}
