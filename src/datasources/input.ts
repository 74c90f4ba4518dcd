/** Judging input before anything is sent: every bad field is named by its path, in one go. */
import { z } from "zod";
import { type InvalidInput, invalidInput } from "./problems.ts";

/** 1 to 256 printable ASCII characters: it becomes a header, and for Cleeng the synchronizationId. */
export const correlationId = z
  .string()
  .regex(/^[\x20-\x7e]{1,256}$/, "Expected 1 to 256 printable ASCII characters.")
  .refine((text) => text.trim() === text, "Expected no space at its ends: HTTP would drop it.");

/** PostgreSQL's text holds neither NUL nor halves of surrogate pairs. */
export const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes("\0");
export const notStorable = "Expected text without NUL characters and without halves of characters.";

export const idempotencyKey = z
  .string()
  .min(1, "Expected 1 to 255 characters; it is empty.")
  .max(255, "Expected at most 255 characters.")
  .refine(isStorable, notStorable);

const tag = z
  .string()
  .min(1, "Expected at least one character.")
  .max(64, "Expected at most 64 characters.")
  .refine(isStorable, notStorable);

/** Of one operation. */
export const mostTags = 10;
export const tags = z.array(tag).max(mostTags, `Expected at most ${mostTags} tags.`);

/** Enough to mend an input by; a batch of thousands may be wrong in each of its members. */
const mostComplaints = 100;

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: InvalidInput };

/** Reads `value`; where it does not fit, says why, field by field. Paths are relative to `value`, below `prefix`. */
export function parseInput<T>(schema: z.ZodType<T>, value: unknown, prefix = ""): Parsed<T> {
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  const fields = result.error.issues.slice(0, mostComplaints).map((issue) => ({
    path: [...(prefix ? [prefix] : []), ...issue.path.map(String)].join(".") || "input",
    message: issue.message,
  }));
  return { ok: false, problem: invalidInput(fields) };
}

/** What every write takes besides the work itself. What is left out is null, tags are an empty list. */
export const writeLabels = z.object({
  correlationId: correlationId.nullish().transform((value) => value ?? null),
  tags: tags.nullish().transform((value) => value ?? []),
  idempotencyKey: idempotencyKey.nullish().transform((value) => value ?? null),
});
export type WriteLabels = z.infer<typeof writeLabels>;

/** Judges the work and its labels together, so that every bad field of both is named in one go. */
export function parseWrite<T>(
  work: z.ZodType<T>,
  value: unknown,
): Parsed<{ readonly work: T; readonly labels: WriteLabels }> {
  const [judged, labels] = [parseInput(work, value), parseInput(writeLabels, value)];
  if (judged.ok && labels.ok) return { ok: true, value: { work: judged.value, labels: labels.value } };
  const fields = [judged, labels].flatMap((parsed) => (parsed.ok ? [] : parsed.problem.fields));
  return { ok: false, problem: invalidInput(fields) };
}
