/**
 * What a part of the bench is: it measures, in one run, our own work and a peer's in turn, and gives rows for the one
 * table. The bars are those of the project's performance promises, P1 to P8.
 */
import type { Distribution } from "./economy/distributions.ts";

export interface PartOptions {
  /** Measured runs after the warm-up; the median of their ratios counts. At least 5 where the table is to be written. */
  readonly runs: number;
  /** Whether all is to be seen working only: a second a run, and figures that say nothing. */
  readonly short: boolean;
  /** A line for whoever watches. */
  readonly tell: (line: string) => void;
  /** For the part economy, instead of its own. */
  readonly distributions?: readonly Distribution[];
}

export interface Row {
  /** "P1a one operation by id", as the table says it. */
  readonly work: string;
  /** What came, with its unit, and its spread where there are several runs: "1.21 × (1.15 to 1.26)". */
  readonly measured: string;
  /** The bar: "≥ 1.0 ×". Null where the figure is only reported. */
  readonly bar: string | null;
  /** `void`: the measurement was none, because the load or the peer was what was saturated; `measured` says so. */
  readonly verdict: "pass" | "short" | "void" | "reported";
}

export interface Measured {
  readonly rows: readonly Row[];
  /** Markdown for docs/performance.md beneath the table: absolute figures, how it was measured, plots. Headings from ### on. */
  readonly details: string;
  /** Plots that the details show, by their names in docs/performance/. */
  readonly plots?: ReadonlyMap<string, string>;
}

export interface Part {
  /** As on the command line: `npm run bench -- reads fan-out`. */
  readonly name: string;
  readonly title: string;
  measure(options: PartOptions): Promise<Measured>;
}
