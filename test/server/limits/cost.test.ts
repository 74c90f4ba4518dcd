import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import {
  buildSchema,
  execute,
  executeSync,
  type GraphQLFieldResolver,
  GraphQLInt,
  GraphQLList,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
  type GraphQLTypeResolver,
  getIntrospectionQuery,
  getNamedType,
  getNullableType,
  isLeafType,
  isListType,
  isObjectType,
  Kind,
  parse,
  printSchema,
  validate,
} from "graphql";
import { buildStatusgraphSchema } from "../../../src/resolvers/index.ts";
import { costOf, costRefusal } from "../../../src/server/limits/cost.ts";
import { documentRules } from "../../../src/server/limits/document.ts";

const schema = buildStatusgraphSchema();
const limits = { cost: 50_000, pageSize: 500 };
type Variables = Record<string, unknown>;

function cost(text: string, variables: Variables = {}, of: GraphQLSchema = schema): number | null {
  const document = parse(text);
  expect(validate(of, document)).toEqual([]);
  return costOf({ schema: of, document, operationName: null, variables, limits });
}

function refusal(text: string, variables: Variables = {}, own = limits) {
  return costRefusal({ schema, document: parse(text), operationName: null, variables, limits: own });
}

function times(count: number, part: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => part(index)).join(" ");
}

function objectNamed(name: string): GraphQLObjectType {
  const type = schema.getType(name);
  if (!isObjectType(type)) throw new Error(`Expected ${name} to be an object type.`);
  return type;
}

/** Every field of a type that is a value, not an object. */
function valuesOf(name: string): string {
  const fields = Object.values(objectNamed(name).getFields());
  return fields.flatMap((field) => (isLeafType(getNamedType(field.type)) ? [field.name] : [])).join(" ");
}

const kinds = ["BulkCall", "PartnerBatch", "PurchaseSync", "SurveyTransaction"];
const everything = `__typename progress { ${valuesOf("Progress")} } problem { code message } ${kinds
  .map((kind) => `... on ${kind} { ${valuesOf(kind)} }`)
  .join(" ")}`;
const offers = Array.from({ length: 200 }, (_, index) => `S${index}`);
const decision = `__typename ... on AccessCheck { ${valuesOf("AccessCheck")} } ... on Problem { code message }
  ... on RateLimited { provider retryAfterSeconds } ... on InvalidInput { fields { path message } }`;

