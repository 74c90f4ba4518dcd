/**
 * One environment variable: how it is read, what is said when it is wrong, and what the documentation says of it.
 * Knows no variable by name and reads no environment of its own.
 */
import { z } from "zod";

/** The environment as it is handed in. Unset and empty are the same. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the documentation lists of a variable. */
export interface VariableDoc {
  readonly name: string;
  readonly group: string;
  /** A value as it would be written, or a rule in words; null where there is none. */
  readonly default: string | null;
  readonly description: string;
  readonly example: string;
  /** Its value must never be seen. */
  readonly secret: boolean;
}

export interface Variable<T> {
  readonly name: string;
  readonly group: string;
  readonly schema: z.ZodType<T, string>;
  /** A value as it would be written. Null where there is none, or where it is a rule, which is then in `rule`. */
  readonly default: string | null;
  readonly rule?: string;
  readonly description: string;
  readonly example: string;
  readonly secret?: boolean;
}

/** The text of a variable without the space around it, which env files leave behind; null where it is unset or empty. */
export function textOf(env: Environment, name: string): string | null {
  return env[name]?.trim() || null;
}

export function docOf(variable: Variable<unknown>): VariableDoc {
  const { name, group, description, example, rule, secret = false } = variable;
  return { name, group, description, example, secret, default: variable.default ?? rule ?? null };
}

/** Reads variables one after the other and collects one complaint for each wrong one. */
export interface VariableReader {
  /** The variable's value; its default where it is unset; null where it is wrong, or unset without a default. */
  read<T>(variable: Variable<T>): T | null;
  /** Whether it is set, to a right value or a wrong one. */
  has(name: string): boolean;
  complain(name: string, message: string, details: ComplaintDetails): void;
  readonly complaints: readonly string[];
}

export function createReader(env: Environment): VariableReader {
  const complaints = new Map<string, string>();
  const reader: VariableReader = {
    read(variable) {
      const { name, schema, example, secret = false } = variable;
      const got = textOf(env, name);
      const text = got ?? variable.default;
      if (text === null) return null;
      const result = schema.safeParse(text);
      if (result.success) return result.data;
      reader.complain(name, result.error.issues[0]?.message ?? "expected another value", { got, example, secret });
      return null;
    },
    has: (name) => textOf(env, name) !== null,
    complain(name, message, details) {
      // The first complaint of a variable is the one to mend first; the rest often follow from it.
      if (!complaints.has(name)) complaints.set(name, complaint(name, message, details));
    },
    get complaints() {
      return [...complaints.values()];
    },
  };
  return reader;
}

export interface ComplaintDetails {
  /** What the variable held; null where nothing came. */
  readonly got: string | null;
  readonly example: string;
  readonly secret?: boolean;
}

/** Addresses may carry a password or a key in these parts, and nobody means to see them in a terminal. */
const maybeSecret = /[@?#]/;
const longestShown = 80;

function complaint(name: string, message: string, { got, example, secret = false }: ComplaintDetails): string {
  const text = `${message.charAt(0).toLowerCase()}${message.slice(1)}`.replace(/\.$/, "");
  const hidden = secret || (got !== null && (maybeSecret.test(got) || got.length > longestShown));
  const came = got === null ? "" : hidden ? "; got a value that is not shown here" : `; got ${JSON.stringify(got)}`;
  return `${name}: ${text}${came}. Example: ${name}=${example}`;
}

// ------------------------------------------------------------------ schemas: text to value, with one sentence for all that can be wrong

function reading<T>(expected: string, parse: (text: string) => T | null): z.ZodType<T, string> {
  return z.string().transform((text, context) => {
    const value = parse(text);
    if (value !== null) return value;
    context.addIssue(`expected ${expected}`);
    return z.NEVER;
  });
}

export function wholeNumber(from: number, to: number): z.ZodType<number, string> {
  return reading(`a whole number from ${from} to ${to}`, (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= from && value <= to ? value : null;
  });
}

export function positiveNumber(to: number): z.ZodType<number, string> {
  return reading(`a number above 0 and up to ${to}, such as 0.5 or 10`, (text) => {
    const value = /^\d{1,15}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
    return value > 0 && value <= to ? value : null;
  });
}

export function oneOf<const Word extends string>(...words: readonly Word[]): z.ZodType<Word, string> {
  return reading(words.join(" or "), (text) => words.find((word) => word === text) ?? null);
}

export function onOff(): z.ZodType<boolean, string> {
  return reading("on or off", (text) => (text === "on" ? true : text === "off" ? false : null));
}

export function word(expected: string, pattern: RegExp): z.ZodType<string, string> {
  return reading(expected, (text) => (pattern.test(text) ? text : null));
}

/** A whole address, which a call goes to as it is: http or https, no user name, no fragment. It is not changed. */
export const exactUrl: z.ZodType<string, string> = reading(
  "an http:// or https:// address without user name and #",
  (text) => {
    const url = URL.parse(text);
    if (url === null || text.includes("#") || url.username !== "" || url.password !== "") return null;
    return url.protocol === "http:" || url.protocol === "https:" ? text : null;
  },
);

/** A base address: http or https, no user name, no query, no fragment. It comes back without a slash at its end. */
export const baseUrl: z.ZodType<string, string> = reading(
  "an http:// or https:// address without user name, ? and #",
  (text) => {
    if (maybeSecret.test(text) || !URL.canParse(text)) return null;
    const { protocol, href } = new URL(text);
    return protocol === "http:" || protocol === "https:" ? href.replace(/\/+$/, "") : null;
  },
);
