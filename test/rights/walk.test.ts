/** No field, argument or member of an input without a word on who may use it: a new one fails here by its name. */
import { expect, test } from "@jest/globals";
import { extendSchema, isObjectType, parse } from "graphql";
import { buildStatusgraphSchema } from "../../src/resolvers/index.ts";
import { complaintsAbout } from "./complaints.ts";
import { probes } from "./probes.ts";
import { rootFields } from "./table.ts";
import { walkFields } from "./walk.ts";

const schema = buildStatusgraphSchema();

test("every field, argument and input of the schema is in the table, and nothing else", () => {
  const fields = walkFields(schema);
  expect(fields.filter(({ isRoot }) => isRoot).length).toBeGreaterThanOrEqual(25);
  expect(fields.length).toBeGreaterThan(200);
  // Those that are known to lead further, in each of the ways: the walk looks where it should.
  const leads = new Map(fields.map((field) => [field.name, field.leads]));
  expect(leads.get("SurveyTransaction.timeline")).toEqual(["takes arguments", "has a resolver of its own"]);
  expect(leads.get("AlreadyRunning.operation")).toEqual(["gives operations"]);
  expect(leads.get("OperationEdge.node")).toEqual(["gives operations"]);
  expect(complaintsAbout(schema)).toEqual([]);
});

test("every root field has a probe, by which the matrix tries it", () => {
  expect(Object.keys(probes).sort()).toEqual(Object.keys(rootFields).sort());
});

test.each([
  ["extend type Query { everything: String }", "Query.everything has no entry"],
  ["extend type Mutation { wipe: Boolean }", "Mutation.wipe has no entry"],
  ["extend type Subscription { all: OperationChange }", "Subscription.all has no entry"],
  ["extend type ProviderHealth { lastError: String }", "ProviderHealth.lastError has no entry"],
  ["extend type PurchaseSync { siblings: [Operation!]! }", "PurchaseSync.siblings has no entry"],
  ["type Depot { key: String } extend type BulkCall { depot: Depot }", "Depot.key has no entry"],
  ["extend input OperationFilter { owner: String }", "OperationFilter.owner is no member that was thought of"],
])("%s would fail", (addition, complaint) => {
  const complaints = complaintsAbout(extendSchema(schema, parse(addition)));
  expect(complaints).toContainEqual(expect.stringContaining(complaint));
});

test("a further argument, and a field that has gone, would fail", () => {
  const other = buildStatusgraphSchema();
  const fieldsOf = (name: string) => {
    const type = other.getType(name);
    if (!isObjectType(type)) throw new Error(`Expected ${name} to be a type of objects.`);
    return type.getFields();
  };
  const { node } = fieldsOf("Query");
  const { code } = fieldsOf("NotFound");
  const id = node?.args[0];
  if (!node || !code || !id) throw new Error("Expected Query.node to take an id, and NotFound to have a code.");
  node.args = [...node.args, { ...id, name: "tenant" }];
  code.args = [{ ...id, name: "of" }];
  delete fieldsOf("ProviderHealth").sandbox;
  expect(complaintsAbout(other)).toEqual([
    "NotFound.code takes arguments, so it must be among those that lead further.",
    "Query.node takes tenant, which was not thought of.",
    "ProviderHealth.sandbox is in the table, and the schema has no such field.",
  ]);
});
