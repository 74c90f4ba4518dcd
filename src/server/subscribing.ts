/** What is executed for one operation over a WebSocket: once for a query or mutation, and for a subscription at each event. */
import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, execute, type GraphQLError } from "graphql";
import { isStream } from "../live/stream.ts";
import type { Caller } from "../resolvers/context.ts";
import { Delivery } from "./delivery.ts";
import { createGroups, type GroupsOptions, shownOf } from "./groups.ts";
import type { Place } from "./limits/viewers.ts";
import type { Outlet } from "./outlet.ts";
import { Refused, shown } from "./shown.ts";

/** What an operation is executed with. */
export interface Subscribed {
  readonly caller: Caller;
  /** Takes one of the viewer's places for subscriptions; or says why there is none. */
  readonly takePlace: () => Place;
  /** Whether the caller may still be told something. Where not, its socket is being closed. */
  readonly mayStay: () => boolean;
  /** By what its events leave. */
  readonly outlet: () => Outlet;
}

export interface Executor {
  execute(args: ExecutionArgs): Promise<ExecutionResult>;
  /** Changes of operations are told by the outlet, and this iterates over none of them; other events are what it gives. */
  subscribe(args: ExecutionArgs): Promise<AsyncIterableIterator<ExecutionResult>>;
}

export interface ExecutorOptions extends GroupsOptions {
  /** Told of each subscription that begins, has told what there is, or ends: with that its garbage is complete. */
  readonly note: () => void;
}

export function createExecutor(options: ExecutorOptions): Executor {
  const { createContext, note } = options;
  const groups = createGroups(options);
  return {
    execute: async (args) => execute({ ...args, contextValue: createContext(subscribedOf(args).caller) }),
    async subscribe(args) {
      const { caller, takePlace, mayStay, outlet } = subscribedOf(args);
      const place = takePlace();
      if (place.type === "refused") return failing([place.error]);
      note();
      const release = () => {
        place.release();
        note();
      };
      try {
        const context = createContext(caller);
        const source = await createSourceEventStream({ ...args, contextValue: context });
        if (!(Symbol.asyncIterator in source)) {
          release();
          return failing(source.errors ?? []);
        }
        const { live } = context;
        const { isGone } = caller;
        if (isStream(source)) {
          const group = groups.join(args, caller);
          return new Delivery({ live, source, group, outlet: outlet(), mayStay, isGone, settled: note, release });
        }
        const events = mapEvents(source, mayStay, (event) =>
          // A subscription outlives its loaders: each event is executed with fresh ones.
          shown(live, isGone, async () =>
            shownOf(await execute({ ...args, contextValue: createContext(caller), rootValue: event })),
          ),
        );
        return released(events, release);
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}

/** `contextValue` is what websocket.ts put there when the operation came: it is the only one that makes these. */
function subscribedOf({ contextValue }: ExecutionArgs): Subscribed {
  return contextValue as Subscribed;
}

type Events = AsyncIterableIterator<ExecutionResult> & { return(): Promise<IteratorResult<ExecutionResult>> };

/** An iterator object, not a generator: its return() must not wait behind a pending next(). */
function mapEvents(
  source: AsyncIterable<unknown>,
  mayStay: () => boolean,
  map: (event: unknown) => Promise<ExecutionResult>,
): Events {
  const iterator = source[Symbol.asyncIterator]();
  const leave = async () => {
    await iterator.return?.();
    return { done: true, value: undefined } as const;
  };
  return {
    async next() {
      const event = await iterator.next();
      if (event.done) return { done: true, value: undefined };
      // Judged for each event, and once more when it has been made: what it asks of the store may take its time.
      if (!mayStay()) return leave();
      try {
        const value = await map(event.value);
        return mayStay() ? { done: false, value } : await leave();
      } catch (error) {
        // Whoever reads an iterator that fails does not return it.
        await iterator.return?.();
        throw error;
      }
    },
    return: leave,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** The same events; `release` runs once, however they end. */
function released(events: Events, release: () => void): AsyncIterableIterator<ExecutionResult> {
  return {
    async next() {
      try {
        const event = await events.next();
        if (event.done) release();
        return event;
      } catch (error) {
        release();
        throw error;
      }
    },
    async return() {
      release();
      return events.return();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** graphql-ws would send a subscription's refusal as an event; an error message is what ends a subscription. */
function failing(errors: readonly GraphQLError[]): AsyncIterableIterator<never> {
  return {
    next: () => Promise.reject(new Refused(errors)),
    return: () => Promise.resolve({ done: true, value: undefined }),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** What an error of a subscription stands for. */
export function unwrapped(error: GraphQLError): readonly GraphQLError[] {
  return error.originalError instanceof Refused ? error.originalError.errors : [error];
}
