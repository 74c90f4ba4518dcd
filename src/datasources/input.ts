/** Judging input before anything is sent: every bad field is named by its path, in one go. */
import { z } from "zod";
import { type InvalidInput, invalidInput } from "./problems.ts";

/** 1 to 256 printable ASCII characters: it becomes a header, and for Cleeng the synchronizationId. */
export const correlationId = z
  .string()
  .regex(/^[\x20-\x7e]{1,256}$/, "Expected 1 to 256 printable ASCII characters.")
  .refine((text) => text.trim() === text, "Expected no space at its ends: HTTP would drop it.");

export const idempotencyKey = z
  .string()
  .min(1, "Expected 1 to 255 characters; it is empty.")
  .max(255, "Expected at most 255 characters.");

export const tags = z
  .array(z.string().min(1, "Expected at least one character.").max(64, "Expected at most 64 characters."))
  .max(10, "Expected at most 10 tags.");

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: InvalidInput };

/** Reads `value`; where it does not fit, says why, field by field. Paths are relative to `value`, below `prefix`. */
export function parseInput<T>(schema: z.ZodType<T>, value: unknown, prefix = ""): Parsed<T> {
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  const fields = result.error.issues.map((issue) => ({
    path: [...(prefix ? [prefix] : []), ...issue.path.map(String)].join(".") || "input",
    message: issue.message,
  }));
  return { ok: false, problem: invalidInput(fields) };
}
