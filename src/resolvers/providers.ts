/** How the providers are doing, as this node sees it. */
import { Ctx, Query, Resolver } from "type-graphql";
import type { Connection } from "../datasources/connections.ts";
import { scopeOf } from "../operations/context.ts";
import { holds } from "../operations/rights.ts";
import { ProviderHealth } from "../schema/index.ts";
import { Needs } from "../schema/rules.ts";
import { countOpen } from "../store/operations.ts";
import type { Context } from "./context.ts";

const mostCounted = 10_000;
const severity = { CLOSED: 0, HALF_OPEN: 1, OPEN: 2 } as const;

@Resolver()
export class ProvidersResolver {
  @Needs([])
  @Query(() => [ProviderHealth], { description: "How each provider is doing, as this node sees it." })
  providers(@Ctx() { connections, operations: { store }, viewer, rights }: Context): ProviderHealth[] {
    // Those of others are for who may read them.
    const scope = scopeOf({ ...viewer, seesTenant: viewer.seesTenant && holds(rights, "operations:read") });
    const byProvider = Map.groupBy(connections.all, ({ definition }) => definition.provider);
    return [...byProvider].map(([provider, hosts]) => {
      const openOperations = () => countOpen(store, scope, provider, mostCounted);
      return new ProviderHealth({ provider, ...together(hosts), openOperations });
    });
  }
}

/** Several hosts of one provider as one: the worse circuit, the sums of the rest. */
function together(hosts: readonly Connection[]) {
  const reached = hosts.filter(({ mode }) => mode !== "absent");
  const health = reached.map(({ upstream }) => upstream.health());
  const sum = (of: (one: (typeof health)[number]) => number | null) =>
    health.reduce((total, one) => total + (of(one) ?? 0), 0);
  const latencies = health.flatMap(({ p95LatencyMs }) => (p95LatencyMs === null ? [] : [p95LatencyMs]));
  return {
    configured: reached.length > 0,
    sandbox: hosts.some(({ mode }) => mode === "sandbox"),
    circuit: health.map(({ circuit }) => circuit).reduce((a, b) => (severity[b] > severity[a] ? b : a), "CLOSED"),
    budgetLeft: reached.length === 0 ? null : sum(({ budgetLeft }) => budgetLeft),
    requestsLastMinute: sum(({ requestsLastMinute }) => requestsLastMinute),
    errorsLastMinute: sum(({ errorsLastMinute }) => errorsLastMinute),
    // A percentile can't be summed: the slower host's.
    p95LatencyMs: latencies.length === 0 ? null : Math.max(...latencies),
  };
}
