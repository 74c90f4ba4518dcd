/**
 * Every way into the schema, by its name: fields, arguments and members of inputs. Enumerated here anew, from the schema and
 * from type-graphql's own notes, so that what the gateway's guard overlooks is not overlooked here as well.
 */
import {
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
} from "graphql";
import { getMetadataStorage } from "type-graphql";

export interface WalkedField {
  /** Like "Query.node". */
  readonly name: string;
  readonly type: string;
  readonly field: string;
  readonly isRoot: boolean;
  readonly args: readonly string[];
  /** Why it may tell of more than the object that it is a field of; empty where nothing says so. */
  readonly leads: readonly string[];
}

export interface WalkedInput {
  readonly type: string;
  readonly members: readonly string[];
}

type Composite = GraphQLObjectType | GraphQLInterfaceType;

export function walkFields(schema: GraphQLSchema): WalkedField[] {
  const roots = new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]);
  const resolved = namesOfResolvers(schema);
  return composites(schema).flatMap((type) =>
    Object.values(type.getFields()).map((field) => {
      const name = `${type.name}.${field.name}`;
      const leads = [
        ...(field.args.length > 0 ? ["takes arguments"] : []),
        ...(mayGiveOperations(schema, field) ? ["gives operations"] : []),
        ...(resolved.has(name) ? ["has a resolver of its own"] : []),
      ];
      const isRoot = isObjectType(type) && roots.has(type);
      return { name, type: type.name, field: field.name, isRoot, args: field.args.map((arg) => arg.name), leads };
    }),
  );
}

export function walkInputs(schema: GraphQLSchema): WalkedInput[] {
  return Object.values(schema.getTypeMap())
    .filter(isInputObjectType)
    .map((type) => ({ type: type.name, members: Object.keys(type.getFields()) }));
}

function composites(schema: GraphQLSchema): Composite[] {
  return Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) || isInterfaceType(type))
    .filter((type) => !isIntrospectionType(type));
}

/** Itself, or one of what it may turn out to be, has an id of this gateway's. */
function mayGiveOperations(schema: GraphQLSchema, { type }: GraphQLField<unknown, unknown>): boolean {
  const named = getNamedType(type);
  const node = schema.getType("Node");
  if (!isInterfaceType(node)) throw new Error("Expected the schema to have the interface Node; it has none.");
  const members = isAbstractType(named) ? schema.getPossibleTypes(named) : isObjectType(named) ? [named] : [];
  return members.some((member) => schema.isSubType(node, member));
}

/**
 * Fields that a function of ours answers, whatever they give. What stands for an interface stands for each type that
 * implements it. Names as type-graphql has noted them, of all resolvers of this process.
 */
function namesOfResolvers(schema: GraphQLSchema): Set<string> {
  const { fieldResolvers, objectTypes, interfaceTypes } = getMetadataStorage();
  const classes = new Map([...objectTypes, ...interfaceTypes].map(({ target, name }) => [target, name] as const));
  return new Set(
    fieldResolvers.flatMap(({ kind, target, getObjectType, resolverClassMetadata, schemaName }) => {
      const of = kind === "internal" ? target : (getObjectType ?? resolverClassMetadata?.getObjectType)?.();
      const name = of === undefined ? undefined : classes.get(of as (typeof objectTypes)[number]["target"]);
      if (name === undefined) throw new Error(`Expected the resolver of "${schemaName}" to be of a known type.`);
      const type = schema.getType(name);
      const implementers = isInterfaceType(type) ? schema.getPossibleTypes(type).map((one) => one.name) : [];
      return [name, ...implementers].map((one) => `${one}.${schemaName}`);
    }),
  );
}
