/**
 * Cleeng's decisions and error codes → this gateway's words. Pure; it knows neither of the two transports.
 */
import { type InvalidField, notFound, type Problem, rejected, unavailable } from "../problems.ts";

export const provider = "CLEENG";

/** What is asked: may the customer of this token see this offer? Judged by ./input.ts. The token is a secret. */
export interface AccessKey {
  readonly offerId: string;
  readonly customerToken: string;
  /** The viewer's public IPv4 address; null for a check that uses up none of the customer's four. */
  readonly ipAddress: string | null;
}

/** What Cleeng decided, at the time of the answer. Decide by `accessGranted` alone. */
export interface AccessDecision {
  readonly offerId: string;
  /** The country suffix of the offer id; null asks for any country. */
  readonly country: string | null;
  readonly accessGranted: boolean;
  /** An open list; only "direct-purchase" is published. */
  readonly grantType: string | null;
  /** RFC 3339, approximate: it may lie in the past while access holds. */
  readonly expiresAt: string | null;
  readonly purchasedDirectly: boolean | null;
}

interface Answered {
  readonly accessGranted: boolean;
  readonly grantType?: string | null;
  readonly expiresAt: number | string | null;
  readonly purchasedDirectly?: boolean | null;
}

export function decisionOf(offerId: string, answer: Answered): AccessDecision {
  return {
    offerId,
    country: /_([A-Z]{2})$/.exec(offerId)?.[1] ?? null,
    accessGranted: answer.accessGranted,
    grantType: answer.grantType ?? null,
    expiresAt: instantOf(answer.expiresAt),
    purchasedDirectly: answer.purchasedDirectly ?? null,
  };
}

/** The end of the year 9999: RFC 3339 knows no later instant. */
const latest = 253_402_300_799;

/** Unix seconds or a date in text, as RFC 3339; null where it is no instant. It is approximate, so nothing fails by it. */
function instantOf(value: number | string | null): string | null {
  if (value === null) return null;
  const seconds = typeof value === "number" ? value : Date.parse(value) / 1000;
  return seconds >= 0 && seconds <= latest ? new Date(seconds * 1000).toISOString() : null;
}

// ------------------------------------------------------------------ what an error is

const badToken: InvalidField = { path: "customerToken", message: "Expected a token that is valid now." };
const refuses =
  (message: string, ...fields: readonly InvalidField[]) =>
  (code: string) =>
    rejected(provider, code, message, fields);
const tokenRefusal = refuses("Cleeng does not accept this customer token. Get a new one for the customer.", badToken);

/** -32603 is JSON-RPC's own "internal error"; the rest is what Cleeng documents. */
type KnownCode = "1" | "4" | "14" | "16" | "-32603" | "AUTH0001" | "AUTH0002" | "AUTH0003";

const problems: Record<KnownCode, (code: string) => Problem> = {
  "1": tokenRefusal,
  "4": (code) => notFound("Cleeng knows no such offer.", code),
  "14": refuses(
    "Cleeng has seen four addresses of this customer within three hours, and takes no fifth until one of them ages out.",
    { path: "ipAddress", message: "Expected one of the four addresses that the customer used last." },
  ),
  "16": refuses("Cleeng could not accept the arguments. Check offerId, customerToken and ipAddress."),
  "-32603": failed,
  AUTH0001: tokenRefusal,
  AUTH0002: tokenRefusal,
  AUTH0003: tokenRefusal,
};

function failed(code: string): Problem {
  return unavailable(provider, code, "Cleeng met an error of its own. Try again later.");
}

/** The problem of an error that Cleeng gave a code for. An unknown one is Cleeng's no. */
export function problemOfCode(code: string): Problem {
  if (Object.hasOwn(problems, code)) return problems[code as KnownCode](code); // hasOwn has shown the key
  return rejected(provider, code, "Cleeng refused to check the access. Its code says why.");
}

/**
 * The problem of an HTTP status from which nothing better could be read. `credentials`: whose they are that a 401 or a
 * 403 refuses; over JSON-RPC the viewer's token is no credential of the request.
 */
export function problemOfStatus(status: number, code: string | null, credentials: "viewer's" | "none"): Problem {
  if (status >= 500) return failed(code ?? "PROVIDER_ERROR");
  if (status === 401 || status === 403) {
    if (credentials === "viewer's") return tokenRefusal(code ?? "NOT_ALLOWED");
    const message = "Cleeng refused this gateway. Its operator has to check CLEENG_API_URL.";
    return unavailable(provider, code ?? "PROVIDER_ERROR", message);
  }
  return rejected(provider, code ?? "PROVIDER_ERROR", `Cleeng refused the request (HTTP ${status}).`);
}

/** An offer that the REST successor has nothing of. */
export function offerNotFound(code: string | null): Problem {
  return notFound("Cleeng knows no such offer.", code ?? "NOT_FOUND");
}

export function unreadable(): Problem {
  return unavailable(provider, "UNREADABLE_ANSWER", "Cleeng answered, but the decision can't be read from its answer.");
}

const tokenCodes = new Set(["1", "AUTH0001", "AUTH0002", "AUTH0003", "NOT_ALLOWED"]);

/** Whether the viewer's token was refused: asking again with the same one is of no use. */
export function refusesToken(problem: Problem): boolean {
  return problem.type === "ProviderRejected" && tokenCodes.has(problem.code);
}
