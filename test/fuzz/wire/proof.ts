/**
 * What a text says, read a second time and by other means than the providers' code: whether it has a word in it at all,
 * and whether the JSON in it has a member of its own with a value. Pure.
 */
import type { Told } from "./answer.ts";

export const succeeded = ({ status }: Told): boolean => status >= 200 && status < 300;

/** As it would be read aloud: \\u escapes are letters. */
export function unescaped(text: string): string {
  return text.replace(/\\u([0-9a-f]{4})/gi, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

export function hasWord({ text }: Told, ...words: readonly string[]): boolean {
  if (text === null) return false;
  const said = unescaped(text);
  return words.some((word) => said.includes(word));
}

export function hasWordInAnyCase({ text }: Told, word: string): boolean {
  return unescaped(text ?? "")
    .toLowerCase()
    .includes(word);
}

/** Whether one of these numbers stands in the text, in whatever form. */
export function hasNumber({ text }: Told, numbers: ReadonlySet<number>): boolean {
  const tokens = unescaped(text ?? "").match(/\d+(\.\d+)?(e[+-]?\d+)?/gi) ?? [];
  return tokens.some((token) => numbers.has(Number(token)));
}

/** Undefined where it is no JSON. */
export function jsonOf({ text }: Told): unknown {
  try {
    return JSON.parse((text ?? "").replace(/^\uFEFF/, ""));
  } catch {
    return undefined;
  }
}

/** A member of an object itself, never of its prototype; undefined where it has none. */
export function own(value: unknown, ...path: readonly string[]): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, name))
    return undefined;
  return own((value as Readonly<Record<string, unknown>>)[name], ...rest);
}

/** Of a text or a number; null for what has no text of its own: an object may bring a toString that is none. */
export function textOf(value: unknown): string | null {
  return typeof value === "string" || typeof value === "number" ? String(value) : null;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
