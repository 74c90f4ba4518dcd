/** What is promised of all gateways together, and how it is measured. */

/** The most starts in any 10 s: ten seconds' worth and one more. A start is whole, so there may always be one. */
export function promised(rate: number): number {
  return Math.max(1, 11 * rate) + 1e-6;
}

/** The most starts in any stretch of so many ms. */
export function busiest(starts: readonly number[], stretchMs = 10_000): number {
  const sorted = [...starts].sort((a, b) => a - b);
  let most = 0;
  let from = 0;
  sorted.forEach((start, index) => {
    while ((sorted[from] ?? start) <= start - stretchMs) from += 1;
    most = Math.max(most, index - from + 1);
  });
  return most;
}
