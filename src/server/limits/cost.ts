/**
 * What one request may cost: how many values its answer can hold at the most, and more for what is asked of the store or of
 * a provider. It goes by the schema, not by a list of its fields, so that a new look-up or page counts by itself. Judged
 * for each request, since variables decide.
 *
 * Not by graphql-query-complexity (2.0), which three requests get the better of: an argument that does not fit ends its
 * whole count, though execution answers that one field with an error and runs the rest; thirty fragments that double one
 * another end it too, for it walks each anew at each spread; and a megabyte of wrong values for one variable took it 32 s.
 */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLError,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLOutputType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  getNullableType,
  getOperationAST,
  getVariableValues,
  isCompositeType,
  isIntrospectionType,
  isListType,
  isObjectType,
  isUnionType,
  Kind,
  OperationTypeNode,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from "graphql";
import type { Limits } from "../../config/limits.ts";
import { codedError, limitExceeded } from "../../resolvers/errors.ts";
import { tooDeep } from "../errors.ts";

export interface CostRequest {
  readonly schema: GraphQLSchema;
  /** A valid one: its fragments don't go in circles. */
  readonly document: DocumentNode;
  readonly operationName: string | null | undefined;
  readonly variables: Readonly<Record<string, unknown>> | null | undefined;
  readonly limits: Pick<Limits, "cost" | "pageSize">;
}

/** Beside the values themselves. */
const prices = {
  /** A page is a query of the store, or two. Were it free, 16,500 empty pages would be: 20 s of the embedded store. */
  page: 20,
  /** Up to 25 decisions are one request of a provider. */
  decision: 10,
  /** A look-up, a follow or a write may be a request of a provider. */
  work: 100,
  /** In a question about the schema, which costs nothing else: under 98 of them the same lists came to 25 MB in 0.8 s. */
  introspectedAlias: 2_000,
} as const;

/** Null for what may be run, and for what execution refuses before it runs anything. */
export function costRefusal(request: CostRequest): GraphQLError | null {
  const { cost } = request.limits;
  try {
    const asked = costOf(request);
    if (asked === null || asked <= cost) return null;
    return limitExceeded("cost", cost, asked, "Ask for smaller pages, for fewer fields, or in several requests.");
  } catch (error) {
    // It recurses, as execution would.
    if (error instanceof RangeError) return codedError("GRAPHQL_VALIDATION_FAILED", tooDeep);
    throw error;
  }
}

/** Null where the document has no such operation, or its variables don't fit: nothing is run then. */
export function costOf({ schema, document, operationName, variables, limits }: CostRequest): number | null {
  const operation = getOperationAST(document, operationName);
  const root = operation && schema.getRootType(operation.operation);
  if (!operation || !root) return null;
  const definitions = operation.variableDefinitions ?? [];
  const { coerced } = getVariableValues(schema, definitions, variables ?? {}, { maxErrors: 1 });
  if (!coerced) return null;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const count: Count = {
    schema,
    root,
    operation: operation.operation,
    variables: coerced,
    fragments,
    limits,
    known: new Map(),
  };
  return costOfSelections(count, operation.selectionSet, root, 1);
}

interface Count extends Pick<CostRequest, "schema" | "limits"> {
  readonly root: GraphQLCompositeType;
  readonly operation: OperationTypeNode;
  readonly variables: Record<string, unknown>;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** What fragments were found to cost, by name and page: each is walked once, however often it is spread. */
  readonly known: Map<string, number>;
}

/** The most that any one type of object costs. `page`: of a connection, how long its lists may be. */
function costOfSelections(
  count: Count,
  { selections }: SelectionSetNode,
  type: GraphQLCompositeType,
  page: number,
): number {
  const byType = new Map<string, number>();
  for (const selection of selections) {
    if (!isIncluded(selection, count.variables)) continue;
    const { on, cost } = costOfSelection(count, selection, type, page);
    const members = isObjectType(on) ? [on] : count.schema.getPossibleTypes(on);
    for (const { name } of members) byType.set(name, (byType.get(name) ?? 0) + cost);
  }
  // Fragments that double one another would end in Infinity, of which nothing can be left out any more.
  return Math.min(Math.max(0, ...byType.values()), Number.MAX_SAFE_INTEGER);
}

function costOfSelection(count: Count, selection: SelectionNode, type: GraphQLCompositeType, page: number) {
  if (selection.kind === Kind.FIELD) return { on: type, cost: costOfField(count, selection, type, page) };
  if (selection.kind === Kind.INLINE_FRAGMENT) {
    const on = typeNamed(count, selection.typeCondition?.name.value) ?? type;
    return { on, cost: costOfSelections(count, selection.selectionSet, on, page) };
  }
  const name = selection.name.value;
  const fragment = count.fragments.get(name);
  const on = typeNamed(count, fragment?.typeCondition.name.value) ?? type;
  const key = `${page} ${name}`;
  const cost = count.known.get(key) ?? (fragment ? costOfSelections(count, fragment.selectionSet, on, page) : 0);
  count.known.set(key, cost);
  return { on, cost };
}

function typeNamed({ schema }: Count, name: string | undefined): GraphQLCompositeType | null {
  const type = name === undefined ? undefined : schema.getType(name);
  return isCompositeType(type) ? type : null;
}

