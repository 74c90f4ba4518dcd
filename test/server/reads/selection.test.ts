/** What is written for a selection is what graphql-js makes of it, for whatever can be selected. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { getNamedType, isCompositeType, isInterfaceType, isObjectType } from "graphql";
import { unrevised } from "../../../src/server/reads/plan.ts";
import { read, snapshot, succeeded } from "../../store/learning.ts";
import { engines, openTestStore, type TestStore } from "../../support/store.ts";
import { type Answering, answeringOn, schema } from "./answering.ts";

let store: TestStore;
let answering: Answering;
const ids: string[] = [];
let brokenId = "";
const broke = { tenant: "broke", owner: null };
beforeAll(async () => {
  const [engine] = engines;
  if (!engine) throw new Error("There is no engine to test on.");
  store = await openTestStore(engine);
  answering = answeringOn(store);
  const text = 'quotes " and \\ and \u2028 and 😀';
  const kinds = [
    ["FLOLIVE", "BULK_CALL", { requestId: text, action: null }],
    ["CLEENG", "PURCHASE_SYNC", { synchronizationId: "s", transfer: true, accessGranted: false }],
    ["LIBERIS", "PARTNER_BATCH", {}],
    ["PURESPECTRUM", "SURVEY_TRANSACTION", { surveyId: "1", transactionId: "t", statusCode: 21 }],
  ] as const;
  for (const [provider, kind, fields] of kinds) {
    for (const standing of ["RUNNING", succeeded] as const) {
      const told = snapshot(standing, { fields, providerStatus: text });
      const { operation } = await read(store, `${kind} ${typeof standing}`, told, { provider, kind });
      ids.push(operation.id);
    }
  }
  // One that breaks its type's promise: graphql-js says so, nobody else does.
  const broken = await read(store, "broken", snapshot("RUNNING"), {
    tenant: broke.tenant,
    provider: "CLEENG",
    kind: "PURCHASE_SYNC",
  });
  brokenId = broken.operation.id;
});
afterAll(async () => {
  answering.dispose();
  await store.dispose();
});

const directives = fc.constantFrom(
  "",
  "",
  "",
  " @skip(if: $yes)",
  " @include(if: $no)",
  " @skip(if: false)",
  " @include(if: $yes)",
);

/** A selection of a type, of fields without arguments, and fragments on whatever may overlap. */
function selection(name: string, depth: number): fc.Arbitrary<string> {
  const type = schema.getType(name);
  if (!isObjectType(type) && !isInterfaceType(type)) return fc.constant("{ __typename }");
  const fields = Object.values(type.getFields())
    .filter(({ name: field }) => !unrevised.has(field) && field !== "totalCount")
    .filter(({ args }) => args.length === 0)
    .filter(({ type: of }) => depth > 0 || !isCompositeType(getNamedType(of)))
    .map((field) => {
      const below = getNamedType(field.type);
      const nested = isCompositeType(below) ? selection(below.name, depth - 1) : fc.constant("");
      const aliases = fc.constantFrom("", "", `${field.name}Too: `);
      return fc
        .tuple(aliases, directives, nested)
        .map(([alias, directive, inner]) => `${alias}${field.name}${directive} ${inner}`);
    });
  const overlapping = isInterfaceType(type)
    ? [...schema.getPossibleTypes(type).map((one) => one.name), ...(name === "Node" ? ["Operation"] : [])]
    : [name];
  const fragments =
    depth > 0
      ? overlapping.map((on) =>
          fc
            .tuple(directives, selection(on, depth - 1))
            .map(([directive, inner]) => `... on ${on}${directive} ${inner}`),
        )
      : [];
  const parts = fc.array(fc.oneof(fc.constant("__typename"), ...fields, ...fragments), { minLength: 1, maxLength: 7 });
  return parts.map((some) => `{ ${some.join(" ")} }`);
}

test("for any selection of operations: the same text, or none", async () => {
  let written = 0;
  const document = fc.tuple(selection("Node", 3), selection("OperationConnection", 3), selection("Operation", 2));
  await fc.assert(
    fc.asyncProperty(document, fc.boolean(), async ([node, page, operation], yes) => {
      const query = `query Q($ids: [ID!]!, $id: ID!, $yes: Boolean!, $no: Boolean!) {
        a: nodes(ids: $ids) ${node} node(id: $id) { ...F } operations(first: 5) ${page} }
        fragment F on Operation ${operation}`;
      const variables = { ids, id: ids[0] ?? "", yes, no: !yes };
      const answer = await answering.ask(query, variables);
      if (answer === null) return;
      written += 1;
      expect(answer).toBe(await answering.execute(query, variables));
    }),
    { numRuns: 120 },
  );
  expect(written).toBeGreaterThan(20);
});

test("a broken promise is graphql-js' to tell", async () => {
  const query = "query Q($id: ID!) { node(id: $id) { ... on PurchaseSync { synchronizationId } } }";
  expect(await answering.ask(query, { id: brokenId }, broke)).toBe(null);
  expect(await answering.execute(query, { id: brokenId }, broke)).toContain("errors");
});
