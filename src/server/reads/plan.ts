/**
 * Which documents can be answered from what is kept in memory: queries for operations by id or by listing, as far as what
 * they select follows from revisions. Decided once a document; what a request adds are its variables.
 */
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getArgumentValues,
  getOperationAST,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  visit,
} from "graphql";
import { collectFields } from "graphql/execution/collectFields.js";
import type { Right } from "../../operations/rights.ts";
import { ruleOf } from "../../schema/rules.ts";
import { compile, type Write } from "./selection.ts";

/** What a root field asks for, and the function that writes its value. */
export interface Root {
  readonly before: string;
  readonly source: Source;
  readonly args: Readonly<Record<string, unknown>>;
  readonly write: Write;
}

const sources = ["node", "nodes", "operations"] as const;
export type Source = (typeof sources)[number];

export interface Plan {
  readonly roots: readonly Root[];
  readonly after: string;
  /** What the root fields' rules ask of a viewer. */
  readonly rights: readonly Right[];
}

/**
 * Fields of operations that change without a revision. `tags` and `correlationId` may be added to by a later follow or write
 * that finds nothing new; `problem` may be the latest check's.
 */
export const unrevised: ReadonlySet<string> = new Set([
  "checkedAt",
  "nextCheckAt",
  "deadlineAt",
  "problem",
  "tags",
  "correlationId",
]);

const operationName = "Operation";
/** A document is compiled anew for the values of the variables that its @skip and @include go by. */
const mostVariants = 16;

export interface Planner {
  /** Null where it has to be executed. Throws nothing: what is wrong with a request is the executor's to say. */
  plan(document: DocumentNode, operationName: string | null, variables: Readonly<Record<string, unknown>>): Plan | null;
}

export function createPlanner(schema: GraphQLSchema): Planner {
  const compiled = new WeakMap<OperationDefinitionNode, Map<string, Compiled | null>>();
  const names = new WeakMap<OperationDefinitionNode, readonly string[]>();

  return {
    plan(document, name, variables) {
      const operation = getOperationAST(document, name);
      if (operation?.operation !== OperationTypeNode.QUERY) return null;
      const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables, { maxErrors: 1 });
      if (!coerced) return null;
      const deciding = names.get(operation) ?? decidingVariables(document);
      names.set(operation, deciding);
      const variants = compiled.get(operation) ?? new Map<string, Compiled | null>();
      compiled.set(operation, variants);
      const variant = deciding.map((one) => `${coerced[one]}`).join();
      let found = variants.get(variant);
      if (found === undefined) {
        if (variants.size >= mostVariants) return null;
        found = attempt(() => compileOperation({ schema, document, operation, variables: coerced }));
        variants.set(variant, found);
      }
      return found && attempt(() => withArguments(found, coerced));
    },
  };
}

/** graphql-js throws where a directive or an argument does not fit. */
function attempt<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}

interface Compiled {
  readonly roots: ReadonlyArray<Omit<Root, "args"> & { readonly argsOf: ArgumentsOf }>;
  readonly after: string;
  readonly rights: readonly Right[];
}

type ArgumentsOf = (variables: Record<string, unknown>) => Record<string, unknown>;

function withArguments({ roots, after, rights }: Compiled, variables: Record<string, unknown>): Plan {
  return {
    roots: roots.map(({ before, source, write, argsOf }) => ({ before, source, write, args: argsOf(variables) })),
    after,
    rights,
  };
}

interface Compiling {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Record<string, unknown>;
}

function compileOperation({ schema, document, operation, variables }: Compiling): Compiled | null {
  const query = schema.getQueryType();
  if (!query) return null;
  const fragments: Record<string, FragmentDefinitionNode> = {};
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  }
  const roots: Array<Compiled["roots"][number]> = [];
  const rights = new Set<Right>();
  let before = '{"data":{';
  let separator = "";
  for (const [key, nodes] of collectFields(schema, fragments, variables, query, operation.selectionSet)) {
    const [node] = nodes;
    if (!node) return null;
    before += `${separator}${JSON.stringify(key)}:`;
    separator = ",";
    if (node.name.value === "__typename") {
      before += JSON.stringify(query.name);
      continue;
    }
    const source = sources.find((name) => name === node.name.value);
    const field: GraphQLField<unknown, unknown> | undefined = source && query.getFields()[source];
    const rule = field && ruleOf(field);
    if (!source || !field || rule?.type !== "needs") return null;
    for (const right of rule.rights) rights.add(right);
    const write = compile({ schema, fragments, variables, isPlain }, field.type, nodes);
    if (write === null) return null;
    roots.push({ before, source, write, argsOf: (values) => getArgumentValues(field, node, values) });
    before = "";
  }
  return { roots, after: `${before}}}\n`, rights: [...rights] };
}

/** Counting is a question of its own to the store. */
function isPlain(type: GraphQLObjectType, field: string): boolean {
  if (field === "totalCount") return false;
  const isOperation = type.getInterfaces().some(({ name }) => name === operationName);
  return !(isOperation && unrevised.has(field));
}

/** Of the whole document: some may be other operations', and then it is compiled once more than it has to be. */
function decidingVariables(document: DocumentNode): readonly string[] {
  const found = new Set<string>();
  visit(document, {
    Directive: ({ arguments: given = [] }) => {
      for (const { value } of given) if (value.kind === Kind.VARIABLE) found.add(value.name.value);
    },
  });
  return [...found];
}
