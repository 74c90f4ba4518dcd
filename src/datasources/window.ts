/**
 * The last minute of an upstream, for its health. Numbers only.
 */
import type { Clock } from "../clock.ts";

const minute = 60_000;

export interface Sample {
  readonly failed: boolean;
  /** Ms until the answer was read; null where none came. */
  readonly latencyMs: number | null;
}

export interface LastMinute {
  add(sample: Sample): void;
  summary(): { readonly requests: number; readonly errors: number; readonly p95LatencyMs: number | null };
}

export function createLastMinute(clock: Clock): LastMinute {
  let samples: Array<Sample & { readonly at: number }> = [];
  let trimmedAt = clock.now();

  function trim(): void {
    const now = clock.now();
    samples = samples.filter(({ at }) => at > now - minute && at <= now);
    trimmedAt = now;
  }

  return {
    add: (sample) => {
      samples.push({ at: clock.now(), ...sample });
      // Once a second is often enough to stay small, and seldom enough to cost nothing.
      if (Math.abs(clock.now() - trimmedAt) >= 1000) trim();
    },
    summary: () => {
      trim();
      const latencies = samples.flatMap(({ latencyMs }) => latencyMs ?? []).sort((a, b) => a - b);
      return {
        requests: samples.length,
        errors: samples.filter(({ failed }) => failed).length,
        // The nearest rank: the least latency that 95 of 100 answers did not exceed.
        p95LatencyMs: latencies[Math.ceil(latencies.length * 0.95) - 1] ?? null,
      };
    },
  };
}
