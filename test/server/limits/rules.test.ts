import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  getIntrospectionQuery,
  Kind,
  parse,
  type SelectionSetNode,
  specifiedRules,
  validate,
} from "graphql";
import { buildStatusgraphSchema } from "../../../src/resolvers/index.ts";
import { documentRules } from "../../../src/server/limits/document.ts";

const schema = buildStatusgraphSchema();
const defaults = { depth: 12, aliases: 100, directives: 50, repeatedFields: 50 };
const [forbidAliases, forbidDirectives] = [
  { ...defaults, aliases: 0 },
  { ...defaults, directives: 0 },
];

/** `part(0) part(1) …` */
function times(count: number, part: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => part(index)).join(" ");
}

function errorsOf(text: string, limits = defaults) {
  return validate(schema, parse(text), documentRules(limits));
}

/** What was counted of each limit that the document passes. */
function counted(text: string, limits = defaults): Record<string, unknown> {
  return Object.fromEntries(errorsOf(text, limits).map(({ extensions }) => [extensions.limit, extensions.asked]));
}

describe("a document that passes a limit", () => {
  test("is told which, its value, what was asked and what to do", () => {
    const [error, ...others] = errorsOf(`{ ${"a { ".repeat(12)} b ${"}".repeat(12)} }`);
    expect(error?.toJSON()).toEqual({
      message: "Expected depth to be at most 12; got 13. Ask for what lies deeper in a request of its own.",
      extensions: { code: "LIMIT_EXCEEDED", limit: "depth", value: 12, asked: 13 },
    });
    expect(others).toEqual([]);
  });

  test("is told of each limit, once, with the most that one of its operations asks", () => {
    const operation = (name: string, size: number) =>
      `query ${name} { ${times(size, (index) => `a${index}: __typename`)} ${"a { ".repeat(size)} b @x @y ${"}".repeat(size)} }`;
    const document = times(30, (index) => operation(`Q${index}`, index + 1));
    expect(counted(document, { depth: 12, aliases: 20, directives: 1, repeatedFields: 50 })).toEqual({
      depth: 31,
      aliases: 30,
      directives: 2,
    });
    expect(errorsOf(document, { depth: 12, aliases: 20, directives: 1, repeatedFields: 50 })).toHaveLength(3);
  });

  test("is told of nothing else, also where the other rules come first", () => {
    const document = parse(`{ ${times(101, (index) => `a${index}: nowhere`)} }`);
    const codes = validate(schema, document, [...specifiedRules, ...documentRules(defaults)]).map(
      ({ extensions }) => extensions.code,
    );
    // Strictly: the others would be undefined, which toEqual passes over.
    expect(codes).toStrictEqual(["LIMIT_EXCEEDED"]);
    // It is the limit that silences them.
    const unlimited = documentRules({ ...defaults, aliases: 101 });
    expect(validate(schema, document, [...specifiedRules, ...unlimited]).length).toBeGreaterThan(100);
  });
});

