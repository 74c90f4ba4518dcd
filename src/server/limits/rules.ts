/**
 * The limits on a document's form: depth, aliases, directives. One list of rules for both doors. GraphQL Armor counts;
 * what it would miss is put before it in a form that it does count. It knows nothing of variables, which cost.ts judges.
 */
import { maxAliasesRule } from "@escape.tech/graphql-armor-max-aliases";
import { maxDepthRule } from "@escape.tech/graphql-armor-max-depth";
import { maxDirectivesRule } from "@escape.tech/graphql-armor-max-directives";
import {
  type DocumentNode,
  GraphQLError,
  Kind,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  type ValidationContext,
  type ValidationRule,
  validate,
  visit,
} from "graphql";
import type { Limits } from "../../config/limits.ts";
import { limitExceeded } from "../../resolvers/errors.ts";
import { tooDeep } from "../errors.ts";

type FormLimits = Pick<Limits, "depth" | "aliases" | "directives" | "repeatedFields">;

/**
 * Rules for `validate`, beside graphql-js' own. Each limit that is passed is reported once, with the most that one operation
 * asks. Nothing else is told then: the document is refused already, and its other faults could be hundreds.
 */
export function documentRules(limits: FormLimits): ValidationRule[] {
  return [
    (context) => ({
      Document: {
        enter(document) {
          const refusals = refusalsOf(context, document, limits);
          for (const refusal of refusals) context.reportError(refusal);
          if (refusals.length > 0) context.reportError = () => {};
        },
      },
    }),
  ];
}

/** Armor recurses, also where fragments spread one another, which is not deep at all. */
function refusalsOf(context: ValidationContext, document: DocumentNode, limits: FormLimits): GraphQLError[] {
  try {
    return countedRefusals(context, document, limits);
  } catch (error) {
    if (error instanceof RangeError) return [new GraphQLError(tooDeep)];
    throw error;
  }
}

function countedRefusals(context: ValidationContext, document: DocumentNode, limits: FormLimits): GraphQLError[] {
  const most = new Map<string, GraphQLError>();
  const refuse =
    (limit: string, value: number, hint: string) =>
    (_context: unknown, { message }: GraphQLError): void => {
      const asked = countIn(message);
      const before = most.get(limit)?.extensions.asked;
      if (typeof before !== "number" || before < asked) most.set(limit, limitExceeded(limit, value, asked, hint));
    };
  const told = (n: number, limit: string, hint: string) => ({
    n,
    propagateOnRejection: false,
    onReject: [refuse(limit, n, hint)],
  });

  const schema = context.getSchema();
  const depth = maxDepthRule({
    ...told(limits.depth, "depth", "Ask for what lies deeper in a request of its own."),
    // A document means the same however it is split into fragments.
    flattenFragments: true,
    ignoreIntrospection: false,
  });
  // By default Armor counts no alias of __typename: a thousand of them would pass.
  const aliases = maxAliasesRule({ ...told(limits.aliases, "aliases", "Ask in several requests."), allowList: [] });
  const directives = maxDirectivesRule(told(limits.directives, "directives", "Leave some out."));
  validate(schema, withoutIntrospection(document), [depth]);
  validate(schema, document, [aliases]);
  validate(schema, withDirectivesInPlace(document), [directives]);
  const [repeated, mostRepeated] = [repeatedFields(document), limits.repeatedFields];
  if (repeated > mostRepeated) {
    most.set("repeated fields", limitExceeded("repeated fields", mostRepeated, repeated, "Ask for each field once."));
  }
  return [...most.values()];
}

/**
 * Fields that have the name in the answer of one that stands in the same braces already. They cost the answer nothing, and
 * each pair of them is compared in validation: a thousand take 0.1 s. Armor has no rule for it. Braces without a type of
 * their own (`... { }`) are those around them.
 */
function repeatedFields(document: DocumentNode): number {
  let repeated = 0;
  const count = ({ selections }: SelectionSetNode, seen: Set<string>) => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const name = (selection.alias ?? selection.name).value;
        if (seen.has(name)) repeated += 1;
        seen.add(name);
        if (selection.selectionSet) count(selection.selectionSet, new Set());
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        count(selection.selectionSet, selection.typeCondition ? new Set() : seen);
      }
    }
  };
  for (const definition of document.definitions) {
    if ("selectionSet" in definition) count(definition.selectionSet, new Set());
  }
  return repeated;
}

/** Armor tells what it counted only in its sentence. Of fragments that double one another it is more than numbers hold. */
function countIn(message: string): number {
  const found = /exceeded, found (\S+)\.$/.exec(message)?.[1];
  const count = Number(found);
  if (found === undefined || Number.isNaN(count)) {
    throw new Error(`Expected GraphQL Armor to end with "exceeded, found <number>."; got "${message}". Mend countIn.`);
  }
  return Math.min(count, Number.MAX_SAFE_INTEGER);
}

/** Questions about the schema are deep by nature, and whether they are answered has a switch of its own. */
function withoutIntrospection(document: DocumentNode): DocumentNode {
  return visit(document, {
    Field(node) {
      if (node.name.value !== SchemaMetaFieldDef.name && node.name.value !== TypeMetaFieldDef.name) return;
      const { selectionSet: _asked, ...leaf } = node;
      return leaf;
    },
  });
}

/**
 * Armor misses the directives at a spread of a fragment that it has seen before, and those at variables. So they are moved
 * to where it looks: `...F @skip(if: $no)` becomes `... @skip(if: $no) { ...F }`, which means the same.
 */
function withDirectivesInPlace(document: DocumentNode): DocumentNode {
  return visit(document, {
    FragmentSpread: {
      leave({ directives = [], ...spread }) {
        if (directives.length === 0) return;
        const selectionSet = { kind: Kind.SELECTION_SET, selections: [spread] } as const;
        return { kind: Kind.INLINE_FRAGMENT, directives, selectionSet } as const;
      },
    },
    OperationDefinition: {
      leave(node) {
        const atVariables = (node.variableDefinitions ?? []).flatMap(({ directives = [] }) => directives);
        if (atVariables.length === 0) return;
        return { ...node, directives: [...(node.directives ?? []), ...atVariables] };
      },
    },
  });
}
