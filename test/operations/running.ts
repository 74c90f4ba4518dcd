/** A gateway's view of one tiny provider: its client is a plain object that a test answers for. */
import { pino } from "pino";
import type { CallOptions, OperationClient, Reading, Snapshot, Target } from "../../src/datasources/contract.ts";
import { isProblem, type Problem } from "../../src/datasources/problems.ts";
import type { OperationsContext, Viewer } from "../../src/operations/context.ts";
import { createUnderWay } from "../../src/operations/under-way.ts";
import type { StoredOperation } from "../../src/store/database.ts";
import type { Store } from "../../src/store/store.ts";
import { tiny } from "../sandbox/tiny.ts";
import { ManualClock } from "../support/clock.ts";
import { unlearned } from "../support/schedule.ts";

export const viewer: Viewer = { tenant: "default", owner: "olga", seesTenant: false, address: null };
/** Sees everything of the tenant. */
export const service: Viewer = { ...viewer, owner: "sam", seesTenant: true };
export const kind = "TINY_WORK";

export interface FakeClient extends OperationClient {
  /** Every call, in order. */
  readonly calls: Array<{ readonly targets: readonly Target[]; readonly options: CallOptions }>;
  /** What each id is answered with from now on. */
  answer(with_: (target: Target, options: CallOptions) => Promise<Snapshot | Problem> | Snapshot | Problem): void;
}

export function reading(snapshot: Snapshot): Reading {
  return { itemKeys: snapshot.items.flatMap(({ key }) => (key === null ? [] : [key])), compose: () => snapshot };
}

export function fakeClient(): FakeClient {
  let answer: Parameters<FakeClient["answer"]>[0] = ({ key }) => {
    throw new Error(`Nothing is known of ${key}: the test gave no answer.`);
  };
  const calls: FakeClient["calls"] = [];
  return {
    calls,
    answer(with_) {
      answer = with_;
    },
    fetchMany(targets, options) {
      calls.push({ targets, options });
      return Promise.all(
        targets.map(async (target) => {
          const given = await answer(target, options);
          return isProblem(given) ? given : reading(given);
        }),
      );
    },
  };
}

export interface Running {
  readonly context: OperationsContext;
  readonly clock: ManualClock;
  readonly client: FakeClient;
  /** How often the poller was told to look. */
  woken(): number;
}

/** `clock` is the gateway's; the store's is its own, unless it was opened with the same. */
export function running(store: Store, clock = new ManualClock(), configured = true): Running {
  if (tiny.type !== "operation") throw new Error("Expected the tiny provider to be one of operations.");
  const client = fakeClient();
  const runningKind = {
    definition: tiny,
    client: configured ? client : null,
    deadlineSeconds: 3600,
    timeoutMs: 5000,
    schedule: unlearned(() => 0.5),
  };
  let wakes = 0;
  const context: OperationsContext = {
    store,
    kinds: new Map([[kind, runningKind]]),
    clock,
    node: "test",
    underWay: createUnderWay(),
    log: pino({ level: "silent" }),
    wake: () => {
      wakes += 1;
    },
  };
  return { context, clock, client, woken: () => wakes };
}

/** What came is an operation; else the test fails with the problem's words. */
export function operationOf(result: StoredOperation | Problem): StoredOperation {
  if (isProblem(result)) throw new Error(`Expected an operation, got ${result.type} ${result.code}: ${result.message}`);
  return result;
}

/** A promise that a test settles itself. */
export function deferred<T>(): { readonly promise: Promise<T>; resolve(value: T): void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve: (value) => resolve(value) };
}
