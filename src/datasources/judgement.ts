/**
 * What one attempt means: for the caller, for the circuit, for a retry, and for everybody else who wants to call. Pure.
 */
import type { Attempt, Failure } from "./attempt.ts";
import type { Verdict } from "./circuit.ts";
import type { Answer, Exchange, Reader } from "./contract.ts";
import { isProblem, type Problem } from "./problems.ts";
import { parseRetryAfter } from "./retry-after.ts";
import * as sentences from "./sentences.ts";

export interface Judgement<T> {
  readonly exchange: Exchange<T>;
  readonly verdict: Verdict;
  /** Whether a read may be sent once more. A write never is, and that is not decided here. */
  readonly mayRetry: boolean;
  /** For how long no call is welcome. */
  readonly holdMs: number | null;
  /** The name of the error that the reader threw: a bug. Never its message, which may quote the answer. */
  readonly readerError: string | null;
}

export function judge<T>(came: Attempt, read: Reader<T>, subject: sentences.Subject, now: number): Judgement<T> {
  return came.type === "answer" ? judgeAnswer(came.answer, read, subject, now) : judgeFailure(came, subject, now);
}

function judgeAnswer<T>(answer: Answer, read: Reader<T>, subject: sentences.Subject, now: number): Judgement<T> {
  const { status } = answer;
  const wish = wishOf(answer.headers, now);
  const holdMs = holdOf(status, wish, now);
  if (status === 429) {
    const problem = sentences.throttled(subject, secondsUntil(now + (holdMs ?? 0), now));
    const exchange = { type: "refused", problem } as const;
    return { exchange, verdict: "sound", mayRetry: false, holdMs, readerError: null };
  }
  const safe = safely(read, answer, subject);
  const { readerError } = safe;
  const exchange = withWish(safe.exchange, wish === null ? null : secondsUntil(wish, now));
  // What a 4xx says is about the request or its credentials: the upstream works.
  const blameless = status >= 400 && status < 500;
  const failing = exchange.type === "lost" || problemOf(exchange)?.type === "ProviderUnavailable";
  return {
    exchange,
    verdict: failing && !blameless ? "faulty" : "sound",
    mayRetry: (exchange.type === "lost" || status >= 500) && answer.headers["retry-after"] === undefined,
    holdMs,
    readerError,
  };
}

function judgeFailure(
  { failure, sent, status, headers }: Extract<Attempt, { type: "failure" }>,
  subject: sentences.Subject,
  now: number,
): Judgement<never> {
  const wish = wishOf(headers, now);
  const problem = sentences.failed(subject, failure, wish === null ? null : secondsUntil(wish, now));
  return {
    exchange: { type: sent ? "lost" : "unsent", problem },
    verdict: verdicts[failure],
    mayRetry: verdicts[failure] !== "unknown" && headers["retry-after"] === undefined,
    holdMs: holdOf(status, wish, now),
    readerError: null,
  };
}

/**
 * How long everybody is to wait. A provider that fails, or that throttles, speaks of itself: its Retry-After holds for the
 * whole upstream, whatever the status. Elsewhere, as with a 202, it is about the one thing that was asked for.
 */
function holdOf(status: number | null, wish: number | null, now: number): number | null {
  if (status === null || (status !== 429 && status < 500)) return null;
  if (wish === null) return status === 429 ? 1000 : null;
  return wish - now;
}

/** unknown: a failure of our own making, which says nothing about the upstream and is not tried again. */
const verdicts: Record<Failure, Exclude<Verdict, "sound">> = {
  unreachable: "failed",
  unsendable: "unknown",
  timeout: "failed",
  aborted: "unknown",
  cut: "failed",
  truncated: "faulty",
  oversized: "faulty",
  encoded: "faulty",
  redirected: "faulty",
  malformed: "faulty",
};

function safely<T>(
  read: Reader<T>,
  answer: Answer,
  subject: sentences.Subject,
): { exchange: Exchange<T>; readerError: string | null } {
  try {
    return { exchange: read(answer), readerError: null };
  } catch (error) {
    const exchange = { type: "lost", problem: sentences.unreadable(subject) } as const;
    return { exchange, readerError: error instanceof Error ? error.name : typeof error };
  }
}

/** A provider that can't says when to ask again in a header, which a reader of its body need not know of. */
function withWish<T>(exchange: Exchange<T>, seconds: number | null): Exchange<T> {
  if (exchange.type === "answered" || seconds === null) return exchange;
  const { problem } = exchange;
  if (problem.type !== "ProviderUnavailable" || problem.retryAfterSeconds !== null) return exchange;
  return { ...exchange, problem: { ...problem, retryAfterSeconds: seconds } };
}

/** A reader may also answer with a problem as its value, such as what became of the one thing that it was asked for. */
export function problemOf(exchange: Exchange<unknown>): Problem | null {
  if (exchange.type !== "answered") return exchange.problem;
  return isProblem(exchange.value) ? exchange.value : null;
}

function wishOf(headers: Answer["headers"], now: number): number | null {
  return parseRetryAfter(headers["retry-after"], now);
}

function secondsUntil(instant: number, now: number): number {
  return Math.max(1, Math.ceil((instant - now) / 1000));
}
