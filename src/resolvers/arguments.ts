/** Judging arguments that several resolvers share. What has a union to say it in is InvalidInput; the rest is an error. */
import { z } from "zod";
import type { Limits } from "../config/limits.ts";
import { isStorable, mostTags, notStorable, type Parsed, parseInput, tags } from "../datasources/input.ts";
import { type NotAllowed, notAllowed } from "../datasources/problems.ts";
import type { OperationFilter } from "../schema/index.ts";
import { decodeCursor, type LogPosition } from "../store/cursor.ts";
import type { Filter } from "../store/operations.ts";
import { invalidCursor, limitExceeded } from "./errors.ts";

/** `null` and left out are the same: no such condition. Each value counts once. */
export function filterOf(filter: OperationFilter | null, limits: Pick<Limits, "ids">): Filter {
  const { ids, kinds, providers, states, outcomes, correlationId, tags } = filter ?? {};
  const [wantedIds, wantedTags] = [once(ids), once(tags)];
  if (wantedIds && wantedIds.length > limits.ids) {
    throw limitExceeded("ids", limits.ids, wantedIds.length, "Ask several times.");
  }
  if (wantedTags && wantedTags.length > mostTags) {
    throw limitExceeded("tags", mostTags, wantedTags.length, "No operation has more.");
  }
  // What can't be stored is nowhere; a database asked for it would fail.
  if (![correlationId ?? "", ...(wantedTags ?? [])].every(isStorable)) return { ids: [] };
  return {
    ids: wantedIds,
    kinds: once(kinds),
    providers: once(providers),
    states: once(states),
    outcomes: once(outcomes),
    correlationId: correlationId ?? undefined,
    tags: wantedTags,
  };
}

/** A list may have been sent with a million of the same. */
export function once<T>(values: readonly T[] | null | undefined): readonly T[] | undefined {
  return values == null ? undefined : [...new Set(values)];
}

/** Where a stream goes on; null for one that begins. A cursor of another log is for the stream to judge. */
export function positionOf(after: string | null | undefined): LogPosition | null {
  if (after == null) return null;
  const position = decodeCursor(after);
  if (position === null) throw invalidCursor();
  return position;
}

/** The place of a cursor of this log; of another epoch: the log's beginning, so that nothing is missing. */
export function cursorPlace(cursor: string, epoch: string): number {
  const position = decodeCursor(cursor);
  if (position === null) throw invalidCursor();
  return position.epoch === epoch ? position.place : 0;
}

/** An address uses up one of its customer's places at Cleeng: only whoever speaks for the tenant may name another's. */
export function notYourAddress(): NotAllowed {
  return notAllowed(
    "Expected no ipAddress: only a token with the scope service may name one. Leave it out; the connection's own is taken.",
  );
}

const defaultMaxAge = 5;
/** Made once: a schema is compiled when it first parses, which takes longer than all its uses for a query. */
const ageShape = z.object({ maxAgeSeconds: z.number().min(0, "Expected a number of seconds from 0 on.").nullable() });
const tagsShape = z.object({ tags });

/** A provider's own id, where nothing more is known of its form. */
export const naturalId = z
  .string()
  .min(1, "Expected the provider's id; it is empty.")
  .max(256, "Expected at most 256 characters.")
  .refine((text) => text !== "." && text !== "..", 'Expected an id; "." and ".." can be none.')
  .refine(isStorable, notStorable);

/** The arguments of a look-up: the id's, by `shape`, and how old an answer may be. */
export function judgeLookUp<T>(
  shape: z.ZodType<T>,
  values: unknown,
  maxAge: number | null,
): Parsed<{ readonly ids: T; readonly maxAgeSeconds: number }> {
  const ids = parseInput(shape, values);
  if (!ids.ok) return ids;
  const age = parseInput(ageShape, { maxAgeSeconds: maxAge });
  return age.ok
    ? { ok: true, value: { ids: ids.value, maxAgeSeconds: age.value.maxAgeSeconds ?? defaultMaxAge } }
    : age;
}

/** The arguments of a follow: the id's, by `shape`, and the tags. */
export function judgeFollow<T>(
  shape: z.ZodType<T>,
  values: unknown,
  wanted: string[] | null,
): Parsed<{ readonly ids: T; readonly tags: string[] }> {
  const ids = parseInput(shape, values);
  if (!ids.ok) return ids;
  const labels = parseInput(tagsShape, { tags: wanted ?? [] });
  return labels.ok ? { ok: true, value: { ids: ids.value, tags: labels.value.tags } } : labels;
}
