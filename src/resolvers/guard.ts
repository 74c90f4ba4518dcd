/**
 * Holds every field of a schema to its rule (rules.ts): a root field at each call, and for a subscription at its beginning
 * and at each event. A schema with a field that has none is not built. It knows rights, and nothing of operations.
 */
import {
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isUnionType,
} from "graphql";
import { notAllowed } from "../datasources/problems.ts";
import { holds, type Right } from "../operations/rights.ts";
import { toGraphProblem } from "../schema/index.ts";
import { type Rule, ruleOf } from "../schema/rules.ts";
import type { Context } from "./context.ts";
import { codedError } from "./errors.ts";

type Field = GraphQLField<unknown, Context>;

/** The same schema, guarded. */
export function guard(schema: GraphQLSchema): GraphQLSchema {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type) || !(isObjectType(type) || isInterfaceType(type))) continue;
    const isRoot = roots.some((root) => root === type);
    for (const field of Object.values(type.getFields())) {
      if (isRoot) guardRoot(type, field);
      else if (mayLeadFurther(schema, field) && !ruleOf(field)) throw new Error(unruled(type, field, "@AsItsParent()"));
    }
  }
  return schema;
}

/** Whether it may tell of more than its object: it takes arguments, or gives operations. */
export function mayLeadFurther(schema: GraphQLSchema, { args, type }: Field): boolean {
  return args.length > 0 || givesNodes(schema, type);
}

function givesNodes(schema: GraphQLSchema, output: GraphQLOutputType): boolean {
  const type = getNamedType(output);
  const node = schema.getType("Node");
  if (!isInterfaceType(node)) return false;
  if (type === node) return true;
  if (isUnionType(type)) return type.getTypes().some((member) => schema.isSubType(node, member));
  return (isObjectType(type) || isInterfaceType(type)) && schema.isSubType(node, type);
}

function guardRoot(type: GraphQLObjectType | GraphQLInterfaceType, field: Field): void {
  const rule = ruleOf(field);
  if (rule?.type !== "needs") throw new Error(unruled(type, field, "@Needs([…])"));
  const { resolve, subscribe } = field;
  if (resolve) field.resolve = guarded(rule, field, resolve);
  // Nothing to answer with yet: a refusal ends the subscription before it begins.
  if (subscribe) {
    field.subscribe = (source, args, context, info) => {
      const missing = missingRights(rule.rights, context);
      if (missing.length > 0) throw codedError("FORBIDDEN", sentence(missing));
      return subscribe(source, args, context, info);
    };
  }
}

function guarded(
  { rights, forEach }: Extract<Rule, { type: "needs" }>,
  { type }: Field,
  resolve: GraphQLFieldResolver<unknown, Context>,
): GraphQLFieldResolver<unknown, Context> {
  const named = getNamedType(type);
  const isData = isUnionType(named) && named.getTypes().some(({ name }) => name === "NotAllowed");
  return (source, args, context, info) => {
    const missing = missingRights(rights, context);
    if (missing.length === 0) return resolve(source, args, context, info);
    if (!isData) throw codedError("FORBIDDEN", sentence(missing));
    const refusal = () => toGraphProblem(notAllowed(sentence(missing)));
    const members: unknown = forEach === null ? null : args[forEach];
    return Array.isArray(members) ? members.map(refusal) : refusal();
  };
}

function missingRights(needed: readonly Right[], { rights }: Context): readonly Right[] {
  return needed.filter((right) => !holds(rights, right));
}

function sentence(missing: readonly Right[]): string {
  return `Expected a token whose scope has ${missing.join(" and ")}; this one's has not.`;
}

function unruled({ name: type }: { readonly name: string }, { name }: Field, decorator: string): string {
  return `Expected a rule at ${type}.${name}: say with ${decorator} who may use it. See docs/security.md.`;
}
