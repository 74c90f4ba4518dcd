/**
 * From credentials to who bears them, for both doors; and whether somebody who came in may stay. It knows tokens, and
 * nothing of requests, sockets or what a right is good for.
 */
import { type CryptoKey, errors, type JWTVerifyOptions, type JWTVerifyResult, jwtVerify } from "jose";
import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import type { Clock } from "../../clock.ts";
import type { AuthConfig, JwtConfig } from "../../config/auth.ts";
import { anonymous, type Identity, readClaims } from "./claims.ts";
import { type Keys, openKeys } from "./keys.ts";

export type { Identity } from "./claims.ts";

/** Somebody who has signed in, for as long as that is good. */
export interface Session {
  readonly identity: Identity;
  /** Null while it is good; else a sentence that says why it is no more. */
  refusal(): string | null;
  /**
   * For one who stays: from now on it also hears when the key that its token was signed with is withdrawn. Ended by whoever
   * began it.
   */
  stay(): Stay;
}

export type Authenticated =
  | { readonly type: "session"; readonly session: Session }
  /** A sentence: what was expected, what came, what to do. It holds nothing of what was sent. */
  | { readonly type: "refused"; readonly sentence: string };

export interface Authenticator {
  /** Judges the text of an Authorization header, or of the connection parameter of that name. */
  authenticate(credentials: unknown): Authenticated | Promise<Authenticated>;
  dispose(): Promise<void>;
}

export interface Stay {
  end(): void;
}

/** Whether tokens of somebody that were issued at some time have been revoked since. */
export interface Revocations {
  isRevoked(identity: Pick<Identity, "tenant" | "owner" | "issuedAt">): boolean;
}

export interface AuthenticatorOptions {
  readonly config: AuthConfig;
  readonly revocations: Revocations;
  readonly clock: Clock;
  readonly log: Pick<Logger, "info" | "warn">;
}

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { config } = options;
  if (config.mode === "jwt") return byTokens(config, options);
  const session: Session = { identity: anonymous, refusal: () => null, stay: () => ({ end: () => {} }) };
  return {
    authenticate: () => ({ type: "session", session }),
    dispose: async () => {},
  };
}

/** As long as the longest header that Node takes in. */
const longestToken = 16_384;
/** Tokens that were found good lately, and need not be verified again for each request. */
const mostRemembered = 10_000;
/** How often those who stay are looked at for keys that were withdrawn. */
const lookMs = 1_000;

const expired = "The token has ended. Come again with a new one.";
const revoked = "The token has been revoked. Sign in again.";
const withdrawn = "The key that the token was signed with is not the issuer's any more. Sign in again.";

interface Verified {
  readonly identity: Identity;
  /** The version of the keys that it was verified by. */
  readonly version: number;
}

function byTokens(config: JwtConfig, { revocations, clock, log }: AuthenticatorOptions): Authenticator {
  const keys = openKeys({ config: config.keys, clock, log });
  const remembered = new LRUCache<string, Verified>({ max: mostRemembered });
  const staying = new Set<Staying>();
  const stop = new AbortController();

  const refusalOf = (identity: Identity): string | null => {
    if (identity.expiresAt !== null && clock.now() >= identity.expiresAt) return expired;
    return revocations.isRevoked(identity) ? revoked : null;
  };
  /** At once where the token was verified by the keys of now; most requests bring one that was. */
  const recalled = (token: string): Verified | null => {
    const known = remembered.get(token);
    return known && known.version === keys.version ? known : null;
  };
  const verified = async (token: string): Promise<Verified | string> => {
    const known = recalled(token);
    if (known) return known;
    // Of before: a verification may begin with keys that are not the issuer's any more when it ends.
    const { version } = keys;
    const identity = await verify(token, config, keys, clock);
    if (typeof identity === "string") {
      remembered.delete(token);
      return identity;
    }
    const fresh = { identity, version };
    remembered.set(token, fresh);
    return fresh;
  };
  const sessionOf = (identity: Identity, token: string): Session => {
    let ended: string | null = null;
    const refusal = () => ended ?? refusalOf(identity);
    return {
      identity,
      refusal,
      stay() {
        const end = () => {
          ended = refusal() ?? withdrawn;
        };
        const one: Staying = { token, version: keys.version, end };
        staying.add(one);
        return { end: () => staying.delete(one) };
      },
    };
  };

  /** Those whose token was verified by other keys than are published now are judged anew. */
  const look = async () => {
    const { version } = keys;
    for (const one of staying) {
      if (one.version === version) continue;
      const result = await verified(one.token);
      one.version = version;
      if (typeof result === "string") one.end();
    }
  };
  const run = async () => {
    while (!stop.signal.aborted) {
      await clock.sleep(lookMs, stop.signal);
      if (!stop.signal.aborted) await look();
    }
  };
  const ended = run();

  return {
    authenticate(credentials) {
      const token = tokenOf(credentials);
      if (token.type === "refused") return token;
      const judge = (result: Verified | string): Authenticated => {
        if (typeof result === "string") return { type: "refused", sentence: result };
        const session = sessionOf(result.identity, token.text);
        const sentence = session.refusal();
        return sentence === null ? { type: "session", session } : { type: "refused", sentence };
      };
      const known = recalled(token.text);
      return known ? judge(known) : verified(token.text).then(judge);
    },
    async dispose() {
      stop.abort();
      await ended;
      await keys.dispose();
      remembered.clear();
    },
  };
}

