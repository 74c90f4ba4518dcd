/**
 * graphql-js and the scalars quote what a caller sent: the literal that does not fit, the variable's value, the word where
 * the syntax breaks. A token may stand in each of these places, and errors are copied into tickets and logs, so all are told
 * without what they quote: a sentence names the place, and says what was expected there.
 */
import { GraphQLError } from "graphql";

/** A name that is longer than any of the schema may be something else. */
const longestName = 40;
/** Where the syntax is broken, a name may be what was meant as a text. A word that was only misspelt is short. */
const longestWord = 16;

/** The message of an error, without what it quotes. Sentences of this gateway's own come out as they are. */
export function withoutQuotes(message: string, original: unknown): string {
  const variable = /^Variable "\$(\w+)" got invalid value /.exec(message)?.[1];
  if (variable === undefined) return bare(message);
  const reason = reasonIn(message, original);
  const place =
    reason === null ? undefined : / at "([A-Za-z_][\w.[\]]*)"; $/.exec(message.slice(0, -reason.length))?.[1];
  const where = place === undefined ? "" : ` at "${place}"`;
  const why = reason === null ? "." : `; ${bare(reason)}`;
  return withoutLongNames(`Variable "$${variable}" got an invalid value${where}${why}`);
}

/** A value may have anything in it, so where it ends can't be read from the message: graphql-js keeps the rest by itself. */
function reasonIn(message: string, original: unknown): string | null {
  for (let error = original; error instanceof GraphQLError; error = error.originalError) {
    if (message.endsWith(`; ${error.message}`)) return error.message;
  }
  return null;
}

const suggestion = String.raw`((?: Did you mean [\w", ]+\?)?)$`;

/** Each shape in which a value is quoted, and what stays of it. The first that fits is taken. */
const shapes: ReadonlyArray<readonly [shape: RegExp, bare: string]> = [
  [/^(Expected value of type "[^"]+"), found .*$/s, "$1, found another."],
  [/^(Argument "\w+") has invalid value .*$/s, "$1 has an invalid value."],
  [new RegExp(String.raw`^Value ".*" (does not exist in "\w+" enum\.)${suggestion}`, "s"), "This value $1$2"],
  [new RegExp(String.raw`^(Enum "\w+" cannot represent [\w -]+ value): .*?${suggestion}`, "s"), "$1.$2"],
  [/^(\w+ cannot represent an invalid date-time-string) .*$/s, "$1."],
  [/^(\w+ cannot represent [\w -]+ value): .*$/s, "$1."],
  [/^(\w+ cannot (?:represent|be serialized))\b.*$/s, "$1 this value."],
];

function bare(message: string): string {
  if (message.startsWith("Syntax Error: ")) return bareSyntax(message);
  for (const [shape, rest] of shapes) if (shape.test(message)) return message.replace(shape, rest);
  // So do this gateway's own sentences begin, and they may show an id, as far as it is worth showing.
  return message.startsWith("Expected ") ? message : withoutLongNames(message);
}

/** Of a token its kind stays, and a short name itself. */
function bareSyntax(message: string): string {
  return message
    .replace(/\b(Name|Int|Float|String|BlockString|Comment) "(.*)"/s, (_quote, kind: string, value: string) =>
      kind === "Name" && value.length <= longestWord ? `Name "${value}"` : kind,
    )
    .replace(/ "\$(\w+)" in constant value/, (quote, name: string) =>
      name.length <= longestWord ? quote : " in constant value",
    );
}

/** Names that no schema has: keys of an object that came as a variable may be any text, and an operation's name too. */
function withoutLongNames(message: string): string {
  return message
    .replace(/Field "(.*)" (is not defined by type )/s, (quote, name: string, rest: string) =>
      /^\w+$/.test(name) ? quote : `A field ${rest}`,
    )
    .replace(/"([^"]*)"/g, (quote, name: string) => (name.length <= longestName ? quote : '"…"'));
}