describe("what is asked for costs", () => {
  test.each([
    ["a value each, objects among them", "{ node(id: 1) { id } }", 2],
    ["a page, and its entries as often as it may hold them", "{ operations(first: 7) { nodes { id } } }", 21 + 7 * 2],
    ["the same by edges", "{ operations(first: 7) { edges { cursor node { id } } } }", 21 + 7 * 4],
    ["what is told once a page once", "{ operations(first: 7) { totalCount pageInfo { hasNextPage } } }", 21 + 3],
    ["both", "{ operations(first: 7) { totalCount nodes { id } edges { cursor } } }", 21 + 1 + 7 * 4],
    ["as many as there are by default", "{ operations { nodes { id } } }", 21 + 50 * 2],
    ["the same where first is null", "{ operations(first: null) { nodes { id } } }", 21 + 50 * 2],
    ["no page of less than nothing", "{ operations(first: -9) { totalCount nodes { id } } }", 21 + 1],
    ["an empty page alone", "{ operations(first: 0) { nodes { id } } }", 21],
    [
      "pages within pages",
      "{ operations(first: 3) { nodes { timeline(first: 5) { nodes { at } } } } }",
      21 + 3 * (22 + 10),
    ],
    ["nodes by their ids", '{ nodes(ids: ["a", "b", "c"]) { id __typename } }', 3 * 3],
    ["a list of no known length once", "{ providers { provider configured } }", 3],
    ["a filter nothing", '{ operations(first: 1, filter: { ids: ["a", "b"] }) { nodes { id } } }', 21 + 2],
    ["a look-up", '{ bulkCall(requestId: "a") { __typename } }', 102],
    ["a decision", '{ access(offerId: "a") { __typename } }', 12],
    ["a decision an offer", '{ accessMany(offerIds: ["a", "b"]) { __typename } }', 2 * 12],
    ["a stream's ids", 'subscription { operationChanged(ids: ["a", "b"]) { cursor } }', 2 * 2],
    ["a stream's offers", 'subscription { accessChanged(offerIds: ["a", "b"]) { offerId } }', 2 * 12],
    ["a stream of everything its events", "subscription { operationsChanged { cursor operation { id } } }", 4],
    ["a write", 'mutation { recheck(id: "a") { __typename } }', 102],
    ["labels nothing", 'mutation { followBulkCall(requestId: "a", tags: ["b", "c"]) { __typename } }', 102],
  ])("%s", (_what, text, expected) => {
    expect(cost(text)).toBe(expected);
  });

  test("the same where it is in variables", () => {
    const text =
      "query ($first: Int, $ids: [ID!]!) { operations(first: $first) { nodes { id } } nodes(ids: $ids) { id } }";
    expect(cost(text, { first: 7, ids: ["a", "b"] })).toBe(21 + 14 + 4);
    expect(cost(text, { first: null, ids: [] })).toBe(21 + 100);
    expect(cost(text, { ids: "one" })).toBe(21 + 100 + 2);
    expect(cost("query ($first: Int = 3) { operations(first: $first) { nodes { id } } }")).toBe(21 + 6);
  });

  test("the most that any one type of object can have", () => {
    const text = `{ node(id: 1) { id ... on BulkCall { requestId } ... on SurveyTransaction { surveyId transactionId } } }`;
    expect(cost(text)).toBe(4);
    expect(
      cost(
        "{ node(id: 1) { ... on Operation { id state ... on BulkCall { requestId } } ...A } } fragment A on Node { id }",
      ),
    ).toBe(5);
  });

  test("nothing where it is left out", () => {
    const text =
      "query ($no: Boolean!) { providers @include(if: $no) { provider } ... @skip(if: true) { providers { provider } } __typename }";
    expect(cost(text, { no: false })).toBe(1);
    expect(cost(text, { no: true })).toBe(3);
  });

  test("nothing where it is about the schema, but for aliases", () => {
    const options = { descriptions: true, schemaDescription: true, specifiedByUrl: true, directiveIsRepeatable: true };
    expect(cost(getIntrospectionQuery({ ...options, inputValueDeprecation: true, oneOf: true }))).toBe(0);
    expect(cost('{ __type(name: "Query") { name __typename } __typename }')).toBe(1);
    expect(cost('{ a: __type(name: "Query") { b: fields { name } } }')).toBe(4_000);
    const lists = times(30, (index) => `a${index}: fields { name type { name } }`);
    expect(refusal(`{ __schema { types { ${lists} } } }`)?.extensions).toMatchObject({ limit: "cost", asked: 60_000 });
  });

  test("at each spread of a fragment the same, with the page that it stands in", () => {
    const fragment = "fragment A on OperationConnection { totalCount nodes { id } }";
    expect(cost(`{ a: operations(first: 3) { ...A } b: operations(first: 5) { ...A } } ${fragment}`)).toBe(
      22 + 6 + 22 + 10,
    );
  });
});

describe("a price is put on whatever may ask a provider, by the schema alone", () => {
  const arguments_ = (type: GraphQLObjectType, field: string) =>
    (type.getFields()[field]?.args ?? [])
      .filter(({ type: wanted }) => String(wanted).endsWith("!"))
      .map(({ name, type: wanted }) => `${name}: ${isListType(getNullableType(wanted)) ? '["a"]' : '"a"'}`)
      .join(" ");

  test("of the queries and subscriptions these", () => {
    const priced = (type: GraphQLObjectType | null | undefined, word: string) =>
      Object.keys(type?.getFields() ?? {}).map((field) => {
        const given = type ? arguments_(type, field) : "";
        const own = cost(`${word} { ${field} ${given && `(${given})`} { __typename } }`);
        return [field, own === null ? null : own - 2];
      });
    expect(Object.fromEntries(priced(schema.getQueryType(), "query"))).toEqual({
      access: 10,
      accessMany: 10,
      bulkCall: 100,
      node: 0,
      nodes: 0,
      operations: 20,
      partnerBatch: 100,
      providers: 0,
      purchaseSync: 100,
      surveyTransaction: 100,
    });
    expect(Object.fromEntries(priced(schema.getSubscriptionType(), "subscription"))).toEqual({
      accessChanged: 10,
      operationChanged: 0,
      operationsChanged: 0,
    });
  });

  test("on new fields as on those that there are", () => {
    const grown = buildSchema(`
      type Query { parcel(number: ID!): ParcelResult parcels(first: Int): ParcelConnection some(names: [String!]): [Parcel] mayPass: PassResult }
      interface Operation { id: ID }
      type Parcel implements Operation { id: ID }
      type Pass { granted: Boolean }
      type ProviderUnavailable { code: String }
      union ParcelResult = Parcel | ProviderUnavailable
      union PassResult = Pass | ProviderUnavailable
      type ParcelConnection { nodes: [Parcel] total: Int }
    `);
    expect(cost('{ parcel(number: "a") { __typename } }', {}, grown)).toBe(102);
    expect(cost("{ mayPass { __typename } }", {}, grown)).toBe(12);
    expect(cost("{ parcels(first: 4) { total nodes { id } } }", {}, grown)).toBe(22 + 8);
    // How many come by default is for its resolver to know.
    expect(cost("{ parcels { total nodes { id } } }", {}, grown)).toBe(22 + 1_000);
    expect(cost('{ some(names: ["a", "b"]) { id } }', {}, grown)).toBe(4);
  });
});

