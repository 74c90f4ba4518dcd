/** urql with its own subscriptionExchange, as docs/resuming.md sets it up. */
import type { Change } from "../../docs/resuming/known.ts";
import { createUrql } from "../../docs/resuming/urql.ts";
import { resumingSuite } from "./resuming-suite.ts";

resumingSuite(({ url, socket }, query, variables, sink) => {
  const { unsubscribe } = createUrql(url, socket)
    .subscription<Record<string, Change>>(query, variables)
    .subscribe(({ data, error, hasNext }) => {
      // The end: urql gives the last result once more.
      if (!hasNext) return sink.end(error);
      for (const change of Object.values(data ?? {})) sink.change(change);
    });
  return unsubscribe;
});
