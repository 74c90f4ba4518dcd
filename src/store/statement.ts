/**
 * Statements that run for every poll and every change: written once as text, so that none is built anew, and prepared by
 * a server once a connection. A query builder took longer for an update of all columns than the server did.
 */
import { CompiledQuery } from "kysely";
import type { Reader, Writer } from "./store.ts";

/** `Row`: what it returns, in camelCase. */
export interface Statement<Row> {
  readonly text: string;
  /** Never there: it only binds the type. */
  readonly row?: Row;
}

/** The name stands behind the text, where a server's own list of statements shows it as well. */
export function statement<Row>(name: string, text: string): Statement<Row> {
  return { text: `${text.trim()} /* ${name} */` };
}

const named = /\/\* ([a-z-]+) \*\/$/;

/** What a text is to be prepared as; null for one that is not. */
export function nameOf(text: string): string | null {
  return named.exec(text)?.[1] ?? null;
}

/** Inside a transaction, by its own handle; outside by `Store.run`, which minds what a store minds. */
export async function runIn<Row>(
  on: Reader | Writer,
  { text }: Statement<Row>,
  parameters: readonly unknown[],
): Promise<Row[]> {
  return (await on.executeQuery(CompiledQuery.raw(text, [...parameters]) as CompiledQuery<Row>)).rows;
}

/** A parameter of jsonb. PostgreSQL holds neither NUL nor halves of surrogate pairs: each becomes U+FFFD, as in `storable`. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value);
  return text.includes("\\u") ? JSON.stringify(storable(JSON.parse(text))) : text;
}

/**
 * The same as jsonb gives it back, so that it equals what is stored. PostgreSQL holds neither NUL nor halves of
 * surrogate pairs; a provider's answer may: such a character becomes U+FFFD. Nor does it tell -0 from 0.
 */
export function storable<T>(value: T): T {
  // A value of plain JSON keeps its type: only characters and a sign change. Next to none has to.
  return isStorable(value) ? value : (mended(value) as T);
}

function isStorable(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed() && !value.includes("\0");
  if (typeof value === "number") return !Object.is(value, -0);
  if (typeof value !== "object" || value === null) return true;
  if (Array.isArray(value)) return value.every(isStorable);
  return Object.entries(value).every(([name, member]) => isStorable(name) && isStorable(member));
}

function mended(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed().replaceAll("\0", "\uFFFD");
  if (typeof value === "number") return value + 0;
  if (Array.isArray(value)) return value.map(mended);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [mended(name), mended(member)]));
}
