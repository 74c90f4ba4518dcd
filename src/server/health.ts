/** Whether the process is alive, and whether it should be sent work. */

import type { FastifyInstance } from "fastify";
import { StoreFull, StoreReadOnly } from "../store/errors.ts";
import type { Store } from "../store/store.ts";

export interface HealthOptions {
  readonly app: FastifyInstance;
  readonly store: Store;
  readonly isStopping: () => boolean;
}

/** Whoever asks may have little patience: a balancer's own limit is often a few seconds. */
const checkMs = 2_000;

export function serveHealth({ app, store, isStopping }: HealthOptions): void {
  app.get("/healthz", (_request, reply) => reply.send({ alive: true }));
  app.get("/readyz", async (_request, reply) => {
    if (isStopping()) return reply.code(503).send({ ready: false, reason: "The gateway is about to stop." });
    try {
      await store.check(checkMs);
      return await reply.send({ ready: true });
    } catch (error) {
      return reply.code(503).send({ ready: false, reason: reasonOf(error) });
    }
  });
}

function reasonOf(error: unknown): string {
  if (error instanceof StoreFull) return "The store's disk is full.";
  if (error instanceof StoreReadOnly) return "The store can't be written to.";
  return "The store can't be reached.";
}
