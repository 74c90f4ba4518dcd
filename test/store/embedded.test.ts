import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { logEnd } from "../../src/store/changes.ts";
import { holdDirectory } from "../../src/store/embedded.ts";
import { StoreError } from "../../src/store/errors.ts";
import { listOperations } from "../../src/store/operations.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { until } from "../support/until.ts";
import { read, snapshot } from "./learning.ts";

const scope = { tenant: "default", owner: null };
let parent: string;
let directory: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "statusgraph-embedded-"));
  directory = join(parent, "store");
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const open = () => openStore({ database: { type: "embedded", directory } });

/** What went wrong, in the words that an operator reads; a stack or a bare code would be no StoreError. */
async function complaint(held: Promise<unknown>): Promise<string> {
  try {
    await held;
  } catch (error) {
    if (error instanceof StoreError) return error.message;
    throw error;
  }
  throw new Error("Expected the store to be refused; it opened.");
}

/** Nobody may write there; root heeds no mode, but the file system's own flag. Null where neither can be had. */
async function forbid(path: string): Promise<(() => Promise<void>) | null> {
  if (process.getuid?.() === 0) {
    try {
      execFileSync("chattr", ["+i", path], { stdio: "ignore" });
    } catch {
      if (process.env.CI)
        throw new Error("With CI set, expected a file system whose files root can guard by chattr +i.");
      process.stderr.write("\nNOT RUN: what needs a directory that root may not write to. Run it as another user.\n");
      return null;
    }
    return async () => void execFileSync("chattr", ["-i", path]);
  }
  await chmod(path, 0o555);
  return () => chmod(path, 0o755);
}

