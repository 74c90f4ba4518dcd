/** What the part economy reads, and how it reckons. What comes of it is no test. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readDistribution } from "../../bench/economy/files.ts";
import { bestFixed, judge, mean } from "../../bench/economy/yardsticks.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "statusgraph-economy-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(text: string) {
  await writeFile(join(folder, "own.json"), text);
  return readDistribution("own.json", folder);
}
const hundred = Array.from({ length: 100 }, (_, i) => i + 0.5);

describe("a distribution of one's own", () => {
  test("is what its times say, in whatever order, and has what lies between them", async () => {
    const own = await read(JSON.stringify([...hundred].reverse()));
    if (typeof own === "string") throw new Error(own);
    expect(own.name).toBe("own");
    const times = own.times(0);
    expect(mean(times)).toBeCloseTo(50);
    expect(times.filter((time) => time < 10.1).length / times.length).toBeCloseTo(0.101, 3);
    expect([times[0], times.at(-1)]).toEqual([0.5, 99.5]);
  });

  test("keeps what comes again and again", async () => {
    const own = await read(JSON.stringify([...Array.from({ length: 60 }, () => 7), ...hundred.slice(0, 40)]));
    if (typeof own === "string") throw new Error(own);
    const times = own.times(0);
    expect(times.filter((time) => time === 7).length / times.length).toBeCloseTo(0.59, 1);
  });

  test.each([
    ["{", "own.json: expected a JSON list of settle times in seconds; this is no JSON."],
    ["{}", "own.json: expected a JSON list of at least 20 settle times in seconds; got a value of type object."],
    ["[1, 2]", "own.json: expected a JSON list of at least 20 settle times in seconds; got 2."],
    [JSON.stringify([...hundred, "3"]), 'entry 101 is "3".'],
    [JSON.stringify([-1, ...hundred]), "entry 1 is -1."],
    [JSON.stringify(hundred.map(() => 0)), "some of them above 0; all are 0."],
  ])("%.20s is refused in a sentence", async (text, sentence) => {
    expect(await read(text)).toContain(sentence);
  });

  test("a file that is not there is told in a sentence", async () => {
    expect(await readDistribution("none.json", folder)).toBe(
      `none.json: expected a file that can be read; got ENOENT for ${join(folder, "none.json")}.`,
    );
  });
});

test("an interval is judged by every look and every delay, and the best is found", () => {
  const times = Float64Array.from({ length: 1_000 }, (_, i) => (i + 0.5) / 10);
  expect(judge(times, (age) => age + 10)).toMatchObject({ calls: 5.5, delay: expect.closeTo(5, 1) });
  expect(bestFixed(times, 5)).toBeLessThanOrEqual(5.5);
});
