/** Tokens as an issuer signs them, and the environment of a gateway that takes them. */
import { type JWTPayload, SignJWT } from "jose";
import type { Right } from "../../src/operations/rights.ts";

/** What the gateway and its issuer share. */
export const secret = "a-secret-of-the-tests-of-32-bytes-and-more";
/** As good a secret, and nobody's. */
export const foreignSecret = "another-secret-of-32-bytes-and-more-012345";

/** A gateway that takes tokens which `token` signs. */
export const jwtEnv: Readonly<Record<string, string>> = { AUTH: "jwt", AUTH_SECRET: secret };

export interface TokenOptions {
  /** Who bears it. Null leaves the claim out. */
  readonly sub?: string | null;
  /** Words with spaces between them, or a list of them. Without it the token has no claim `scope`. */
  readonly scope?: string | readonly Right[];
  /** Without it the token has no claim `tenant`. */
  readonly tenant?: string;
  /** The claim `cleeng_customer_id`. */
  readonly customer?: string;
  readonly issuer?: string;
  readonly audience?: string;
  /** From `now` on; below 0 for one that has ended. Null leaves the claim out. */
  readonly expiresInSeconds?: number | null;
  /** From `now` on: not good before. */
  readonly notBeforeInSeconds?: number;
  /** The issuer's time, as a clock's `now()`; real time unless given. */
  readonly now?: number;
  readonly algorithm?: "HS256" | "HS384" | "HS512";
  /** Anything else; it goes before what the others make. */
  readonly claims?: JWTPayload;
}

/** Signed with the secret that `jwtEnv` names, unless another is given. */
export function token(options: TokenOptions = {}, key: string = secret): Promise<string> {
  const { sub = "somebody", scope, tenant, customer, issuer, audience, claims, algorithm = "HS256" } = options;
  const { expiresInSeconds = 600, notBeforeInSeconds, now = Date.now() } = options;
  const issuedAt = Math.floor(now / 1000);
  const payload: JWTPayload = {
    iat: issuedAt,
    ...(sub === null ? {} : { sub }),
    ...(scope === undefined ? {} : { scope: typeof scope === "string" ? scope : scope.join(" ") }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(customer === undefined ? {} : { cleeng_customer_id: customer }),
    ...(issuer === undefined ? {} : { iss: issuer }),
    ...(audience === undefined ? {} : { aud: audience }),
    ...(expiresInSeconds === null ? {} : { exp: issuedAt + expiresInSeconds }),
    ...(notBeforeInSeconds === undefined ? {} : { nbf: issuedAt + notBeforeInSeconds }),
    ...claims,
  };
  return new SignJWT(payload).setProtectedHeader({ alg: algorithm, typ: "JWT" }).sign(new TextEncoder().encode(key));
}

/** For an HTTP request's headers, or a WebSocket's connection parameters. */
export async function bearer(options: TokenOptions = {}, key: string = secret): Promise<{ authorization: string }> {
  return { authorization: `Bearer ${await token(options, key)}` };
}
