/**
 * One document may ask for every field of every member of a union or an interface: fields of one name then need one shape,
 * or GraphQL refuses the document. So a new kind can't take a name that an older one uses for something else.
 */
import { describe, expect, test } from "@jest/globals";
import {
  buildSchema,
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  parse,
  validate,
} from "graphql";
import { buildStatusgraphSchema } from "../../src/resolvers/index.ts";
import { ownTypes } from "./items.ts";

type WithFields = GraphQLObjectType | GraphQLInterfaceType;
type Field = GraphQLField<unknown, unknown>;

interface Scan {
  readonly clashes: string[];
  readonly abstract: readonly GraphQLAbstractType[];
  /** How many pairs of fields of one name were compared at the top of a union or an interface. */
  compared: number;
}

/** Whatever a fragment within `type` can name: its possible types, and the interfaces that any of these implement. */
function membersOf(schema: GraphQLSchema, type: GraphQLOutputType): readonly WithFields[] {
  const named = getNamedType(type);
  if (isObjectType(named)) return [named];
  if (!isAbstractType(named)) return [];
  const possible = schema.getPossibleTypes(named);
  return [...new Set([...possible, ...possible.flatMap((member) => member.getInterfaces())])];
}

/** A list or an obligation within the type, with the leaf's name; for types with fields these are compared instead. */
const outline = (type: GraphQLOutputType): string =>
  isCompositeType(getNamedType(type)) ? String(type).replace(getNamedType(type).name, "{…}") : String(type);

const argumentsOf = ({ args }: Field): string =>
  args
    .map(
      ({ name, type, defaultValue }) =>
        `${name}: ${type}${defaultValue === undefined ? "" : ` = ${JSON.stringify(defaultValue)}`}`,
    )
    .sort()
    .join(", ");

function scan(schema: GraphQLSchema): Scan {
  const result: Scan = { clashes: [], abstract: ownTypes(schema).filter(isAbstractType), compared: 0 };
  const seen = new Set<string>();

  function compare(a: Field, b: Field, path: string, member: string): void {
    const [one, other] = [`${outline(a.type)}(${argumentsOf(a)})`, `${outline(b.type)}(${argumentsOf(b)})`];
    if (one !== other) result.clashes.push(`${path}: ${one} and, in ${member}, ${other}`);
    // What is below is compared once for each two types, wherever they meet; so the walk ends.
    const key = [getNamedType(a.type).name, getNamedType(b.type).name].sort().join();
    if (seen.has(key)) return;
    seen.add(key);
    compareMembers([...membersOf(schema, a.type), ...membersOf(schema, b.type)], path);
  }

  function compareMembers(members: readonly WithFields[], path: string): number {
    let compared = 0;
    const known = new Map<string, Field[]>();
    for (const member of new Set(members)) {
      for (const field of Object.values(member.getFields())) {
        const others = known.get(field.name) ?? [];
        for (const other of others) compare(other, field, `${path}.${field.name}`, member.name);
        compared += others.length;
        known.set(field.name, [...others, field]);
      }
    }
    return compared;
  }

  for (const type of result.abstract) result.compared += compareMembers(membersOf(schema, type), type.name);
  return result;
}

/** Every field of every member of `type`, and below them every field that is not deeper than `depth`. */
function everything(schema: GraphQLSchema, type: GraphQLOutputType, depth: number): string {
  if (!isCompositeType(getNamedType(type))) return "";
  const fragments = membersOf(schema, type).map((member) => {
    const fields = Object.values(member.getFields()).flatMap(({ name, type: below }) => {
      if (!isCompositeType(getNamedType(below))) return [name];
      return depth === 0 ? [] : [`${name} ${everything(schema, below, depth - 1)}`];
    });
    return `... on ${member.name} { __typename ${fields.join(" ")} }`;
  });
  return `{ ${fragments.join(" ")} }`;
}

/** What GraphQL says of one document for each root field that asks for everything behind it. */
function askedForEverything(
  schema: GraphQLSchema,
): ReadonlyArray<{ readonly name: string; readonly errors: string[] }> {
  const roots = [
    ["query", schema.getQueryType()],
    ["mutation", schema.getMutationType()],
    ["subscription", schema.getSubscriptionType()],
  ] as const;
  return roots.flatMap(([operation, root]) =>
    Object.values(root?.getFields() ?? {}).map(({ name, type, args }) => {
      const variables = args.map((argument) => `$${argument.name}: ${argument.type}`).join(", ");
      const given = args.map((argument) => `${argument.name}: $${argument.name}`).join(", ");
      const [declared, passed] = args.length === 0 ? ["", ""] : [`(${variables})`, `(${given})`];
      const document = parse(`${operation} Everything${declared} { ${name}${passed} ${everything(schema, type, 2)} }`);
      return { name, errors: validate(schema, document).map(({ message }) => message) };
    }),
  );
}

describe("the members of a union or an interface", () => {
  const schema = buildStatusgraphSchema();

  test("have one shape for fields of one name", () => {
    const { clashes, abstract, compared } = scan(schema);
    expect(clashes).toEqual([]);
    // As many as there are without a further kind: a walk that finds fewer has lost its way.
    expect(abstract.filter(isUnionType).length).toBeGreaterThanOrEqual(6);
    expect(abstract.filter(isInterfaceType).length).toBeGreaterThanOrEqual(3);
    expect(compared).toBeGreaterThanOrEqual(1370);
  });

  test("can all be asked for every field in one document, whatever root field leads to them", () => {
    const asked = askedForEverything(schema);
    expect(asked.filter(({ errors }) => errors.length > 0)).toEqual([]);
    expect(asked.length).toBeGreaterThanOrEqual(24);
  });

  test("are seen where they clash: by leaf, by obligation, by list, by argument, and further down", () => {
    const clashing = buildSchema(`
      type Query { any: Any }
      union Any = One | Two
      type One { leaf: Int obliged: Int listed: Int asked(a: Int): Int deep: Deep same: Int }
      type Two { leaf: String obliged: Int! listed: [Int] asked(a: Int = 1): Int deep: Deeper same: Int }
      type Deep { code: Int }
      type Deeper { code: String }
    `);
    const { clashes } = scan(clashing);
    expect(clashes).toEqual([
      "Any.leaf: Int() and, in Two, String()",
      "Any.obliged: Int() and, in Two, Int!()",
      "Any.listed: Int() and, in Two, [Int]()",
      "Any.asked: Int(a: Int) and, in Two, Int(a: Int = 1)",
      "Any.deep.code: Int() and, in Deeper, String()",
    ]);
    const refused = askedForEverything(clashing).flatMap(({ errors }) => errors);
    for (const field of ["leaf", "obliged", "listed", "deep"]) {
      expect(refused).toContainEqual(expect.stringContaining(`Fields "${field}" conflict`));
    }
  });
});
