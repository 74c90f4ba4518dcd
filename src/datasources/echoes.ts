/**
 * Answers that echo a credential. Some providers repeat a refused token in a message or an id, and what is read from an
 * answer is kept and shown: so each answer is read without what its request bore. Pure.
 */
import type { Answer, UpstreamRequest } from "./contract.ts";

const mark = "[redacted]";
/** A shorter one would be found in innocent words. */
const shortest = 8;
/** Headers whose value is a credential, whoever sends them: no provider has to name those. */
const bearing = /authorization|token|secret|api-?key|password|credential|cookie/i;

/** What a request bears that nobody else may see, the longest first: one may be a part of another. */
export function secretsOf({
  headers = {},
  secrets = [],
}: Pick<UpstreamRequest, "headers" | "secrets">): readonly string[] {
  const inHeaders = Object.entries(headers).flatMap(([name, value]) =>
    bearing.test(name) ? [value.replace(/^(Bearer|Basic) +/i, "")] : [],
  );
  const all = new Set([...inHeaders, ...secrets].filter((secret) => secret.length >= shortest));
  return [...all].sort((a, b) => b.length - a.length);
}

/** The same answer without `secrets`, as they are, in JSON, in an address or in a form. */
export function withoutEchoes(answer: Answer, secrets: readonly string[]): Answer {
  if (secrets.length === 0) return answer;
  const forms = formsOfAll(secrets);
  const clean = (text: string) => {
    let rest = text;
    for (const form of forms) if (text.includes(form)) rest = rest.replaceAll(form, mark);
    return rest;
  };
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(answer.headers)) headers[name] = clean(value);
  return { ...answer, headers, text: cleanJson(answer.text, clean) };
}

/** The last ones: an upstream is asked with the same credentials again and again. */
let last: { readonly key: string; readonly forms: readonly string[] } = { key: "", forms: [] };

function formsOfAll(secrets: readonly string[]): readonly string[] {
  const key = JSON.stringify(secrets);
  if (last.key !== key) last = { key, forms: [...new Set(secrets.flatMap(formsOf))] };
  return last.forms;
}

function formsOf(secret: string): readonly string[] {
  const inJson = JSON.stringify(secret).slice(1, -1);
  const asField = new URLSearchParams({ a: secret }).toString().slice("a=".length);
  return [secret, inJson, encodeURIComponent(secret.toWellFormed()), asField];
}

/** JSON may write any character by its number, and some write each slash with a backslash before it. */
function cleanJson(text: string, clean: (text: string) => string): string {
  const cleaned = clean(text);
  if (!cleaned.includes("\\u") && !cleaned.includes("\\/")) return cleaned;
  const plain = cleaned.replace(/\\(?:u([0-9a-f]{4})|.)/gis, (written: string, code: string | undefined) => {
    if (written === "\\/") return "/";
    const character = code === undefined ? null : String.fromCharCode(Number.parseInt(code, 16));
    return character === null || character < " " || /["\\]/.test(character) ? written : character;
  });
  const twice = clean(plain);
  return twice === plain ? cleaned : twice;
}
