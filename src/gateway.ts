/** Wires the parts together, and takes them apart in the order in which that works. */

import { hostname } from "node:os";
import type { Logger } from "pino";
import { v7 as uuidv7 } from "uuid";
import { type Clock, systemClock } from "./clock.ts";
import type { Config } from "./config.ts";
import { cleengAccess } from "./datasources/cleeng-access/index.ts";
import { cleengPurchases } from "./datasources/cleeng-purchases/index.ts";
import { type Connections, connect, type Plan } from "./datasources/connections.ts";
import type { AnyProvider } from "./datasources/contract.ts";
import { providers as registered } from "./datasources/index.ts";
import { createRegistry } from "./datasources/registry.ts";
import { gatewayLimitMs } from "./lifecycle.ts";
import { createAccessWatch } from "./live/access.ts";
import { memoryBus } from "./live/bus.ts";
import { createHub } from "./live/hub.ts";
import { createLane } from "./live/lane.ts";
import { createPatience } from "./live/patience.ts";
import { joinNodes } from "./nodes/nodes.ts";
import type { OperationsContext, RunningKind } from "./operations/context.ts";
import { startRecoverer } from "./operations/recover.ts";
import { createUnderWay } from "./operations/under-way.ts";
import { type PolledKind, startPoller } from "./poller/poller.ts";
import type { Schedule } from "./poller/schedule.ts";
import { type ScheduledKind, type Schedules, startSchedules } from "./poller/schedules.ts";
import { createContext, type Services } from "./resolvers/context.ts";
import { buildStatusgraphSchema, resolvers as registeredResolvers } from "./resolvers/index.ts";
import { type RunningSandbox, startSandbox } from "./sandbox/index.ts";
import { createAuthenticator } from "./server/auth/authenticator.ts";
import { startRevocations } from "./server/auth/revocations.ts";
import { openDoors } from "./server/doors.ts";
import { createMetrics } from "./server/metrics.ts";
import { logEnd } from "./store/changes.ts";
import { releaseAbandoned } from "./store/claims.ts";
import { openStore, type StoreOptions } from "./store/store.ts";
import { startTrimmer } from "./store/trimmer.ts";
import { startUpkeep } from "./store/upkeep.ts";

export interface GatewayOptions {
  readonly config: Config;
  readonly log: Logger;
  /** All that are registered, unless given. */
  readonly providers?: readonly AnyProvider[];
  /** Those of the registered providers, unless given. A further provider brings its own (docs/adding-a-provider.md). */
  readonly resolvers?: Parameters<typeof buildStatusgraphSchema>[0];
  /** Real time, unless given. */
  readonly clock?: Clock;
  /** Math.random, unless given. */
  readonly random?: () => number;
  /** For tests: see StoreOptions. */
  readonly store?: Pick<StoreOptions, "dump" | "clock">;
  /** Told why the store must not be written to any more: the process should end at once. Without it, it is only logged. */
  readonly onFatal?: (sentence: string) => void;
  /** Once aborted, a start under way is given up: what was started is taken down, and `startGateway` rejects. */
  readonly signal?: AbortSignal;
}

export interface Gateway {
  /** Like http://127.0.0.1:4000, without a slash at the end. */
  readonly url: string;
  readonly sandboxes: readonly RunningSandbox[];
  /** Whether anybody can still be waiting for an answer or an event; false once the doors are closed. */
  isServing(): boolean;
  /** Stops taking work, ends streams so that clients come back elsewhere, gives leases back, closes the store. */
  dispose(): Promise<void>;
}