interface Staying {
  readonly token: string;
  version: number;
  /** The token is good no more. */
  readonly end: () => void;
}

type Token =
  | { readonly type: "token"; readonly text: string }
  | { readonly type: "refused"; readonly sentence: string };

function tokenOf(credentials: unknown): Token {
  const expected = "Expected authorization: Bearer and a token";
  if (credentials === undefined || credentials === null || credentials === "") {
    return {
      type: "refused",
      sentence: `${expected}; none came. Sign in, and send it with each request and connection.`,
    };
  }
  if (typeof credentials !== "string" || credentials.length > longestToken) {
    const came = typeof credentials === "string" ? `${credentials.length} characters` : "something that is no text";
    return { type: "refused", sentence: `${expected} of at most ${longestToken} characters; got ${came}.` };
  }
  const text = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(credentials)?.[1];
  if (text === undefined) return { type: "refused", sentence: `${expected}; got something of another form.` };
  return { type: "token", text };
}

/** The bearer, or a sentence. */
async function verify(token: string, config: JwtConfig, keys: Keys, clock: Clock): Promise<Identity | string> {
  const options: JWTVerifyOptions = {
    algorithms: [...keys.algorithms],
    clockTolerance: config.clockToleranceSeconds,
    currentDate: new Date(clock.now()),
    requiredClaims: ["sub", "exp"],
    ...(config.issuer === null ? {} : { issuer: config.issuer }),
    ...(config.audience === null ? {} : { audience: config.audience }),
  };
  try {
    const { payload } = await jwtVerify(token, keys.get, options).catch((error: unknown) => {
      if (error instanceof errors.JWKSMultipleMatchingKeys) return byAnyOf(error, token, options);
      throw error;
    });
    const claimed = readClaims(payload, config, clock.now());
    return claimed.type === "identity" ? claimed.identity : claimed.why;
  } catch (error) {
    return whyRefused(error);
  }
}

/** Where the token names no key and several would do: the one that fits. */
async function byAnyOf(
  candidates: AsyncIterable<CryptoKey>,
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTVerifyResult> {
  for await (const key of candidates) {
    try {
      return await jwtVerify(token, key, options);
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}

function whyRefused(error: unknown): string {
  if (error instanceof errors.JWTExpired) return expired;
  if (error instanceof errors.JWTClaimValidationFailed) {
    const what = error.reason === "missing" ? "is missing" : "does not fit";
    return `Expected a token made for this service; its claim ${error.claim} ${what}.`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed)
    return "Expected a token signed in a way that this gateway takes; this one's alg is none of them.";
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey) {
    return "Expected a token signed by this gateway's issuer; no key of that issuer fits this one.";
  }
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid)
    return "Expected a JWT in its compact form; this is none.";
  if (error instanceof errors.JOSENotSupported) {
    return "Expected a token signed in a way that this gateway takes; its header asks for more than that.";
  }
  return "The token can't be checked: the issuer's keys can't be read at the moment, or the key that it names can't be used. Try again later.";
}
