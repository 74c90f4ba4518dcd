/** Judging the arguments of pages, and the cursors of the pages that are not places in the log. */
import { z } from "zod";
import type { Limits } from "../config/limits.ts";
import type { ListingPlace } from "../store/operations.ts";
import { codedError, invalidCursor, limitExceeded } from "./errors.ts";

const defaultPage = 50;

/** How many are wanted. `first: null` is the same as leaving it out. */
export function pageSize(first: number | null, { pageSize: largest }: Pick<Limits, "pageSize">): number {
  const size = first ?? Math.min(defaultPage, largest);
  if (size > largest) throw limitExceeded("page size", largest, size, "Ask for several pages.");
  if (size < 0) throw codedError("BAD_USER_INPUT", `Expected first to be at least 0; got ${size}.`);
  return size;
}

const listingPlace = z.tuple([z.literal("o1"), z.iso.datetime(), z.uuid()]);
const itemPlace = z.tuple([z.literal("i1"), z.number().int().min(0).max(2_147_483_647)]);

export function encodeListingPlace({ createdAt, id }: ListingPlace): string {
  return encode(["o1", createdAt.toISOString(), id]);
}

export function decodeListingPlace(cursor: string): ListingPlace {
  const [, createdAt, id] = decode(cursor, listingPlace);
  return { createdAt: new Date(createdAt), id };
}

export function encodeItemPlace(position: number): string {
  return encode(["i1", position]);
}

export function decodeItemPlace(cursor: string): number {
  return decode(cursor, itemPlace)[1];
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function decode<T>(cursor: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, "base64url").toString()));
  } catch {
    throw invalidCursor();
  }
}
