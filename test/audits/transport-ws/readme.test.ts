/** README.md lists every audit by its id, so that one whose meaning changed is seen, and ids and levels are in order. */
import { readFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { audits } from "./index.ts";

test("README.md lists them all, as they are", async () => {
  const text = await readFile(new URL("README.md", import.meta.url), "utf8");
  const rows = text.split("\n").filter((line) => /^\| [0-9A-F]{4} \|/.test(line));
  const needed = (needs: readonly string[]) => needs.map((need) => `\`--${need}\``).join(", ");
  expect(audits.length).toBeGreaterThan(60);
  expect(rows).toEqual(audits.map(({ id, name, needs }) => `| ${id} | ${name} | ${needed(needs)} |`));
});

test("ids are four characters, each one audit's, and names begin with the level", () => {
  expect(new Set(audits.map(({ id }) => id)).size).toBe(audits.length);
  for (const { id, level, name } of audits) {
    expect(id).toMatch(/^[0-9A-F]{4}$/);
    expect(name).toMatch(new RegExp(`^${level} \\S`));
  }
});
