/**
 * What the transport says of its own failures. No sentence holds an address, a header or a part of an answer.
 */
import type { Failure } from "./attempt.ts";
import { failuresToOpen } from "./circuit.ts";
import { type OwnCode, type ProviderUnavailable, type RateLimited, rateLimited, unavailable } from "./problems.ts";

export interface Subject {
  readonly provider: string;
  readonly title: string;
  readonly timeoutMs: number;
}

const said: Record<Failure, readonly [code: OwnCode, sentence: (title: string, seconds: string) => string]> = {
  unreachable: ["UNREACHABLE", (title) => `${title} could not be reached. Nothing was sent.`],
  unsendable: [
    "UNREACHABLE",
    (title) => `The request to ${title} could not be sent: its address or a header is not valid. Check its settings.`,
  ],
  timeout: ["TIMEOUT", (title, seconds) => `${title} did not answer within ${seconds} s.`],
  aborted: ["TIMEOUT", (title) => `The call to ${title} was given up before its answer came.`],
  cut: ["UNREACHABLE", (title) => `${title} closed the connection before it answered.`],
  truncated: ["UNREADABLE_ANSWER", (title) => `${title} closed the connection in the middle of its answer.`],
  oversized: ["UNREADABLE_ANSWER", (title) => `${title} gave an answer larger than this gateway reads.`],
  encoded: ["UNREADABLE_ANSWER", (title) => `${title} gave a compressed answer, which was not asked for.`],
  redirected: [
    "UNREADABLE_ANSWER",
    (title) => `${title} answered with a redirect, which is not followed. Check its address in the settings.`,
  ],
  malformed: ["UNREADABLE_ANSWER", (title) => `${title} gave an answer that is not HTTP.`],
};

/** What came of an attempt that failed on the wire. */
export function failed(
  { provider, title, timeoutMs }: Subject,
  failure: Failure,
  retryAfterSeconds: number | null,
): ProviderUnavailable {
  const [code, sentence] = said[failure];
  return unavailable(provider, code, sentence(title, `${timeoutMs / 1000}`), retryAfterSeconds);
}

export function unreadable({ provider, title }: Subject): ProviderUnavailable {
  return unavailable(provider, "UNREADABLE_ANSWER", `${title} gave an answer that could not be read.`);
}

export function throttled({ provider, title }: Subject, seconds: number): RateLimited {
  const message = `${title} refuses calls for now: too many were made. Try again in ${seconds} s.`;
  return rateLimited(provider, "THROTTLED", message, seconds);
}

export function exhausted({ provider, title }: Subject, seconds: number): RateLimited {
  const message = `The budget for ${title} is used up: the call could not begin in time. Try again in ${seconds} s.`;
  return rateLimited(provider, "BUDGET_EXHAUSTED", message, seconds);
}

export function circuitOpen({ provider, title }: Subject, seconds: number): ProviderUnavailable {
  const message = `${title} failed ${failuresToOpen} times in a row and is left alone. Try again in ${seconds} s.`;
  return unavailable(provider, "CIRCUIT_OPEN", message, seconds);
}

export function abandoned({ provider, title }: Subject): ProviderUnavailable {
  return unavailable(provider, "TIMEOUT", `The call to ${title} was given up before it began. Nothing was sent.`);
}

export function shutDown({ provider, title }: Pick<Subject, "provider" | "title">): ProviderUnavailable {
  return unavailable(provider, "UNREACHABLE", `This gateway is shutting down. Nothing was sent to ${title}.`);
}