/** Resolves when the gateway answers. Rejects in plain words where the store or the port can't be had. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, log, providers = registered, resolvers = registeredResolvers } = options;
  const { clock = systemClock, random = Math.random, signal } = options;
  // Taken apart in the reverse order, also where the start fails half way.
  const undo: Array<() => Promise<void>> = [];
  /** Every step, whatever became of those before it: a lease or a lock must not be left because a socket would not close. */
  const disposeAll = async () => {
    const errors: unknown[] = [];
    for (const step of undo.splice(0).reverse()) await step().catch((error: unknown) => errors.push(error));
    if (errors.length > 0) throw new AggregateError(errors, "The gateway did not stop cleanly.");
  };
  try {
    // Loaded where there is one: its client is a tenth of all that a start loads.
    const { redisUrl } = config;
    const redis = redisUrl === null ? null : await (await import("./redis.ts")).connectRedis({ url: redisUrl, log });
    if (redis) undo.push(() => redis.dispose());
    let bus = memoryBus();
    let learnFrom: Schedules["settled"] = () => {};
    const metrics = createMetrics();
    const store = await openStore({
      database: config.database,
      onChange: (hint) => {
        metrics.countChange();
        bus.announce(hint);
        if (hint.settled) learnFrom(hint.settled);
      },
      onConnectionError: (error) => log.warn({ err: error }, "A connection to the database broke."),
      onLockLost: (sentence) => {
        log.fatal(sentence);
        options.onFatal?.(sentence);
      },
      ...(signal ? { signal } : {}),
      ...options.store,
    });
    undo.push(() => store.dispose());
    signal?.throwIfAborted();
    const { retentionSeconds } = config;
    const trimmer = startTrimmer({ store, retentionSeconds, clock, random, log });
    undo.push(() => trimmer.dispose());
    if (store.embedded) {
      const upkeep = startUpkeep({ store, clock, log });
      undo.push(() => upkeep.dispose());
    }
    const installation = (await logEnd(store.db)).epoch;
    if (redis) bus = (await import("./live/redis-bus.ts")).redisBus(redis, installation, log);
    const node = `${hostname()}-${uuidv7()}`;
    // Before any write, so that whoever finds one under way knows that its gateway lives; left after the last is recorded.
    const nodes = await joinNodes({ store, node, redis, installation, clock, log });
    undo.push(() => nodes.dispose());
    signal?.throwIfAborted();
    const underWay = createUnderWay();
    // By then the transport is closed, so each has its answer, or knows that it was lost.
    undo.push(() => underWay.dispose());
    if (store.embedded) await releaseAbandoned(store);

    const sandboxes = await startSandboxes(providers, config, { clock, random, log });
    undo.push(async () => {
      await Promise.all(sandboxes.map((sandbox) => sandbox.dispose()));
    });
    signal?.throwIfAborted();
    const connections = connect(plansOf(providers, config, sandboxes), {
      maxAnswerBytes: config.maxAnswerBytes,
      maxBatchStatusBytes: config.maxBatchStatusBytes,
      clock,
      random,
      log,
      observe: metrics.observe,
      turnsOf: nodes.turnsOf,
    });
    undo.push(() => connections.dispose());
    /** What has to be broken off is broken off while its caller can still be told what is known of it. */
    const writesEnded = async (): Promise<void> => {
      if (!(await underWay.callsEnded())) await connections.dispose();
    };
    undo.push(writesEnded);

    const hub = createHub({ store, bus, clock, log });
    const schedules = await startSchedules({ store, kinds: scheduledKinds(providers), clock, random, log });
    learnFrom = schedules.settled;
    undo.push(() => schedules.dispose());
    signal?.throwIfAborted();
    const kinds = runningKinds(providers, config, connections, schedules.of);
    const polled = [...kinds.values()].flatMap((kind) => polledKind(kind, config, connections));
    const { leaseSeconds } = config;
    const { isWatched, watched } = hub;
    const graceMs = Math.min(5, config.drainSeconds) * 1000;
    const poller = startPoller({
      store,
      kinds: polled,
      node,
      leaseSeconds,
      graceMs,
      clock,
      isWatched,
      watched,
      onCheck: (kind, lateMs) => {
        metrics.checkBegan(kind, lateMs);
        schedules.began(kind, lateMs);
      },
      log,
    });
    undo.push(() => poller.dispose());
    undo.push(() => hub.dispose());

    const operations: OperationsContext = { store, kinds, clock, node, wake: poller.nudge, underWay, log };
    const recoverer = startRecoverer({ context: operations, alone: store.embedded, onTakenUp: metrics.writeTakenUp });
    undo.push(() => recoverer.dispose());
    const everySeconds = config.accessWatchSeconds;
    const accessWatch = createAccessWatch({ hub, clock, random, everySeconds, purchaseKind: cleengPurchases.kind });
    undo.push(() => accessWatch.dispose());

    let stopping = false;
    const closing = new AbortController();
    undo.push(async () => closing.abort());
    const patiently = createPatience({ clock, log, closing: closing.signal });
    const live = { store, hub, inTurn: createLane(), patiently };
    const revocations = await startRevocations({ store, clock, log });
    undo.push(() => revocations.dispose());
    const authenticator = createAuthenticator({ config: config.auth, revocations, clock, log });
    undo.push(() => authenticator.dispose());
    const { limits } = config;
    const services: Services = { operations, limits, connections, live, accessWatch, revoke: revocations.revoke };
    const accessClient = connections.client(cleengAccess);
    let serving = true;
    undo.push(async () => {
      serving = false;
    });
    const doors = await openDoors(
      {
        config,
        schema: buildStatusgraphSchema(resolvers),
        createContext: (caller) => createContext(services, caller, accessClient),
        authenticator,
        store,
        redis,
        installation,
        metrics,
        isStopping: () => stopping,
        writesEnded,
        log,
      },
      (step) => undo.push(step),
    );
    const { sockets } = doors;
    metrics.watch({
      sockets: () => sockets.open,
      streams: () => hub.listeners,
      sharing: nodes.sharing,
      prices: schedules.prices,
      upstreams: connections.all.filter(({ client }) => client !== null).map(({ upstream }) => upstream),
      dependencies: {
        store: () =>
          store.check(scrapeMs).then(
            () => true,
            () => false,
          ),
        ...(redis ? { redis: redis.isReady } : {}),
      },
    });

    signal?.throwIfAborted();
    const url = await doors.listen();
    signal?.throwIfAborted();
    return {
      url,
      sandboxes,
      isServing: () => serving,
      async dispose() {
        stopping = true;
        // While sockets are closed one after the other, no check is begun, and those under way may end.
        poller.stop();
        underWay.leaveWithin(gatewayLimitMs(config.drainSeconds) - restMs);
        await disposeAll();
      },
    };
  } catch (error) {
    await disposeAll().catch((failure: unknown) => log.error({ err: failure }, "What had been started did not stop."));
    throw error;
  }
}

