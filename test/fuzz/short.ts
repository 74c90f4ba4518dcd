/** The short form, which CI runs as suites: the same as `npm run fuzz`, fewer, and always the same ones. */
import { expect } from "@jest/globals";
import type { RunOptions } from "./batches.ts";
import type { Figures } from "./figures.ts";

/** An answer that takes longer on any machine has not come. The long form has the bar of 1 s. */
const limitMs = 5_000;

export const short = (runs: number): RunOptions => ({ seed: 1129, runs, limitMs, collect: null });

/** Each finding says what was thrown, and with which seed. */
export function expectNothingFound({ findings, thrown }: Figures, runs: number): void {
  expect(findings).toEqual([]);
  expect(thrown).toBeGreaterThanOrEqual(runs);
}
