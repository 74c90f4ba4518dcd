/** A graphql-ws client whose subscriptions go on after the last change that was handled. */
import type { Client, FormattedExecutionResult, Sink, SubscribePayload } from "graphql-ws";

export function resuming(client: Client): Client {
  return { ...client, subscribe };

  function subscribe<Data, Extensions>(
    payload: SubscribePayload,
    sink: Sink<FormattedExecutionResult<Data, Extensions>>,
  ): () => void {
    // graphql-ws sends this very object again after each reconnect.
    const variables = { ...payload.variables };
    let unsubscribe = open();
    return () => unsubscribe();

    function open(): () => void {
      let failed = false;
      const end = client.subscribe<Data, Extensions>(
        { ...payload, variables },
        {
          next(result) {
            if (failed) return;
            // A change that could not be read: without its cursor, the next one would pass over it.
            if (!result.data && result.errors) return fail(result.errors);
            sink.next(result);
            variables.after = cursorIn(result.data) ?? variables.after;
          },
          error: fail,
          complete() {
            if (!failed) sink.complete();
          },
        },
      );
      return end;

      function fail(error: unknown) {
        if (failed) return;
        failed = true;
        end();
        if (passes(error)) unsubscribe = later(1_000 + Math.random() * 1_000);
        else sink.error(error);
      }
    }

    function later(ms: number): () => void {
      const timer = setTimeout(reopen, ms);
      return () => {
        clearTimeout(timer);
        unsubscribe = () => {};
        sink.complete();
      };
    }

    function reopen() {
      unsubscribe = open();
    }
  }
}

function cursorIn(data: unknown): unknown {
  return Object.values(data ?? {})[0]?.cursor;
}

/** Whether it is worth asking again. Any other error ends a subscription. */
function passes(error: unknown): boolean {
  const codes = ["STORE_UNAVAILABLE", "SHUTTING_DOWN"];
  return Array.isArray(error) && error.some(({ extensions }) => codes.includes(extensions?.code));
}
