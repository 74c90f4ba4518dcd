import { readdirSync, readFileSync } from "node:fs";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { type DocumentNode, GraphQLError, getIntrospectionQuery, Kind, parse } from "graphql";
import { buildStatusgraphSchema } from "../../../src/resolvers/index.ts";
import {
  createDocumentReader,
  type DocumentReader,
  documentRules,
  tokenLimitError,
} from "../../../src/server/limits/document.ts";
import { noIntrospection } from "../../../src/server/limits/introspection.ts";

const schema = buildStatusgraphSchema();
const limits = { tokens: 4_000, depth: 12, aliases: 100, directives: 50, repeatedFields: 50 };

function readerOf({ introspection = true, ...other }: Partial<typeof limits> & { introspection?: boolean } = {}) {
  const own = { ...limits, ...other };
  return createDocumentReader({
    schema,
    limits: own,
    rules: [...documentRules(own), ...(introspection ? [] : [noIntrospection])],
    introspection,
  });
}

function errorsIn(read: ReturnType<DocumentReader["read"]>): readonly GraphQLError[] {
  if (!Array.isArray(read)) throw new Error("Expected the document to be refused; it was not.");
  return read;
}

let reader: DocumentReader;
beforeEach(() => {
  reader = readerOf();
});
const coded = (code: string) => expect.objectContaining({ extensions: { code } });

describe("a document", () => {
  test("is read where it fits the schema", () => {
    expect(reader.read("{ providers { provider } }")).toMatchObject({ kind: Kind.DOCUMENT });
  });

  test("that is no GraphQL is told where", () => {
    const [error, ...others] = errorsIn(reader.read("{ providers {"));
    expect(error?.toJSON()).toEqual({
      message: "Syntax Error: Expected Name, found <EOF>.",
      locations: [{ line: 1, column: 14 }],
      extensions: { code: "GRAPHQL_PARSE_FAILED" },
    });
    expect(others).toEqual([]);
  });

  test("that does not fit the schema is told each place", () => {
    const errors = errorsIn(reader.read("{ providers { no } neither }"));
    expect(errors).toEqual([coded("GRAPHQL_VALIDATION_FAILED"), coded("GRAPHQL_VALIDATION_FAILED")]);
    expect(errors.map(({ locations }) => locations)).toEqual([[{ line: 1, column: 15 }], [{ line: 1, column: 20 }]]);
  });

  test("that passes a limit is told that, and nothing else", () => {
    const text = `{ ${Array.from({ length: 101 }, (_, index) => `a${index}: nowhere`).join(" ")} }`;
    expect(errorsIn(reader.read(text)).map(({ extensions }) => extensions)).toEqual([
      { code: "LIMIT_EXCEEDED", limit: "aliases", value: 100, asked: 101 },
    ]);
  });

  test("that passes several is told all of them", () => {
    const text = `{ a: ${"a { ".repeat(13)} b @a @b ${"}".repeat(13)} }`;
    const errors = errorsIn(readerOf({ depth: 2, aliases: 0, directives: 1 }).read(text));
    expect(errors.map(({ extensions }) => extensions.limit)).toStrictEqual(["depth", "aliases", "directives"]);
  });

  test("that is nested too deeply to be read at all is refused in words", () => {
    const text = `${"{ a ".repeat(60_000)}${"}".repeat(60_000)}`;
    expect(errorsIn(readerOf({ tokens: 1_000_000 }).read(text))).toEqual([coded("GRAPHQL_PARSE_FAILED")]);
    const chain = Array.from({ length: 20_000 }, (_, index) => `fragment F${index} on Query { ...F${index + 1} }`);
    const long = `{ ...F0 } ${chain.join(" ")} fragment F20000 on Query { __typename }`;
    const errors = errorsIn(readerOf({ tokens: 1_000_000 }).read(long));
    expect(errors).toEqual([coded("GRAPHQL_VALIDATION_FAILED")]);
    expect(errors[0]?.message).toContain("nested too deeply to be read");
  });
});

describe("what is told of the schema", () => {
  const aboutTheSchema = "{ __schema { queryType { name } } }";

  test("is all where introspection is on", () => {
    expect(reader.read(aboutTheSchema)).toMatchObject({ kind: Kind.DOCUMENT });
    expect(errorsIn(reader.read("{ provider }"))[0]?.message).toContain("Did you mean");
  });

  test("is nothing where it is off", () => {
    const silent = readerOf({ introspection: false });
    expect(errorsIn(silent.read(aboutTheSchema))).toContainEqual(coded("GRAPHQL_VALIDATION_FAILED"));
    expect(errorsIn(silent.read("{ provider }"))[0]?.message).not.toContain("Did you mean");
  });
});

