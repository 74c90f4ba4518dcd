/**
 * The one way to an outside system. It joins the parts: the circuit bars, the budget gives turns, the wire sends, the
 * reader reads, and a read that failed is sent once more. It knows no provider and no GraphQL.
 *
 * Budget, holds and the pause before a retry run on the Clock; sockets and time-outs run on real time.
 */
import { createHash } from "node:crypto";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import { type Attempt, createWire } from "./attempt.ts";
import { createBudget, type Entry } from "./budget.ts";
import { type Circuit, createCircuit, type Verdict } from "./circuit.ts";
import type { CallOptions, Exchange, Priority, Reader, Upstream, UpstreamRequest } from "./contract.ts";
import { secretsOf, withoutEchoes } from "./echoes.ts";
import { type Judgement, judge, problemOf } from "./judgement.ts";
import type { Problem } from "./problems.ts";
import type { Turns } from "./rate.ts";
import * as sentences from "./sentences.ts";
import { createLastMinute } from "./window.ts";

/** One attempt that was made, for metrics. */
export interface ExchangeEvent {
  /** The upstream's id. */
  readonly upstream: string;
  readonly method: UpstreamRequest["method"];
  readonly effect: UpstreamRequest["effect"];
  readonly priority: Priority;
  readonly attempt: 1 | 2;
  readonly type: Exchange<unknown>["type"];
  /** Null where no headers came. */
  readonly status: number | null;
  /** The problem's code; null where there is none. */
  readonly code: string | null;
  /** Real time from the start of the attempt until it was read or failed. */
  readonly ms: number;
}

export interface UpstreamOptions {
  /** In logs and metrics. */
  readonly id: string;
  /** Member of the schema's Provider enum, for problems. */
  readonly provider: string;
  /** For sentences. */
  readonly title: string;
  /** More than 0; may have a fraction. */
  readonly ratePerSecond: number;
  readonly concurrency: number;
  /** Of one attempt, headers and body. */
  readonly timeoutMs: number;
  /** Cap on an answer, unless the request has its own. */
  readonly maxAnswerBytes: number;
  /** Cap on an answer about many items (`size: "batch"`). */
  readonly maxBatchStatusBytes: number;
  readonly clock: Clock;
  /** Where its starts come from; this gateway's own, unless given. */
  readonly turns?: Turns | undefined;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  readonly log: Pick<Logger, "debug" | "info" | "warn" | "error">;
  readonly observe?: (event: ExchangeEvent) => void;
}

export interface UpstreamHealth {
  readonly circuit: Circuit["state"];
  /** Calls that may still start in this second. */
  readonly budgetLeft: number | null;
  /** Attempts that ended in the last minute, and those of them that failed. */
  readonly requestsLastMinute: number;
  readonly errorsLastMinute: number;
  /** Of the attempts that were answered; null where none was. */
  readonly p95LatencyMs: number | null;
}

/** What a call in the background would meet if it were made now. */
export type Outlook =
  /** So many more would begin within a second, as far as is known here; none in a short hold, or without a part of the rate. */
  | { readonly type: "open"; readonly calls: number }
  /** None would begin for long: the circuit sends them away, or the provider told all to wait. */
  | { readonly type: "barred"; readonly problem: Problem };

const soonMs = 1_000;
/** A hold that lasts longer is told of the operations that wait for its end. */
const longHoldMs = 10_000;

export interface ManagedUpstream extends Upstream {
  readonly id: string;
  readonly provider: string;
  /** Calls that could begin now without exceeding the concurrency. */
  readonly free: number;
  outlook(): Outlook;
  health(): UpstreamHealth;
  /** Sends waiting calls away, aborts those under way, and resolves when no socket is left. */
  dispose(): Promise<void>;
}

