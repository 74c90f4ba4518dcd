/**
 * Real time, run faster: what waits a second by a Clock waits 1/speed of it. For whole gateways, whose polls are a second
 * apart; sockets and time-outs stay on real time. Each reading is later than the one before, as microseconds would be.
 */
import { type Clock, systemClock } from "../../src/clock.ts";

export function fastClock(speed = 25): Clock {
  const begun = performance.now();
  const start = Date.now();
  let last = start;
  const monotonic = () => Math.floor((performance.now() - begun) * speed);
  return {
    now() {
      last = Math.max(last + 1, start + monotonic());
      return last;
    },
    monotonic,
    sleep: (ms, signal) => systemClock.sleep(ms / speed, signal),
  };
}
