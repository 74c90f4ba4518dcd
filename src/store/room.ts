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
/** PostgreSQL cuts a table into files of this size, and one that may not grow to it is a disk that is full. */
export const largestFileBytes = 1024 * 1024 * 1024;
/** A look costs some microseconds; this bounds what can be written between two. */
const freshMs = 50;

export type FreeBytes = (directory: string) => number;

export const freeBytes: FreeBytes = (directory) => {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
};

/** How large a file of this process may grow (`ulimit -f`); Infinity where there is no limit, or no such thing. */
export function fileSizeLimit(): number {
  // Node's own types lack it. Without it a report may ask name servers about the connections that are open.
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork: boolean };
  const { excludeNetwork } = report;
  report.excludeNetwork = true;
  // The types say `object`; Node's documentation shows userLimits, in bytes, on every system but Windows.
  const { userLimits } = report.getReport() as {
    readonly userLimits?: { readonly file_size_blocks?: { readonly soft?: number | "unlimited" } };
  };
  report.excludeNetwork = excludeNetwork;
  const limit = userLimits?.file_size_blocks?.soft;
  return typeof limit === "number" ? limit : Number.POSITIVE_INFINITY;
}

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
