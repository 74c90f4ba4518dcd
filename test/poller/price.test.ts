import { expect, test } from "@jest/globals";
import { createPrice, dearest } from "../../src/poller/price.ts";

test("a call costs what it usually does while checks begin in time", () => {
  const price = createPrice();
  for (let period = 0; period < 50; period += 1) {
    price.began(50, 1_000);
    price.adjust();
  }
  expect(price.dearer).toBe(1);
});

test("it gets dearer while checks are late, up to a limit, and cheaper when there is room again", () => {
  const price = createPrice();
  const seen: number[] = [];
  for (let period = 0; period < 100; period += 1) {
    price.began(1e9, 1_000);
    price.adjust();
    seen.push(price.dearer);
  }
  expect(seen[0]).toBeGreaterThan(1);
  expect(price.dearer).toBe(dearest);
  for (let period = 0; period < 200; period += 1) price.adjust();
  expect(price.dearer).toBe(1);
});

test("a provider that is asked for four times its rate settles at about sixteen times the price", () => {
  const price = createPrice();
  // Calls wanted fall as the root of the price; what is more than the rate waits, and is late by the time that it takes.
  const [rate, wanted] = [10, 40];
  let queue = 0;
  for (let period = 0; period < 400; period += 1) {
    queue = Math.max(0, queue + 5 * (wanted / Math.sqrt(price.dearer) - rate));
    price.began((queue / rate) * 1_000, 1_000);
    price.adjust();
  }
  expect(price.dearer).toBeGreaterThan(8);
  expect(price.dearer).toBeLessThan(64);
});
