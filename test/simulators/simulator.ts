/**
 * A provider of the test's own, over real HTTP on a free port: what it answers is scripted step by step, so that no test
 * waits on luck, and every request is kept, so that a test can count them.
 */
import type { Received, Reply } from "../datasources/conformance/subject.ts";
import { sendJson, startServer } from "../support/http-server.ts";

/** "cut": the connection is closed unanswered. "silent": no answer ever comes. */
export type Reaction = Reply | "cut" | "silent";

export interface Simulator {
  readonly origin: string;
  /** Every request, in the order of arrival. */
  readonly received: readonly Received[];
  /** Reads, or writes, wait from now on, each with its answer still to be chosen. */
  hold(which?: "reads" | "writes"): void;
  release(): void;
  /** Resolves once `count` requests have come that `which` holds of. */
  heard(which: (received: Received) => boolean, count?: number): Promise<void>;
  dispose(): Promise<void>;
}

export async function startSimulator(react: (received: Received) => Reaction): Promise<Simulator> {
  let gate: { readonly reads: boolean; readonly opened: Promise<void>; open(): void } | null = null;
  const listeners = new Set<() => void>();
  const server = await startServer(async (received, response) => {
    for (const listener of listeners) listener();
    if (gate?.reads === (received.method === "GET")) await gate.opened;
    const reaction = react(received);
    if (reaction === "silent") return;
    if (reaction === "cut") {
      response.destroy();
      return;
    }
    sendJson(response, reaction.body, reaction.status, reaction.headers);
  });
  return {
    origin: server.origin,
    received: server.received,
    hold(which = "reads") {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate ??= { reads: which === "reads", opened: promise, open: resolve };
    },
    release() {
      gate?.open();
      gate = null;
    },
    async heard(which, count = 1) {
      const enough = () => server.received.filter(which).length >= count;
      if (enough()) return;
      await new Promise<void>((resolve) => {
        const listener = () => {
          if (!enough()) return;
          listeners.delete(listener);
          resolve();
        };
        listeners.add(listener);
      });
    },
    async dispose() {
      gate?.open();
      await server.dispose();
    },
  };
}

/** Answers by key, one a read; the last stays. */
export interface Steps<T> {
  /** What the reads of `key` give from now on. */
  set(key: string, steps: readonly [T, ...T[]]): void;
  next(key: string): T;
  /** How often `key` was read. */
  reads(key: string): number;
}

/** `usual`: for keys without steps of their own. */
export function createSteps<T>(usual: readonly [T, ...T[]]): Steps<T> {
  const own = new Map<string, T[]>();
  const counts = new Map<string, number>();
  return {
    set: (key, steps) => own.set(key, [...steps]),
    next(key) {
      counts.set(key, (counts.get(key) ?? 0) + 1);
      const steps = own.get(key) ?? [...usual];
      own.set(key, steps);
      const [first = usual[0]] = steps;
      if (steps.length > 1) steps.shift();
      return first;
    },
    reads: (key) => counts.get(key) ?? 0,
  };
}
