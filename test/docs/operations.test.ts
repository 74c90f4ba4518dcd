/** What docs/operations.md has on-call people look for, in metrics and in the log, is really told. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";

const root = new URL("../../", import.meta.url);
const document = readFileSync(new URL("docs/operations.md", root), "utf8");
const src = new URL("src/", root);
const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
const code = files.map((file) => readFileSync(new URL(file, src), "utf8")).join("\n");

/** Without what Prometheus makes of a histogram. */
const metrics = [...document.matchAll(/statusgraph_[a-z_]+/g)].map(([name]) =>
  name.replace(/_(bucket|count|sum)$/, ""),
);
/** Whole sentences in quotes: lines of the log, or answers. */
const sentences = [...document.matchAll(/"([A-Z][^"\n]+\.)"/g)].map(([, sentence = ""]) => sentence);

test("every metric that it names is one of the gateway's", () => {
  expect(metrics.length).toBeGreaterThan(15);
  expect([...new Set(metrics)].filter((name) => !code.includes(`"${name}"`))).toEqual([]);
});

test("every sentence that it quotes is one that the gateway says", () => {
  expect(files.length).toBeGreaterThan(100);
  expect(sentences.length).toBeGreaterThan(8);
  expect(sentences.filter((sentence) => !code.includes(sentence))).toEqual([]);
});
