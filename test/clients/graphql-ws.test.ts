/** The official client by itself, as docs/resuming.md sets it up. */
import type { Change } from "../../docs/resuming/known.ts";
import { resumingSuite } from "./resuming-suite.ts";

resumingSuite(({ socket }, query, variables, sink) =>
  socket.subscribe<Record<string, Change>>(
    { query, variables },
    {
      next({ data }) {
        for (const change of Object.values(data ?? {})) sink.change(change);
      },
      error: (error) => sink.end(error ?? "unknown"),
      complete: () => sink.end(),
    },
  ),
);
