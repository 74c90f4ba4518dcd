/** The program as a process of its own, as an operator runs it. Each is ended by its own id. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { programVariable } from "./variables.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Program {
  readonly process: ChildProcess;
  /** The gateway's address, once its log names it; rejects where the program ends before. */
  readonly url: Promise<string>;
  readonly ended: Promise<Ended>;
  output(): string;
}

export interface Build {
  readonly directory: string;
  dispose(): Promise<void>;
}

/**
 * Compiles src as `npm run build` does, into a directory beside dist: it starts in half the time tsx takes. The suites of
 * one run share what the first of them compiled, and leave it to global-teardown.ts.
 */
export async function buildProgram(): Promise<Build> {
  const shared = process.env[programVariable];
  if (shared && existsSync(shared)) return { directory: shared, dispose: async () => {} };
  const directory = await mkdtemp(join(root, ".statusgraph-program-"));
  const options = { declaration: "false", sourceMap: "false", incremental: "false", tsBuildInfoFile: "null" };
  const flags = Object.entries({ project: "tsconfig.build.json", outDir: directory, ...options });
  const drop = () => rm(directory, { recursive: true, force: true });
  try {
    await promisify(execFile)(
      process.execPath,
      ["node_modules/typescript/bin/tsc", ...flags.flatMap(([name, value]) => [`--${name}`, value])],
      { cwd: root },
    );
  } catch (error) {
    await drop();
    throw error;
  }
  if (!shared) return { directory, dispose: drop };
  try {
    await rename(directory, shared);
  } catch (error) {
    // Another suite was compiling at the same time, and was first.
    if (!existsSync(shared)) throw error;
    await drop();
  }
  return { directory: shared, dispose: async () => {} };
}

export type Started = Omit<Program, "url">;

/** The gateway, with nothing in its environment but what is given. */
export function runProgram(build: Build, env: Readonly<Record<string, string>>): Program {
  const { promise: url, resolve, reject } = Promise.withResolvers<string>();
  // Who does not wait for the address does not care that there is none.
  url.catch(() => {});
  const program = startProgram(build, "main.js", env, () => {
    const found = /GraphQL: +(http:\/\/[^/\s]+)\/graphql/.exec(program.output())?.[1];
    if (found && program.output().includes("Ready after")) resolve(found);
  });
  void program.ended.then(({ code, signal, stderr }) =>
    reject(new Error(`The program ended before it was ready (${code ?? signal}): ${stderr}`)),
  );
  return { ...program, url };
}

/** Any program of the build, by its file in it, with nothing in its environment but what is given. */
export function startProgram(
  { directory }: Build,
  file: string,
  env: Readonly<Record<string, string>>,
  onOutput: () => void = () => {},
  args: readonly string[] = [],
): Started {
  const child = spawn(process.execPath, [join(directory, file), ...args], {
    cwd: root,
    env: { PATH: process.env.PATH, LOG_FORMAT: "json", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    onOutput();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((settle) =>
    child.once("close", (code, signal) => settle({ code, signal, stdout, stderr })),
  );
  return { process: child, ended, output: () => stdout + stderr };
}

export async function post(url: string, query: string, variables: Record<string, unknown> = {}) {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data } = (await response.json()) as {
    // Answers are as various as the documents: each test reads what it asked for.
    // biome-ignore lint/suspicious/noExplicitAny: see above.
    readonly data: any;
  };
  return data;
}
