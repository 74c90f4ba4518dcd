/**
 * The keys that tokens are checked with: a shared secret, or what an issuer publishes. While the issuer can't be reached,
 * keys that are known keep working, and none that isn't is believed. It knows keys, and nothing of claims.
 */
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from "jose";
import type { Logger } from "pino";
import type { Clock } from "../../clock.ts";
import type { JwtConfig } from "../../config/auth.ts";

export interface Keys {
  /** For jose's jwtVerify. */
  readonly get: JWTVerifyGetKey;
  /** What may stand in a token's header. A shared secret is never a public key's, nor the other way round. */
  readonly algorithms: readonly string[];
  /** Changes whenever other keys are published: what was signed by one that is gone is good no more. */
  readonly version: number;
  dispose(): Promise<void>;
}

export interface KeysOptions {
  readonly config: JwtConfig["keys"];
  readonly clock: Clock;
  readonly log: Pick<Logger, "info" | "warn">;
}

const shared = ["HS256", "HS384", "HS512"];
const published = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"];

export function openKeys({ config, clock, log }: KeysOptions): Keys {
  if (config.type === "jwks") return remoteKeys(new URL(config.url), clock, log);
  const secret = new TextEncoder().encode(config.secret);
  return { get: async () => secret, algorithms: shared, version: 0, dispose: async () => {} };
}

function hasNoKeys(published: unknown): boolean {
  return (
    typeof published === "object" &&
    published !== null &&
    "keys" in published &&
    Array.isArray(published.keys) &&
    published.keys.length === 0
  );
}

/** How often the published keys are read, so that one that was withdrawn is believed no longer than that. */
const everyMs = 5 * 60_000;
/** While they can't be read. */
const againMs = 30_000;
const patienceMs = 5_000;
/** How long after the keys were read, or could not be, an unknown one makes them be read again: anybody can name one. */
const cooldownMs = 10_000;

function remoteKeys(url: URL, clock: Clock, log: KeysOptions["log"]): Keys {
  const stop = new AbortController();
  let version = 0;
  let known: string | null = null;
  /** Fetched, and perhaps not yet what jose goes by. */
  let fetched: string | null = null;
  let failedAt: number | null = null;
  const set = createRemoteJWKSet(url, {
    // Old keys are better than none while the issuer is away: they are read anew by the loop below.
    cacheMaxAge: Number.POSITIVE_INFINITY,
    timeoutDuration: patienceMs,
    cooldownDuration: cooldownMs,
    // jose's cooldown begins with a success alone: in an outage each unknown key would be one more request.
    [customFetch]: async (address, options) => {
      if (failedAt !== null && clock.monotonic() - failedAt < cooldownMs)
        throw new Error("The keys could not be read just now.");
      try {
        const response = await fetch(address, { ...options, signal: AbortSignal.any([options.signal, stop.signal]) });
        const text = await response.text();
        if (!response.ok) throw new Error(`Expected the keys; got status ${response.status}.`);
        const published: unknown = JSON.parse(text);
        // An issuer that signs has a key: an empty list is a mistake there, and would shut everybody out.
        if (hasNoKeys(published)) throw new Error("Expected at least one key; the issuer publishes none.");
        fetched = JSON.stringify(published);
        failedAt = null;
        return new Response(text, { status: response.status });
      } catch (error) {
        failedAt = clock.monotonic();
        throw error;
      }
    },
  });
  /** Called when jose has taken what was fetched: only by then a token is judged by it. */
  const noteChange = () => {
    if (fetched === null || fetched === known) return;
    if (known !== null) log.info("The issuer has published other keys. Tokens are judged by those from now on.");
    known = fetched;
    version += 1;
  };
  let reachable = true;
  const refresh = async (): Promise<boolean> => {
    try {
      await set.reload();
      noteChange();
      if (!reachable) log.info("The issuer's keys can be read again.");
      reachable = true;
    } catch (error) {
      if (reachable && !stop.signal.aborted) {
        log.warn(
          { err: error },
          "The issuer's keys can't be read. Those that are known keep working; others are refused.",
        );
      }
      reachable = false;
    }
    return reachable;
  };
  const run = async () => {
    while (!stop.signal.aborted) {
      const read = await refresh();
      await clock.sleep(read ? everyMs : againMs, stop.signal);
    }
  };
  const ended = run();
  return {
    get: async (header, token) => {
      try {
        return await set(header, token);
      } finally {
        if (!set.reloading) noteChange();
      }
    },
    algorithms: published,
    get version() {
      return version;
    },
    async dispose() {
      stop.abort();
      await ended;
    },
  };
}
