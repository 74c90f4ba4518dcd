/** What every answer of this gateway must be, at both doors. */
import { errorCodes } from "../../../src/resolvers/errors.ts";
import { shortened } from "../figures.ts";

/** Of a stack, of a file, of where this checkout lies. What is thrown has nothing of the kind in it. */
const insides = [
  /\n\s+at \S/,
  /node_modules/,
  /file:\/\//,
  /\.[cm]?[jt]s:\d+/,
  /\/src\/[a-z]/,
  /Maximum call stack/,
] as const;
const here = process.cwd();

export function leak(text: string): string | null {
  const found = insides.find((one) => one.test(text));
  if (found)
    return `an answer has something of the gateway's insides in it (${String(found)}): ${shortened(text, 400)}`;
  return here.length > 1 && text.includes(here) ? "an answer names a directory of this machine" : null;
}

/** Codes that say that the gateway is at fault, or away: it is neither. */
const faults: ReadonlySet<unknown> = new Set(["INTERNAL_SERVER_ERROR", "STORE_UNAVAILABLE", "SHUTTING_DOWN"]);

/** What is wrong with an execution result, or with a refusal in its form; null where nothing is. */
export function resultComplaint(result: unknown): string | null {
  if (typeof result !== "object" || result === null)
    return `expected a GraphQL answer; got ${shortened(String(JSON.stringify(result)), 300)}`;
  const { errors } = result as { readonly errors?: unknown };
  if (!("data" in result) && errors === undefined) return "expected data or errors; there are neither";
  return errors === undefined ? null : errorsComplaint(errors);
}

export function errorsComplaint(errors: unknown): string | null {
  if (!Array.isArray(errors) || errors.length === 0) return "expected a list of errors, or none";
  for (const error of errors) {
    const { message, extensions } = error as {
      readonly message?: unknown;
      readonly extensions?: { readonly code?: unknown };
    };
    const code = extensions?.code;
    if (typeof message !== "string" || message === "") return "expected an error with a message; it has none";
    if (typeof code !== "string" || !Object.hasOwn(errorCodes, code)) {
      return `expected a code of the table; got ${shortened(JSON.stringify(error), 400)}`;
    }
    if (faults.has(code)) return `the gateway calls it a fault of its own: ${shortened(JSON.stringify(error), 400)}`;
  }
  return null;
}

/** For the table: the codes of its errors, or that it has none. */
export function labelOf(result: unknown): string {
  const { errors } = (result ?? {}) as { readonly errors?: unknown };
  if (!Array.isArray(errors)) return "data";
  const codes = errors.map((error) => String(error?.extensions?.code));
  return [...new Set(codes)].sort().join(" and ");
}
