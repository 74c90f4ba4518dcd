/** What a caller sent is not told back: no literal, no value of a variable, no word where the syntax breaks. */
import { expect, test } from "@jest/globals";
import {
  type GraphQLError,
  type GraphQLInputType,
  getNamedType,
  getVariableValues,
  isInputType,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import { codedError } from "../../src/resolvers/errors.ts";
import { buildStatusgraphSchema } from "../../src/resolvers/index.ts";
import { formatError } from "../../src/server/errors.ts";
import { withoutQuotes } from "../../src/server/quotes.ts";

const schema = buildStatusgraphSchema();
/** As long as a token is. */
const secret = "hush_4b1d_0123456789abcdefghijklmnopqrstuvwxyz_012345";
const log = { warn() {}, error() {} };

const told = (error: GraphQLError) => formatError(error, error.toJSON(), { log, suggestions: true }).message;
/** The end of a message, where a piece of the secret would do as much harm. */
const pieces = [secret.slice(0, 12), secret.slice(-12)];

function expectHidden(errors: readonly GraphQLError[]): void {
  for (const error of errors) {
    const message = told(error);
    for (const piece of pieces) expect(message).not.toContain(piece);
    expect(message).toMatch(/^[A-Z].{10,}/);
  }
}

const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) =>
  Object.values(type?.getFields() ?? {}).flatMap(({ name, args }) =>
    args.map((arg) => ({ root: String(type).toLowerCase(), field: name, arg: arg.name, type: arg.type })),
  ),
);

const literals = [
  `"${secret}"`,
  `"""${secret}"""`,
  secret,
  `["${secret}"]`,
  `{ ${secret}: 1 }`,
  `{ input: "${secret}" }`,
  `{ ids: "${secret}", customerId: ${secret}, clients: ["${secret}"] }`,
  `[{ a: [${secret}] }]`,
  `"${secret}; Expected type \\"${secret}\\""`,
];

test("a literal that does not fit, at each argument of each root field", () => {
  let quoted = 0;
  for (const { root, field, arg } of roots) {
    for (const literal of literals) {
      const document = parse(`${root} { ${field}(${arg}: ${literal}) { __typename } }`);
      const errors = validate(schema, document, specifiedRules);
      quoted += errors.filter(({ message }) => message.includes(secret)).length;
      expectHidden(errors);
    }
  }
  expect(roots.length).toBeGreaterThan(40);
  expect(quoted).toBeGreaterThan(roots.length);
});

/** Every type that a value may have, the fields of inputs among them. */
const inputTypes: readonly GraphQLInputType[] = Object.values(schema.getTypeMap()).filter((type) => isInputType(type));

const values: readonly unknown[] = [
  secret,
  [secret],
  { [secret]: secret },
  { token: secret },
  { [`${secret}" is not defined by type "`]: 1 },
  { clients: [{ partnerClientId: { a: secret } }], nodes: [{ status: secret }], filter: secret, tags: [{ a: secret }] },
  `${secret}; Expected type "Int"`,
  `${secret} at "v"; String cannot represent a non string value: ${secret}`,
];

test("a variable's value that does not fit, of each type there is", () => {
  let quoted = 0;
  for (const type of inputTypes) {
    for (const value of values) {
      const text = `query ($v: ${getNamedType(type).name}) { __typename }`;
      const [definition] = parse(text).definitions;
      if (definition?.kind !== "OperationDefinition") throw new Error("Expected an operation.");
      const { errors = [] } = getVariableValues(schema, definition.variableDefinitions ?? [], { v: value });
      quoted += errors.filter(({ message }) => message.includes(secret)).length;
      expectHidden(errors);
    }
  }
  expect(inputTypes.length).toBeGreaterThan(15);
  expect(quoted).toBeGreaterThan(50);
});

test.each([
  `{ access(offerId: "x" "${secret}") { __typename } }`,
  `{ access(offerId "${secret}") { __typename } }`,
  `{ access(customerToken ${secret}) { __typename } }`,
  `{ access(customerToken: $ "${secret}") }`,
  `{ access(customerToken: """${secret}""" """${secret} "quoted" """) { __typename } ! }`,
  `"${secret}" { access }`,
  secret,
  `query ($t: String = $${secret}) { __typename }`,
  `{ access(offerId: "${secret}`,
  `{ access(offerId: 12 34) ${"9".repeat(60)} }`,
])("where the syntax breaks: %s", (text) => {
  const parsed = () => {
    try {
      parse(text);
    } catch (error) {
      return error as GraphQLError;
    }
    throw new Error("Expected a syntax error.");
  };
  const error = parsed();
  expect(error.message).toMatch(/^Syntax Error/);
  expectHidden([error]);
  expect(told(error)).not.toContain("9999");
});

test.each([
  [`{ access(offerId: 1) { __typename } }`, "String cannot represent a non string value."],
  [`{ operations(first: "x") { totalCount } }`, "Int cannot represent non-integer value."],
  [`{ operations(filter: 3) { totalCount } }`, 'Expected value of type "OperationFilter", found another.'],
  [
    `{ operations(filter: { states: [PENDIN] }) { totalCount } }`,
    'This value does not exist in "OperationState" enum. Did you mean the enum value "PENDING"?',
  ],
  [`{ acces(offerId: "1") }`, 'Cannot query field "acces" on type "Query". Did you mean "access" or "nodes"?'],
  [
    `subscription { operationsChanged(after: 3) { kind } }`,
    "Expected a Cursor, a string that this API gave out. Hand it back unchanged.",
  ],
])("what is left says what was expected: %s", (text, expected) => {
  expect(validate(schema, parse(text)).map(told)).toContainEqual(expected);
});

test("of a variable it says which, and where in it", () => {
  const [definition] = parse("query ($v: OperationFilter) { __typename }").definitions;
  if (definition?.kind !== "OperationDefinition") throw new Error("Expected an operation.");
  const of = (v: unknown) => getVariableValues(schema, definition.variableDefinitions ?? [], { v }).errors?.map(told);
  expect(of({ tags: [1] })).toEqual([
    'Variable "$v" got an invalid value at "v.tags[0]"; String cannot represent a non string value.',
  ]);
  expect(of({ states: ["SETTLE"] })).toEqual([
    'Variable "$v" got an invalid value at "v.states[0]"; This value does not exist in "OperationState" enum. Did you mean the enum value "SETTLED"?',
  ]);
  expect(of({ tag: [] })).toEqual([
    'Variable "$v" got an invalid value; Field "tag" is not defined by type "OperationFilter". Did you mean "tags"?',
  ]);
  expect(of(3)).toEqual(['Variable "$v" got an invalid value; Expected type "OperationFilter" to be an object.']);
  // Where the reason can't be told from the value, neither is told.
  expect(withoutQuotes(`Variable "$v" got invalid value "a; ${secret}"; no`, null)).toBe(
    'Variable "$v" got an invalid value.',
  );
});

test("a misspelt word stays, and so do sentences of this gateway's own", () => {
  const sentence = 'Expected a JSON body such as {"query": "{ providers { provider } }"}; this is no JSON.';
  expect(told(codedError("BAD_USER_INPUT", sentence))).toBe(sentence);
  const misspelt = () => parse("qurey { __typename }");
  expect(misspelt).toThrow(expect.objectContaining({ message: 'Syntax Error: Unexpected Name "qurey".' }));
  expect(withoutQuotes('Syntax Error: Unexpected Name "qurey".', null)).toBe('Syntax Error: Unexpected Name "qurey".');
});
