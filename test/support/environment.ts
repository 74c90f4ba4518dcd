/**
 * What a suite started must have ended with it. In a worker, what is left over keeps nobody from ending: jest ends the worker
 * by a signal. So servers, sockets, pipes, child processes and watched files are looked for when a suite's last hook has run,
 * and fail it beside whatever else failed. Timers, worker threads, and what was unref'd are not seen.
 */
import type { Circus } from "@jest/types";
import { TestEnvironment } from "jest-environment-node";

/** Names of Node's own (`process.getActiveResourcesInfo`) for what keeps a process alive, and what they stand for. */
const kinds: Readonly<Record<string, string>> = {
  TCPServerWrap: "a server",
  TCPSocketWrap: "a socket",
  UDPWrap: "a datagram socket",
  PipeWrap: "a pipe",
  ProcessWrap: "a child process",
  FSEventWrap: "a watched file",
  StatWatcher: "a watched file",
};

/** What closes takes a moment on a busy machine. */
const patienceMs = 10_000;

function count(): Map<string, number> {
  const counted = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) {
    if (name in kinds) counted.set(name, (counted.get(name) ?? 0) + 1);
  }
  return counted;
}

export default class Environment extends TestEnvironment {
  #before = new Map<string, number>();

  override async setup(): Promise<void> {
    this.#before = count();
    await super.setup();
  }

  handleTestEvent = async ({ name }: Circus.AsyncEvent | Circus.SyncEvent, state: Circus.State): Promise<void> => {
    if (name !== "run_finish") return;
    const ends = performance.now() + patienceMs;
    let left = this.#left();
    while (left.length > 0 && performance.now() < ends) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      left = this.#left();
    }
    if (left.length > 0) {
      state.unhandledErrors.push(
        new Error(`The suite has ended and left over: ${left.join(", ")}. Close what it opened.`),
      );
    }
  };

  #left(): string[] {
    return [...count()].flatMap(([name, now]) => {
      const more = now - (this.#before.get(name) ?? 0);
      return more > 0 ? [`${more} × ${kinds[name]}`] : [];
    });
  }
}
