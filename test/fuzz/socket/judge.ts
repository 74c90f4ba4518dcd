/** What holds of everything that a server may send by graphql-transport-ws, whatever it was sent. Pure. */

import { shortened } from "../figures.ts";
import { errorsComplaint, leak, resultComplaint } from "../graphql/answer.ts";
import type { Message } from "./client.ts";

/** RFC 6455's, and the protocol's own. 4500 is what a fault of the server would be. */
export const knownCodes: ReadonlySet<number> = new Set([
  ...[1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012],
  ...[4400, 4401, 4403, 4406, 4408, 4409, 4429],
]);

export interface Seen {
  readonly messages: ReadonlyArray<Message | null>;
  /** How many connection_init may have been sent. */
  readonly greetings: number;
  /** How often each id may have been subscribed with. */
  readonly subscribed: ReadonlyMap<string, number>;
}

export function judge({ messages, greetings, subscribed }: Seen): string | null {
  let acknowledged = false;
  const ended = new Map<string, number>();
  for (const message of messages) {
    if (message === null) return "a message of the server is no JSON object";
    const { type, id, payload } = message;
    const said = shortened(JSON.stringify(message), 400);
    const leaked = leak(said);
    if (leaked !== null) return leaked;
    switch (type) {
      case "connection_ack":
        if (acknowledged) return "connection_ack came twice";
        if (greetings === 0) return "connection_ack came to nobody's greeting";
        acknowledged = true;
        break;
      case "ping":
      case "pong":
        break;
      case "next":
      case "error":
      case "complete": {
        if (!acknowledged) return `a result came before connection_ack: ${said}`;
        if (typeof id !== "string") return `a result came without an id: ${said}`;
        const over = ended.get(id) ?? 0;
        if (over >= (subscribed.get(id) ?? 0)) return `a message came for an id that was over, or never begun: ${said}`;
        const wrong = type === "next" ? resultComplaint(payload) : type === "error" ? errorsComplaint(payload) : null;
        if (wrong !== null) return `${type}: ${wrong}`;
        if (type !== "next") ended.set(id, over + 1);
        break;
      }
      default:
        return `expected a message that a server may send; got ${said}`;
    }
  }
  return null;
}
