/** Documents over the real schema: valid ones, and such as a client with a fault or an attacker would write. Pure. */
import { readFileSync } from "node:fs";
import {
  buildSchema,
  type GraphQLField,
  type GraphQLNamedInputType,
  type GraphQLNamedType,
  getNamedType,
  isCompositeType,
  isInputType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from "graphql";
import { readTape, type Tape } from "./tape.ts";
import { value } from "./values.ts";

export const schema = buildSchema(readFileSync(new URL("../../../schema.graphql", import.meta.url), "utf8"));

const composites = Object.values(schema.getTypeMap()).filter(
  (type) => isCompositeType(type) && !type.name.startsWith("__"),
);
const inputs = Object.values(schema.getTypeMap()).filter((type): type is GraphQLNamedInputType => isInputType(type));

type Root = "query" | "mutation" | "subscription";

/** What a document is written with. */
interface Pen {
  readonly tape: Tape;
  /** Those that are spread somewhere, by name: each is for the type where it was spread first. */
  readonly fragments: Map<string, GraphQLNamedType>;
}

export function documentOf(numbers: readonly number[], roots: readonly Root[]): string {
  const tape = readTape(numbers);
  const root = tape.pick(roots);
  const text = tape.once(12) ? flood(tape, root) : whole(tape, root);
  return tape.once(3) ? spoiled(text, tape) : text;
}

function whole(tape: Tape, root: Root): string {
  const type = schema.getRootType(root as never);
  if (!type) throw new Error(`The schema has no ${root}.`);
  const deepest = 2 + tape.next(9);
  const pen: Pen = { tape, fragments: new Map() };
  const name = tape.once(4) ? "A" : "";
  const parts = [`${root} ${name}${variables(tape)}${directives(tape)} ${selection(type, pen, deepest)}`];
  if (tape.once(8)) parts.push(`query ${tape.pick(["A", "B", ""])} { __typename }`);
  // It may spread itself, or one that comes too late to be written.
  for (const [fragment, on] of [...pen.fragments]) {
    parts.push(
      `fragment ${fragment} on ${tape.once(10) ? tape.pick(composites).name : on.name} ${selection(on, pen, 3)}`,
    );
  }
  return parts.join("\n");
}

function variables(tape: Tape): string {
  if (!tape.once(6)) return "";
  const names = ["a", "b", "ids", "input"].slice(0, 1 + tape.next(4));
  return `(${names
    .map((name) => {
      const type = tape.pick(inputs);
      const fallback = tape.once(3) ? ` = ${value(type, tape)}` : "";
      return `$${name}: ${tape.pick([type.name, `${type.name}!`, `[${type.name}]`, "Nothing", "BulkCall"])}${fallback}`;
    })
    .join(", ")})`;
}

function directives(tape: Tape): string {
  if (!tape.once(18)) return "";
  const one = tape.pick([
    "@skip(if: false)",
    "@include(if: $a)",
    "@skip",
    "@nobody",
    "@deprecated",
    "@include(if: true, if: 1)",
  ]);
  return ` ${`${one} `.repeat(tape.pick([1, 2, 60]))}`;
}

function selection(type: GraphQLNamedType, pen: Pen, deepest: number): string {
  const parts = Array.from({ length: 1 + pen.tape.next(4) }, () => selected(type, pen, deepest));
  return `{ ${parts.join(" ")} }`;
}

function selected(type: GraphQLNamedType, pen: Pen, deepest: number): string {
  const { tape, fragments } = pen;
  if (tape.once(12)) {
    const name = `F${tape.next(3)}`;
    if (!fragments.has(name)) fragments.set(name, type);
    return `...${name}${directives(tape)}`;
  }
  const inner = isUnionType(type) || isInterfaceType(type) ? schema.getPossibleTypes(type) : [];
  if (inner.length > 0 && deepest > 0 && (isUnionType(type) || tape.once(3))) {
    const one = tape.once(10) ? tape.pick(composites) : tape.pick(inner);
    return `... on ${one.name}${directives(tape)} ${selection(one, pen, deepest - 1)}`;
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return "__typename";
  if (tape.once(25))
    return tape.pick([
      "__schema { types { name fields { name } } }",
      '__type(name: "Query") { name }',
      "nobody",
      "__proto__",
    ]);
  const fields = Object.values(type.getFields()).filter(
    (field) => deepest > 0 || !isCompositeType(getNamedType(field.type)),
  );
  return fields.length === 0 ? "__typename" : fieldText(tape.pick(fields), pen, deepest);
}

function fieldText(field: GraphQLField<unknown, unknown>, pen: Pen, deepest: number): string {
  const { tape } = pen;
  const given = field.args.filter(({ type }) => (isNonNullType(type) ? !tape.once(20) : tape.once(3)));
  const args = given.map(
    ({ name, type }) => `${name}: ${tape.once(15) ? tape.pick(["$a", "$ids"]) : value(type, tape)}`,
  );
  const named = getNamedType(field.type);
  return [
    tape.once(8) ? `${tape.pick(["x", "id", "__typename", "__proto__"])}: ` : "",
    field.name,
    args.length > 0 ? `(${args.join(", ")})` : "",
    directives(tape),
    isCompositeType(named) ? ` ${selection(named, pen, deepest - 1)}` : "",
  ].join("");
}

/** Much of one thing. */
function flood(tape: Tape, root: Root): string {
  const size = tape.pick([50, 500, 3_000, 12_000]);
  const many = (text: (n: number) => string) => Array.from({ length: size }, (_, n) => text(n)).join(" ");
  return tape.pick([
    () => `${root} { ${many((n) => `a${n}: __typename`)} }`,
    () => `${root} { ${many(() => "__typename")} }`,
    () => `${"{ a ".repeat(size)}${"}".repeat(size)}`,
    () => `query { nodes(ids: ["a"]) { ${"... on Node { ".repeat(size)}id${" }".repeat(size)} } }`,
    () => `query { ...F0 } ${many((n) => `fragment F${n} on Query { ...F${n + 1} }`)}`,
    () => `query { ...F0 } ${many((n) => `fragment F${n} on Query { ...F${(n + 1) % size} ...F${(n + 2) % size} }`)}`,
    () => `query { __typename ${"@skip(if: false) ".repeat(size)} }`,
    () => `query { nodes(ids: [${many(() => '"a"')}]) { id } }`,
    () => `query { nodes(ids: ${"[".repeat(size)}${"]".repeat(size)}) { id } }`,
    () => `query (${many((n) => `$v${n}: Int`)}) { __typename }`,
    () => many((n) => `query Q${n} { __typename }`),
    () => `{ __type(name: "Query") { fields { type ${"{ ofType ".repeat(size)}{ name }${"}".repeat(size)} } } }`,
    () =>
      `{ operations { nodes ${"{ timeline { nodes { operation ".repeat(Math.min(size, 500))}{ id }${" } } }".repeat(Math.min(size, 500))} } }`,
    () => `#${"x".repeat(size)}\n{ __typename }`,
  ])();
}

/** A token less, one twice, another one; or its end cut off. */
function spoiled(text: string, tape: Tape): string {
  const tokens = text.match(/"""[\s\S]*?"""|"[^"\n]*"|[\w$@]+|\.\.\.|[^\s\w]/g) ?? [];
  const place = tape.next(Math.max(1, tokens.length));
  const other = tape.pick([
    "{",
    "}",
    "(",
    ")",
    "!",
    "...",
    "$",
    "@",
    '"',
    '"""',
    "fragment",
    "on",
    "null",
    "\u0000",
    "\uFEFF",
    "é",
    "\\",
    "|",
    "&",
    "#",
    "-",
    "1e",
    "0x1",
    "__proto__",
  ]);
  return tape.pick([
    () => tokens.toSpliced(place, 1).join(" "),
    () => tokens.toSpliced(place, 0, tokens[place] ?? "").join(" "),
    () => tokens.toSpliced(place, 1, other).join(" "),
    () => tokens.toSpliced(place, 0, other).join(" "),
    () => text.slice(0, place * 3),
    () => `\uFEFF${text}`,
    () => text.replaceAll(" ", ", ,\t\r\n"),
  ])();
}
