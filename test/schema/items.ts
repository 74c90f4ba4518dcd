/**
 * A schema as a flat list of everything in it that a client can come to rely on, so that two of them can be compared line
 * by line. It shares nothing with graphql-js' own comparison.
 */
import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
  print,
} from "graphql";
import { astFromValue } from "graphql/utilities/index.js";

/** What is there, and how it is: `PurchaseSync.timeline(first)` is `Int = 50`. */
export type SchemaItems = ReadonlyMap<string, string>;

/** The types that the schema itself declares, in order of name. */
export function ownTypes(schema: GraphQLSchema): readonly GraphQLNamedType[] {
  return Object.values(schema.getTypeMap())
    .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function schemaItems(schema: GraphQLSchema): SchemaItems {
  const items = new Map<string, string>();
  const roots = {
    query: schema.getQueryType(),
    mutation: schema.getMutationType(),
    subscription: schema.getSubscriptionType(),
  };
  for (const [role, type] of Object.entries(roots)) if (type) items.set(role, type.name);
  for (const type of ownTypes(schema)) {
    // The kind of the type, such as "object": graphql-js names its classes so.
    items.set(type.name, Object.prototype.toString.call(type).slice("[object GraphQL".length, -"Type]".length));
    for (const [name, value] of partsOf(type)) items.set(name, value);
  }
  return items;
}

function* partsOf(type: GraphQLNamedType): Generator<readonly [string, string]> {
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const { name } of type.getInterfaces()) yield [`${type.name} implements ${name}`, "yes"];
    for (const field of Object.values(type.getFields())) {
      const path = `${type.name}.${field.name}`;
      yield [path, `${field.type}${deprecation(field)}`];
      for (const argument of field.args) yield [`${path}(${argument.name})`, inputOf(argument)];
    }
  }
  if (isInputObjectType(type)) {
    for (const field of Object.values(type.getFields())) yield [`${type.name}.${field.name}`, inputOf(field)];
  }
  if (isEnumType(type)) {
    for (const value of type.getValues()) yield [`${type.name}.${value.name}`, `member${deprecation(value)}`];
  }
  if (isUnionType(type)) {
    for (const { name } of type.getTypes()) yield [`${type.name} = ${name}`, "yes"];
  }
}

function inputOf(input: GraphQLArgument | GraphQLInputField): string {
  const initial = astFromValue(input.defaultValue, input.type);
  return `${input.type}${initial ? ` = ${print(initial)}` : ""}${deprecation(input)}`;
}

function deprecation({ deprecationReason }: { readonly deprecationReason?: string | null | undefined }): string {
  return deprecationReason == null ? "" : ` @deprecated(${deprecationReason})`;
}
