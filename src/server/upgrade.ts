/** Which upgrades to a WebSocket are let in, and how the others hear no. Knows nothing of GraphQL. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { isLoopback } from "../datasources/address.ts";

export interface Refusal {
  readonly status: 403 | 404 | 503;
  readonly sentence: string;
}

const reasons: Record<Refusal["status"], string> = { 403: "Forbidden", 404: "Not Found", 503: "Service Unavailable" };

/** Null where the upgrade may go on. */
export function refusalOf(request: IncomingMessage, path: string, closing: boolean): Refusal | null {
  if (closing) return { status: 503, sentence: "The gateway is about to stop; connect again." };
  if ((request.url ?? "").split("?", 1)[0] !== path)
    return { status: 404, sentence: `Expected an upgrade of ${path}.` };
  if (!isOwnPage(request)) {
    return { status: 403, sentence: "Expected a page of this gateway's own origin, or no Origin at all." };
  }
  return null;
}

/**
 * Browsers ask nobody before they open a socket to another origin, so any page could use this one. Programs send no
 * Origin. Pages of the same machine are let in to a gateway that is reached by loopback: a front end being developed.
 */
function isOwnPage({ headers: { origin, host = "" } }: IncomingMessage): boolean {
  if (origin === undefined) return true;
  if (!URL.canParse(origin) || !URL.canParse(`http://${host}`)) return false;
  const [page, gateway] = [new URL(origin), new URL(`http://${host}`)];
  return page.host === gateway.host || (isLocal(page.hostname) && isLocal(gateway.hostname));
}

function isLocal(hostname: string): boolean {
  return hostname === "localhost" || isLoopback(hostname.replace(/^\[|\]$/g, ""));
}

export function refuse(socket: Duplex, { status, sentence }: Refusal): void {
  socket.end(
    `HTTP/1.1 ${status} ${reasons[status]}\r\nContent-Type: text/plain\r\n` +
      `Content-Length: ${Buffer.byteLength(sentence)}\r\nConnection: close\r\n\r\n${sentence}`,
  );
}