describe("a cost that is too high", () => {
  test("is refused with the limit, its value, what was asked and what to do", () => {
    expect(
      refusal("{ operations(first: 500) { nodes { timeline(first: 500) { nodes { state } } } } }")?.toJSON(),
    ).toEqual({
      message:
        "Expected cost to be at most 50000; got 511021. Ask for smaller pages, for fewer fields, or in several requests.",
      extensions: { code: "LIMIT_EXCEEDED", limit: "cost", value: 50_000, asked: 511_021 },
    });
  });

  test("is so just above the limit", () => {
    const text = "{ operations(first: 7) { nodes { id } } }";
    expect(refusal(text, {}, { ...limits, cost: 35 })).toBeNull();
    expect(refusal(text, {}, { ...limits, cost: 34 })?.extensions).toMatchObject({ value: 34, asked: 35 });
  });

  test("is that of a hundred look-ups of 200 offers, and of pages without entries by the thousand", () => {
    const many = times(100, (index) => `a${index}: accessMany(offerIds: $offers) { __typename }`);
    expect(refusal(`query ($offers: [String!]!) { ${many} }`, { offers })?.extensions.asked).toBe(240_000);
    const empty = times(33, (index) => `a${index}: timeline(first: 0) { pageInfo { hasNextPage } }`);
    expect(refusal(`{ operations(first: 500) { nodes { ${empty} } } }`)?.extensions.limit).toBe("cost");
  });

  test("is never made up for by one below zero, nor by one beyond all numbers", () => {
    const half = "a: operations(first: 500) { nodes { timeline(first: 500) { nodes { state } } } }";
    expect(refusal(`{ ${half} b: operations(first: -2147483648) { nodes { id } } }`)?.extensions.asked).toBe(
      511_021 + 21,
    );
    const most = 2_147_483_647;
    const deep = `operations(first: ${most}) { nodes { timeline(first: ${most}) { nodes { operation { timeline(first: ${most}) { nodes { at } } } } } } }`;
    expect(refusal(`{ ${deep} b: operations(first: -1) { totalCount } }`)?.extensions.asked).toBe(
      Number.MAX_SAFE_INTEGER,
    );
  });

  test("is told of fragments that double one another, however many", () => {
    const doubling = (count: number) =>
      `{ ...F0 } ${times(count, (index) => `fragment F${index} on Query { ...F${index + 1} ...F${index + 1} }`)}` +
      ` fragment F${count} on Query { providers { provider } }`;
    expect(refusal(doubling(14))).toBeNull();
    expect(refusal(doubling(15))?.extensions.asked).toBe(2 ** 16);
    // As deep as a document of 4,000 tokens can go.
    expect(refusal(doubling(390))?.extensions.asked).toBe(Number.MAX_SAFE_INTEGER);
  });

  test("is not looked for beyond what can be walked", () => {
    const chain = times(20_000, (index) => `fragment F${index} on Query { ...F${index + 1} }`);
    const refused = refusal(`{ ...F0 } ${chain} fragment F20000 on Query { __typename }`);
    expect(refused?.extensions.code).toBe("GRAPHQL_VALIDATION_FAILED");
    expect(refused?.message).toContain("nested too deeply to be read");
  });
});

