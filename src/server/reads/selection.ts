/**
 * Selections made into functions that write the JSON of a value, as graphql-js would execute them over plain properties.
 * Which fields are selected is graphql-js' own to say (collectSubfields). What is not plain, at once or when a value comes,
 * is not written: null is the selection that can't be, `unusual` the value that graphql-js has to judge.
 */
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLAbstractType,
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  GraphQLString,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import { collectSubfields } from "graphql/execution/collectFields.js";

export type Write = (value: unknown) => string;

/** Thrown, and no Error: it may be for each request of some document, and nobody reads its stack. */
export const unusual: unique symbol = Symbol("a value that graphql-js has to judge");

export interface Selecting {
  readonly schema: GraphQLSchema;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  /** As coerced: they decide what is skipped. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Whether a field of an object may be written from its property. */
  readonly isPlain: (type: GraphQLObjectType, field: string) => boolean;
}

/** Null where something in it is not plain. */
export function compile(selecting: Selecting, type: GraphQLOutputType, nodes: readonly FieldNode[]): Write | null {
  if (!isNonNullType(type)) {
    const write = compilePresent(selecting, type, nodes);
    return write && ((value) => (value === null || value === undefined ? "null" : write(value)));
  }
  const write = compilePresent(selecting, type.ofType, nodes);
  return write && ((value) => write(present(value)));
}

function present(value: unknown): unknown {
  if (value === null || value === undefined) throw unusual;
  return value;
}

function compilePresent(selecting: Selecting, type: GraphQLOutputType, nodes: readonly FieldNode[]): Write | null {
  if (isLeafType(type)) return leaf(type);
  if (isListType(type)) {
    const write = compile(selecting, type.ofType, nodes);
    return write && ((value) => writeList(value, write));
  }
  if (isNonNullType(type)) return compile(selecting, type, nodes);
  return isObjectType(type) ? compileObject(selecting, type, nodes) : compileAbstract(selecting, type, nodes);
}

function writeList(value: unknown, write: Write): string {
  // graphql-js takes other iterables too.
  if (!Array.isArray(value)) throw unusual;
  let text = "[";
  for (let i = 0; i < value.length; i += 1) text += i === 0 ? write(value[i]) : `,${write(value[i])}`;
  return `${text}]`;
}

interface Entry {
  /** What stands before its value: of an object that begins, or goes on. */
  readonly before: string;
  readonly property: string;
  readonly write: Write;
}

function compileObject(selecting: Selecting, type: GraphQLObjectType, nodes: readonly FieldNode[]): Write | null {
  const { schema, fragments, variables, isPlain } = selecting;
  if (type.isTypeOf) return null;
  const entries: Entry[] = [];
  let before = "{";
  let separator = "";
  for (const [key, [node, ...others]] of collectSubfields(schema, fragments, { ...variables }, type, nodes)) {
    if (!node) return null;
    const name = node.name.value;
    before += `${separator}${JSON.stringify(key)}:`;
    separator = ",";
    if (name === "__typename") {
      before += JSON.stringify(type.name);
      continue;
    }
    const field = type.getFields()[name];
    if (!field || field.resolve || field.args.length > 0 || !isPlain(type, name)) return null;
    const write = compile(selecting, field.type, [node, ...others]);
    if (write === null) return null;
    entries.push({ before, property: name, write });
    before = "";
  }
  const after = `${before}}`;
  return (value) => {
    if (typeof value !== "object" || value === null) throw unusual;
    // Of an object any property may be asked for.
    const source = value as Readonly<Record<string, unknown>>;
    let text = "";
    for (const entry of entries) text += entry.before + entry.write(source[entry.property]);
    return text + after;
  };
}

/** The types that a value may turn out to have, each compiled once. */
function compileAbstract(selecting: Selecting, type: GraphQLAbstractType, nodes: readonly FieldNode[]): Write | null {
  const byName = new Map<string, Write>();
  for (const possible of selecting.schema.getPossibleTypes(type)) {
    const write = compileObject(selecting, possible, nodes);
    if (write === null) return null;
    byName.set(possible.name, write);
  }
  const { resolveType } = type;
  if (!resolveType) return null;
  /** A class makes objects of one type alone. */
  const byClass = new WeakMap<object, Write>();
  return (value) => {
    if (typeof value !== "object" || value === null) throw unusual;
    const { constructor: made } = value;
    const known = byClass.get(made);
    if (known) return known(value);
    // type-graphql's asks for the value alone; one that asks for more fails, and is executed the other way.
    const name: unknown = resolveType(value, {}, {} as GraphQLResolveInfo, type);
    const write = typeof name === "string" ? byName.get(name) : undefined;
    if (!write || made === Object) throw unusual;
    byClass.set(made, write);
    return write(value);
  };
}

function writeLeaf(type: GraphQLLeafType): Write {
  return (value) => {
    const serialized: unknown = type.serialize(value);
    const text = serialized === null || serialized === undefined ? undefined : JSON.stringify(serialized);
    if (text === undefined) throw unusual;
    return text;
  };
}

/** The scalars of graphql-js without a detour, for the values that they leave as they are. */
function leaf(type: GraphQLLeafType): Write {
  const slow = writeLeaf(type);
  switch (type) {
    case GraphQLString:
    case GraphQLID:
      return (value) => (typeof value === "string" ? JSON.stringify(value) : slow(value));
    case GraphQLBoolean:
      return (value) => (value === true ? "true" : value === false ? "false" : slow(value));
    case GraphQLInt:
      // Within 32 bits, and without the sign of zero.
      return (value) => (typeof value === "number" && (value | 0) === value ? `${value | 0}` : slow(value));
    case GraphQLFloat:
      return (value) => (typeof value === "number" && Number.isFinite(value) ? JSON.stringify(value) : slow(value));
  }
  if (!isEnumType(type)) return slow;
  const words = new Map(type.getValues().map(({ value, name }) => [value, JSON.stringify(name)]));
  return (value) => words.get(value) ?? slow(value);
}
