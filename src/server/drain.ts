/**
 * Ends sockets so that their clients don't all come back elsewhere at once: evenly over a window. Knows nothing of what
 * they carry.
 */
import type { WebSocket } from "ws";
import type { Clock } from "../clock.ts";

/** The protocol's word for "this end restarts, connect again". */
const serviceRestart = 1012;

/** Resolves when each has been told, or has gone by itself. Does not wait for their answers. */
export async function closeSpread(open: ReadonlySet<WebSocket>, windowMs: number, clock: Clock): Promise<void> {
  const sockets = [...open];
  const begun = clock.monotonic();
  for (const [index, socket] of sockets.entries()) {
    if (open.size === 0) return;
    const turn = begun + (windowMs * index) / sockets.length - clock.monotonic();
    // One that stood still for seconds does not tell all of these at once: twice as quick as planned, at the most.
    const wait = index === 0 ? turn : Math.max(turn, windowMs / sockets.length / 2);
    // Timers are no finer than a millisecond.
    if (wait >= 1 && socket.readyState === socket.OPEN) await clock.sleep(wait);
    socket.close(serviceRestart, "Service restart");
  }
}
