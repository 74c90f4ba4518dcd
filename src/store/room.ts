/**
 * Room on the embedded store's disk. PGlite bears a full disk badly: where its write-ahead log finds no room for a new
 * segment it spins for ever, and with it the whole process; and it does not open again until there is room. So writes
 * are refused while there is still enough left.
 */
import { statfsSync } from "node:fs";
import { StoreFull } from "./errors.ts";

/** Four segments of the write-ahead log: what is under way when it runs short still fits. */
export const reservedBytes = 64 * 1024 * 1024;
/** What a new store takes, rounded up. */
export const newStoreBytes = 64 * 1024 * 1024;
/** A look costs some microseconds; this bounds what can be written between two. */
const freshMs = 50;

export type FreeBytes = (directory: string) => number;

export const freeBytes: FreeBytes = (directory) => {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
};

/** The returned function throws StoreFull while there is less room than is reserved. */
export function createRoom(directory: string, free: FreeBytes = freeBytes): () => void {
  let looked = Number.NEGATIVE_INFINITY;
  let left = 0;
  return () => {
    const now = performance.now();
    if (now - looked >= freshMs) {
      left = free(directory);
      looked = now;
    }
    if (left < reservedBytes) throw new StoreFull(directory, left, reservedBytes);
  };
}
