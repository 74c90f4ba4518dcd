/** A graphql-ws client that comes back whatever happens to the network, and notices when it is dead. */
import { type ClientOptions, createClient } from "graphql-ws";
import { resuming } from "./resuming.ts";

export function connect(options: ClientOptions) {
  const { keepAlive = 12_000 } = options;
  let unanswered: ReturnType<typeof setTimeout>;
  const client = createClient({
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    // Up to 1 s, 2 s, 4 s … 30 s, at random: the clients of a gateway that restarts don't come back all at once.
    retryWait: (retries) =>
      new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(1_000 * 2 ** retries, 30_000))),
    ...options,
    keepAlive,
    on: {
      ...options.on,
      // A ping without a pong, and the socket is given up: a dead network closes nothing by itself.
      ping(received) {
        if (!received) unanswered = setTimeout(() => client.terminate(), keepAlive);
      },
      pong(received) {
        if (received) clearTimeout(unanswered);
      },
      closed() {
        clearTimeout(unanswered);
      },
    },
  });
  return resuming(client);
}
