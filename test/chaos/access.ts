/** Viewers who watch access beside all else. That is no log and can't be resumed: each connection begins with the state. */
import { createClient } from "graphql-ws";
import WebSocket from "ws";

export interface AccessWatch {
  readonly decisions: number;
  /** What no fault explains. */
  readonly strange: readonly string[];
  dispose(): Promise<void>;
}

const query = `subscription ($token: String!, $offers: [String!]!) {
  accessChanged(customerToken: $token, offerIds: $offers) { kind offerId result { __typename ... on Problem { code } } } }`;
/** Refusals would be bugs: the tokens and offers are good. */
const refusals = new Set(["InvalidInput", "NotAllowed", "NotFound", "ProviderRejected", "ProviderNotConfigured"]);

interface Decision {
  readonly kind: string;
  readonly offerId: string;
  readonly result: { readonly __typename: string; readonly code?: string };
}

export function watchAccess(urls: readonly string[], count: number): AccessWatch {
  const strange: string[] = [];
  let [decisions, left] = [0, false];

  const watches = Array.from({ length: count }, (_, place) => {
    let turn = place;
    const client = createClient({
      url: () => `${urls[turn++ % urls.length]?.replace(/^http/, "ws")}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: Number.POSITIVE_INFINITY,
      shouldRetry: () => true,
      retryWait: () => new Promise((resolve) => setTimeout(resolve, 200)),
    });
    const variables = { token: `sandbox-customer-soon-${place}`, offers: [`S58047650${place % 10}`, "S580476520"] };
    const watch = (): void => {
      client.subscribe<{ accessChanged: Decision }>(
        { query, variables },
        {
          next: ({ data, errors }) => {
            const { result } = data?.accessChanged ?? {};
            if (errors || !result) strange.push(`a message with errors: ${JSON.stringify(errors)}`);
            else if (refusals.has(result.__typename)) strange.push(`${result.__typename} ${result.code}`);
            else decisions += 1;
          },
          error: (error) => {
            const codes = Array.isArray(error) ? error.map(({ extensions }) => extensions?.code) : [];
            const explained =
              codes.length > 0 && codes.every((code) => ["STORE_UNAVAILABLE", "SHUTTING_DOWN"].includes(code));
            if (left) return;
            if (!explained) strange.push(Array.isArray(error) ? JSON.stringify(error) : String(error));
            setTimeout(watch, 300).unref();
          },
          complete: () => {
            if (!left) strange.push("the stream ended, though its token is good");
          },
        },
      );
    };
    watch();
    return client;
  });

  return {
    get decisions() {
      return decisions;
    },
    strange,
    async dispose() {
      left = true;
      await Promise.allSettled(watches.map((client) => client.dispose()));
    },
  };
}