describe("depth", () => {
  const nested = (count: number) => `${"a { ".repeat(count - 1)} b ${"}".repeat(count - 1)}`;

  test("counts levels of fields", () => {
    expect(counted(`{ ${nested(12)} }`)).toEqual({});
    expect(counted(`{ ${nested(13)} }`)).toEqual({ depth: 13 });
    expect(counted(`{ x ${nested(13)} y }`)).toEqual({ depth: 13 });
  });

  test("is the same however the document is split into fragments", () => {
    for (const levels of [12, 13]) {
      const asked = levels > 12 ? { depth: levels } : {};
      const half = levels - 6;
      expect(counted(`{ ... { ... on Query { ${nested(levels)} } } }`)).toEqual(asked);
      expect(counted(`{ ...A } fragment A on Query { ${nested(levels)} }`)).toEqual(asked);
      expect(counted(`{ ${"a { ".repeat(6)} ...A ${"}".repeat(6)} } fragment A on T { ${nested(half)} }`)).toEqual(
        asked,
      );
      const chain = times(levels, (index) => `fragment F${index} on T { a { ...F${index + 1} } }`);
      expect(counted(`{ ...F1 } ${chain} fragment F${levels} on T { b }`)).toEqual(asked);
    }
  });

  test("counts a fragment at the deepest place where it is spread, whichever comes first", () => {
    const fragment = `fragment A on T { ${nested(7)} }`;
    const deep = `${"a { ".repeat(6)} ...A ${"}".repeat(6)}`;
    expect(counted(`{ ...A ${deep} } ${fragment}`)).toEqual({ depth: 13 });
    expect(counted(`{ ${deep} ...A } ${fragment}`)).toEqual({ depth: 13 });
    expect(counted(`query A { ...A } query B { ${deep} } ${fragment}`)).toEqual({ depth: 13 });
    expect(counted(`query B { ${deep} } query A { ...A } ${fragment}`)).toEqual({ depth: 13 });
  });

  test("does not count what is asked about the schema, by either name, nor behind an alias", () => {
    const deep = (field: string) => `{ ${field} { ${nested(30)} } }`;
    expect(counted(deep("__schema"))).toEqual({});
    expect(counted(deep('__type(name: "Query")'))).toEqual({});
    expect(counted(deep('a: __type(name: "Query")'))).toEqual({});
    expect(counted(deep("__schema: operations"))).toEqual({ depth: 31 });
    expect(counted(`{ __schema { ...A } x { ...A } } fragment A on T { ${nested(30)} }`)).toEqual({ depth: 31 });
  });
});

describe("aliases", () => {
  test("count, whatever they name", () => {
    expect(counted(`{ ${times(100, (index) => `a${index}: providers { provider }`)} }`)).toEqual({});
    expect(counted(`{ ${times(101, (index) => `a${index}: providers { provider }`)} }`)).toEqual({ aliases: 101 });
    expect(counted(`{ ${times(101, (index) => `a${index}: __typename`)} }`)).toEqual({ aliases: 101 });
    expect(counted(`{ __schema { types { ${times(101, (index) => `a${index}: name`)} } } }`)).toEqual({ aliases: 101 });
    expect(counted("{ __typename: providers { provider } }", forbidAliases)).toEqual({ aliases: 1 });
  });

  test("of a fragment count each time that it is spread, wherever that is", () => {
    const fragment = `fragment A on Query { ${times(11, (index) => `a${index}: x`)} }`;
    expect(counted(`{ ${"...A ".repeat(9)} } ${fragment}`)).toEqual({});
    expect(counted(`{ ${"...A ".repeat(10)} } ${fragment}`)).toEqual({ aliases: 110 });
    expect(counted(`{ ${"x { ...A } ".repeat(10)} } ${fragment}`)).toEqual({ aliases: 110 });
    expect(counted(`{ ${"... { ...A } ".repeat(10)} } ${fragment}`)).toEqual({ aliases: 110 });
  });

  test("of a fragment count in each operation that spreads it, and in none that doesn't", () => {
    const fragment = `fragment A on Query { ${times(60, (index) => `a${index}: x`)} }`;
    expect(counted(`query A { ...A } query B { ...A ...A } ${fragment}`)).toEqual({ aliases: 120 });
    expect(counted(`query A { ...A ...A } query B { ...A } ${fragment}`)).toEqual({ aliases: 120 });
    expect(counted(`query A { ...A } query B { ...A } query C { x } ${fragment}`)).toEqual({});
  });
});

