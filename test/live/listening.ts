/** Reading streams in suites. */
import { pino } from "pino";
import { systemClock } from "../../src/clock.ts";
import { type Bus, memoryBus } from "../../src/live/bus.ts";
import { createHub, type Hub } from "../../src/live/hub.ts";
import { createLane } from "../../src/live/lane.ts";
import { createPatience } from "../../src/live/patience.ts";
import type { Live, Told } from "../../src/live/stream.ts";
import { decodeCursor } from "../../src/store/cursor.ts";
import type { Store } from "../../src/store/store.ts";

/** A hub in real time, that hears no announcement unless it is given the bus. */
export function hubOf(store: Store, bus: Bus = memoryBus()): Hub {
  return createHub({ store, bus, clock: systemClock, log: pino({ level: "silent" }) });
}

export function liveOf(store: Store, hub: Hub): Live {
  const log = pino({ level: "silent" });
  const patiently = createPatience({ clock: systemClock, log, closing: new AbortController().signal });
  return { store, hub, inTurn: createLane(), patiently };
}

export const placeOf = ({ cursor }: Told): number => decodeCursor(cursor)?.place ?? Number.NaN;

/** What matters of what was told, on one line. */
export const line = ({ kind, operation: { naturalId, revision, state } }: Told): string =>
  `${kind} ${naturalId} ${revision} ${state}`;

/** The next `count`; fails where the stream ends before. */
export async function take<T>(stream: AsyncIterator<T>, count: number): Promise<T[]> {
  const told: T[] = [];
  while (told.length < count) {
    const next = await stream.next();
    if (next.done) throw new Error(`Expected ${count} to be told; the stream ended after ${told.length}.`);
    told.push(next.value);
  }
  return told;
}

/** All, until it ends by itself. */
export async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const told: T[] = [];
  for await (const one of stream) told.push(one);
  return told;
}
