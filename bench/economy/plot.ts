/** Draws calls against delay. The same curves give the same file. */
import { parse, type Spec, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { Curves } from "./curves.ts";

const colours = ["#9a9a9a", "#e08214", "#1f6feb", "#222222"];
const dashes = [
  [6, 3],
  [2, 2],
  [1, 0],
  [1, 0],
];
const widths = [1.5, 1.5, 2.5, 1];

export async function plotOf(name: string, curves: Curves): Promise<string> {
  const names = [...curves.keys()];
  const values = [...curves].flatMap(([curve, points]) =>
    points.map(({ part, calls }) => ({ curve, delay: rounded(100 * part), calls: rounded(calls) })),
  );
  const by = { field: "curve", type: "ordinal" } as const;
  const spec: TopLevelSpec = {
    title: { text: name, anchor: "start" },
    width: 420,
    height: 220,
    background: "white",
    data: { values },
    mark: { type: "line", interpolate: "linear" },
    encoding: {
      x: {
        field: "delay",
        type: "quantitative",
        scale: { type: "log", domain: [3, 50], nice: false },
        axis: { title: "mean delay, % of the mean settle time", values: [3, 5, 10, 15, 25, 50] },
      },
      y: {
        field: "calls",
        type: "quantitative",
        scale: { type: "log", domain: rangeOf(values.map(({ calls }) => calls)), nice: false },
        axis: { title: "calls an operation", values: ticks(values.map(({ calls }) => calls)), format: "~g" },
      },
      color: { ...by, scale: { domain: names, range: colours }, legend: { title: null } },
      strokeDash: { ...by, scale: { domain: names, range: dashes } },
      strokeWidth: { ...by, scale: { domain: names, range: widths } },
    },
  };
  const view = new View(parse(compile(spec).spec as Spec), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  // Hundredths of a pixel are enough, and keep the file small.
  return `${svg.replace(/\d+\.\d{3,}/g, (number) => String(Math.round(Number(number) * 100) / 100))}\n`;
}

/** To four digits: what is beyond is not the same on every machine. */
const rounded = (value: number) => Number(value.toPrecision(4));

const rangeOf = (values: readonly number[]) => [Math.min(...values) * 0.95, Math.max(...values) * 1.05];

function ticks(values: readonly number[]): number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return [1, 1.5, 2, 3, 5, 7, 10, 15, 20, 30, 50, 100, 200, 500, 1000].filter((tick) => tick >= low && tick <= high);
}
