/** After a crash a write is settled by its mutation's name alone, so every provider lists all that it can send. */
import { readFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { buildSchema } from "graphql";
import type { IntendedWrite, OperationClient } from "../../src/datasources/contract.ts";
import { providers } from "../../src/datasources/index.ts";
import { testUpstream } from "../support/upstream.ts";

const isWrite = (value: unknown): value is IntendedWrite =>
  typeof value === "object" && value !== null && "mutation" in value && "whenLost" in value;

async function clients(): Promise<OperationClient[]> {
  const upstream = testUpstream();
  const all = providers.flatMap((definition) => {
    if (definition.type !== "operation") return [];
    // `never` stands for settings of any shape: these are the definition's own sandbox's.
    const settings = definition.sandbox.settings("http://127.0.0.1:1") as never;
    return [definition.connect(settings, upstream)];
  });
  await upstream.dispose();
  return all;
}

test("every write of a client is in its list, and every mutation that sends one is there once", async () => {
  const listed: string[] = [];
  for (const client of await clients()) {
    const own = Object.values(client).filter(isWrite);
    expect(own.length).toBeGreaterThan(0);
    expect(new Set(client.writes)).toEqual(new Set(own));
    listed.push(...own.map(({ mutation }) => mutation));
  }
  const schema = buildSchema(await readFile(new URL("../../schema.graphql", import.meta.url), "utf8"));
  const sending = Object.values(schema.getMutationType()?.getFields() ?? {})
    .filter(({ args }) => args.some(({ name }) => name === "input"))
    .map(({ name }) => name);
  expect(listed.sort()).toEqual(sending.sort());
});

test("what is read where an answer was lost can be asked for by the intent alone", async () => {
  const writes = (await clients()).flatMap(({ writes = [] }) => writes);
  const reading = writes.filter(({ whenLost }) => whenLost === "read");
  expect(reading.length).toBeGreaterThan(0);
  for (const { settleLost, unread } of reading)
    expect([typeof settleLost, typeof unread]).toEqual(["function", "function"]);
});
