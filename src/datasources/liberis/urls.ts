/**
 * Where Liberis' resources are. A status_check_uri comes from outside and carries our token with it, so that it is
 * joined to the configured base here, or refused.
 */

/** The configured base, without query, fragment or a slash at its end. */
export function baseUrl(configured: string): URL {
  const base = new URL(configured);
  base.search = "";
  base.hash = "";
  base.pathname = base.pathname.replace(/\/+$/, "");
  return base;
}

function below(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/$/, "")}${path}`;
  return url;
}

/** `POST` here creates clients. The version in the path is assumed, like all of it. */
export function createUrl(base: URL): URL {
  return below(base, "/api/v1/Clients");
}

/** The documented address of a status check by its id alone. `id` is usable: see isUsableId. */
export function statusUrlById(base: URL, id: string): URL {
  return below(base, `/api/v1/Clients/Status/${encodeURIComponent(id)}`);
}

/** What a status check's address may consist of: visible ASCII. Tabs and newlines vanish in URL parsing, so "/\t/evil" would be "//evil". */
const PLAIN = /^[\x21-\x7e]{1,2048}$/;

/**
 * `{base}` + `uri`, as documented; also a whole URL of the same origin, which is taken as it is, and a path that has the
 * base's path in it already (both assumed). Null for anything that leads elsewhere: another origin, a protocol-relative
 * address, userinfo, or a backslash (which browsers' rules read as a slash).
 */
export function statusUrlByUri(base: URL, uri: string): URL | null {
  if (!PLAIN.test(uri) || uri.includes("\\") || uri.startsWith("//")) return null;
  const whole = URL.canParse(uri);
  const url = whole ? URL.parse(uri) : URL.parse(uri.startsWith("/") ? uri : `/${uri}`, base.origin);
  if (!url || url.origin !== base.origin || url.username !== "" || url.password !== "") return null;
  url.hash = "";
  const prefix = base.pathname.replace(/\/$/, "");
  // A whole URL says where it leads: a host may serve the status beside the base's path.
  if (!whole && !url.pathname.startsWith(`${prefix}/`)) url.pathname = `${prefix}${url.pathname}`;
  return url;
}
