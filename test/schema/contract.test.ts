/** The public contract against the schema that the code builds: whatever the one promises, the other has, and the same. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { buildSchema, findBreakingChanges } from "graphql";
import { buildStatusgraphSchema } from "../../src/resolvers/index.ts";
import { schemaItems } from "./items.ts";

const contract = buildSchema(readFileSync(new URL("contract.graphql", import.meta.url), "utf8"));
const emitted = buildStatusgraphSchema();

/** What this gateway shows beyond the contract. Each line is a promise of its own: once released, it stays. */
const additions = new Map([
  // The contract's raw word of an item that is UNKNOWN has no other place.
  ["BulkCallItem.providerStatus", "String"],
  ["PartnerItem.providerStatus", "String"],
  // Whoever has lost a token must not be followed by it until it ends.
  ["Mutation.revokeTokens", "DateTime!"],
  ["Mutation.revokeTokens(subject)", "String!"],
]);

describe("the contract", () => {
  test("has in the schema every type, field, argument, default, member, interface and deprecation, as it says", () => {
    const [promised, given] = [schemaItems(contract), schemaItems(emitted)];
    const common = new Map([...given].filter(([name]) => promised.has(name)));
    expect(Object.fromEntries(common)).toEqual(Object.fromEntries(promised));
    // The contract is fixed, so is what a whole walk finds in it.
    expect(promised.size).toBe(583);
  });

  test("is added to by what is listed here, and by nothing else", () => {
    const promised = schemaItems(contract);
    const added = [...schemaItems(emitted)].filter(([name]) => !promised.has(name));
    expect(new Map(added)).toEqual(additions);
  });

  test("breaks for no client by graphql-js' own judgement", () => {
    expect(findBreakingChanges(contract, emitted)).toEqual([]);
  });

  test("would be seen to break: the judgement works in both directions", () => {
    const broken = findBreakingChanges(emitted, contract).map(({ description }) => description);
    // An argument goes with its field.
    const fields = [...additions.keys()].filter((name) => !name.includes("("));
    expect([...broken].sort()).toEqual(fields.map((name) => `${name} was removed.`).sort());
  });
});
