/**
 * A document for every root field, made from the schema, so that a new field is asked as well: with all that it can tell,
 * and each of its arguments as a variable.
 */
import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredArgument,
} from "graphql";

export type Root = "query" | "mutation" | "subscription";

export interface RootField {
  readonly root: Root;
  readonly name: string;
  readonly document: string;
  /** By its arguments. `ids`: of operations that there are. */
  variables(given: Given): Record<string, unknown>;
  /** Values of which each is of another type than its argument, with this text in it. */
  wrongVariables(text: string): Record<string, unknown>;
  /** The names of the arguments. */
  readonly args: readonly string[];
}

export interface Given {
  readonly ids: readonly string[];
  /** New ids of a provider's each time. */
  readonly fresh: () => string;
  readonly customerToken: string | null;
}

/** Root fields in the order of the schema, what writes before what asks. */
export function rootFields(schema: GraphQLSchema): readonly RootField[] {
  const roots = [
    ["mutation", schema.getMutationType()],
    ["query", schema.getQueryType()],
    ["subscription", schema.getSubscriptionType()],
  ] as const;
  return roots.flatMap(([root, type]) =>
    Object.values(type?.getFields() ?? {}).map((field) => rootField(schema, root, field)),
  );
}

function rootField(schema: GraphQLSchema, root: Root, { name, args, type }: GraphQLField<unknown, unknown>): RootField {
  const variables = args.map((arg) => `$${arg.name}: ${arg.type}`).join(", ");
  const call = args.map((arg) => `${arg.name}: $${arg.name}`).join(", ");
  const inBrackets = (text: string) => (text === "" ? "" : `(${text})`);
  return {
    root,
    name,
    args: args.map((arg) => arg.name),
    document: `${root} ${inBrackets(variables)} { ${name}${inBrackets(call)} ${selectionOf(schema, type, [])} }`,
    wrongVariables: (text) => Object.fromEntries(args.map((arg) => [arg.name, takesText(arg.type) ? { text } : text])),
    variables: (given) => Object.fromEntries(args.map((arg) => [arg.name, givenTo(arg.name, arg.type, given)])),
  };
}

// ------------------------------------------------------------------ what is asked

/** All fields that need no argument, each under a name that says whose it is. What is in its own kind is asked once. */
function selectionOf(schema: GraphQLSchema, output: GraphQLOutputType, above: readonly string[]): string {
  const type = getNamedType(output);
  if (isLeafType(type)) return "";
  const types = isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
  const fragments = types.map((one) => {
    const around = [...above, type.name, one.name];
    const fields = one.getFields();
    const selections = Object.values(fields).map((field) => {
      const inner = getNamedType(field.type);
      const kinds = isAbstractType(inner) ? schema.getPossibleTypes(inner) : [inner];
      // A connection's nodes are those of its edges.
      const again = kinds.some(({ name }) => around.includes(name)) || (field.name === "nodes" && fields.edges);
      if (field.args.some(isRequiredArgument) || again) return "";
      return `${one.name}_${field.name}: ${field.name} ${selectionOf(schema, field.type, around)}`;
    });
    return `... on ${one.name} { __typename ${selections.join(" ")} }`;
  });
  return `{ __typename ${fragments.join(" ")} }`;
}

// ------------------------------------------------------------------ what is given

/** What a name stands for; everything else is made from its type. */
function named(name: string, { ids, fresh, customerToken }: Given): unknown {
  switch (name) {
    case "customerToken":
      return customerToken;
    case "id":
      return ids[0] ?? "";
    case "ids":
      return ids.slice(0, 3);
    case "offerId":
      return "S580476507";
    case "offerIds":
      return ["S580476507", "S580476507_US"];
    case "customerId":
      return "123456789";
    case "ipAddress":
      return "8.8.8.8";
    case "requestId":
    case "statusCheckId":
    case "synchronizationId":
    case "transactionId":
      return fresh();
    case "first":
      return 3;
    case "maxAgeSeconds":
      return 0;
    case "tags":
      return ["a-tag"];
    case "entityType":
      return "SoleTrader";
    case "status":
      return "ACTIVE";
    case "action":
      return "SUBSCRIBER_STATUS";
    case "identifierType":
      return "IMSI";
    default:
      return undefined;
  }
}

/** A list of texts takes one as well. */
function takesText(type: GraphQLInputType): boolean {
  return ["String", "ID", "Cursor"].includes(getNamedType(type).name);
}

/** Left out: what need not be said, and whatever would change how the rest is taken. */
const leftOut = new Set(["after", "correlationId", "idempotencyKey", "filter", "quotaIds", "throttlingGroupId"]);

function givenTo(name: string, type: GraphQLInputType, given: Given): unknown {
  if (leftOut.has(name)) return undefined;
  const inner = getNamedType(type);
  const known = named(name, given);
  if (isEnumType(inner)) {
    const names = inner.getValues().map((one) => one.name);
    return typeof known === "string" && names.includes(known) ? known : names[names.length - 1];
  }
  if (known !== undefined) return known;
  if (isNonNullType(type)) return givenTo(name, type.ofType, given);
  if (isListType(type)) return [givenTo("", type.ofType, given)];
  if (isInputObjectType(inner)) {
    return Object.fromEntries(
      Object.values(inner.getFields()).map((field) => [field.name, givenTo(field.name, field.type, given)]),
    );
  }
  switch (inner.name) {
    case "Int":
    case "Float":
      return 1;
    case "Boolean":
      return true;
    case "DateTime":
      return "2024-03-31T00:00:00Z";
    case "JSONObject":
      return {};
    default:
      return "a-text";
  }
}