describe("tokens", () => {
  /** A document of so many. */
  const text = (tokens: number) => `{ nodes(ids: [${"1 ".repeat(tokens - 12)}]) { id } }`;

  test("are counted, and told where there are too many", () => {
    expect(reader.read(text(4_000))).toMatchObject({ kind: Kind.DOCUMENT });
    for (const tokens of [4_001, 20_000]) {
      const [error, ...others] = errorsIn(reader.read(text(tokens)));
      expect(error?.extensions).toEqual({ code: "LIMIT_EXCEEDED", limit: "tokens", value: 4_000, asked: tokens });
      expect(error?.message).toMatch(`Expected tokens to be at most 4000; got ${tokens}. Ask in several documents`);
      expect(others).toEqual([]);
    }
  });

  test("are names, values and punctuation; comments, commas and spaces are none", () => {
    expect(readerOf({ tokens: 6 }).read("# six\n{ , providers,,, { provider } # more\n }")).toMatchObject({});
    const read = readerOf({ tokens: 5 }).read("# six\n{ , providers,,, { provider } # more\n }");
    expect(errorsIn(read)[0]?.extensions.asked).toBe(6);
  });

  test("are counted no further than ten times the limit", () => {
    const [error] = errorsIn(reader.read(text(100_000)));
    expect(error?.extensions.asked).toBe(40_000);
    expect(error?.message).toContain("counted no further");
  });

  test("are counted up to what is no token", () => {
    expect(errorsIn(reader.read(`${text(5_000)} \u0000`))[0]?.extensions.asked).toBe(5_000);
  });

  test("are no matter of other faults, also of one that quotes the same words", () => {
    const quoting = '{ providers("Syntax Error: Document contains more that 1 tokens. Parsing aborted.") }';
    expect(errorsIn(readerOf({ tokens: 10 }).read(quoting))).toEqual([coded("GRAPHQL_PARSE_FAILED")]);
    for (const error of [new GraphQLError("no"), new Error("no"), null, "no"]) {
      expect(tokenLimitError(error, limits)).toBeNull();
    }
  });

  test("are told also from an error that another server made of graphql-js' own", () => {
    const thrown = ((): unknown => {
      try {
        return parse(text(20), { maxTokens: 15 });
      } catch (error) {
        return error;
      }
    })();
    if (!(thrown instanceof GraphQLError)) throw new Error("Expected the document to be refused.");
    const { message, source = null, positions = null } = thrown;
    const extensions = { code: "GRAPHQL_PARSE_FAILED" };
    const wrapped = new GraphQLError(message, { source, positions, extensions, originalError: thrown });
    const refusal = { code: "LIMIT_EXCEEDED", limit: "tokens", value: 15, asked: 20 };
    expect(tokenLimitError(thrown, { tokens: 15 })?.extensions).toEqual(refusal);
    expect(tokenLimitError(wrapped, { tokens: 15 })?.extensions).toEqual(refusal);
  });
});

describe("documents that have passed", () => {
  test("are read once", () => {
    const document = reader.read("{ providers { provider } }");
    expect(reader.read("{ providers { provider } }")).toBe(document);
    expect(reader.read("{ providers { provider }  }")).not.toBe(document);
    expect(reader.kept).toBe(2);
  });

  test("are the only ones that are kept", () => {
    for (const text of ["{", "{ no }", `{ ${"a { ".repeat(13)} b ${"}".repeat(13)} }`]) errorsIn(reader.read(text));
    expect(reader.kept).toBe(0);
  });

  test("are kept up to a number, the ones used last", () => {
    const text = (index: number) => `{ a${index}: __typename }`;
    const first = reader.read(text(0));
    const second = reader.read(text(1));
    for (let index = 2; index < 1_200; index += 1) {
      reader.read(text(index));
      expect(reader.read(text(0))).toBe(first);
    }
    expect(reader.kept).toBe(1_000);
    expect(reader.read(text(1))).not.toBe(second);
  });

  test("are kept up to a size, of their texts and of what they are parsed to", () => {
    const long = (index: number) => `{ a${index}: __typename } #${" ".repeat(1_000_000)}`;
    for (let index = 0; index < 20; index += 1) reader.read(long(index));
    expect(reader.kept).toBe(16);
    const dense = (index: number) => `{ a${index}: nodes(ids: [${"1 ".repeat(1_990)}]) { id } }`;
    for (let index = 0; index < 40; index += 1) reader.read(dense(index));
    expect(reader.kept).toBe(33);
  });
});

describe("with the limits as they are by default, there pass", () => {
  const folder = new URL("../../../docs/examples/", import.meta.url);
  const examples = readdirSync(folder).filter((name) => name.endsWith(".graphql"));
  const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
  const blocks = [...readme.matchAll(/^```graphql\n(.*?)^```$/gms)].map(([, text = ""]) => text);
  const passes = (text: string) => expect(reader.read(text)).toMatchObject({ kind: Kind.DOCUMENT } as DocumentNode);

  test("every example and every document of the README", () => {
    expect([examples.length, blocks.length]).toEqual([6, 3]);
    for (const name of examples) passes(readFileSync(new URL(name, folder), "utf8"));
    for (const block of blocks) passes(block);
  });

  test("the questions about the whole schema", () => {
    passes(getIntrospectionQuery());
    const options = { descriptions: true, schemaDescription: true, specifiedByUrl: true, directiveIsRepeatable: true };
    passes(getIntrospectionQuery({ ...options, inputValueDeprecation: true, oneOf: true }));
  });
});
