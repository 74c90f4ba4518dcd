/**
 * Text of an answer to a value, for readers. It judges no shape: that is the wire schema's.
 */

export type Parsed = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

/** A byte order mark is dropped; empty text and what is no JSON are not ok. Never throws. */
export function parseJson(text: string): Parsed {
  const body = text.startsWith("\uFEFF") ? text.slice(1) : text;
  if (body.trim() === "") return { ok: false };
  try {
    return { ok: true, value: JSON.parse(body) };
  } catch {
    return { ok: false };
  }
}
