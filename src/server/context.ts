/** From a request or a connection to the caller that resolvers know. Both doors come through here. */

import { holds } from "../operations/rights.ts";
import type { Caller } from "../resolvers/context.ts";
import type { Identity } from "./auth/authenticator.ts";

export const customerTokenName = "x-cleeng-customer-token";

export interface Arrival {
  readonly identity: Identity;
  readonly address: string | null;
  readonly customerToken: unknown;
  readonly byGet: boolean;
  /** By WebSocket. An HTTP request that is given up is answered all the same. */
  readonly isGone?: () => boolean;
}

export function callerOf({ identity, address, customerToken, byGet, isGone = () => false }: Arrival): Caller {
  const { tenant, owner, rights, customer } = identity;
  return {
    viewer: { tenant, owner, seesTenant: holds(rights, "service"), address },
    rights,
    customer,
    customerToken: typeof customerToken === "string" && customerToken !== "" ? customerToken : null,
    byGet,
    isGone,
  };
}
