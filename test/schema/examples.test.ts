/**
 * The documents of docs/examples: GraphiQL's tabs, the README's examples and the typed documents of the tests. Here that
 * they fit the schema and explain themselves; whether they run is for a test that starts a gateway.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { type DocumentNode, Kind, NoDeprecatedCustomRule, parse, specifiedRules, TokenKind, validate } from "graphql";
import { buildStatusgraphSchema } from "../../src/resolvers/index.ts";

const folder = new URL("../../docs/examples/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), "utf8");

const files = readdirSync(folder).sort();
const names = files.filter((file) => file.endsWith(".graphql")).map((file) => file.slice(0, -".graphql".length));
const examples = names.map((name) => ({ name, document: parse(read(`${name}.graphql`)) }));

function operationsOf({ definitions }: DocumentNode) {
  return definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
}
const rules = [...specifiedRules, NoDeprecatedCustomRule];
const operations = examples.flatMap(({ document }) => operationsOf(document));

describe("the examples", () => {
  test("fit the schema, each document by itself, and name nothing that is deprecated", () => {
    const schema = buildStatusgraphSchema();
    const errors = examples.map(({ name, document }) => [name, validate(schema, document, rules).map(String)]);
    expect(errors).toEqual(names.map((name) => [name, []]));
    expect(names).toEqual(["access", "bulk-call", "operations", "partner-batch", "purchases", "survey-transaction"]);
  });

  test("show every root field but the ones listed here", () => {
    const shown = new Set(
      operations.flatMap(({ selectionSet }) =>
        selectionSet.selections.map((selection) => (selection.kind === Kind.FIELD ? selection.name.value : "")),
      ),
    );
    const schema = buildStatusgraphSchema();
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
    const all = roots.flatMap((root) => Object.keys(root?.getFields() ?? {}));
    // As their neighbours (node, and the follows of the other kinds), and what is for those who run the gateway.
    const unshown = ["followPartnerBatch", "followPurchaseSync", "nodes", "revokeTokens"];
    expect(all.filter((field) => !shown.has(field)).sort()).toEqual(unshown);
  });

  test("name each operation, with a comment above that says what it shows", () => {
    const without = operations.filter(({ name, loc }) => !name || loc?.startToken.prev?.kind !== TokenKind.COMMENT);
    expect(without.map(({ name, loc }) => name?.value ?? loc?.start)).toEqual([]);
    expect(operations.length).toBeGreaterThanOrEqual(29);
  });

  test("share no name of an operation or a fragment, so that types can be made of all of them", () => {
    const all = examples.flatMap(({ document }) =>
      document.definitions.map((definition) => ("name" in definition ? definition.name?.value : undefined)),
    );
    expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
  });

  test("have a value for each variable that must have one, and none for others", () => {
    const expected = examples.flatMap(({ name, document }) => {
      const variables = operationsOf(document).flatMap((operation) => operation.variableDefinitions ?? []);
      const required = variables.filter(({ type, defaultValue }) => type.kind === Kind.NON_NULL_TYPE && !defaultValue);
      const keys = new Set(required.map(({ variable }) => variable.name.value));
      return keys.size === 0 ? [] : [[`${name}.variables.json`, [...keys].sort()]];
    });
    const given = files
      .filter((file) => file.endsWith(".variables.json"))
      .map((file) => [file, Object.keys(JSON.parse(read(file))).sort()]);
    expect(given).toEqual(expected);
    expect(given).toHaveLength(3);
  });

  test("come with files beside them that belong to one of them", () => {
    const stray = files.filter(
      (file) => !names.includes(file.replace(/(\.variables\.json|\.headers\.json|\.graphql)$/, "")),
    );
    expect(stray).toEqual([]);
    expect(files.length).toBeGreaterThan(names.length);
  });
});
