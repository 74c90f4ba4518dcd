/** From single figures to what a row says. */
import type { Row } from "../part.ts";

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** By linear interpolation between the two nearest; NaN of nothing. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * part;
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (below === undefined || above === undefined) return Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/** Of each run: ours divided by the peer's of the same run. */
export function ratios(ours: readonly number[], peers: readonly number[]): number[] {
  return ours.map((value, run) => value / (peers[run] ?? Number.NaN));
}

/** "1.21 × (1.15 to 1.26)"; of a single run without its spread. */
export function spread(values: readonly number[], unit = "×"): string {
  const text = (value: number) => `${digits(value)} ${unit}`.trim();
  if (values.length < 2) return text(median(values));
  return `${text(median(values))} (${digits(Math.min(...values))} to ${digits(Math.max(...values))})`;
}

/** Three digits that say something, and thousands with their comma. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const places = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString("en", {
    minimumFractionDigits: places > 2 ? 2 : places,
    maximumFractionDigits: Math.min(places, 3),
  });
}

export type Bar = { readonly atLeast: number } | { readonly atMost: number };

/** "≥ 2.00 ×" */
export function barText(bar: Bar, unit = "×"): string {
  const text = "atLeast" in bar ? `≥ ${bar.atLeast}` : `≤ ${bar.atMost}`;
  return `${text} ${unit}`.trim();
}

export function judged(value: number, bar: Bar): "pass" | "short" {
  return ("atLeast" in bar ? value >= bar.atLeast : value <= bar.atMost) ? "pass" : "short";
}

/** A row of the table from its runs: their median is judged, their spread is shown. */
export function row(work: string, values: readonly number[], bar: Bar | null, unit = "×"): Row {
  const measured = spread(values, unit);
  if (bar === null) return { work, measured, bar: null, verdict: "reported" };
  return { work, measured, bar: barText(bar, unit), verdict: judged(median(values), bar) };
}

/**
 * Each contender once a run, in turn, and the other way round every second run: what else the machine does meanwhile
 * meets all of them alike. One run before, to warm up, is not counted.
 */
export async function inTurn<Name extends string, Value>(
  runs: number,
  contenders: Readonly<Record<Name, () => Promise<Value>>>,
  warmUps = 1,
): Promise<Record<Name, Value[]>> {
  // Object.keys forgets that the names are those of the record.
  const names = Object.keys(contenders) as Name[];
  const taken = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Value[]>;
  for (let run = -warmUps; run < runs; run += 1) {
    for (const name of run % 2 === 0 ? names : names.toReversed()) {
      const value = await contenders[name]();
      if (run >= 0) taken[name].push(value);
    }
  }
  return taken;
}