describe("what execution refuses is left to it, and hides nothing of the rest", () => {
  const dear = "operations(first: 500) { nodes { timeline(first: 500) { nodes { state } } } }";

  test("variables that don't fit, for then nothing is run at all", () => {
    const text = `query ($first: Int!) { ${dear} b: operations(first: $first) { totalCount } }`;
    for (const variables of [{}, { first: null }, { first: "x" }, { first: 1.5 }, { first: 2 ** 31 }]) {
      expect(refusal(text, variables)).toBeNull();
      expect(execute({ schema, document: parse(text), variableValues: variables })).not.toHaveProperty("data");
    }
    expect(refusal(text, { first: 1 })).not.toBeNull();
  });

  test("of an argument that may not be null its own field alone", () => {
    const text = `query ($id: ID! = "a", $other: ID = "a") { ${dear} node(id: $id) { id } b: node(id: $other) { id } }`;
    expect(validate(schema, parse(text))).toEqual([]);
    expect(refusal(text, { other: null })?.extensions.asked).toBe(511_021 + 2 + 1);
  });

  test("of a condition that may not be null nothing", () => {
    const text = `query ($yes: Boolean = true) { ${dear} providers { provider @include(if: $yes) } }`;
    expect(validate(schema, parse(text))).toEqual([]);
    expect(refusal(text, { yes: null })?.extensions.asked).toBe(511_021 + 2);
  });

  test("and no more than two of many wrong values are looked at", () => {
    let looked = 0;
    const picky = new GraphQLScalarType({
      name: "Picky",
      parseValue() {
        looked += 1;
        throw new Error("no");
      },
    });
    const args = { of: { type: new GraphQLList(picky) } };
    const query = new GraphQLObjectType({ name: "Query", fields: { some: { type: GraphQLInt, args } } });
    const text = "query ($of: [Picky]) { some(of: $of) }";
    const variables = { of: Array(10_000).fill(1) };
    expect(cost(text, variables, new GraphQLSchema({ query }))).toBeNull();
    expect(looked).toBe(2);
  });

  test("an operation that isn't there, or isn't named among several", () => {
    const document = parse(`query A { ${dear} } query B { __typename }`);
    const of = (operationName: string | null | undefined) =>
      costRefusal({ schema, document, operationName, variables: null, limits });
    expect([of("A")?.extensions.asked, of("B"), of("C"), of(null), of(undefined), of("")]).toEqual([
      511_021,
      ...[null, null, null, null, null],
    ]);
    const alone = parse(`{ ${dear} }`);
    expect(costRefusal({ schema, document: alone, operationName: "A", variables: {}, limits })).toBeNull();
  });
});

describe("with the limits as they are by default, there passes", () => {
  const passes = (text: string, variables: Variables = {}) => {
    const document = parse(text);
    const all = documentRules({ depth: 12, aliases: 100, directives: 50, repeatedFields: 50 });
    expect([...validate(schema, document), ...validate(schema, document, all)]).toEqual([]);
    expect(refusal(text, variables)).toBeNull();
  };

  test("every operation of the examples and of the README", () => {
    const folder = new URL("../../../docs/examples/", import.meta.url);
    const read = (name: string) => readFileSync(new URL(name, folder), "utf8");
    const files = readdirSync(folder);
    const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
    const documents = [
      ...files
        .filter((name) => name.endsWith(".graphql"))
        .map((name) => {
          const values = name.replace(".graphql", ".variables.json");
          return { text: read(name), variables: files.includes(values) ? JSON.parse(read(values)) : {} };
        }),
      ...[...readme.matchAll(/^```graphql\n(.*?)^```$/gms)].map(([, text = ""]) => ({ text, variables: {} })),
    ];
    let operations = 0;
    for (const { text, variables } of documents) {
      const document = parse(text);
      for (const one of document.definitions) {
        if (one.kind !== Kind.OPERATION_DEFINITION) continue;
        const request = { schema, document, operationName: one.name?.value, variables, limits };
        expect(costOf(request)).toBeGreaterThan(0);
        expect(costRefusal(request)).toBeNull();
        operations += 1;
      }
    }
    expect(operations).toBeGreaterThanOrEqual(32);
  });

  test("a page of 500 operations with all that each kind has", () => {
    passes(`{ operations(first: 500) { totalCount nodes { ${everything} } pageInfo { hasNextPage endCursor } } }`);
  });

  test("a page of 100 operations with the last 50 changes of each", () => {
    const timeline = "timeline(first: 50) { nodes { cursor at revision state outcome } pageInfo { hasNextPage } }";
    passes(`{ operations(first: 100) { nodes { id state ... on Operation { ${timeline} } } } }`);
  });

  test("all of 200 offers, asked and watched", () => {
    passes(`query ($offers: [String!]!) { accessMany(offerIds: $offers) { ${decision} } }`, { offers });
    passes(
      `subscription ($offers: [String!]!) { accessChanged(offerIds: $offers) { offerId kind at result { ${decision} } } }`,
      { offers },
    );
  });

  test("a hundred look-ups of 10 fields", () => {
    const fields = "id state outcome revision kind provider providerStatus createdAt checkedAt followed";
    const lookUp = (index: number) =>
      `a${index}: purchaseSync(synchronizationId: "${index}") { ... on Operation { ${fields} } }`;
    passes(`{ ${times(100, lookUp)} }`);
  });

  test("500 ids, asked and watched", () => {
    const ids = Array.from({ length: 500 }, (_, index) => `${index}`);
    passes(`query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Operation { ${everything} } } }`, { ids });
    passes(`subscription ($ids: [ID!]!) { operationChanged(ids: $ids) { cursor operation { ${everything} } } }`, {
      ids,
    });
  });
});

