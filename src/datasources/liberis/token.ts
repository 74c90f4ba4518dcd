/**
 * Liberis' access token by OAuth2 client credentials: one request at a time, whoever asks, and early. It knows nothing
 * of clients or batches; the secret and the token leave it in headers and bodies to Liberis alone.
 */
import type { Clock } from "../../clock.ts";
import type { CallOptions, Exchange, Reader, Upstream } from "../contract.ts";
import { type Problem, unavailable } from "../problems.ts";
import { readErrorAnswer, readTokenAnswer, type TokenAnswer } from "./wire.ts";

export interface Credentials {
  readonly tokenUrl: URL;
  readonly clientId: string;
  readonly clientSecret: string;
}

export type TokenResult =
  | { readonly type: "token"; readonly token: string }
  /** There is none to be had; nothing was sent to Liberis' API. */
  | { readonly type: "none"; readonly problem: Problem };

export interface TokenSource {
  get(options: CallOptions): Promise<TokenResult>;
  /** Liberis refused this token: the next `get` fetches another, unless somebody has done so already. */
  refused(token: string): void;
}

/** Nothing public shows an answer anywhere near this. */
const MAX_BYTES = 64 * 1024;

interface Token {
  readonly value: string;
  readonly refreshAt: number;
  readonly expiresAt: number;
}

interface Refresh {
  readonly result: Promise<TokenResult>;
  readonly abort: AbortController;
  waiting: number;
}

export function createTokenSource(credentials: Credentials, upstream: Upstream, clock: Clock): TokenSource {
  let current: Token | null = null;
  let refresh: Refresh | null = null;

  async function fetchToken(signal: AbortSignal): Promise<TokenResult> {
    // Its life is counted from before the request, so that a slow answer does not lengthen it.
    const asked = clock.now();
    // A write, whoever asks: calls of every priority wait for this one. Asking twice is harmless.
    const options = { priority: "write", signal } as const;
    const exchange = await upstream.exchange(requestOf(credentials), options, readerOf(credentials));
    if (exchange.type !== "answered") return { type: "none", problem: exchange.problem };
    current = lifeOf(exchange.value, asked);
    return { type: "token", token: current.value };
  }

  function begin(): Refresh {
    const abort = new AbortController();
    const started: Refresh = {
      abort,
      waiting: 0,
      result: fetchToken(abort.signal).finally(() => {
        if (refresh === started) refresh = null;
      }),
    };
    return started;
  }

  /** Waits with the others. One that gives up leaves the refresh to them; the last one to leave ends it. */
  function join(joined: Refresh, signal: AbortSignal | undefined): Promise<TokenResult> {
    joined.waiting += 1;
    return new Promise((resolve, reject) => {
      const leave = () => {
        joined.waiting -= 1;
        if (joined.waiting === 0) {
          if (refresh === joined) refresh = null;
          joined.abort.abort();
        }
        resolve({ type: "none", problem: givenUp() });
      };
      signal?.addEventListener("abort", leave, { once: true });
      joined.result.then(resolve, reject).finally(() => signal?.removeEventListener("abort", leave));
    });
  }

  return {
    async get({ signal }) {
      if (current && clock.now() < current.refreshAt) return { type: "token", token: current.value };
      if (signal?.aborted) return { type: "none", problem: givenUp() };
      refresh ??= begin();
      const result = await join(refresh, signal);
      // Refreshing early pays here: while the endpoint is down, the token in hand serves to its end.
      if (result.type === "none" && current && clock.now() < current.expiresAt) {
        return { type: "token", token: current.value };
      }
      return result;
    },

    refused(token) {
      if (current?.value === token) current = null;
    },
  };
}

/** Refreshed at 90 % of its life, or 60 s before its end where that is later: a short-lived token is not thrown away half used. */
function lifeOf({ access_token, expires_in }: TokenAnswer, asked: number): Token {
  const life = expires_in * 1000;
  return { value: access_token, refreshAt: asked + Math.max(0.9 * life, life - 60_000), expiresAt: asked + life };
}

function requestOf({ tokenUrl, clientId, clientSecret }: Credentials) {
  const form = new URLSearchParams({
    client_id: clientId,
    client_secret: clientSecret,
    grant_type: "client_credentials",
  });
  return {
    method: "POST",
    url: tokenUrl,
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: form.toString(),
    secrets: [clientSecret, clientId],
    effect: "read",
    maxBytes: MAX_BYTES,
  } as const;
}

/** Every 4xx is about our credentials or our configuration, and so the operator's to mend. */
function readerOf({ clientSecret }: Credentials): Reader<TokenAnswer> {
  return ({ status, text }) => {
    const code = readErrorAnswer(text, [clientSecret])?.code ?? "PROVIDER_ERROR";
    if (status >= 500) {
      return refused(code, "Liberis' token endpoint failed. The call was not sent; it may be made again.");
    }
    if (status >= 400) {
      return refused(
        code,
        `Liberis' token endpoint refused this gateway's credentials (HTTP ${status}). ` +
          "Check LIBERIS_TOKEN_URL, LIBERIS_CLIENT_ID and LIBERIS_CLIENT_SECRET.",
      );
    }
    const token = readTokenAnswer(text);
    if (token) return { type: "answered", value: token };
    const message = "Liberis' token endpoint answered without a readable access_token. The call was not sent.";
    return { type: "lost", problem: unavailable("LIBERIS", "UNREADABLE_ANSWER", message) };
  };
}

function refused(code: string, message: string): Exclude<Exchange<never>, { type: "unsent" | "answered" }> {
  return { type: "refused", problem: unavailable("LIBERIS", code, message) };
}

function givenUp(): Problem {
  return unavailable("LIBERIS", "UNREACHABLE", "The call to Liberis was given up before it was sent.");
}