function costOfField(count: Count, node: FieldNode, parent: GraphQLCompositeType, page: number): number {
  const field = fieldOf(node, parent);
  if (!field) return 0;
  const below = (of: number): number => {
    const type = getNamedType(field.type);
    return node.selectionSet && isCompositeType(type) ? costOfSelections(count, node.selectionSet, type, of) : 0;
  };
  if (isAboutTheSchema(field, parent)) return (node.alias ? prices.introspectedAlias : 0) + below(1);

  const values = argumentsOf(field, node, count.variables);
  // It ends in an error before its resolver is asked.
  if (!values) return 1;
  const asking = parent === count.root ? priceOfAsking(field, count.operation) : 0;
  const conditions = isWrite(count, parent) ? 0 : priceOfConditions(field, values);
  const isList = isListType(getNullableType(field.type));
  const first = field.args.find(({ name }) => name === "first");
  if (first) {
    const size = sizeOf(values.first ?? first.defaultValue, count.limits.pageSize);
    const itself = 1 + asking + prices.page + conditions;
    return itself + (isList ? size * (1 + below(1)) : below(size));
  }
  // A stream tells of each of its ids at once, as a list does.
  const isMany = isList || (parent === count.root && count.operation === OperationTypeNode.SUBSCRIPTION);
  return conditions + (isMany ? (longestList(values) ?? page) : 1) * (1 + asking + below(1));
}

function fieldOf(
  { name: { value: name } }: FieldNode,
  parent: GraphQLCompositeType,
): GraphQLField<unknown, unknown> | undefined {
  const ofEvery = [TypeNameMetaFieldDef, SchemaMetaFieldDef, TypeMetaFieldDef].find((field) => field.name === name);
  return ofEvery ?? (isUnionType(parent) ? undefined : parent.getFields()[name]);
}

function isAboutTheSchema(field: GraphQLField<unknown, unknown>, parent: GraphQLCompositeType): boolean {
  return field === SchemaMetaFieldDef || field === TypeMetaFieldDef || isIntrospectionType(parent);
}

/** Null where they don't fit: a variable that is null, or left out, where its argument may not be. */
function argumentsOf(field: GraphQLField<unknown, unknown>, node: FieldNode, variables: Record<string, unknown>) {
  try {
    return getArgumentValues(field, node, variables);
  } catch {
    return null;
  }
}

/** What can't be told counts as included: execution will say what is wrong with it. */
function isIncluded(node: SelectionNode, variables: Record<string, unknown>): boolean {
  try {
    if (getDirectiveValues(GraphQLSkipDirective, node, variables)?.if === true) return false;
    return getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false;
  } catch {
    return true;
  }
}

function sizeOf(first: unknown, unknownSize: number): number {
  return Math.max(0, typeof first === "number" ? first : unknownSize);
}

/** A write's lists have limits of their own. */
function isWrite({ root, operation }: Count, parent: GraphQLCompositeType): boolean {
  return parent === root && operation === OperationTypeNode.MUTATION;
}

/** So many values of a condition are what a person may choose; beyond, each is something to be held against what there is. */
const freeConditions = 100;

/** Lists in the conditions of a field: all of a page's, else those within an object, for the others say how much comes. */
function priceOfConditions({ args }: GraphQLField<unknown, unknown>, values: Record<string, unknown>): number {
  const isPage = args.some(({ name }) => name === "first");
  const all = Object.values(values);
  const listed = listedValues(isPage ? all : all.filter((value) => !Array.isArray(value)));
  return Math.max(0, listed - freeConditions);
}

/** How many values stand in lists, at any depth. */
function listedValues(values: readonly unknown[]): number {
  let listed = 0;
  for (const value of values) {
    if (Array.isArray(value)) listed += value.length + listedValues(value);
    else if (typeof value === "object" && value !== null) listed += listedValues(Object.values(value));
  }
  return listed;
}

function longestList(values: Record<string, unknown>): number | null {
  const lengths = Object.values(values).flatMap((value) => (Array.isArray(value) ? [value.length] : []));
  return lengths.length === 0 ? null : Math.max(...lengths);
}

/** What a field of a root type costs for asking a provider, or for what it may lead to there. */
function priceOfAsking({ type }: GraphQLField<unknown, unknown>, operation: OperationTypeNode): number {
  if (operation === OperationTypeNode.MUTATION) return prices.work;
  const named = getNamedType(type);
  // An event of a stream bears its result in a field.
  const results = isObjectType(named) ? Object.values(named.getFields()).map((field) => field.type) : [];
  return Math.max(...[named, ...results].map(priceOfResult));
}

/** A result that can say that the provider is unavailable comes from a provider: an operation, or else a decision. */
function priceOfResult(type: GraphQLOutputType): number {
  const named = getNamedType(type);
  const members = isUnionType(named) ? named.getTypes() : [];
  if (!members.some(({ name }) => name === "ProviderUnavailable")) return 0;
  const operations = members.filter((member) => member.getInterfaces().some(({ name }) => name === "Operation"));
  return operations.length > 0 ? prices.work : prices.decision;
}
