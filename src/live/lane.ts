/**
 * The way by which streams read the store: a few at a time, the others after them. A thousand readers that catch up at
 * once would take every connection, and writes, checks, heartbeats and the hub itself would wait behind all of them.
 */
import { bulkhead } from "cockatiel";

/** Runs a read when it is its turn. Each is a single one: a read that waited for another one in here might wait for ever. */
export type Lane = <T>(read: () => Promise<T>) => Promise<T>;

/** Of the ten connections to PostgreSQL; on the embedded store, with its one, others wait behind so many at the most. */
const atOnce = 4;

export function createLane(): Lane {
  const lane = bulkhead(atOnce, Number.POSITIVE_INFINITY);
  return (read) => lane.execute(read);
}
