/** By when a write must have begun to be sent. It holds within this process: no other, and no database, is told of it. */
import { type Clock, systemClock } from "../clock.ts";

export interface SendBy {
  hasPassed(): boolean;
}

/**
 * `ms` from now, by real time as sockets are, and by whichever clock says so first: the wall clock may be set back, and
 * the monotonic one may stand still while the machine sleeps. Too early leaves a write unsent, and tells; too late sends
 * one that others have taken for lost.
 */
export function sendWithin(ms: number, clock: Pick<Clock, "now" | "monotonic"> = systemClock): SendBy {
  const [wall, monotonic] = [clock.now() + ms, clock.monotonic() + ms];
  return { hasPassed: () => clock.now() > wall || clock.monotonic() > monotonic };
}