/** Kept of the time for leaving, after the last call of a write: for its answer's way out and into the store, and the rest. */
const restMs = 2_000;

/** A scrape waits for the store so long. */
const scrapeMs = 1_000;

function startSandboxes(
  providers: readonly AnyProvider[],
  { providers: modes, sandboxSpeed: speed }: Config,
  shared: { readonly clock: Clock; readonly random: () => number; readonly log: Logger },
): Promise<RunningSandbox[]> {
  const wanted = providers.filter(({ id }) => modes.get(id)?.mode === "sandbox");
  return Promise.all(wanted.map((definition) => startSandbox(definition, { ...shared, speed })));
}

function plansOf(providers: readonly AnyProvider[], config: Config, sandboxes: readonly RunningSandbox[]): Plan[] {
  const origins = new Map(sandboxes.map(({ id, origin }) => [id, origin]));
  return providers.map((definition): Plan => {
    const budget = config.budgets.get(definition.id);
    const given = config.providers.get(definition.id);
    if (!budget || !given) throw new Error(`The configuration has no entry for the provider "${definition.id}".`);
    const { mode } = given;
    if (mode === "configured") return { definition, budget, mode, settings: given.settings };
    if (mode === "absent") return { definition, budget, mode, settings: null };
    const settings = { ...definition.sandbox.settings(origins.get(definition.id) ?? ""), ...given.heeded };
    return { definition, budget, mode, settings };
  });
}

/** Seconds that work takes whose provider says nothing of that. */
const usualSeconds = 10;

function scheduledKinds(providers: readonly AnyProvider[]): ScheduledKind[] {
  return [...createRegistry(providers).operationProviderByKind].map(([kind, definition]) => ({
    kind,
    upstream: definition.id,
    usualMs: (definition.usualSeconds ?? usualSeconds) * 1000,
  }));
}

function runningKinds(
  providers: readonly AnyProvider[],
  { budgets }: Config,
  connections: Connections,
  scheduleOf: (kind: string) => Schedule,
) {
  const { operationProviderByKind } = createRegistry(providers);
  return new Map(
    [...operationProviderByKind].map(([kind, definition]): [string, RunningKind] => {
      const budget = budgets.get(definition.id);
      const deadlineSeconds = budget?.deadlineSeconds ?? definition.deadlineSeconds;
      const client = connections.client(definition);
      return [
        kind,
        { definition, client, deadlineSeconds, timeoutMs: budget?.timeoutMs ?? 8000, schedule: scheduleOf(kind) },
      ];
    }),
  );
}

function polledKind(
  { definition, client, deadlineSeconds, schedule }: RunningKind,
  { budgets }: Config,
  { all }: Connections,
): PolledKind[] {
  const connection = all.find((one) => one.definition.id === definition.id);
  if (!client || !connection) return [];
  const { kind, provider, id, settledMayChange = false } = definition;
  const { outlook } = connection.upstream;
  const concurrency = budgets.get(id)?.concurrency ?? 1;
  return [{ kind, provider, client, outlook, concurrency, deadlineSeconds, settledMayChange, schedule }];
}
