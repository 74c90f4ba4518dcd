/** What is told of the measurements: the table on the terminal, and docs/performance.md. Pure. */
import type { Row } from "./part.ts";

/** What is kept of a part (bench/results), so that the page is composed anew when one of them is measured anew. */
export interface Result {
  readonly name: string;
  readonly title: string;
  readonly rows: readonly Row[];
  readonly details: string;
  readonly runs: number;
  readonly at: string;
  readonly commit: string;
  readonly machine: string;
}

/** A part that ended with an error. It keeps no other from being measured. */
export interface Failure {
  readonly name: string;
  readonly title: string;
  readonly failed: string;
}

interface Line extends Omit<Row, "verdict"> {
  readonly verdict: Row["verdict"] | "failed";
}

const head = ["work", "measured", "bar", "verdict"];

/** The one table, for a terminal. */
export function plainTable(outcomes: ReadonlyArray<Result | Failure>): string {
  const lines = [head, ...outcomes.flatMap(linesOf).map(cells)];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const text = (line: readonly string[]) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [text(head), rule, ...lines.slice(1).map(text)].join("\n");
}

export const marks = { begin: "<!-- measured: begin -->", end: "<!-- measured: end -->" } as const;

/** What stands between the marks of docs/performance.md. */
export function measuredText(results: readonly Result[], peers: ReadonlyMap<string, string>): string {
  const newest = [...new Set(results.map(({ machine }) => machine))];
  return [
    markdownTable(results),
    `Machine: ${newest.join("; and ")}.`,
    `Peers: ${[...peers].map(([name, version]) => `${name} ${version}`).join(", ")}.`,
    ...results.map(
      ({ title, details, runs, at, commit }) =>
        `## ${title}\n\nMeasured on ${at} at commit ${commit}, ${runs === 1 ? "one run" : `${runs} runs`}.\n\n${details.trim()}`,
    ),
  ].join("\n\n");
}

/** The page with this between its marks. The words around are written by hand. */
export function composed(page: string, text: string): string {
  const [before, rest] = page.split(marks.begin);
  const after = rest?.split(marks.end)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`docs/performance.md has lost its marks, ${marks.begin} and ${marks.end}.`);
  }
  return `${before}${marks.begin}\n\n${text}\n\n${marks.end}${after}`;
}

export function markdownTable(results: ReadonlyArray<Result | Failure>): string {
  const rows = results.flatMap(linesOf).map(cells);
  const line = (values: readonly string[]) => `| ${values.map((value) => value.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** How many bars are held, in one sentence. */
export function summary(outcomes: ReadonlyArray<Result | Failure>): string {
  const lines = outcomes.flatMap(linesOf);
  const count = (verdict: Line["verdict"]) => lines.filter((line) => line.verdict === verdict).length;
  const told = [`${count("pass")} of ${lines.filter(({ bar }) => bar !== null).length} bars hold`];
  if (count("void") > 0) told.push(`${count("void")} could not be judged`);
  if (count("failed") > 0) told.push(`${count("failed")} ${count("failed") === 1 ? "part" : "parts"} failed`);
  return `${told.join(", ")}.`;
}

function linesOf(outcome: Result | Failure): readonly Line[] {
  if (!("failed" in outcome)) return outcome.rows;
  return [{ work: outcome.title, measured: outcome.failed.split("\n")[0] ?? "", bar: null, verdict: "failed" }];
}

function cells({ work, measured, bar, verdict }: Line): string[] {
  return [work, measured, bar ?? "", verdict];
}
