/**
 * Reading the kind's own fields, which the store keeps as plain JSON in the schema's names. A field that is absent, or of
 * another type than the schema's, is null; where the schema promises a value, the reader that throws is used.
 */
import type { Json, JsonFields } from "../datasources/contract.ts";

function read(fields: JsonFields, name: string): Json {
  return Object.hasOwn(fields, name) ? (fields[name] ?? null) : null;
}

export function text(fields: JsonFields, name: string): string | null {
  const value = read(fields, name);
  return typeof value === "string" ? value : null;
}

/** Throws where there is none: a provider that leaves it out breaks its contract with the schema. */
export function requiredText(fields: JsonFields, name: string): string {
  const value = text(fields, name);
  if (value !== null) return value;
  throw new Error(
    `Expected the field ${name} as text, got ${typeof read(fields, name)}. Its provider must always set it.`,
  );
}

export function texts(fields: JsonFields, name: string): string[] {
  const value = read(fields, name);
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
}

export function flag(fields: JsonFields, name: string): boolean | null {
  const value = read(fields, name);
  return typeof value === "boolean" ? value : null;
}

export function integer(fields: JsonFields, name: string): number | null {
  const value = read(fields, name);
  return typeof value === "number" && Number.isInteger(value) ? value : null;
}

export function object(fields: JsonFields, name: string): JsonFields | null {
  const value = read(fields, name);
  return isObject(value) ? value : null;
}

function isObject(value: Json): value is JsonFields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The member of an enum that `value` is, or null. */
export function member<Word extends string>(words: { readonly [W in Word]: W }, value: string | null): Word | null {
  if (value === null || !Object.hasOwn(words, value)) return null;
  // hasOwn has just shown that it is one of the enum's keys, and each key's value is the key itself.
  return value as Word;
}
