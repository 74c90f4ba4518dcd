/**
 * The embedded store's directory: checked and locked before PGlite sees it, because PGlite has no lock of its own
 * (two processes on one directory both write, and lose each other's rows) and no words for a bad directory.
 */
import { access, constants, mkdir, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isNativeError } from "node:util/types";
import lockfile from "proper-lockfile";
import { StoreError } from "./errors.ts";
import { judge, signature } from "./owner.ts";

/**
 * proper-lockfile brings signal-exit, which ends the process by SIGXFSZ where Node ignores it. With a listener of ours it
 * leaves the signal alone, and a write past a limit on file sizes (ulimit -f, LimitFSIZE) is an error, which has words.
 */
process.on("SIGXFSZ", () => {});

export interface HeldDirectory {
  /** Absolute, and no symbolic link. */
  readonly path: string;
  release(): Promise<void>;
}

/**
 * Makes the directory where it is missing and holds it for this process. Throws StoreError in plain words. `lost` is told
 * when the lock is found to be another's, or gone: two processes would lose each other's rows.
 */
export async function holdDirectory(
  directory: string,
  lost: (sentence: string) => void = () => {},
): Promise<HeldDirectory> {
  let path = resolve(directory);
  try {
    await makeDirectory(path);
    // One directory has one lock, by whatever link it is named.
    path = await realpath(path);
    if (!(await stat(path)).isDirectory()) throw new Error("it is not a directory");
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new StoreError(
      `The embedded store needs a directory that it may write to; ${directory} can't serve (${codeOf(error)}). ` +
        "Name another one in DATABASE_URL.",
    );
  }
  try {
    await admit(path, directory);
    return await lock(path, (error) =>
      lost(
        `The lock of the embedded store in ${directory} was lost (${codeOf(error)}): another process may be using it.`,
      ),
    );
  } catch (error) {
    if (error instanceof StoreError) throw error;
    if (codeOf(error) === "ELOCKED") throw inUse(directory, null);
    throw new StoreError(
      `The embedded store in ${directory} could not be locked (${codeOf(error)}). Its lock is kept beside it, so the ` +
        "directory above must be one that may be written to. Name another one in DATABASE_URL.",
    );
  }
}

/** mkdir's own `recursive` tries for ever where a parent is there and takes no child, such as /proc. */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || dirname(path) === path) throw error;
    await makeDirectory(dirname(path));
    await mkdir(path).catch((again: unknown) => {
      if (codeOf(again) !== "EEXIST") throw again;
    });
  }
}

function inUse(directory: string, pid: number | null): StoreError {
  return new StoreError(
    `Another process is using the embedded store in ${directory}${pid === null ? "" : ` (pid ${pid})`}. ` +
      "Stop it, name another directory in DATABASE_URL, or use PostgreSQL, which serves several.",
  );
}

/** Paths that this very process holds. */
const held = new Set<string>();

async function lock(path: string, onCompromised: (error: Error) => void): Promise<HeldDirectory> {
  // Refreshed each 5 s and believed for 15 s: its age decides only where the owner can't be looked up.
  const release = await lockfile.lock(path, {
    lockfilePath: lockOf(path),
    stale: 15_000,
    update: 5_000,
    realpath: false,
    onCompromised,
  });
  held.add(path);
  await writeFile(ownerFile(path), await signature());
  return {
    path,
    async release() {
      held.delete(path);
      // First, so that the next owner's lock is never taken for that of a process that has ended.
      await rm(ownerFile(path), { force: true });
      // A lock that was lost is nobody's to give back.
      await release().catch(() => {});
    },
  };
}

/** Beside the directory, not in it: PGlite owns what is inside. */
const lockOf = (path: string) => `${path}.lock`;
const ownerFile = (path: string) => `${path}.owner`;

/**
 * The owner's process is asked before the lock is: a process that is stopped, or busy for 15 s, refreshes no lock, and
 * writes on when it wakes. A killed one can't free its lock, but it can be seen to be gone, so that a restart need not wait.
 */
async function admit(path: string, directory: string): Promise<void> {
  if (held.has(path)) throw inUse(directory, process.pid);
  const judged = await readFile(ownerFile(path), "utf8").catch(() => null);
  if (judged === null) return;
  const owner = await judge(judged);
  if (owner.type === "living") throw inUse(directory, owner.pid);
  if (owner.type === "gone") await takeOverFromTheDead(path, judged);
}

/**
 * Of several that see the owner gone, the one that gets hold of the owner's file removes the lock; the others would remove
 * the first one's.
 */
async function takeOverFromTheDead(path: string, judged: string): Promise<void> {
  const mine = `${ownerFile(path)}.${process.pid}`;
  try {
    await rename(ownerFile(path), mine);
  } catch {
    return;
  }
  if ((await readFile(mine, "utf8").catch(() => null)) !== judged) {
    // Somebody was quicker: this is the living owner's.
    await rename(mine, ownerFile(path));
    return;
  }
  await rm(lockOf(path), { recursive: true, force: true });
  await rm(mine, { force: true });
}

function codeOf(error: unknown): string {
  if (!isNativeError(error)) return "no reason was given";
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}
