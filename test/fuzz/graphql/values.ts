/** Arguments as a document writes them: of the type that is asked for, or now and then of none. */
import { type GraphQLInputType, isEnumType, isInputObjectType, isListType, isNonNullType } from "graphql";
import type { Tape } from "./tape.ts";

const scalars: Readonly<Record<string, readonly string[]>> = {
  ID: ['"a"', '"0190f5fe-7c00-7000-8000-000000000000"', "7", '""', '"BulkCall:1"'],
  String: ['"S580476507_US"', '"some text"', '""', '"""a block"""', '"425190123456789"', '"100000001"'],
  Int: ["0", "1", "50", "500", "-1", "2147483647"],
  Float: ["0.5", "1"],
  Boolean: ["true", "false"],
  DateTime: ['"2026-01-01T00:00:00Z"', '"never"'],
  Cursor: ['"a"', '""'],
  JSONObject: ["{a: 1}", "{}"],
};

const odd: readonly string[] = [
  ...["null", "1e400", "-1e400", "99999999999999999999", "0.1e-400", "-0", "RED", "[]", "{}", "[[[[1]]]]", "$nobody"],
  ...['"\\u0000"', '"\\uD800"', '"\\u{1F600}"', '"""\\"""', '"""\n  a\n """', "{a: 1, a: 2}", "{__proto__: 1}"],
  ...["{constructor: {prototype: 1}}", '"__proto__"', "true", '"x"', "1.0", "[null]", "{type: NotFound}"],
];

export function value(type: GraphQLInputType, tape: Tape, depth = 0): string {
  if (tape.once(14)) return tape.once(4) ? long(tape) : tape.pick(odd);
  if (isNonNullType(type)) return value(type.ofType, tape, depth);
  if (isListType(type)) {
    return `[${Array.from({ length: tape.next(4) }, () => value(type.ofType, tape, depth + 1)).join(", ")}]`;
  }
  if (isEnumType(type)) return tape.pick(type.getValues().map(({ name }) => name));
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter(
      (field) => isNonNullType(field.type) || (depth < 5 && tape.once(3)),
    );
    return `{${fields.map((field) => `${field.name}: ${value(field.type, tape, depth + 1)}`).join(", ")}}`;
  }
  return tape.pick(scalars[type.name] ?? odd);
}

function long(tape: Tape): string {
  const size = tape.pick([100, 1_000, 5_000]);
  return tape.pick([
    `${"[".repeat(size)}${"]".repeat(size)}`,
    `"${"x".repeat(size)}"`,
    "9".repeat(size),
    `${"{a:".repeat(size)}1${"}".repeat(size)}`,
  ]);
}
