/** Whether the process is alive, and whether it should be sent work. */

import type { FastifyInstance } from "fastify";
import { sql } from "kysely";
import type { Store } from "../store/store.ts";

export interface HealthOptions {
  readonly app: FastifyInstance;
  readonly store: Store;
  readonly isStopping: () => boolean;
}

export function serveHealth({ app, store, isStopping }: HealthOptions): void {
  app.get("/healthz", (_request, reply) => reply.send({ alive: true }));
  app.get("/readyz", async (_request, reply) => {
    if (isStopping()) return reply.code(503).send({ ready: false, reason: "The gateway is about to stop." });
    try {
      await sql`select 1`.execute(store.db);
      return await reply.send({ ready: true });
    } catch {
      return reply.code(503).send({ ready: false, reason: "The store can't be reached." });
    }
  });
}