describe("directives", () => {
  test("count at every place that can bear one", () => {
    expect(counted("query @a { x }", forbidDirectives)).toEqual({ directives: 1 });
    expect(counted("query ($v: Int @a, $w: Int @b) { x }", forbidDirectives)).toEqual({ directives: 2 });
    expect(counted("{ x @a @b { y @c } }", forbidDirectives)).toEqual({ directives: 3 });
    expect(counted("{ ... @a { x } ... on Query @b { x } }", forbidDirectives)).toEqual({ directives: 2 });
    expect(counted("{ ...A @a } fragment A on Query @b { x @c }", forbidDirectives)).toEqual({ directives: 3 });
  });

  test("at a spread count each time, and with them those of the fragment", () => {
    const fragment = "fragment A on Query { x @include(if: true) }";
    expect(counted(`{ ${"...A @skip(if: false) ".repeat(25)} } ${fragment}`)).toEqual({});
    expect(counted(`{ ${"...A @skip(if: false) ".repeat(26)} } ${fragment}`)).toEqual({ directives: 52 });
  });
});

test("fragments that double one another are counted as they would be written out, without writing them out", () => {
  const doubling = (count: number) =>
    `{ ...F0 } ${times(count, (index) => `fragment F${index} on Query { ...F${index + 1} @a ...F${index + 1} }`)}` +
    ` fragment F${count} on Query { a: x @b }`;
  expect(counted(doubling(10))).toEqual({ aliases: 1024, directives: 1024 + 1023 });
  const most = Number.MAX_SAFE_INTEGER;
  expect(counted(doubling(400))).toEqual({ aliases: most, directives: most });
  expect(counted(doubling(1_050))).toEqual({ aliases: most, directives: most });
});

test("fragments that spread one another in circles end, and are left to the rule that refuses them", () => {
  const circle = "{ ...A } fragment A on Query { a: x { ...B } } fragment B on Query { b: x @c { ...A } }";
  expect(counted(circle)).toEqual({});
  expect(validate(schema, parse(circle), [...documentRules(defaults), ...specifiedRules]).map(String)).toContainEqual(
    expect.stringContaining('Cannot spread fragment "A" within itself'),
  );
});

test("fragments that follow one another beyond what can be walked are refused in words", () => {
  const chain = times(20_000, (index) => `fragment F${index} on Query { ...F${index + 1} }`);
  const messages = errorsOf(`{ ...F0 } ${chain} fragment F20000 on Query { x }`).map(({ message }) => message);
  expect(messages).toEqual([expect.stringContaining("nested too deeply to be read")]);
});

test("the usual question about the whole schema passes, also where nearly nothing else does", () => {
  const options = { descriptions: true, schemaDescription: true, specifiedByUrl: true, directiveIsRepeatable: true };
  const text = getIntrospectionQuery({ ...options, inputValueDeprecation: true, oneOf: true });
  expect(errorsOf(text, { depth: 1, aliases: 0, directives: 0, repeatedFields: 0 })).toEqual([]);
});

// ------------------------------------------------------------------ against a count of the document written out

interface Counts {
  readonly depth: number;
  readonly aliases: number;
  readonly directives: number;
}
const nothing: Counts = { depth: 0, aliases: 0, directives: 0 };

function beside(a: Counts, b: Counts): Counts {
  return {
    depth: Math.max(a.depth, b.depth),
    aliases: a.aliases + b.aliases,
    directives: a.directives + b.directives,
  };
}

/** By the definition: each fragment is walked at each of its spreads. */
function writtenOut(document: DocumentNode): Counts {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const one of document.definitions) if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one);
  const ofSet = (set: SelectionSetNode | undefined): Counts =>
    (set?.selections ?? [])
      .map((selection): Counts => {
        const own = { ...nothing, directives: selection.directives?.length ?? 0 };
        if (selection.kind === Kind.INLINE_FRAGMENT) return beside(own, ofSet(selection.selectionSet));
        if (selection.kind === Kind.FRAGMENT_SPREAD) {
          const fragment = fragments.get(selection.name.value);
          const there = { ...nothing, directives: fragment?.directives?.length ?? 0 };
          return beside(own, beside(there, ofSet(fragment?.selectionSet)));
        }
        const below = ofSet(selection.selectionSet);
        return beside({ ...own, depth: below.depth + 1, aliases: selection.alias ? 1 : 0 }, below);
      })
      .reduce(beside, nothing);
  return document.definitions
    .flatMap((one) => (one.kind === Kind.OPERATION_DEFINITION ? [ofSet(one.selectionSet)] : []))
    .reduce((a, b) => ({
      depth: Math.max(a.depth, b.depth),
      aliases: Math.max(a.aliases, b.aliases),
      directives: Math.max(a.directives, b.directives),
    }));
}

