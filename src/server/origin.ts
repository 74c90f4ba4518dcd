/** Origins as texts: one form for each, whoever wrote it. Knows no request. */
import { isLoopback } from "../datasources/address.ts";

/** Scheme, host and port alone. URL parsing forgives too much: user names, paths, and spaces around all of it. */
const form = /^[a-z][a-z0-9+.-]*:\/\/[^\s/\\?#@*,]+$/i;

/**
 * `scheme://host[:port]` in lower case, without the port where it is its scheme's usual one; null for what is no origin.
 * "null", which browsers send for sandboxed frames and files, is none: it would be everybody's.
 */
export function normalOrigin(text: string): string | null {
  const url = form.test(text) ? URL.parse(text) : null;
  if (url === null || url.host === "") return null;
  return `${url.protocol}//${url.host}`.toLowerCase();
}

/** The host of an origin in its normal form, without port, and of an IPv6 address without brackets. */
export function hostnameOf(origin: string): string {
  return new URL(origin).hostname.replace(/^\[|\]$/g, "");
}

/** Whether a host, without port and brackets, can only mean this machine. */
export function isThisMachine(hostname: string): boolean {
  return hostname === "localhost" || isLoopback(hostname);
}
