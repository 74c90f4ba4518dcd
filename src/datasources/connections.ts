/**
 * The providers as this gateway reaches them: each registered definition with its settings, transport and client.
 */
import type { AnyProvider, DecisionProvider, OperationClient, OperationProvider } from "./contract.ts";
import { createUpstream, type ManagedUpstream, type UpstreamOptions } from "./http.ts";
import type { Turns } from "./rate.ts";

export type Mode = "configured" | "sandbox" | "absent";

/** How a definition is to be reached. */
export interface Plan {
  readonly definition: AnyProvider;
  readonly mode: Mode;
  /** What the definition's `settings` schema gave; null where the provider is absent. */
  readonly settings: unknown;
  readonly budget: Pick<UpstreamOptions, "ratePerSecond" | "concurrency" | "timeoutMs">;
}

export interface Connection {
  readonly definition: AnyProvider;
  readonly mode: Mode;
  readonly upstream: ManagedUpstream;
  /** Null where the provider is absent. */
  readonly client: unknown;
}

export interface Connections {
  /** In the order of registration. */
  readonly all: readonly Connection[];
  /** The client that the definition's `connect` made; null where the provider is absent. */
  client<S, C extends OperationClient>(definition: OperationProvider<S, C>): C | null;
  client<S, C>(definition: DecisionProvider<S, C>): C | null;
  dispose(): Promise<void>;
}

export function connect(
  plans: readonly Plan[],
  {
    turnsOf,
    ...shared
  }: Omit<UpstreamOptions, "id" | "provider" | "title" | "turns" | keyof Plan["budget"]> & {
    /** Where an upstream gets its starts from, if from others than this gateway alone. */
    readonly turnsOf?: (upstream: string, ratePerSecond: number) => Turns;
  },
): Connections {
  const all = plans.map(({ definition, mode, settings, budget }): Connection => {
    const { id, provider, title } = definition;
    const upstream = createUpstream({
      ...shared,
      ...budget,
      id,
      provider,
      title,
      turns: turnsOf?.(id, budget.ratePerSecond),
    });
    // `never` stands for settings of any shape: these were made by this very definition's schema or sandbox.
    const client = mode === "absent" ? null : definition.connect(settings as never, upstream);
    return { definition, mode, upstream, client };
  });
  const byId = new Map(all.map((connection) => [connection.definition.id, connection]));
  return {
    all,
    client<S, C>(definition: { readonly id: string; connect(settings: S, upstream: ManagedUpstream): C }): C | null {
      // The definition with this id made this client, so it is what the definition says.
      return (byId.get(definition.id)?.client ?? null) as C | null;
    },
    async dispose() {
      await Promise.all(all.map(({ upstream }) => upstream.dispose()));
    },
  };
}
