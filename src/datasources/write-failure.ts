/**
 * What a 5xx to a write says of the write: one rule for every provider (docs/decisions/0008). It knows no provider's
 * codes or sentences, and judges no other status.
 */
import type { Answer } from "./contract.ts";
import { parseJson } from "./json.ts";

/** Gateway errors: written by something between us and the provider, which may have taken the write. */
const gatewayErrors: ReadonlySet<number> = new Set([502, 504]);

/**
 * "refused": the provider itself says that it failed, with JSON or with nothing to say. "lost": the write may have been
 * taken. Null for an answer below 500, on which the provider's own rules decide.
 */
export function failureOfWrite({ status, text }: Answer): "refused" | "lost" | null {
  if (status < 500) return null;
  if (gatewayErrors.has(status)) return "lost";
  // A page is no provider's answer to a program: who wrote it, and what became of the write, can't be read from it.
  return text.trim() === "" || parseJson(text).ok ? "refused" : "lost";
}