// ------------------------------------------------------------------ against what such a request answers with

/** The same schema with an answer to everything, in which lists are as long as they may be. */
const full = buildSchema(printSchema(schema));

const fullest: GraphQLFieldResolver<{ readonly page?: number }, unknown> = (source, args, _context, { returnType }) => {
  if (typeof args.first === "number") return { page: args.first };
  const type = getNullableType(returnType);
  const one = getNamedType(type).name === "Boolean" ? true : 1;
  const asked = Object.values(args).find(Array.isArray);
  return isListType(type) ? Array(asked?.length ?? source?.page ?? 1).fill(one) : one;
};

const ofType: GraphQLTypeResolver<unknown, unknown> = (_value, _context, _info, type) =>
  full.getPossibleTypes(type).find(({ name }) => name === "PurchaseSync" || name === "AccessCheck")?.name;

/** How many values an answer holds: each object, and each value that is none. Lists are no values of their own. */
function valuesIn(answer: unknown): number {
  if (Array.isArray(answer)) return answer.reduce<number>((sum, one) => sum + valuesIn(one), 0);
  if (typeof answer !== "object" || answer === null) return 1;
  return valuesIn(Object.values(answer)) + 1;
}

const timeline = "timeline(first: 3) { nodes { revision cursor } pageInfo { endCursor } }";
const operation = `id correlationId tags progress { done total } ${timeline}`;
const twice = "fragment A on Query { b: operations(first: 2) { nodes { id } } }";

test.each([
  [`{ operations(first: 4) { nodes { ${operation} } totalCount } }`, 20 + 4 * 20],
  [`{ operations(first: 4) { edges { cursor node { ${operation} } } pageInfo { hasNextPage } } }`, 20 + 4 * 20],
  [`{ nodes(ids: ["a", "b", "c"]) { __typename ... on Operation { ${operation} } } }`, 3 * 20],
  [
    `{ purchaseSync(synchronizationId: "a") { ... on PurchaseSync { ${operation} } } providers { configured } }`,
    100 + 20,
  ],
  [`{ accessMany(offerIds: ["a", "b"]) { __typename ... on AccessCheck { offerId accessGranted } } }`, 2 * 10],
  // The second spread adds nothing to the answer; it is counted all the same.
  [`{ a: operations(first: 0) { nodes { id } } ...A ...A } ${twice}`, 20 + 2 * 20 + 5],
])("the cost is what the fullest answer holds, and the prices: %s", (text, prices) => {
  const { data, errors } = executeSync({
    schema: full,
    document: parse(text),
    fieldResolver: fullest,
    typeResolver: ofType,
  });
  expect(errors).toBeUndefined();
  // The answer's own object is none that is asked for.
  expect(cost(text)).toBe(valuesIn(data) - 1 + prices);
});
