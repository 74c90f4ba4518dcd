/**
 * A fault that nobody caught ends a program. What libraries hang on an error is then no part of its last words, as it would
 * be of Node's own.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Build, buildProgram, type Ended } from "../support/program.ts";
import { createMarkers } from "./markers.ts";
import { createWritten } from "./written.ts";

const markers = createMarkers();
const secret = markers.plant("what an error bears", "text");
const inToken = markers.plant("a token in a message");

let build: Build;
let directory: string;
beforeAll(async () => {
  build = await buildProgram();
  directory = await mkdtemp(join(tmpdir(), "statusgraph-crash-"));
}, 120_000);
afterAll(async () => {
  await build.dispose();
  await rm(directory, { recursive: true });
});

/** A program of a few lines, with the log of the gateway; it ends by `fault`. */
async function crash(fault: string, format: "json" | "pretty", guarded = true): Promise<Ended> {
  const script = join(directory, "program.mjs");
  const url = (file: string) => JSON.stringify(pathToFileURL(join(build.directory, file)).href);
  await writeFile(
    script,
    `import { createLogger } from ${url("log.js")};
     import { logCrashes } from ${url("crash.js")};
     const { SECRET: secret, TOKEN: token } = process.env;
     const log = createLogger({ level: "info", format: "${format}" });
     if (${guarded}) logCrashes(log);
     const request = { headers: { authorization: secret }, path: "/?token=" + token, body: secret };
     const error = Object.assign(new TypeError("it broke with Bearer " + token, { cause: new Error("said " + secret) }),
       { request, body: secret, headers: [secret], input: secret, code: "E_BROKEN", detail: "Key (a)=(" + secret + ")" });
     setInterval(() => {}, 1_000);
     setImmediate(() => { ${fault} });`,
  );
  const child = spawn(process.execPath, [script], { env: { SECRET: secret, TOKEN: inToken } });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text: Buffer) => {
    stdout += text;
  });
  child.stderr.on("data", (text: Buffer) => {
    stderr += text;
  });
  return new Promise((resolve) => child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr })));
}

const faults = [
  ["an error that is thrown", "throw error;"],
  ["a promise that rejects", "void Promise.reject(error);"],
  ["several errors in one", "throw new AggregateError([error, error], 'all failed', { cause: error });"],
  ["a text", "throw secret;"],
  ["an object", "void Promise.reject(request);"],
  ["JSON that can't be read", "JSON.parse(secret);"],
] as const;

test.each(["json", "pretty"] as const)(
  "in %s lines: whatever ends it, it says so with 1, and tells no secret",
  async (format) => {
    for (const [name, fault] of faults) {
      const { code, stdout, stderr } = await crash(fault, format);
      expect({ name, code, stderr }).toEqual({ name, code: 1, stderr: "" });
      expect(stdout).toMatch(/fatal.*A fault of its own has ended the program|FATAL: A fault of its own/s);
      const written = createWritten();
      written.add(name, stdout);
      expect(written.leaks(markers)).toEqual([]);
    }
    const { stdout } = await crash("throw error;", format);
    // What helps to mend it is there.
    for (const part of ["TypeError", "it broke with Bearer [redacted]", "E_BROKEN", "program.mjs"])
      expect(stdout).toContain(part);
  },
  60_000,
);

test("without that, Node tells them", async () => {
  for (const [name, fault] of faults.filter(([one]) => /thrown|text|JSON/.test(one))) {
    const { code, stderr } = await crash(fault, "json", false);
    const found = markers.find(Buffer.from(stderr)).length > 0;
    expect({ name, code, found }).toEqual({ name, code: 1, found: true });
  }
}, 60_000);
