/**
 * Cursors: a place in the change log, and the epoch of the log that it belongs to. Opaque to clients. Pure.
 */

export interface LogPosition {
  /** The log's random epoch. */
  readonly epoch: string;
  /** "I have seen everything up to here". */
  readonly place: number;
}

const form = /^c1\.([0-9a-f]{32})\.(0|[1-9]\d{0,15})$/;

export function encodeCursor({ epoch, place }: LogPosition): string {
  return Buffer.from(`c1.${epoch}.${place}`).toString("base64url");
}

/** Null for a text that never was a cursor. Whether it is of this log is the caller's question. */
export function decodeCursor(text: string): LogPosition | null {
  if (!/^[A-Za-z0-9_-]{1,120}$/.test(text)) return null;
  const decoded = Buffer.from(text, "base64url");
  if (decoded.toString("base64url") !== text) return null;
  const match = form.exec(decoded.toString("latin1"));
  const [epoch, place] = [match?.[1], Number(match?.[2])];
  return epoch !== undefined && Number.isSafeInteger(place) ? { epoch, place } : null;
}
