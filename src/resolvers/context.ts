/** What a resolver is given: who asks, and loaders that live as long as one request or one event of a stream. */
import type DataLoader from "dataloader";
import type { Limits } from "../config/limits.ts";
import type { AccessClient } from "../datasources/cleeng-access/client.ts";
import type { AccessDecision, AccessKey } from "../datasources/cleeng-access/status.ts";
import type { Connections } from "../datasources/connections.ts";
import { createLoader } from "../datasources/loader.ts";
import type { Problem } from "../datasources/problems.ts";
import type { AccessWatch } from "../live/access.ts";
import type { Live } from "../live/feed.ts";
import { type OperationsContext, scopeOf, type Viewer } from "../operations/context.ts";
import { type LookUp, lookUpMany } from "../operations/lookup.ts";
import type { Rights } from "../operations/rights.ts";
import { logEnd } from "../store/changes.ts";
import type { StoredOperation } from "../store/database.ts";
import { operationsById } from "../store/operations.ts";

/** What lives as long as the gateway. */
export interface Services {
  readonly operations: OperationsContext;
  readonly limits: Limits;
  readonly connections: Connections;
  readonly live: Live;
  readonly accessWatch: AccessWatch;
  /** Takes back every token of somebody that was issued up to now. */
  readonly revoke: (tenant: string, owner: string) => Promise<Date>;
}

/** What is known of one request. */
export interface Caller {
  readonly viewer: Viewer;
  readonly rights: Rights;
  /** The Cleeng customer that the viewer acts for; null where its token names none. */
  readonly customer: string | null;
  /** From the header or the connection parameter x-cleeng-customer-token. A secret. */
  readonly customerToken: string | null;
  /** Whether the request came by GET, where arguments end up in logs and histories. */
  readonly byGet: boolean;
  /** Whether whoever asked has gone, or wants it no more. A subscription that waits looks at it now and then. */
  readonly isGone: () => boolean;
}

export interface Loaders {
  /** Operations that the viewer may see, by our id; null for the others. */
  readonly operation: DataLoader<string, StoredOperation | null>;
  readonly lookUp: DataLoader<LookUp, StoredOperation | Problem, string>;
  /** Null where Cleeng access is not configured. */
  readonly access: DataLoader<AccessKey, AccessDecision | Problem, string> | null;
}

export interface Context extends Services, Caller {
  readonly loaders: Loaders;
  /** The log's epoch, read once a request at the most. */
  readonly logEpoch: () => Promise<string>;
}

export function createContext(services: Services, caller: Caller, accessClient: AccessClient | null): Context {
  const { operations } = services;
  const { viewer } = caller;
  let epoch: Promise<string> | null = null;
  return {
    ...services,
    ...caller,
    logEpoch: () => {
      epoch ??= logEnd(operations.store.db).then((end) => end.epoch);
      return epoch;
    },
    loaders: {
      operation: createLoader((ids) => operationsById(operations.store, scopeOf(viewer), ids)),
      lookUp: createLoader(
        async (requests) => (await lookUpMany(operations, viewer, requests)).map(toLoaded),
        ({ kind, naturalId, maxAgeSeconds }) => JSON.stringify([kind, naturalId, maxAgeSeconds]),
      ),
      access:
        accessClient &&
        createLoader(
          (keys) => accessClient.checkMany(keys, { priority: "lookup" }),
          ({ offerId, customerToken, ipAddress }) => JSON.stringify([offerId, customerToken, ipAddress]),
        ),
    },
  };
}

/** What failed is an Error, as a loader wants it. */
function toLoaded<T>(settled: PromiseSettledResult<T>): T | Error {
  if (settled.status === "fulfilled") return settled.value;
  return settled.reason instanceof Error ? settled.reason : new Error(String(settled.reason));
}