/** Documents of up to three operations and fragments, each of which spreads only later ones. */
const documents = fc
  .integer({ min: 0, max: 5 })
  .chain((fragments) => {
    const directives = fc.array(fc.constantFrom("@a", "@b"), { maxLength: 2 }).map((all) => all.join(" "));
    const setOf = (from: number): fc.Arbitrary<string> =>
      fc.letrec<{ set: string; selection: string }>((tie) => ({
        set: fc.array(tie("selection"), { minLength: 1, maxLength: 4 }).map((all) => `{ ${all.join(" ")} }`),
        selection: fc.oneof(
          { maxDepth: 4 },
          fc.tuple(fc.constantFrom("x", "a: x", "b: __typename"), directives).map((all) => all.join(" ")),
          ...(from < fragments
            ? [fc.tuple(fc.integer({ min: from, max: fragments - 1 }), directives).map(([to, at]) => `...F${to} ${at}`)]
            : []),
          fc.tuple(fc.constantFrom("x", "a: x"), directives, tie("set")).map((all) => all.join(" ")),
          fc.tuple(directives, tie("set")).map(([at, set]) => `... ${at} ${set}`),
        ),
      })).set;
    const operations = fc.array(fc.tuple(setOf(0)), { minLength: 1, maxLength: 3 });
    const definitions = Array.from({ length: fragments }, (_, index) => fc.tuple(directives, setOf(index + 1)));
    return fc.tuple(operations, fc.tuple(...definitions));
  })
  .map(
    ([operations, fragments]) =>
      `${operations.map(([set], index) => `query Q${index} ${set}`).join(" ")} ` +
      fragments.map(([at, set], index) => `fragment F${index} on Query ${at} ${set}`).join(" "),
  );

test("whatever the document, what is counted is what it is written out", () => {
  const seen = { fragments: 0, most: 0 };
  fc.assert(
    fc.property(documents, (text) => {
      const expected = writtenOut(parse(text));
      const over = Object.entries(expected).filter(([, asked]) => asked > 0);
      expect(counted(text, { depth: 0, aliases: 0, directives: 0, repeatedFields: 1_000 })).toEqual(
        Object.fromEntries(over),
      );
      seen.fragments += text.includes("...F") ? 1 : 0;
      seen.most = Math.max(seen.most, expected.directives);
    }),
    { numRuns: 200 },
  );
  // The documents are not all alike and small.
  expect(seen.fragments).toBeGreaterThan(40);
  expect(seen.most).toBeGreaterThan(10);
});

test.each<[string, string, number]>([
  ["in one pair of braces", `{ ${times(52, () => "__typename")} }`, 51],
  ["under one alias", `{ ${times(52, () => "a: __typename")} }`, 51],
  ["in braces without a type of their own", `{ a ${times(51, () => "... { a }")} }`, 51],
  ["in a fragment", `{ ...F } fragment F on Query { ${times(52, () => "a")} }`, 51],
  ["in several places together", `{ a { ${times(30, () => "x")} } b { ${times(30, () => "x")} } }`, 58],
])("fields that are asked for again are counted: %s", (_name, document, asked) => {
  expect(counted(document, { ...defaults, aliases: 1_000 })).toEqual({ "repeated fields": asked });
});

test("what stands in other braces, below another type or in another fragment is no repetition", () => {
  const fragments = times(60, (index) => `fragment F${index} on Query { a ... on Query { a } b { a } }`);
  expect(
    counted(
      `{ a b { a } ${times(60, (index) => `...F${index}`)} ${times(60, () => "... on Query { a }")} } ${fragments}`,
    ),
  ).toEqual({});
});