describe("the embedded store's directory", () => {
  test("is made with all that leads to it, and keeps what was recorded, whichever link names it", async () => {
    directory = join(parent, "a", "b", "store");
    const first = await open();
    await read(first, "kept", snapshot("RUNNING"));
    const end = await logEnd(first.db);
    await first.dispose();

    const link = join(parent, "link");
    await symlink(directory, link);
    const second = await openStore({ database: { type: "embedded", directory: link } });
    const rows = await listOperations(second, { scope, filter: {}, limit: 9, after: null });
    expect(rows.map(({ naturalId }) => naturalId)).toEqual(["kept"]);
    expect(await logEnd(second.db)).toEqual(end);
    await second.dispose();
  });

  test("has an epoch of its own also where a start was killed right after it had copied the template; then keeps it", async () => {
    const epochIn = async (path: string, work: (store: Store) => Promise<unknown> = async () => {}) => {
      const store = await openStore({ database: { type: "embedded", directory: path } });
      await work(store);
      const { epoch } = await logEnd(store.db);
      await store.dispose();
      return epoch;
    };
    const template = await epochIn(directory);
    // What such a start leaves: files of a store that was never used.
    const copies = [join(parent, "first"), join(parent, "second")] as const;
    for (const copy of copies) await cp(directory, copy, { recursive: true });
    const [first, second] = [
      await epochIn(copies[0]),
      await epochIn(copies[1], (store) => read(store, "one", snapshot("RUNNING"))),
    ];
    expect(new Set([template, first, second]).size).toBe(3);
    expect(await epochIn(copies[1])).toBe(second);
  });

  test.each([
    ["a file stands in its place", ["store"], "it is not a directory"],
    ["it would lie below a file", ["store", "below"], "ENOTDIR"],
  ])("is refused in words where %s", async (_why, path, code) => {
    await writeFile(join(parent, "store"), "");
    const wanted = join(parent, ...path);
    const said = await complaint(openStore({ database: { type: "embedded", directory: wanted } }));
    expect(said).toContain(`${wanted} can't serve (${code})`);
    expect(said).toContain("DATABASE_URL");
    expect(await readdir(parent)).toEqual(["store"]);
  });

  // A system without such a place has no such trap.
  (existsSync("/proc/self") ? test : test.skip)("is refused in words where its parent takes no child", async () => {
    const wanted = "/proc/statusgraph/store";
    const said = await complaint(openStore({ database: { type: "embedded", directory: wanted } }));
    expect(said).toContain(`${wanted} can't serve (ENOENT)`);
  });

  test.each([
    ["it may not be written to", "store", /can't serve \((EACCES|EPERM)\)/],
    ["its lock can't be kept beside it", ".", /could not be locked \((EACCES|EPERM)\)/],
  ])("is refused in words where %s", async (_why, guarded, said) => {
    await mkdir(directory);
    const mend = await forbid(join(parent, guarded));
    if (mend === null) return;
    try {
      expect(await complaint(open())).toMatch(said);
    } finally {
      await mend();
    }
  });

  test("is refused in words where it holds something else, and is free again after that", async () => {
    await mkdir(directory);
    await writeFile(join(directory, "PG_VERSION"), "9.1");
    expect(await complaint(open())).toContain("could not be opened");
    await (await holdDirectory(directory)).release();
  });

  test("is refused to a second holder, under whatever name, until the first lets it go", async () => {
    const held = await holdDirectory(directory);
    const link = join(parent, "link");
    await symlink(directory, link);
    for (const name of [directory, `${directory}/`, join(parent, ".", "store"), link]) {
      expect(await complaint(holdDirectory(name))).toContain("Another process is using the embedded store");
    }
    await held.release();
    await (await holdDirectory(link)).release();
  });
});

describe("a directory that another process holds", () => {
  let holder: ChildProcess | null = null;
  afterEach(() => {
    holder?.kill("SIGKILL");
    holder = null;
  });

  /** A process that holds the directory and does nothing else. */
  async function holdElsewhere(): Promise<ChildProcess> {
    const source = new URL("../../src/store/embedded.ts", import.meta.url).href;
    const script = `
      const { holdDirectory } = await import(${JSON.stringify(source)});
      await holdDirectory(${JSON.stringify(directory)});
      process.stdout.write("held");
      setInterval(() => {}, 1000);`;
    holder = spawn(process.execPath, ["--no-warnings", "--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (!holder.stdout) throw new Error("The child has no standard output.");
    await once(holder.stdout, "data");
    return holder;
  }

  /** A process that waits for a word and then tries; "held", or why not. */
  async function takeElsewhere(): Promise<{ readonly process: ChildProcess; readonly outcome: Promise<string> }> {
    const source = new URL("../../src/store/embedded.ts", import.meta.url).href;
    const script = `
      const { holdDirectory } = await import(${JSON.stringify(source)});
      process.stdout.write("here\\n");
      await new Promise((resolve) => process.stdin.once("data", resolve));
      process.stdout.write(await holdDirectory(${JSON.stringify(directory)}).then(() => "held", ({ message }) => message));
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--no-warnings", "--input-type=module", "--eval", script], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const said = child.stdout;
    await once(said, "data");
    return { process: child, outcome: once(said, "data").then(([text]) => String(text)) };
  }

  test("is refused while it lives, and taken over at once when it was killed", async () => {
    const child = await holdElsewhere();
    expect(await complaint(holdDirectory(directory))).toContain("Another process is using the embedded store");
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    const taken = await holdDirectory(directory);
    expect(await complaint(holdDirectory(directory))).toContain("Another process");
    await taken.release();
  });

  /** As it looks when nobody has refreshed it for a minute. */
  async function age(): Promise<void> {
    const then = new Date(Date.now() - 60_000);
    await utimes(`${directory}.lock`, then, then);
  }

  test("is refused for as long as its holder lives, be that stopped and its lock as old as can be", async () => {
    const child = await holdElsewhere();
    child.kill("SIGSTOP");
    await age();
    const said = await complaint(holdDirectory(directory));
    expect(said).toContain("Another process is using the embedded store");
    expect(said).toContain(`pid ${child.pid}`);
    // Versions before noted no start.
    await writeFile(`${directory}.owner`, JSON.stringify({ host: hostname(), pid: child.pid }));
    expect(await complaint(holdDirectory(directory))).toContain(`pid ${child.pid}`);
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    await (await holdDirectory(directory)).release();
  });

  test("is refused to its own process as well, though that was too busy to refresh the lock", async () => {
    const held = await holdDirectory(directory);
    await age();
    expect(await complaint(holdDirectory(directory))).toContain("Another process is using the embedded store");
    await held.release();
  });

  test("is taken over at once where its owner's pid is another program's by now, which /proc tells", async () => {
    const child = await holdElsewhere();
    const owner = JSON.parse(await readFile(`${directory}.owner`, "utf8"));
    const hasProc = existsSync("/proc/self/stat");
    expect(owner).toEqual({ host: hostname(), pid: child.pid, start: hasProc ? expect.stringMatching(/^\d+$/) : null });
    await writeFile(`${directory}.owner`, JSON.stringify({ ...owner, start: "1" }));
    const taking = holdDirectory(directory);
    // Elsewhere nobody can tell: that is the safe side.
    if (hasProc) await (await taking).release();
    else expect(await complaint(taking)).toContain(`pid ${child.pid}`);
  });

  test("is taken over at once where its owner was killed, and its parent has taken no note of that", async () => {
    // What becomes of a shell's child when the shell becomes a program that waits for nobody.
    holder = spawn("sh", ["-c", "sleep 1000 & echo $!; exec sleep 1000"], { stdio: ["ignore", "pipe", "inherit"] });
    if (!holder.stdout) throw new Error("The child has no standard output.");
    const [said] = await once(holder.stdout, "data");
    const pid = Number(said);
    await (await holdDirectory(directory)).release();
    await mkdir(`${directory}.lock`);
    await writeFile(`${directory}.owner`, JSON.stringify({ host: hostname(), pid }));
    expect(await complaint(holdDirectory(directory))).toContain(`pid ${pid}`);
    process.kill(pid, "SIGKILL");
    await until(async () =>
      holdDirectory(directory).then(
        async (held) => {
          await held.release();
          return true;
        },
        () => !existsSync("/proc/self/stat"),
      ),
    );
  });

  test("is taken over by one alone of several that see its owner gone at the same moment", async () => {
    for (let round = 0; round < 5; round += 1) {
      const child = await holdElsewhere();
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
      const takers = await Promise.all(Array.from({ length: 4 }, () => takeElsewhere()));
      for (const { process } of takers) process.stdin?.write("go");
      const outcomes = await Promise.all(takers.map(({ outcome }) => outcome));
      expect(outcomes.filter((outcome) => outcome === "held")).toHaveLength(1);
      const ended = takers.map(({ process }) => process.exitCode !== null || once(process, "exit"));
      for (const { process } of takers) process.kill("SIGKILL");
      await Promise.all(ended);
      await rm(`${directory}.lock`, { recursive: true, force: true });
      await rm(`${directory}.owner`, { force: true });
    }
  }, 120_000);

  test("tells its holder once it is another's, with a sentence", async () => {
    const { promise: sentence, resolve: lost } = Promise.withResolvers<string>();
    const held = await holdDirectory(directory, lost);
    // What a start on another host does that believes this one dead.
    await rm(`${held.path}.lock`, { recursive: true });
    expect(await sentence).toMatch(
      /^The lock of the embedded store in .* was lost \(.*\): another process may be using it\.$/,
    );
    await held.release();
  }, 120_000);

  test("is not taken over from another host, whose processes can't be looked up", async () => {
    const child = await holdElsewhere();
    await writeFile(`${directory}.owner`, JSON.stringify({ host: "elsewhere", pid: child.pid }));
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    expect(await complaint(holdDirectory(directory))).toContain("Another process is using the embedded store");
  });
});
