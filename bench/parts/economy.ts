/** P8: how many calls it takes to hear in time, where all that is known was learned from those calls. */
import { type Compared, compare, comparePrior } from "../economy/compare.ts";
import { curvesOf } from "../economy/curves.ts";
import { type Distribution, distributions } from "../economy/distributions.ts";
import { settles } from "../economy/simulation.ts";
import type { Measured, Part, PartOptions, Row } from "../part.ts";

const parts = [0.1, 0.25];
const mostOfSimple = 1.03;
const mostOfPrior = 1.5;

export const part: Part = {
  name: "economy",
  title: "Economy of calls",
  async measure({ distributions: own, ...options }) {
    if (own) return measureAll(own, options);
    const measured = measureAll(distributions, options);
    // Loaded where it is needed: a distribution of one's own is judged without the bench's packages.
    const { plotOf } = await import("../economy/plot.ts");
    const plots = new Map<string, string>();
    for (const distribution of options.short ? distributions.slice(0, 1) : distributions)
      plots.set(plotFile(distribution), await plotOf(distribution.name, curvesOf(distribution)));
    return { ...measured, plots, details: [measured.details, plotsText(plots)].join("\n\n") };
  },
};

const plotFile = ({ name }: Distribution) => `economy-${name.replaceAll(" ", "-")}.svg`;

function plotsText(plots: ReadonlyMap<string, string>): string {
  return [
    "### Calls against delay",
    "",
    "The schedule learned at 10 %, at other prices of a call, beside the best of each simple kind at that very delay.",
    "",
    ...[...plots.keys()].map((file) => `![${file.replace(/\.svg$/, "").replaceAll("-", " ")}](performance/${file})`),
  ].join("\n");
}

function measureAll(
  wanted: readonly Distribution[],
  { runs, short, tell }: Pick<PartOptions, "runs" | "short" | "tell">,
): Measured {
  const seeds = short ? 1 : Math.min(runs, 5);
  const compared: Compared[] = [];
  const rows: Row[] = [];
  for (const distribution of short ? wanted.slice(0, 1) : wanted) {
    for (const share of parts) {
      tell(`${distribution.name} at ${share * 100} %`);
      const one = compare(distribution, share, seeds);
      compared.push(one);
      rows.push(...rowsOf(one));
    }
    const prior = comparePrior(distribution);
    const verdict = prior <= mostOfPrior ? "pass" : "short";
    rows.push({
      work: `P8 ${distribution.name}: prior to best fixed`,
      measured: times(prior),
      bar: bar(mostOfPrior),
      verdict,
    });
  }
  return { rows, details: detailsOf(compared, seeds) };
}

function rowsOf({ distribution, part: share, ours, optimum, fixed, backOff }: Compared): Row[] {
  const { name, mostOfOptimum = 1.1, mostOfFixed = mostOfSimple } = distribution;
  const at = `P8 ${name} at ${share * 100} %`;
  const row = (to: string, calls: number, most: number): Row => {
    const sorted = ours.map((one) => one / calls).sort((a, b) => a - b);
    const middle = sorted[sorted.length >> 1] ?? Number.NaN;
    const spread = `(${(sorted[0] ?? 0).toFixed(3)} to ${(sorted.at(-1) ?? 0).toFixed(3)})`;
    return {
      work: `${at}: to ${to}`,
      measured: `${times(middle)} ${spread}`,
      bar: bar(most),
      verdict: middle <= most ? "pass" : "short",
    };
  };
  return [
    row("the optimum that knows it", optimum, mostOfOptimum),
    row("the best fixed interval", fixed, share === 0.1 ? mostOfFixed : mostOfSimple),
    row("the best back-off", backOff, mostOfSimple),
  ];
}

const times = (ratio: number) => `${ratio.toFixed(3)} ×`;
const bar = (most: number) => `≤ ${most.toFixed(2)} ×`;

function detailsOf(compared: readonly Compared[], seeds: number): string {
  const lines = compared.map(({ distribution, part: share, ours, optimum, fixed, backOff }) => {
    const middle = [...ours].sort((a, b) => a - b)[ours.length >> 1] ?? 0;
    const calls = [middle, optimum, fixed, backOff].map((one) => one.toFixed(2)).join(" | ");
    return `| ${distribution.name} | ${share * 100} % | ${calls} |`;
  });
  return [
    `Calls an operation at the same mean delay, which is a part of the mean settle time. Ours is learned from ${settles} settles,`,
    `each seen through the looks that were planned by what was known before it, from the prior on; the median of ${seeds} seeds.`,
    "It is judged on the whole distribution, with its jitter and its curiosity; the price of a call is set so that the delay is",
    "as stated. The optimum knows the distribution (dynamic programming); fixed interval and back-off (first wait, factor,",
    "longest wait) are the best of their kind on it, in hindsight.",
    ...(compared.some(({ distribution }) => distribution.drifts)
      ? ["The drifting one doubles over the 500, and is judged by what comes next."]
      : []),
    "",
    "| distribution | mean delay | ours | optimum | best fixed | best back-off |",
    "| --- | ---: | ---: | ---: | ---: | ---: |",
    ...lines,
  ].join("\n");
}
