/**
 * What the work on operations needs of the gateway: who asks, which providers are there, and the store. No GraphQL,
 * no HTTP.
 */
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { AnyOperationProvider, OperationClient } from "../datasources/contract.ts";
import { type NotFound, notConfigured, notFound, type ProviderNotConfigured } from "../datasources/problems.ts";
import type { Schedule } from "../poller/schedule.ts";
import type { NaturalKey, Scope } from "../store/operations.ts";
import type { Store } from "../store/store.ts";
import type { UnderWay } from "./under-way.ts";

/** Who asks. */
export interface Viewer {
  readonly tenant: string;
  readonly owner: string;
  /** Everything of the tenant, or own operations alone. */
  readonly seesTenant: boolean;
  /** The connection's address, as far as proxies are trusted; null where there is none. */
  readonly address: string | null;
}

/** A kind of operation as this gateway runs it. */
export interface RunningKind {
  readonly definition: AnyOperationProvider;
  /** Null where the provider is not configured. */
  readonly client: OperationClient | null;
  readonly deadlineSeconds: number;
  readonly timeoutMs: number;
  readonly schedule: Schedule;
}

export interface OperationsContext {
  readonly store: Store;
  /** By OperationKind. */
  readonly kinds: ReadonlyMap<string, RunningKind>;
  readonly clock: Clock;
  /** Names this gateway. */
  readonly node: string;
  /** Something new is followed: the poller should look. */
  readonly wake: () => void;
  readonly underWay: UnderWay;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
}

export function scopeOf({ tenant, owner, seesTenant }: Viewer): Scope {
  return { tenant, owner: seesTenant ? null : owner };
}

export function runningKind({ kinds }: OperationsContext, kind: string): RunningKind {
  const running = kinds.get(kind);
  if (!running) throw new Error(`Expected a registered kind of operation, got "${kind}". Register its provider.`);
  return running;
}

export function keyOf(kind: RunningKind, viewer: Pick<Viewer, "tenant">, naturalId: string): NaturalKey {
  const { provider, kind: name } = kind.definition;
  return { tenant: viewer.tenant, provider, account: "default", kind: name, naturalId };
}

/** The same for one that does not exist and for one that the viewer may not see. */
export function unknownOperation(): NotFound {
  return notFound("No operation has this id. Take the id of an operation that this gateway gave out.");
}

export function unconfigured({ definition }: RunningKind): ProviderNotConfigured {
  return notConfigured(definition.provider, definition.configuredBy);
}