export function createUpstream(options: UpstreamOptions): ManagedUpstream {
  const { id, provider, clock, random, log, observe } = options;
  const wire = createWire({ ...options, connections: options.concurrency });
  const budget = createBudget(options);
  const lastMinute = createLastMinute(clock);
  const circuit = createCircuit({
    clock,
    onChange: (state) => {
      log.warn({ upstream: id, circuit: state }, "The circuit changed its state.");
      if (state !== "CLOSED") budget.sweep();
    },
  });
  const closing = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  /** Of those under way: a listener of one signal for each would be looked for among all of them. */
  const aborts = new Set<() => void>();

  async function exchange<T>(request: UpstreamRequest, call: CallOptions, read: Reader<T>): Promise<Exchange<T>> {
    const ended = new AbortController();
    // With a reason of ours: without one an error would be made, with its stack.
    const abort = (): void => ended.abort("ended");
    const { signal } = call;
    if (signal?.aborted || closing.signal.aborted) abort();
    signal?.addEventListener("abort", abort, { once: true });
    aborts.add(abort);
    const running = run(request, call, ended.signal, read);
    underWay.add(running);
    try {
      return await running;
    } finally {
      underWay.delete(running);
      aborts.delete(abort);
      signal?.removeEventListener("abort", abort);
    }
  }

  async function run<T>(
    request: UpstreamRequest,
    call: CallOptions,
    signal: AbortSignal,
    read: Reader<T>,
  ): Promise<Exchange<T>> {
    const seconds = circuit.refusal();
    if (seconds !== null) return unsent(sentences.circuitOpen(options, seconds));
    const entry = await budget.enter(call.priority, signal, {
      barred: () => circuit.refusal() !== null,
      begin: () => {
        call.onBegin?.();
        return circuit.begin(targetOf(request));
      },
    });
    if (entry.type !== "place") return unsent(turnedAway(entry));
    const permit = entry.begun;
    let verdict: Verdict = "unknown";
    try {
      let tried = await attempt(request, call, signal, read, 1).finally(entry.release);
      // A probe asks gently: once.
      if (tried.mayRetry && request.effect === "read" && !permit.probe) {
        tried = (await retry(request, call, signal, read)) ?? tried;
      }
      verdict = tried.verdict;
      return tried.exchange;
    } finally {
      await permit.end(verdict);
    }
  }

  /** Null if the second attempt could not begin. */
  async function retry<T>(
    request: UpstreamRequest,
    call: CallOptions,
    signal: AbortSignal,
    read: Reader<T>,
  ): Promise<Judgement<T> | null> {
    await clock.sleep(100 + random() * 300, signal);
    const entry = await budget.enter(call.priority, signal, {
      barred: () => circuit.state !== "CLOSED",
      begin: () => {},
    });
    if (entry.type !== "place") return null;
    return attempt(request, call, signal, read, 2).finally(entry.release);
  }

  async function attempt<T>(
    request: UpstreamRequest,
    call: CallOptions,
    signal: AbortSignal,
    read: Reader<T>,
    count: 1 | 2,
  ): Promise<Judgement<T>> {
    const begun = performance.now();
    const came = unechoed(await wire.attempt(request, signal, call.sendBy), request);
    const judgement = judge(came, read, options, clock.now());
    const ms = Math.round(performance.now() - begun);
    // Whoever has this answer may rely on it that nobody else asks, on any gateway.
    if (judgement.holdMs !== null) await budget.hold(judgement.holdMs);
    note(request, call.priority, count, came, judgement, ms);
    return judgement;
  }

  function note(
    { method, effect }: UpstreamRequest,
    priority: Priority,
    count: 1 | 2,
    came: Attempt,
    { exchange, verdict, readerError }: Judgement<unknown>,
    ms: number,
  ): void {
    const { status, cause } =
      came.type === "answer" ? { status: came.answer.status, cause: null } : { status: came.status, cause: came.code };
    const problem = problemOf(exchange);
    const givenUp = came.type === "failure" && came.failure === "aborted";
    const failed =
      !givenUp &&
      (verdict === "failed" ||
        verdict === "faulty" ||
        problem?.type === "ProviderUnavailable" ||
        problem?.type === "RateLimited");
    lastMinute.add({ failed, latencyMs: came.type === "answer" ? ms : null });
    const code = problem?.code ?? null;
    const facts = { upstream: id, method, effect, priority, attempt: count, type: exchange.type, status, code, ms };
    if (readerError !== null) {
      log.error({ ...facts, error: readerError }, "The reader of an answer threw an error. This is a bug.");
    } else if (failed) log.warn({ ...facts, cause }, "A call to a provider failed.");
    else log.debug(facts, "A call to a provider ended.");
    observe?.(facts);
  }

  function turnedAway(entry: Exclude<Entry<never>, { type: "place" }>): Problem {
    switch (entry.type) {
      case "exhausted":
        log.warn({ upstream: id, code: "BUDGET_EXHAUSTED" }, "A call to a provider could not begin in time.");
        return sentences.exhausted(options, entry.retryAfterSeconds);
      case "barred":
        return sentences.circuitOpen(options, circuit.refusal() ?? 1);
      case "aborted":
        return closing.signal.aborted ? sentences.shutDown(options) : sentences.abandoned(options);
      case "closed":
        return sentences.shutDown(options);
    }
  }

  async function dispose(): Promise<void> {
    budget.close();
    closing.abort();
    for (const abort of aborts) abort();
    await Promise.allSettled(underWay);
    await wire.dispose();
  }

  return {
    id,
    provider,
    exchange,
    get free() {
      return budget.free;
    },
    outlook: () => {
      const seconds = circuit.refusal();
      if (seconds !== null) return { type: "barred", problem: sentences.circuitOpen(options, seconds) };
      const { heldMs } = budget;
      if (heldMs > longHoldMs)
        return { type: "barred", problem: sentences.exhausted(options, Math.ceil(heldMs / 1000)) };
      // After its pause the circuit lets one call through, and sends the others away.
      const most = circuit.state === "CLOSED" ? Number.POSITIVE_INFINITY : 1;
      return { type: "open", calls: budget.soon(soonMs, most) };
    },
    health: () => {
      const { requests, errors, p95LatencyMs } = lastMinute.summary();
      return {
        circuit: circuit.state,
        budgetLeft: budget.left,
        requestsLastMinute: requests,
        errorsLastMinute: errors,
        p95LatencyMs,
      };
    },
    dispose,
  };
}

/**
 * What a call asks about, for the circuit. Its path names that, without the query, which pages through it; the body
 * does where everything is posted to one path, as in JSON-RPC, and is kept as a digest alone, for it may hold a token.
 */
function targetOf({ method, url, body }: UpstreamRequest): string {
  const about = body === undefined ? "" : createHash("sha256").update(body).digest("base64");
  return `${method} ${url.origin}${url.pathname} ${about}`;
}

function unechoed(came: Attempt, request: UpstreamRequest): Attempt {
  return came.type === "answer" ? { ...came, answer: withoutEchoes(came.answer, secretsOf(request)) } : came;
}

function unsent(problem: Problem): Exchange<never> {
  return { type: "unsent", problem };
}
