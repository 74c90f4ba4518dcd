/** `npx tsx bench/economy/main.ts file.json …`: the part economy on distributions of one's own, each a JSON list of seconds. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { measureAll } from "../parts/economy.ts";
import { given } from "./distributions.ts";

const files = process.argv.slice(2);
const own = files.map((file) => given(basename(file, ".json"), JSON.parse(readFileSync(file, "utf8"))));
const tell = (line: string) => process.stderr.write(`${line}\n`);
const { rows, details } = measureAll(own, { runs: 3, short: false, tell });
for (const { work, measured, bar, verdict } of rows) process.stdout.write(`${verdict} ${work}: ${measured} (${bar})\n`);
process.stdout.write(`\n${details}\n`);
