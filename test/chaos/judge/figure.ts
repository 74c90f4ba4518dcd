/** One line of the table: what was counted, where the bar lies, and some of what broke it. */

export interface Figure {
  readonly what: string;
  readonly value: string;
  /** Null where there is none: the figure only tells of the run. */
  readonly bar: string | null;
  readonly broken: boolean;
  /** What broke it, a sentence each. */
  readonly examples: readonly string[];
}

/** Nothing of it may be. */
export function none(what: string, faults: readonly string[]): Figure {
  return { what, value: String(faults.length), bar: "0", broken: faults.length > 0, examples: faults };
}

export function told(what: string, value: string | number): Figure {
  return { what, value: String(value), bar: null, broken: false, examples: [] };
}

/** A run that did too little proves nothing. */
export function atLeast(what: string, value: number, least: number): Figure {
  return { what, value: String(value), bar: `≥ ${least}`, broken: value < least, examples: [] };
}

export function atMost(what: string, value: number, most: number, unit = ""): Figure {
  const shown = `${Math.round(value * 10) / 10}${unit}`;
  // Not a number: nothing was measured, which proves nothing either.
  return { what, value: shown, bar: `≤ ${most}${unit}`, broken: !(value <= most), examples: [] };
}

const shownExamples = 8;

/** What has a bar as a table; what only tells of the run, above it; what broke a bar, below. */
export function report(title: string, figures: readonly Figure[]): string {
  const tales = figures.filter(({ bar }) => bar === null).map(({ what, value }) => `${what}: ${value}`);
  const rows = figures.flatMap(({ what, value, bar, broken }) =>
    bar === null ? [] : [[what, value, bar, broken ? "BROKEN" : "ok"]],
  );
  const head = [title, "figure", "bar", ""];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => (column === 1 || column === 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join(" | ")} |`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  const examples = figures.flatMap(({ what, broken, examples: all }) =>
    broken && all.length > 0 ? ["", `${what}:`, ...all.slice(0, shownExamples).map((one) => `  - ${one}`)] : [],
  );
  return [...tales, "", line(head), rule, ...rows.map(line), ...examples].join("\n");
}
