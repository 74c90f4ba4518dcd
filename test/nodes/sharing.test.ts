import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createSharing } from "../../src/nodes/sharing.ts";
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
        fc.constantFrom(0.05, 0.3, 0.5, 1, 1.08, 2.5, 4, 10, 30),
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

  test.each<[string, Script["faults"]]>([
    [
      "one has Redis alone, and one the database alone",
      [
        [10_000, { type: "databaseLink", slot: 0, up: false }],
        [13_000, { type: "redisLink", slot: 1, up: false }],
      ],
    ],
    [
      "one has Redis alone, and one that has the database alone is started",
      [
        [1_000, { type: "leave", slot: 1 }],
        [10_000, { type: "databaseLink", slot: 0, up: false }],
        [12_000, { type: "redisLink", slot: 1, up: false }],
        [20_000, { type: "start", slot: 1 }],
      ],
    ],
  ])("stay within it where %s", (_, faults) => {
    const shared = { rate: 10, slots: 2, redisConfigured: true, shaky: false, random: seeded(3), untilMs: 100_000 };
    expect(expectWithinRate({ ...shared, faults })).toBeGreaterThan(300);
  });

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

describe("a gateway that shares", () => {
  /** One of two gateways, at a time that the test moves; the other always goes by Redis. */
  function sharing() {
    let now = 0;
    const machine = createSharing({ node: "a", now: () => now });
    const wait = (ms: number) => {
      now += ms;
    };
    /** A heartbeat, answered at once unless the test does that. */
    const begin = (redis: boolean) => {
      const beat = machine.begin(redis);
      const rows = [
        { node: "a", ageMs: 0, redis: beat.redis },
        { node: "b", ageMs: 100, redis: true },
      ];
      return { redis: beat.redis, answer: () => machine.answered(beat, rows) };
    };
    const beatFor = (ms: number, redis: boolean) => {
      for (let passed = 0; passed < ms; passed += 500) {
        begin(redis).answer();
        wait(500);
      }
    };
    return { machine, wait, begin, beatFor, type: () => machine.current().type };
  }

  test("is none until its row and what it knows of Redis are the same again", () => {
    const { machine, begin, beatFor, type } = sharing();
    beatFor(2500, true);
    expect(type()).toBe("redis");
    machine.redisLost();
    expect(type()).toBe("none");
    beatFor(2500, false);
    expect(type()).toBe("share");
    // It may be written already, and the other may have read it.
    const beat = begin(true);
    expect(type()).toBe("none");
    beat.answer();
    expect(type()).toBe("none");
    beatFor(2500, true);
    expect(type()).toBe("redis");
  });

  test("is none after Redis was lost for a moment, until the row has said so and the others have read it", () => {
    const { machine, begin, beatFor, type } = sharing();
    beatFor(2500, true);
    machine.redisLost();
    const beat = begin(true);
    expect(beat.redis).toBe(false);
    beat.answer();
    expect(begin(true).redis).toBe(true);
    expect(type()).toBe("none");
  });

  test("ends with its view, which counts from before the heartbeat was sent", () => {
    const { begin, beatFor, wait, type } = sharing();
    beatFor(2500, false);
    expect(type()).toBe("share");
    const beat = begin(false);
    wait(1400);
    beat.answer();
    wait(500);
    expect(type()).toBe("share");
    wait(200);
    expect(type()).toBe("none");
  });
});
