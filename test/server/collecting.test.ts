/** Memory is given back once many have come and it is quiet; never for a few, nor while they come. */
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type Collector, startCollector } from "../../src/server/collecting.ts";
import { ManualClock } from "../support/clock.ts";

let clock: ManualClock;
let collected: number;
let collector: Collector;

beforeEach(() => {
  clock = new ManualClock();
  collected = 0;
  collector = startCollector({ clock, collect: () => (collected += 1) });
});
afterEach(async () => {
  await collector.dispose();
  expect(clock.sleeping).toBe(0);
});

const come = (many: number) => {
  for (let index = 0; index < many; index += 1) collector.note();
};

test("many, and then nobody for ten seconds: once", async () => {
  come(1_000);
  await clock.advance(9_999);
  expect(collected).toBe(0);
  await clock.advance(1);
  expect(collected).toBe(1);
  await clock.advance(60_000);
  expect(collected).toBe(1);
});

test("while they come it is not begun", async () => {
  for (let second = 0; second < 20; second += 1) {
    come(200);
    await clock.advance(1_000);
  }
  expect(collected).toBe(0);
  await clock.advance(9_000);
  expect(collected).toBe(1);
});

test("while somebody is told something it waits", async () => {
  come(1_000);
  for (let second = 0; second < 20; second += 1) {
    collector.told();
    await clock.advance(1_000);
  }
  expect(collected).toBe(0);
  await clock.advance(9_000);
  expect(collected).toBe(1);
});

test("a few are nothing to pause for, however long it takes; many little by little are", async () => {
  come(999);
  await clock.advance(3_600_000);
  expect(collected).toBe(0);
  come(1);
  await clock.advance(10_000);
  expect(collected).toBe(1);
});

test("the default gives memory back without failing", async () => {
  await collector.dispose();
  collector = startCollector({ clock });
  come(1_000);
  await clock.advance(10_000);
});
