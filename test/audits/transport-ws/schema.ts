/** A schema for servers that the audits are tried on: one of each kind of operation, and a way to make events come. */
import { buildSchema, type GraphQLSchema } from "graphql";
import type { Documents } from "./target.ts";

export interface Ticking {
  readonly schema: GraphQLSchema;
  /** By the kind of operation, as graphql-ws takes it. */
  readonly roots: Readonly<Record<"query" | "mutation" | "subscription", Record<string, object>>>;
}

export const documents: Documents = {
  query: "{ hello }",
  mutation: "mutation { tick }",
  subscription: "subscription { ticks }",
  trigger: "mutation Trigger($n: String) { tick(n: $n) }",
  ending: "subscription { countdown }",
};

const typeDefs = /* GraphQL */ `
  type Query {
    hello: String!
  }
  type Mutation {
    "Every subscriber of ticks hears of it."
    tick(n: String = "once"): Boolean!
  }
  type Subscription {
    "Goes on for as long as somebody listens."
    ticks: String!
    "3, 2, 1, and then no more."
    countdown: Int!
  }
`;

export function createTicking(): Ticking {
  const listeners = new Set<(n: string) => void>();
  const tick = ({ n }: { readonly n: string }) => {
    for (const tell of listeners) tell(n);
    return true;
  };
  const subscription = {
    ticks: () => ticks(listeners),
    async *countdown() {
      for (const countdown of [3, 2, 1]) yield { countdown };
    },
  };
  return {
    schema: buildSchema(typeDefs),
    roots: { query: { hello: () => "Hello." }, mutation: { tick }, subscription },
  };
}

/** An iterator object: a generator's return() would wait behind its next(), and a silent stream never end. */
function ticks(listeners: Set<(n: string) => void>): AsyncIterableIterator<{ readonly ticks: string }> {
  const queue: string[] = [];
  let ended = false;
  let wake = () => {};
  const tell = (n: string) => {
    queue.push(n);
    wake();
  };
  listeners.add(tell);
  return {
    async next() {
      for (;;) {
        const n = queue.shift();
        if (ended) return { done: true, value: undefined };
        if (n !== undefined) return { done: false, value: { ticks: n } };
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    async return() {
      ended = true;
      listeners.delete(tell);
      wake();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
