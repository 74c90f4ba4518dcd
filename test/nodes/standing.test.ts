import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Fault, runCluster, type Script } from "./cluster-model.ts";
import { busiest, promised } from "./promised.ts";

const slots = 4;

/** The same numbers for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const slot = fc.nat({ max: slots - 1 });
const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant("redis" as const), up: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("database" as const), up: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom("redisLink" as const, "databaseLink" as const),
      slot,
      up: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constantFrom("kill" as const, "leave" as const, "start" as const), slot }),
  },
);

function expectWithinRate(script: Script): number {
  const { starts, believed } = runCluster(script);
  // A small rate is given out in whole starts: up to eleven in the time for ten.
  expect(believed).toBeLessThanOrEqual(1.1);
  expect(busiest(starts)).toBeLessThanOrEqual(promised(script.rate));
  return starts.length;
}

describe("gateways that share a budget", () => {
  test("stay within it together, whoever loses the database or Redis, joins, leaves or dies, whenever", () => {
    let seen = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(0.3, 1, 2.5, 4, 10, 30),
        fc.array(fc.tuple(fc.nat({ max: 50_000 }), fault), { maxLength: 25 }),
        fc.integer(),
        fc.boolean(),
        (rate, faults, seed, redisConfigured) => {
          const script = { rate, slots, redisConfigured, faults, shaky: true, random: seeded(seed), untilMs: 60_000 };
          seen += expectWithinRate(script);
        },
      ),
      { numRuns: Number(process.env.RUNS ?? 150) },
    );
    expect(seen).toBeGreaterThan(10_000);
  }, 120_000);

  test.each([
    ["by Redis", true, 10],
    ["by Redis, a small rate", true, 0.5],
    ["without Redis", false, 10],
    ["without Redis, a small rate", false, 1],
  ])("use it well in quiet times: %s", (_, redisConfigured, rate) => {
    const script = { rate, slots, redisConfigured, faults: [], shaky: false, random: seeded(1), untilMs: 120_000 };
    expect(expectWithinRate(script)).toBeGreaterThan(0.75 * rate * 120);
  });

  test("use it well again after everything has gone and come back", () => {
    const script = (faults: Script["faults"]): number =>
      expectWithinRate({
        rate: 10,
        slots,
        redisConfigured: true,
        faults,
        shaky: false,
        random: seeded(2),
        untilMs: 120_000,
      });
    const faults: Script["faults"] = [
      [20_000, { type: "redis", up: false }],
      [30_000, { type: "redis", up: true }],
      [40_000, { type: "database", up: false }],
      [50_000, { type: "database", up: true }],
      [60_000, { type: "kill", slot: 1 }],
      [61_000, { type: "start", slot: 1 }],
    ];
    expect(script(faults)).toBeGreaterThan(0.7 * script([]));
  });
});
