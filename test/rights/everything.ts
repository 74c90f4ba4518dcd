/**
 * Documents that ask for everything that a type can tell, made from the schema: what is added to it is asked for by itself.
 * Each value comes under the name of its field, like PurchaseSync__id, so that an answer says what of the schema it shows.
 */
import {
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from "graphql";

/**
 * The selection of a field of the schema, down to where a type comes again: of that only the id is asked for, or plain values
 * where it has none. Empty for a field that gives a plain value.
 */
export function everythingOf(schema: GraphQLSchema, coordinate: string): string {
  const [typeName = "", fieldName = ""] = coordinate.split(".");
  const type = schema.getType(typeName);
  const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
  if (!field) throw new Error(`Expected ${coordinate} to be a field of the schema.`);
  return selectionOf(schema, field, []);
}

function selectionOf(schema: GraphQLSchema, { type }: GraphQLField<unknown, unknown>, path: readonly string[]): string {
  const named = getNamedType(type);
  if (!isCompositeType(named)) return "";
  const members = isAbstractType(named) ? schema.getPossibleTypes(named) : [named];
  const parts = members.map((member) => {
    // Operations of all kinds count as one: else each would be asked for within each.
    const names = [member, ...member.getInterfaces()].map(({ name }) => name);
    const again = names.some((name) => path.includes(name));
    const all = Object.values(member.getFields());
    const plain = all.filter((field) => isLeafType(getNamedType(field.type)));
    const ids = plain.filter(({ name }) => name === "id");
    const fields = (!again ? all : ids.length > 0 ? ids : plain).flatMap((field) => {
      const required = field.args.find(isRequiredArgument);
      if (required) throw new Error(`${member.name}.${field.name} requires ${required.name}: say here what to send.`);
      return [`${member.name}__${field.name}: ${field.name} ${selectionOf(schema, field, [...path, ...names])}`];
    });
    return `... on ${member.name} { ${fields.join(" ")} }`;
  });
  return `{ __typename ${parts.join(" ")} }`;
}

/** Which fields an answer shows something of: like "PurchaseSync.id". Nulls and empty lists show nothing. */
export function fieldsShownIn(answer: unknown): Set<string> {
  const shown = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [name, member] of Object.entries(value)) {
      const isEmpty = member === null || (Array.isArray(member) && member.length === 0);
      if (!Array.isArray(value) && name.includes("__") && !name.startsWith("__") && !isEmpty) {
        shown.add(name.replace("__", "."));
      }
      look(member);
    }
  };
  look(answer);
  return shown;
}
