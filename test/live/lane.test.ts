/** How many reads of streams the store is asked at a time. */
import { expect, test } from "@jest/globals";
import { createLane } from "../../src/live/lane.ts";

test("a few reads at a time, in their order, each with its own result or error", async () => {
  const inTurn = createLane();
  let running = 0;
  let most = 0;
  const begun: number[] = [];
  const gates = Array.from({ length: 50 }, () => Promise.withResolvers<void>());
  const reads = gates.map(({ promise }, index) =>
    inTurn(async () => {
      begun.push(index);
      most = Math.max(most, ++running);
      await promise;
      running -= 1;
      if (index % 10 === 7) throw new Error(`read ${index}`);
      return index;
    }),
  );
  const results = Promise.allSettled(reads);
  for (const { resolve } of gates) {
    await new Promise((turn) => setImmediate(turn));
    resolve();
  }
  expect((await results).map((one) => (one.status === "fulfilled" ? one.value : one.reason.message))).toEqual(
    gates.map((_, index) => (index % 10 === 7 ? `read ${index}` : index)),
  );
  expect(most).toBe(4);
  expect(begun).toEqual(gates.map((_, index) => index));
});
