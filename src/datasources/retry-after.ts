/**
 * The Retry-After header (RFC 9110, 10.2.3) as an instant.
 */

/** A day. A longer wish is a mistake of the sender, and one timer can't wait for 25 days. */
const longest = 86_400_000;

/** Ms since 1970 before which no call is welcome; `now` for a date that is past; null where nothing can be read. */
export function parseRetryAfter(value: string | undefined, now: number): number | null {
  const text = value?.trim() ?? "";
  const at = /^\d+(\.\d+)?$/.test(text)
    ? now + Number(text) * 1000
    : /[a-z]/i.test(text)
      ? Date.parse(text)
      : Number.NaN;
  return Number.isNaN(at) ? null : Math.min(Math.max(at, now), now + longest);
}
