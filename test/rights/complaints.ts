/** Holds the table (table.ts) against a schema, both ways: what is not in it, and what it has that is not there any more. */
import type { GraphQLSchema } from "graphql";
import { inputs, rootFields, typeFields } from "./table.ts";
import { type WalkedField, walkFields, walkInputs } from "./walk.ts";

/** A sentence for each field, argument or member that the two do not agree on. */
export function complaintsAbout(schema: GraphQLSchema): string[] {
  const fields = walkFields(schema);
  const members = walkInputs(schema).flatMap(({ type, members }) => members.map((member) => `${type}.${member}`));
  const listed = [
    ...Object.keys(rootFields),
    ...Object.entries(typeFields).flatMap(([type, { tells, leads }]) =>
      [...words(tells), ...Object.keys(leads)].map((field) => `${type}.${field}`),
    ),
  ];
  const listedMembers = Object.entries(inputs).flatMap(([type, names]) =>
    words(names).map((name) => `${type}.${name}`),
  );
  return [
    ...fields.flatMap((field) => (field.isRoot ? ofRoot(field) : ofType(field))),
    ...missing(members, listedMembers).map((name) => `${name} is no member that was thought of.`),
    ...missing(listed, names(fields)).map((name) => `${name} is in the table, and the schema has no such field.`),
    ...missing(listedMembers, members).map((name) => `${name} is in the table, and no input has such a member.`),
  ];
}

function ofRoot({ name, args }: WalkedField): string[] {
  const known = Object.hasOwn(rootFields, name) ? rootFields[name] : undefined;
  if (!known) return [`${name} has no entry: say what it takes and reaches, and how it is called (probes.ts).`];
  return argumentsOf(name, args, known.args);
}

function ofType({ name, type, field, args, leads }: WalkedField): string[] {
  const known = Object.hasOwn(typeFields, type) ? typeFields[type] : undefined;
  const argsKnown = known && Object.hasOwn(known.leads, field) ? known.leads[field] : undefined;
  const tells = known !== undefined && words(known.tells).includes(field);
  if (argsKnown === undefined && !tells) return [`${name} has no entry: say whether it tells of more than its object.`];
  if (argsKnown === undefined) {
    return leads.length === 0 ? [] : [`${name} ${leads.join(" and ")}, so it must be among those that lead further.`];
  }
  if (leads.length === 0) return [`${name} is said to lead further, but nothing in it does.`];
  return argumentsOf(name, args, argsKnown);
}

function argumentsOf(name: string, args: readonly string[], listed: string): string[] {
  return [
    ...missing(args, words(listed)).map((arg) => `${name} takes ${arg}, which was not thought of.`),
    ...missing(words(listed), args).map((arg) => `${name} is said to take ${arg}, and does not.`),
  ];
}

const names = (fields: readonly WalkedField[]) => fields.map(({ name }) => name);
const words = (text: string) => text.split(" ").filter((word) => word !== "");
const missing = (those: readonly string[], from: readonly string[]) => those.filter((one) => !from.includes(one));
