/**
 * Who is at the other end of each socket, from its first message on, and whether they may stay: a token ends, is revoked,
 * or loses its key while its streams run. It knows sockets and sessions, and nothing of GraphQL.
 */
import { CloseCode } from "graphql-ws";
import type { WebSocket } from "ws";
import type { Clock } from "../clock.ts";
import type { Authenticator, Session } from "./auth/authenticator.ts";
import type { Seats } from "./limits/viewers.ts";
import type { Outlet } from "./outlet.ts";

export interface Peer {
  readonly socket: WebSocket;
  /** The viewer's, as far as proxies are trusted. */
  readonly address: string | null;
  /** By what the events of the subscription of this id leave, once it has begun. */
  readonly outletOf: (id: string) => Outlet;
}

export interface Peers {
  /** Judges a connection's parameters. False where the socket is closed, with the reason. */
  signIn(peer: Peer, parameters: Readonly<Record<string, unknown>>): Promise<boolean>;
  /** Of a peer that has signed in and may stay; null for any other, whose socket is closed with the reason. */
  sessionOf(peer: Peer): Session | null;
  /** A request of the peer was one too many. Whoever goes on asking all the same is closed. */
  refused(peer: Peer, sentence: string): void;
  dispose(): Promise<void>;
}

export interface PeersOptions {
  readonly authenticator: Authenticator;
  readonly seats: Seats;
  readonly clock: Clock;
}

/** How late a token's end may be told where nothing is sent meanwhile. What is sent is judged each time. */
const lookMs = 1_000;
/** The protocol has no code for it. This one (RFC 6455's registry: try again later) makes the official client come back. */
export const tryAgainLater = 1013;

interface Signed {
  readonly session: Session;
  refusals: number;
}

/** Each is a message that was read, and an answer. A client that heeds them sends few. */
const mostRefusals = 100;

export function createPeers({ authenticator, seats, clock }: PeersOptions): Peers {
  const signed = new Map<WebSocket, Signed>();
  const stop = new AbortController();

  const judged = (socket: WebSocket, session: Session): Session | null => {
    const sentence = session.refusal();
    if (sentence === null) return session;
    closeWith(socket, CloseCode.Forbidden, sentence);
    return null;
  };
  const run = async () => {
    for (;;) {
      await clock.sleep(lookMs, stop.signal);
      if (stop.signal.aborted) return;
      for (const [socket, { session }] of signed) judged(socket, session);
    }
  };
  const ended = run();

  return {
    async signIn({ socket }, parameters) {
      const result = await authenticator.authenticate(parameterOf(parameters, "authorization"));
      if (result.type === "refused") {
        closeWith(socket, CloseCode.Forbidden, result.sentence);
        return false;
      }
      // Gone meanwhile: there would be nobody to take the place, nor to give it back.
      if (socket.readyState !== socket.OPEN) return false;
      const { session } = result;
      const place = seats.takeConnection(session.identity);
      if (place.type === "refused") {
        closeWith(socket, tryAgainLater, place.error.message);
        return false;
      }
      const stay = session.stay();
      signed.set(socket, { session, refusals: 0 });
      socket.once("close", () => {
        signed.delete(socket);
        stay.end();
        place.release();
      });
      return true;
    },
    sessionOf({ socket }) {
      const one = signed.get(socket);
      return one ? judged(socket, one.session) : null;
    },
    refused({ socket }, sentence) {
      const one = signed.get(socket);
      if (!one) return;
      one.refusals += 1;
      if (one.refusals > mostRefusals) closeWith(socket, tryAgainLater, sentence);
    },
    async dispose() {
      stop.abort();
      await ended;
    },
  };
}

/** HTTP's names know no case; those of a JSON object do, and people write them as they know them from HTTP. */
export function parameterOf(parameters: Readonly<Record<string, unknown>>, wanted: string): unknown {
  return Object.entries(parameters).find(([name]) => name.toLowerCase() === wanted)?.[1];
}

/** RFC 6455 5.5: a control frame bears 125 bytes, two of which are the code. */
const mostReasonBytes = 123;

/** Closes a socket for a reason, as much of it as a frame bears. */
export function closeWith(socket: WebSocket, code: number, reason: string): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.close(code, shortened(reason));
  // One that doesn't answer the close frame would hold its connection for half a minute.
  const patience = setTimeout(() => socket.terminate(), closePatienceMs);
  socket.once("close", () => clearTimeout(patience));
}

const closePatienceMs = 2_000;

function shortened(reason: string): string {
  const bytes = Buffer.from(reason);
  if (bytes.length <= mostReasonBytes) return reason;
  const mark = "…";
  // As a stream, so that half a character at the end is left out.
  const text = new TextDecoder().decode(bytes.subarray(0, mostReasonBytes - Buffer.byteLength(mark)), { stream: true });
  return `${text.replace(/\s+\S*$/, "")}${mark}`;
}
