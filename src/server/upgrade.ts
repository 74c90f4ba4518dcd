/** Which upgrades to a WebSocket are let in, and how the others hear no. Knows nothing of GraphQL. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Origins } from "./origins.ts";

export interface Refusal {
  readonly status: 403 | 404 | 503;
  readonly sentence: string;
}

export interface UpgradeDoor {
  readonly path: string;
  readonly closing: boolean;
  /** The same as for HTTP: browsers ask nobody before they open a socket to another origin. */
  readonly origins: Origins;
}

const reasons: Record<Refusal["status"], string> = { 403: "Forbidden", 404: "Not Found", 503: "Service Unavailable" };

/** Null where the upgrade may go on. */
export function refusalOf(request: IncomingMessage, { path, closing, origins }: UpgradeDoor): Refusal | null {
  if (closing) return { status: 503, sentence: "The gateway is about to stop; connect again." };
  const foreign = origins.judge(request.headers);
  if (foreign !== null) return { status: 403, sentence: foreign };
  if ((request.url ?? "").split("?", 1)[0] !== path)
    return { status: 404, sentence: `Expected an upgrade of ${path}.` };
  return null;
}

export function refuse(socket: Duplex, { status, sentence }: Refusal): void {
  // A peer that does not close its side would hold the end of the whole server.
  socket.once("finish", () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${reasons[status]}\r\nContent-Type: text/plain\r\nX-Content-Type-Options: nosniff\r\n` +
      `Content-Length: ${Buffer.byteLength(sentence)}\r\nConnection: close\r\n\r\n${sentence}`,
  );
}
