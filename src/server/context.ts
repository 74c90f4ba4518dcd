/** From a request or a connection to the caller that resolvers know. Both doors come through here. */

import type { Viewer } from "../operations/context.ts";
import type { Caller } from "../resolvers/context.ts";

export const customerTokenName = "x-cleeng-customer-token";

/** Everybody, until there is authentication: of one tenant, with every right. */
export function anonymous(address: string | null): Viewer {
  return { tenant: "default", owner: "anonymous", seesTenant: true, address };
}

export function callerOf(request: {
  readonly address: string | null;
  readonly customerToken: unknown;
  readonly byGet: boolean;
  /** By WebSocket. An HTTP request that is given up is answered all the same. */
  readonly isGone?: () => boolean;
}): Caller {
  const { address, customerToken, byGet, isGone = () => false } = request;
  return {
    viewer: anonymous(address),
    customerToken: typeof customerToken === "string" && customerToken !== "" ? customerToken : null,
    byGet,
    isGone,
  };
}
