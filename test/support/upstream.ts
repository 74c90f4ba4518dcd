/**
 * The real transport with a budget so wide that a test meets it only where it asks to.
 */
import { pino } from "pino";
import { systemClock } from "../../src/clock.ts";
import { createUpstream, type ManagedUpstream, type UpstreamOptions } from "../../src/datasources/http.ts";

export function testUpstream(overrides: Partial<UpstreamOptions> = {}): ManagedUpstream {
  return createUpstream({
    id: "test",
    provider: "TEST",
    title: "The test provider",
    ratePerSecond: 1000,
    concurrency: 50,
    timeoutMs: 2000,
    maxAnswerBytes: 1_000_000,
    maxBatchStatusBytes: 64_000_000,
    clock: systemClock,
    random: () => 0,
    log: pino({ level: "silent" }),
    ...overrides,
  });
}
