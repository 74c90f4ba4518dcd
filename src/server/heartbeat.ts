/**
 * Whether somebody is still at the other end of each socket. A peer that reads answers a ping; one that doesn't is either
 * gone or busy elsewhere, and what is owed to it tells how long to wait for it. It knows sockets, and nothing of GraphQL.
 */
import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { Clock } from "../clock.ts";

export interface HeartbeatOptions {
  readonly clock: Clock;
  /** How long after the last answer a ping is sent, and how long a peer that nothing is owed to may leave it unanswered. */
  readonly everyMs?: number;
  /** How long a peer may read nothing of what is owed to it. */
  readonly patienceMs?: number;
}

export interface Heartbeat {
  /** `connection` is what carries `socket`. Forgotten when it closes. */
  watch(socket: WebSocket, connection: Socket): void;
  dispose(): Promise<void>;
}

interface Watched {
  readonly socket: WebSocket;
  readonly connection: Socket;
  /** When the peer answered last, or when it came. */
  heard: number;
  /** Bytes written that nobody waits for: pings, and answers to the peer's. */
  idle: number;
  /** How much of what matters had been written before the last ping that the peer answered, or when it came. */
  read: number;
  /** The ping that is not answered yet: one at a time, so that none pile up where nobody reads. */
  ping: Ping | null;
}

interface Ping {
  /** When it was sent, or when the peer was last seen to read since. */
  since: number;
  /** How much of what matters was written before it. It is in the ping, so that its answer says how far the peer has read. */
  readonly after: number;
  /** Bytes that had left this process, and whether others were waiting, when last looked at. */
  gone: number;
  waiting: boolean;
}

/** A ping or a pong of a server has so many bytes before what it carries. */
const headerBytes = 2;
/** Looks for who is due are so many times as frequent as pings: those of sockets that came together stay spread. */
const looksPerPing = 12;

/** One timer for all sockets. */
export function startHeartbeat({ clock, everyMs = 12_000, patienceMs = 300_000 }: HeartbeatOptions): Heartbeat {
  const watched = new Set<Watched>();
  const stop = new AbortController();

  const look = (one: Watched, now: number) => {
    const { socket, connection, ping } = one;
    if (socket.readyState !== socket.OPEN) return;
    if (ping === null) {
      if (now - one.heard < everyMs) return;
      const after = mattering(one);
      const mark = String(after);
      socket.ping(mark);
      one.idle += headerBytes + mark.length;
      one.ping = { since: now, after, gone: goneFrom(connection), waiting: false };
      return;
    }
    const gone = goneFrom(connection);
    // The system takes more of what waited only once the peer has read.
    if (ping.waiting && gone > ping.gone) ping.since = now;
    ping.gone = gone;
    ping.waiting = socket.bufferedAmount > 0;
    // The system buffers too, unseen: whatever was sent since the peer was last known to have read may be waiting there.
    const owed = ping.waiting || mattering(one) > one.read;
    if (now - ping.since >= (owed ? patienceMs : everyMs)) socket.terminate();
  };

  const run = async () => {
    while (!stop.signal.aborted) {
      await clock.sleep(everyMs / looksPerPing, stop.signal);
      const now = clock.monotonic();
      for (const one of watched) look(one, now);
    }
  };
  const ended = run();

  return {
    watch(socket, connection) {
      const [heard, read] = [clock.monotonic(), connection.bytesWritten];
      const one: Watched = { socket, connection, heard, idle: 0, read, ping: null };
      watched.add(one);
      socket.on("pong", (mark) => {
        one.heard = clock.monotonic();
        // Some programs send pongs that nobody asked for: they live, and need not have read anything.
        if (one.ping && String(mark) === String(one.ping.after)) one.read = one.ping.after;
        one.ping = null;
      });
      // Answered by now, by the socket itself.
      socket.on("ping", (mark) => {
        one.idle += headerBytes + mark.length;
      });
      socket.once("close", () => watched.delete(one));
    },
    async dispose() {
      stop.abort();
      await ended;
    },
  };
}

function mattering({ connection, idle }: Watched): number {
  return connection.bytesWritten - idle;
}

function goneFrom(connection: Socket): number {
  return connection.bytesWritten - connection.writableLength;
}
