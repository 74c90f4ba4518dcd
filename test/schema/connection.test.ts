/** A count is asked of the store once, however often a document asks for it. */
import { expect, test } from "@jest/globals";
import { countedOnce } from "../../src/schema/connection.ts";

test("a count is made when it is asked for, and once", async () => {
  let made = 0;
  const count = countedOnce(async () => {
    made += 1;
    return 7;
  });
  expect(made).toBe(0);
  if (typeof count !== "function") throw new Error("Expected a count that is made on demand.");
  expect(await Promise.all([count(), count(), count()])).toEqual([7, 7, 7]);
  expect(made).toBe(1);
});

test("a number, or none, stays what it is", () => {
  expect([countedOnce(3), countedOnce(null)]).toEqual([3, null]);
});
