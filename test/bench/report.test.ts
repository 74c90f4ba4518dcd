/** What the bench tells of its measurements. The measurements themselves are no tests. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { partNames, readFlags } from "../../bench/flags.ts";
import { composed, type Failure, markdownTable, marks, plainTable, type Result, summary } from "../../bench/report.ts";
import { inTurn, judged, median, quantile, ratios, row, spread } from "../../bench/support/statistics.ts";

const result: Result = {
  name: "reads",
  title: "P1 Reads",
  rows: [
    { work: "P1a one | operation", measured: "1.20 ×", bar: "≥ 1 ×", verdict: "pass" },
    { work: "P1b a page", measured: "0.50 ×", bar: "≥ 0.7 ×", verdict: "short" },
    { work: "memory", measured: "9 MB", bar: null, verdict: "reported" },
  ],
  details: "How.",
  runs: 5,
  at: "2026-01-01",
  commit: "abc",
  machine: "1 core",
};
const failure: Failure = { name: "idle", title: "P5 Idle", failed: "No server.\nstack" };

describe("the table", () => {
  test("has a line for each row, and one for a part that failed", () => {
    const lines = plainTable([result, failure]).split("\n");
    expect(lines).toHaveLength(2 + 4);
    expect(lines.at(-1)).toMatch(/^P5 Idle +No server\. +failed$/);
    expect(summary([result, failure])).toBe("1 of 2 bars hold, 1 part failed.");
  });

  test("escapes what would end a cell", () => {
    expect(markdownTable([result]).split("\n")[2]).toBe("| P1a one \\| operation | 1.20 × | ≥ 1 × | pass |");
  });

  test("replaces what is between the marks of the page alone", () => {
    const page = `before\n${marks.begin}\nold\n${marks.end}\nafter`;
    expect(composed(page, "new")).toBe(`before\n${marks.begin}\n\nnew\n\n${marks.end}\nafter`);
    expect(() => composed("no marks", "new")).toThrow("lost its marks");
  });
});

describe("docs/performance.md", () => {
  test("says of each part what its latest results say", () => {
    const page = readFileSync(new URL("../../docs/performance.md", import.meta.url), "utf8");
    const folder = new URL("../../bench/results/", import.meta.url);
    // Before the first results there are none.
    const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];
    expect(page.includes("| verdict |")).toBe(files.length > 0);
    for (const file of files) {
      const kept = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Result;
      expect(partNames).toContain(kept.name);
      for (const line of markdownTable([kept]).split("\n")) expect(page).toContain(line);
      expect(page).toContain(kept.details.trim());
    }
    expect(page).toContain(marks.begin);
  });
});

describe("flags", () => {
  test("all parts are measured, and written, unless some are named", () => {
    expect(readFlags([])).toEqual({ parts: partNames, runs: 5, short: false, write: true, distributions: [] });
    expect(readFlags(["start", "reads"])).toMatchObject({ parts: ["reads", "start"], write: false });
    expect(readFlags(["start", "--write", "--runs", "7"])).toMatchObject({ runs: 7, write: true });
    expect(readFlags(["--short"])).toEqual({ parts: partNames, runs: 1, short: true, write: false, distributions: [] });
    expect(readFlags(["--runs=2"])).toMatchObject({ write: false });
  });

  test("distributions of one's own are for the part economy alone, and written nowhere", () => {
    const own = { parts: ["economy"], runs: 5, short: false, write: false, distributions: ["a.json", "b.json"] };
    expect(readFlags(["economy", "--distribution", "a.json", "--distribution", "b.json"])).toEqual(own);
    expect(readFlags(["--distribution=a.json"])).toMatchObject({ parts: ["economy"], write: false });
  });

  test.each([
    [["--fast"], "--fast: there is no such flag"],
    [["everything"], "everything: there is no such part"],
    [["--runs", "many"], "--runs: expected a number from 1 to 100; got many"],
    [["--runs"], "--runs: expected a number from 1 to 100; got none"],
    [["--distribution"], "--distribution: expected a file; got none"],
    [["reads", "--distribution", "a.json"], "--distribution: expected the part economy alone; got reads"],
    [["--distribution", "a.json", "--write"], "--distribution: expected no --write"],
    [["--short", "--write"], "--write: expected measured figures"],
    [["--write", "--runs", "4"], "--write: expected at least 5 runs"],
  ])("%j is refused in a sentence", (args, sentence) => {
    expect(readFlags(args)).toContain(sentence);
  });
});

describe("figures", () => {
  test("a median is the middle one, or between the two that are", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(quantile([0, 10], 0.95)).toBeCloseTo(9.5);
    expect(median([])).toBeNaN();
  });

  test("a row is judged by the median of its runs, and shows their spread", () => {
    expect(row("work", [1.3, 1.2, 0.4], { atLeast: 1 })).toEqual({
      work: "work",
      measured: "1.20 × (0.40 to 1.30)",
      bar: "≥ 1 ×",
      verdict: "pass",
    });
    expect(row("work", [11], { atMost: 10 }, "KB")).toMatchObject({ measured: "11.0 KB", verdict: "short" });
    expect(row("work", [1], null).verdict).toBe("reported");
    expect(judged(Number.NaN, { atLeast: 0 })).toBe("short");
    expect(spread([12_345.6], "polls/s")).toBe("12,346 polls/s");
    expect(ratios([2, 9], [1, 3])).toEqual([2, 3]);
  });

  test("contenders take turns, after a warm-up that is not counted", async () => {
    const order: string[] = [];
    const contender = (name: string) => async () => order.push(name);
    const taken = await inTurn(2, { a: contender("a"), b: contender("b") });
    expect(order.join("")).toBe("baabba");
    expect(taken).toEqual({ a: [3, 6], b: [4, 5] });
  });
});
