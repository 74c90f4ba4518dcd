/** Figures for Prometheus. Labels are names of ours alone: never an id, an address or anything a caller sent. */
import type { FastifyInstance } from "fastify";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { ExchangeEvent } from "../datasources/http.ts";

export interface Metrics {
  observe(event: ExchangeEvent): void;
  countChange(): void;
  /** `sockets` tells how many are open when it is asked. */
  watchSockets(sockets: () => number): void;
  /** `sharing` tells how budgets are shared when it is asked. */
  watchSharing(sharing: () => string): void;
  serve(app: FastifyInstance): void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const attempts = new Histogram({
    name: "statusgraph_upstream_seconds",
    help: "Attempts to reach a provider, by what became of them.",
    labelNames: ["upstream", "effect", "priority", "type"],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 8],
    registers: [registry],
  });
  const changes = new Counter({
    name: "statusgraph_changes_total",
    help: "Changes that this gateway wrote to the log.",
    registers: [registry],
  });
  return {
    observe: ({ upstream, effect, priority, type, ms }) =>
      attempts.observe({ upstream, effect, priority, type }, ms / 1000),
    countChange: () => changes.inc(),
    watchSockets(sockets) {
      new Gauge({
        name: "statusgraph_sockets",
        help: "Open WebSockets.",
        registers: [registry],
        collect() {
          this.set(sockets());
        },
      });
    },
    watchSharing(sharing) {
      new Gauge({
        name: "statusgraph_budget_sharing",
        help: "1 for the way in which this gateway shares the providers' budgets now; none: it asks nobody.",
        labelNames: ["by"],
        registers: [registry],
        collect() {
          this.reset();
          this.set({ by: sharing() }, 1);
        },
      });
    },
    serve(app) {
      app.get("/metrics", async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
    },
  };
}
