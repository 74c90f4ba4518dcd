/** Reads scripts: what a sandbox's entity is at a time, without any timer running. */
import type { Script } from "../datasources/contract.ts";

/** The value in force at `now`; the first one where `now` lies before it. */
export function valueAt(script: Script, now: number): string {
  let value = script[0]?.[1];
  if (value === undefined) throw new Error("A script needs at least one step; this one has none.");
  for (const [at, next] of script) {
    if (at > now) break;
    value = next;
  }
  return value;
}
