/** Subscriptions as a front end makes them: the official graphql-ws client. What comes is queued, so none is lost between awaits. */
import { type ClientOptions, createClient } from "graphql-ws";
import { WebSocket } from "ws";

// Answers are as various as the documents: each test reads what it asked for.
// biome-ignore lint/suspicious/noExplicitAny: see above.
type Data = any;

export interface Event {
  readonly data?: Data;
  readonly errors?: readonly unknown[] | undefined;
}

export interface Watch {
  /** The next event's data; rejects where it bears errors, or where the stream is over. */
  next(): Promise<Data>;
  /** The data of every event until the stream completes. */
  rest(): Promise<Data[]>;
  /** The next event whole. */
  result(): Promise<Event>;
  /** What the stream was refused or ended with. */
  failure(): Promise<
    ReadonlyArray<{ readonly message: string; readonly extensions: Readonly<Record<string, unknown>> }>
  >;
  leave(): Promise<void>;
}

export interface Sockets {
  watch(query: string, variables?: Record<string, unknown>): Watch;
  dispose(): Promise<void>;
}

export function openSockets(gateway: { readonly url: string }, options: Partial<ClientOptions> = {}): Sockets {
  const client = createClient({
    url: `${gateway.url.replace(/^http/, "ws")}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    ...options,
  });
  return {
    watch(query, variables = {}) {
      const events = client.iterate<Data>({ query, variables });
      const result = async () => {
        const { done, value } = await events.next();
        if (done) throw new Error("Expected another event; the stream is complete.");
        return value;
      };
      const next = async () => dataOf(await result());
      return {
        result,
        next,
        async rest() {
          const all: Data[] = [];
          for await (const event of events) all.push(dataOf(event));
          return all;
        },
        async failure() {
          try {
            await events.next();
          } catch (error) {
            if (Array.isArray(error)) return error;
            throw error;
          }
          throw new Error("Expected the stream to fail; it gave an event, or completed.");
        },
        async leave() {
          await events.return?.();
        },
      };
    },
    async dispose() {
      await client.dispose();
    },
  };
}

function dataOf({ data, errors }: Event): Data {
  if (errors) throw new Error(`Expected data alone; got the errors ${JSON.stringify(errors)}.`);
  return data;
}
