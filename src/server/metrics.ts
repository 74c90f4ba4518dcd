/** Figures for Prometheus. Labels are names of ours alone: never an id, an address or anything a caller sent. */
import type { FastifyInstance } from "fastify";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { ExchangeEvent, UpstreamHealth } from "../datasources/http.ts";
import { type End, ends } from "../operations/recover.ts";
import { addMetricsRoute, type Figures, type MetricsAccess } from "./metrics-door.ts";

/** What is asked at each scrape. */
export interface Watched {
  /** Open WebSockets. */
  sockets(): number;
  /** Subscriptions that hear of changes. */
  streams(): number;
  /** How budgets are shared. */
  sharing(): string;
  /** What a call for a check costs now, in parts of its usual price, by upstream. */
  prices(): ReadonlyMap<string, number>;
  readonly upstreams: ReadonlyArray<{ readonly id: string; health(): UpstreamHealth }>;
  /** Whether what the gateway depends on answers: the store, and Redis where it is configured. */
  readonly dependencies: Readonly<Record<string, () => boolean | Promise<boolean>>>;
}

export interface Metrics {
  observe(event: ExchangeEvent): void;
  countChange(): void;
  /** A check of an operation began to be sent, so long after it was due. */
  checkBegan(kind: string, lateMs: number): void;
  /** What a dead gateway's write became. */
  writeTakenUp(end: End): void;
  /** Called once, when all of them are there. */
  watch(watched: Watched): void;
  /** Adds /metrics; open to everybody unless `access` says who may read it. */
  serve(app: FastifyInstance, access?: MetricsAccess): void;
  /** For a port of their own: see serveMetrics. */
  readonly figures: Figures;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const attempts = new Histogram({
    name: "statusgraph_upstream_seconds",
    help: "Attempts to reach a provider, by what became of them.",
    labelNames: ["upstream", "effect", "priority", "type"],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 8],
    registers,
  });
  const changes = new Counter({
    name: "statusgraph_changes_total",
    help: "Changes that this gateway wrote to the log.",
    registers,
  });
  const delays = new Histogram({
    name: "statusgraph_check_delay_seconds",
    help: "How long after they were due checks of operations began.",
    labelNames: ["kind"],
    buckets: [0.1, 0.5, 1, 2, 5, 15, 60, 300, 1800],
    registers,
  });
  const takenUp = new Counter({
    name: "statusgraph_writes_taken_up_total",
    help: "Writes of dead gateways that this one took up, by what they became.",
    labelNames: ["end"],
    registers,
  });
  // What an alarm waits for has to be there at 0: of a series that begins with its first event, no increase is seen.
  for (const end of ends) takenUp.inc({ end }, 0);
  /** `values` gives each label's value, anew at each scrape. */
  const gauge = (
    name: string,
    help: string,
    labelNames: readonly string[],
    values: () =>
      | ReadonlyArray<readonly [Record<string, string>, number]>
      | Promise<[Record<string, string>, number][]>,
  ) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      async collect() {
        const now = await values();
        this.reset();
        for (const [labels, value] of now) this.set(labels, value);
      },
    });

  return {
    observe: ({ upstream, effect, priority, type, ms }) =>
      attempts.observe({ upstream, effect, priority, type }, ms / 1000),
    countChange: () => changes.inc(),
    checkBegan: (kind, lateMs) => delays.observe({ kind }, Math.max(0, lateMs) / 1000),
    writeTakenUp: (end) => takenUp.inc({ end }),
    watch({ sockets, streams, sharing, prices, upstreams, dependencies }) {
      for (const { id: upstream } of upstreams)
        for (const type of ["lost", "unsent"]) attempts.zero({ upstream, effect: "write", priority: "write", type });
      gauge("statusgraph_sockets", "Open WebSockets.", [], () => [[{}, sockets()]]);
      gauge("statusgraph_streams", "Subscriptions that hear of changes.", [], () => [[{}, streams()]]);
      gauge(
        "statusgraph_budget_sharing",
        "1 for the way in which this gateway shares the providers' budgets now; none: it asks nobody.",
        ["by"],
        () => [[{ by: sharing() }, 1]],
      );
      gauge("statusgraph_budget_left", "Calls to a provider that may start now.", ["upstream"], () =>
        upstreams.map(({ id: upstream, health }) => [{ upstream }, health().budgetLeft ?? 0]),
      );
      gauge(
        "statusgraph_poll_price",
        "What a call for a check costs, in parts of its usual price; above 1 while the budget is short.",
        ["upstream"],
        () => [...prices()].map(([upstream, price]) => [{ upstream }, price]),
      );
      gauge("statusgraph_circuit", "1 for the state of a provider's circuit.", ["upstream", "state"], () =>
        upstreams.map(({ id: upstream, health }) => [{ upstream, state: health().circuit }, 1]),
      );
      gauge("statusgraph_up", "Whether what the gateway depends on answers.", ["what"], () =>
        Promise.all(
          Object.entries(dependencies).map(
            async ([what, isUp]): Promise<[Record<string, string>, number]> => [{ what }, (await isUp()) ? 1 : 0],
          ),
        ),
      );
    },
    serve: (app, access) => addMetricsRoute(app, registry, access),
    figures: registry,
  };
}
