/** Apollo Client 4 with its own GraphQLWsLink, as docs/resuming.md sets it up. */
import { gql } from "@apollo/client";
import { createApollo } from "../../docs/resuming/apollo.ts";
import type { Change } from "../../docs/resuming/known.ts";
import { resumingSuite } from "./resuming-suite.ts";

resumingSuite(({ url, socket }, query, variables, sink) => {
  const apollo = createApollo(url, socket);
  const subscription = apollo.subscribe<Record<string, Change>>({ query: gql(query), variables }).subscribe({
    next({ data, error }) {
      if (error) sink.end(error);
      for (const change of Object.values(data ?? {})) sink.change(change as Change);
    },
    error: (error) => sink.end(error),
    complete: () => sink.end(),
  });
  return () => {
    subscription.unsubscribe();
    apollo.stop();
  };
});
