/** What is executed for one operation over a WebSocket: once for a query or mutation, and for a subscription at each event. */
import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, execute, type GraphQLError } from "graphql";
import type { Caller, Context } from "../resolvers/context.ts";
import { isStoreFailure } from "../store/errors.ts";
import type { Place } from "./limits/viewers.ts";

/** What an operation is executed with. */
export interface Subscribed {
  readonly caller: Caller;
  readonly context: Context;
  /** Takes one of the viewer's places for subscriptions; or says why there is none. */
  readonly takePlace: () => Place;
  /** Whether the caller may still be told something. Where not, its socket is being closed. */
  readonly mayStay: () => boolean;
}

export interface Executor {
  execute(args: ExecutionArgs): Promise<ExecutionResult>;
  subscribe(args: ExecutionArgs): Promise<AsyncIterableIterator<ExecutionResult>>;
}

export function createExecutor(createContext: (caller: Caller) => Context): Executor {
  return {
    execute: async (args) => execute(withContext(args, ({ context }) => context)),
    async subscribe(args) {
      const { takePlace, mayStay } = subscribedOf(args);
      const place = takePlace();
      if (place.type === "refused") return failing([place.error]);
      try {
        const source = await createSourceEventStream(withContext(args, ({ context }) => context));
        if (!(Symbol.asyncIterator in source)) {
          place.release();
          return failing(source.errors ?? []);
        }
        const events = mapEvents(source, mayStay, (event) =>
          shown(args, () => {
            // A subscription outlives its loaders: each event is executed with fresh ones.
            const context = withContext(args, ({ caller }) => createContext(caller));
            return execute({ ...context, rootValue: event });
          }),
        );
        return released(events, place.release);
      } catch (error) {
        place.release();
        throw error;
      }
    },
  };
}

/** `contextValue` is what websocket.ts put there when the operation came: it is the only one that makes these. */
function subscribedOf({ contextValue }: ExecutionArgs): Subscribed {
  return contextValue as Subscribed;
}

function withContext(args: ExecutionArgs, choose: (subscribed: Subscribed) => Context): ExecutionArgs {
  return { ...args, contextValue: choose(subscribedOf(args)) };
}

/** After so many tries, a second apart, it is asked whether it is the store that fails, or what is asked of it. */
const patientTries = 10;
const storeLimitMs = 2_000;

/**
 * An event with everything that was asked of it. Where the store goes away in the middle, it is waited for and asked anew:
 * the event with an error in its place would have been told, and its cursor would pass over it. What fails in a store that
 * is there ends the subscription, at the same place.
 */
function shown(
  args: ExecutionArgs,
  execute: () => ExecutionResult | Promise<ExecutionResult>,
): Promise<ExecutionResult> {
  const { caller, context } = subscribedOf(args);
  let tries = 0;
  return context.live.patiently(caller.isGone, async () => {
    const result = await execute();
    const failure = result.errors?.find(({ originalError }) => isStoreFailure(originalError));
    if (!failure) return result;
    tries += 1;
    if (tries % patientTries === 0) {
      await context.live.store.check(storeLimitMs);
      throw new Refused([failure]);
    }
    throw failure.originalError;
  });
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

/** Why a subscription could not begin, or go on. */
class Refused extends Error {
  readonly errors: readonly GraphQLError[];
  constructor(errors: readonly GraphQLError[]) {
    super("The subscription could not begin, or go on.");
    this.errors = errors;
  }
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
