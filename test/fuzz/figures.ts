/** What was thrown at one part, what came of it, and the table of it all. It knows of no part by name. */

export interface Finding {
  /** What was expected, and what happened. */
  readonly what: string;
  /** What was thrown, as short as fast-check could make it. */
  readonly input: string;
}

export interface Figures {
  readonly part: string;
  /** Bodies, requests or sequences. */
  thrown: number;
  /** How many of each kind; one may be of several. */
  readonly kinds: Map<string, number>;
  /** What came of them. */
  readonly results: Map<string, number>;
  slowest: { readonly ms: number; readonly what: string };
  /** In use after a forced collection: after a tenth of the runs, and at the end. Null where none can be forced. */
  heap: { readonly early: number; readonly end: number } | null;
  seconds: number;
  readonly findings: Finding[];
}

export function newFigures(part: string): Figures {
  return {
    part,
    thrown: 0,
    kinds: new Map(),
    results: new Map(),
    slowest: { ms: 0, what: "" },
    heap: null,
    seconds: 0,
    findings: [],
  };
}

export function count(counts: Map<string, number>, ...names: readonly string[]): void {
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
}

export function noteTime(figures: Figures, ms: number, what: () => string): void {
  if (ms > figures.slowest.ms) figures.slowest = { ms, what: shortened(what(), 200) };
}

/** The beginning and the end of a long text. */
export function shortened(text: string, most = 2_000): string {
  if (text.length <= most) return text;
  const half = Math.floor(most / 2);
  return `${text.slice(0, half)} … (${text.length} characters) … ${text.slice(-half)}`;
}

export function report(all: readonly Figures[]): string {
  const lines = [
    row("part", "thrown", "slowest", "heap early", "heap end", "seconds", "findings"),
    ...all.map(({ part, thrown, slowest, heap, seconds, findings }) =>
      row(
        part,
        String(thrown),
        `${slowest.ms.toFixed(0)} ms`,
        heap ? megabytes(heap.early) : "-",
        heap ? megabytes(heap.end) : "-",
        seconds.toFixed(0),
        String(findings.length),
      ),
    ),
  ];
  for (const { part, kinds, results, slowest, findings } of all) {
    lines.push("", `${part}: thrown ${listed(kinds)}`, `${part}: came of it ${listed(results)}`);
    if (slowest.what !== "") lines.push(`${part}: slowest ${slowest.ms.toFixed(0)} ms: ${slowest.what}`);
    for (const { what, input } of findings) lines.push(`${part}: FOUND ${what}`, `  ${shortened(input)}`);
  }
  return lines.join("\n");
}

function row(part: string, ...cells: readonly string[]): string {
  return part.padEnd(34) + cells.map((cell) => cell.padStart(12)).join("");
}

const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MB`;

function listed(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([name, n]) => `${name} ${n}`)
    .join(", ");
}
