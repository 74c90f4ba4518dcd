/** urql: queries and mutations over HTTP, subscriptions over a socket that resumes. */
import { Client, cacheExchange, fetchExchange, subscriptionExchange } from "@urql/core";
import type { Sink, Client as Socket } from "graphql-ws";

export function createUrql(url: string, socket: Socket): Client {
  return new Client({
    url,
    preferGetMethod: false,
    exchanges: [
      cacheExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = "", variables }) => ({
          subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables: variables ?? {} }, sink as Sink) }),
        }),
      }),
    ],
  });
}
