/** From a token's claims to who its bearer is. The token has been verified by then. Pure. */
import type { JWTPayload } from "jose";
import type { JwtConfig } from "../../config/auth.ts";
import { isStorable } from "../../datasources/input.ts";
import { everyRight, type Rights, rightsOf } from "../../operations/rights.ts";

/** Who has signed in, and until when. */
export interface Identity {
  readonly tenant: string;
  readonly owner: string;
  readonly rights: Rights;
  /** The Cleeng customer that it acts for; null where it names none. */
  readonly customer: string | null;
  /** Milliseconds since 1970, the tolerance added; null for one that never ends. */
  readonly expiresAt: number | null;
  /** Milliseconds since 1970; 0 where the token does not say. */
  readonly issuedAt: number;
}

/** Everybody, under AUTH=none. */
export const anonymous: Identity = {
  tenant: "default",
  owner: "anonymous",
  rights: everyRight,
  customer: null,
  expiresAt: null,
  issuedAt: 0,
};

/** The store's indexes have room for so much of each. */
const mostBytes = 255;

export type Claimed =
  | { readonly type: "identity"; readonly identity: Identity }
  | { readonly type: "refused"; readonly why: string };

export function readClaims(
  payload: JWTPayload,
  config: Pick<JwtConfig, "tenantClaim" | "customerClaim" | "clockToleranceSeconds">,
  now: number,
): Claimed {
  const { sub, scope, exp, iat = 0 } = payload;
  const { tenantClaim, customerClaim, clockToleranceSeconds } = config;
  const claim = (name: string): unknown => (Object.hasOwn(payload, name) ? payload[name] : undefined);
  const tenant = claim(tenantClaim) === undefined ? "default" : claim(tenantClaim);
  const customer = claim(customerClaim) ?? null;
  if (!isName(sub)) return refused("sub", `a text of 1 to ${mostBytes} bytes`);
  if (!isName(tenant)) return refused(tenantClaim, `a text of 1 to ${mostBytes} bytes, or no such claim`);
  // Cleeng's ids are numbers, and some issuers write them so.
  const customerId = typeof customer === "number" ? String(customer) : customer;
  if (customerId !== null && !isName(customerId)) return refused(customerClaim, "a customer's id, or no such claim");
  const rights = rightsOf(scope);
  if (rights === null) return refused("scope", "words with spaces between them");
  if (exp === undefined || !Number.isFinite(exp)) return refused("exp", "the time at which the token ends");
  // A time ahead would outlive a revocation.
  if (!Number.isFinite(iat) || iat < 0 || iat * 1000 > now + clockToleranceSeconds * 1000) {
    return refused("iat", "the time at which the token was issued, which lies in the past");
  }
  const expiresAt = (exp + clockToleranceSeconds) * 1000;
  return {
    type: "identity",
    identity: { tenant, owner: sub, rights, customer: customerId, expiresAt, issuedAt: iat * 1000 },
  };
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && Buffer.byteLength(value) <= mostBytes && isStorable(value);
}

function refused(claim: string, expected: string): Claimed {
  return { type: "refused", why: `Expected the token's claim ${claim} to be ${expected}.` };
}
