/** How many connections and subscriptions each viewer has open on this gateway. Other gateways count their own. */
import type { GraphQLError } from "graphql";
import type { Limits } from "../../config/limits.ts";
import { limitExceeded } from "../../resolvers/errors.ts";

/** Who is counted: one owner of one tenant, whatever token they came with. */
export interface Counted {
  readonly tenant: string;
  readonly owner: string;
}

export type Place =
  /** It is given back once; a second time does nothing. */
  { readonly type: "taken"; readonly release: () => void } | { readonly type: "refused"; readonly error: GraphQLError };

export interface Seats {
  takeConnection(viewer: Counted): Place;
  takeSubscription(viewer: Counted): Place;
  /** How many viewers have something open. */
  readonly viewers: number;
}

/** Unambiguous, whatever the names hold. */
export function keyOfViewer({ tenant, owner }: Counted): string {
  return JSON.stringify([tenant, owner]);
}

export function createSeats(limits: Pick<Limits, "connectionsPerViewer" | "subscriptionsPerViewer">): Seats {
  const connections = createCounts("connections a viewer", limits.connectionsPerViewer, "Close some first.");
  const subscriptions = createCounts("subscriptions a viewer", limits.subscriptionsPerViewer, "End some first.");
  return {
    takeConnection: (viewer) => connections.take(keyOfViewer(viewer)),
    takeSubscription: (viewer) => subscriptions.take(keyOfViewer(viewer)),
    get viewers() {
      return new Set([...connections.keys(), ...subscriptions.keys()]).size;
    },
  };
}

/** Counts by key, none of which is kept at zero: viewers come and go for as long as the gateway runs. */
function createCounts(limit: string, most: number, hint: string) {
  const counts = new Map<string, number>();
  return {
    keys: () => counts.keys(),
    take(key: string): Place {
      const asked = (counts.get(key) ?? 0) + 1;
      if (asked > most) return { type: "refused", error: limitExceeded(limit, most, asked, hint) };
      counts.set(key, asked);
      let released = false;
      return {
        type: "taken",
        release() {
          if (released) return;
          released = true;
          const left = (counts.get(key) ?? 0) - 1;
          if (left > 0) counts.set(key, left);
          else counts.delete(key);
        },
      };
    },
  };
}
