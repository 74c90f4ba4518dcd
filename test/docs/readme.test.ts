/** The README's promises: short, its variables exist, its documents fit the schema, and its answers are what comes. */
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { buildSchema, getOperationAST, parse, validate } from "graphql";
import { variables } from "../../src/config.ts";
import { providers } from "../../src/datasources/index.ts";
import { ownCodes } from "../../src/datasources/problems.ts";
import { errorCodes } from "../../src/resolvers/errors.ts";
import { fastClock } from "../support/fast-clock.ts";
import { startTestGateway } from "../support/gateway.ts";
import { openSockets } from "../support/sockets.ts";

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
const readme = read("README.md");

function blocks(language: string): string[] {
  return [...readme.matchAll(/^```(\w*)\n(.*?)^```$/gms)].flatMap(([, name, text = ""]) =>
    name === language ? [text] : [],
  );
}

const documents: ReadonlyMap<string, string> = new Map(
  blocks("graphql").map((text) => [getOperationAST(parse(text))?.operation ?? "none", text] as const),
);
/** The lines of the answers: each a member of `data`, without its braces. */
const answers: Array<Record<string, Record<string, unknown>>> = blocks("")
  .flatMap((text) => text.split("\n"))
  .filter((line) => line !== "")
  .map((line) => JSON.parse(`{${line}}`));

function documentOf(operation: string): string {
  const text = documents.get(operation);
  if (text === undefined) throw new Error(`Expected the README to have a ${operation}; it has none.`);
  return text;
}

function answersTo(field: string): Array<Record<string, unknown>> {
  return answers.flatMap(({ [field]: answer }) => (answer ? [answer] : []));
}

test("it has less than 120 lines", () => {
  expect(readme.split("\n").length).toBeLessThan(120);
});

test.each([
  ["README.md", 11],
  ["docs/operations.md", 21],
  ["docs/security.md", 41],
])("every environment variable that %s names exists", (file, count) => {
  const known = new Set(variables(providers).map(({ name }) => name));
  const inline = [
    ...read(file)
      .replaceAll(/^```.*?^```$/gms, "")
      .matchAll(/`([^`\n]+)`/g),
  ].map(([, text = ""]) => text);
  const named = inline.flatMap((text) => /^([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)(?:=.*)?$/.exec(text)?.[1] ?? []);
  // Methods, and codes of errors, are in capitals too.
  const others = ["GET", "POST", ...Object.keys(errorCodes), ...Object.keys(ownCodes)];
  const variableNames = named.filter((name) => !others.includes(name));
  expect(variableNames.filter((name) => !known.has(name))).toEqual([]);
  expect(variableNames).toHaveLength(count);
});

test("its documents fit the committed schema", () => {
  const schema = buildSchema(read("schema.graphql"));
  expect([...documents.keys()].sort()).toEqual(["mutation", "query", "subscription"]);
  for (const text of documents.values()) expect(validate(schema, parse(text))).toEqual([]);
});

test("its answers are what comes, but for ids, times, and the polls in between", async () => {
  const gateway = await startTestGateway({ env: { SANDBOX: "on" }, clock: fastClock() });
  const sockets = openSockets(gateway);
  try {
    const watch = sockets.watch(documentOf("subscription"));
    await gateway.begun(1);
    const { data } = await gateway.request(documentOf("mutation"));
    const [sent] = answersTo("registerPurchase");
    expect(data.registerPurchase).toEqual({ ...sent, id: expect.any(String) });

    const events = answersTo("operationsChanged");
    expect(events).toHaveLength(3);
    const like = (event: object | undefined) => ({ ...event, at: expect.any(String), revision: expect.any(Number) });
    let { operationsChanged: event } = await watch.next();
    expect(event).toEqual(like(events.at(0)));
    while (event.state !== "SETTLED") event = (await watch.next()).operationsChanged;
    expect(event).toEqual(like(events.at(-1)));

    const found = await gateway.request(documentOf("query"));
    const [looked] = answersTo("purchaseSync");
    expect(found.data.purchaseSync).toEqual({ ...looked, timeline: { nodes: expect.any(Array) } });
    const told = looked?.timeline as { nodes: Array<{ state: string }> };
    const states = (nodes: Array<{ state: string }>) => [nodes.at(0)?.state, nodes.at(-1)?.state];
    expect(states(found.data.purchaseSync.timeline.nodes)).toEqual(states(told.nodes));
  } finally {
    await sockets.dispose();
    await gateway.dispose();
  }
});
