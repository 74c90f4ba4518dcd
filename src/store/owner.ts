/**
 * Which process an embedded directory belongs to: what its owner's file says, and whether that process is still there. It
 * knows processes of this host alone, and nothing of locks.
 */
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { isNativeError } from "node:util/types";
import { z } from "zod";

export type Owner =
  /** It may be stopped or busy for any time: as long as it is there, it may write. */
  | { readonly type: "living"; readonly pid: number }
  | { readonly type: "gone" }
  /** On another host, or in no words that can be read: nobody here can look it up. */
  | { readonly type: "unknown" };

const shape = z.object({
  host: z.string(),
  pid: z.number().int().positive(),
  /** When it started, as /proc tells; null where there is none, and from versions that did not note it. */
  start: z.string().nullable().default(null),
});

/** What this process writes into an owner's file. */
export async function signature(): Promise<string> {
  const start = (await processOf(process.pid))?.start ?? null;
  return JSON.stringify({ host: hostname(), pid: process.pid, start } satisfies z.infer<typeof shape>);
}

/** Judges an owner's file that this process did not write. */
export async function judge(text: string): Promise<Owner> {
  const owner = read(text);
  if (owner === null || owner.host !== hostname()) return { type: "unknown" };
  const { pid, start } = owner;
  // Our own pid was a predecessor's, in a container that was started anew.
  if (pid === process.pid || !exists(pid)) return { type: "gone" };
  const now = await processOf(pid);
  // A pid is given again, and a killed process keeps its own until its parent has taken note.
  const isAnother = now !== null && start !== null && now.start !== start;
  return isAnother || now?.hasEnded ? { type: "gone" } : { type: "living", pid };
}

function read(text: string): z.infer<typeof shape> | null {
  try {
    return shape.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and somebody else's.
    return isNativeError(error) && "code" in error && error.code === "EPERM";
  }
}

/** From /proc, where the system has one and shows the process; else null. */
async function processOf(pid: number): Promise<{ readonly start: string; readonly hasEnded: boolean } | null> {
  const line = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  // The second field is the program's name in parentheses, which may hold spaces and parentheses itself: proc(5).
  const [state, ...rest] = line?.slice(line.lastIndexOf(")") + 2).split(" ") ?? [];
  // Field 22, in clock ticks since the system's start.
  const start = rest[22 - 4];
  if (state === undefined || start === undefined) return null;
  return { start, hasEnded: state === "Z" || state === "X" };
}
