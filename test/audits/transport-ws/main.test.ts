/** The command line, as its own process: what it prints, and how it ends. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "@jest/globals";
import type { Fault } from "./faults.ts";
import { audits } from "./index.ts";
import { readOptions } from "./options.ts";
import { documents } from "./schema.ts";
import { type AuditedServer, startServer } from "./server.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const program = fileURLToPath(new URL("main.ts", import.meta.url));

let server: AuditedServer | null = null;
afterEach(async () => {
  await server?.dispose();
  server = null;
});

function run(...argv: string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ["--import", "tsx", program, ...argv], { cwd: root }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr }),
    );
  });
}

async function addressOf(fault: Fault | null): Promise<string> {
  server = await startServer(fault);
  return server.url;
}

test("prints a line an audit, and ends with 0 where every MUST holds", async () => {
  const flags = Object.entries(documents).flatMap(([name, document]) => [`--${name}`, document]);
  const { code, stdout } = await run(await addressOf(null), ...flags, "--quiet", "100");
  const lines = stdout.split("\n");
  for (const { id, name } of audits) {
    expect(lines.filter((line) => line.startsWith(`${id}  `) && line.endsWith(name))).toHaveLength(1);
  }
  expect(stdout).toContain("Not run for want of --bad-param, --expiring-param, --message-limit.");
  expect(stdout).toContain(`${audits.length - 3} ok, 0 MUST failed, 0 SHOULD failed, 3 not run`);
  expect(code).toBe(0);
});

test("ends with 1 where a MUST does not, and says why", async () => {
  const { code, stdout } = await run(await addressOf("acknowledges twice"), "--only", "71DE", "--only", "5F02");
  expect(stdout).toMatch(/^5F02 {2}ok .*\n71DE {2}FAILED .*\n\n71DE {2}Expected one connection_ack; got another\.\n/);
  expect(code).toBe(1);
});

test("ends with 0 where a SHOULD alone does not", async () => {
  const { code, stdout } = await run(await addressOf("forgets a ping's payload"), "--only", "95CA");
  expect(stdout).toContain("0 ok, 0 MUST failed, 1 SHOULD failed, 0 not run");
  expect(code).toBe(0);
});

test("ends with 1 where there is no server, and with 2 where nothing could begin", async () => {
  const { code, stdout } = await run("ws://127.0.0.1:1/graphql", "--only", "5F02");
  expect([code, stdout]).toEqual([1, expect.stringContaining("ECONNREFUSED")]);
  const wrong = await run("http://127.0.0.1:4000/graphql");
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("Expected one address such as ws://")]);
  const unknown = await run("ws://127.0.0.1:1/graphql", "--only", "XXXX");
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("there is none called XXXX")]);
});

test("its flags become the target", () => {
  const flags = ["--param", "authorization=Bearer a=b", "--param", "x=", "--header", "a=b", "--message-limit", "10"];
  expect(readOptions(["ws://a/b", ...flags, "--ending", "subscription { a }", "--quiet", "5"])).toEqual({
    target: {
      url: "ws://a/b",
      connectionParams: { authorization: "Bearer a=b", x: "" },
      headers: { a: "b" },
      messageLimitBytes: 10,
      documents: { query: "{ __typename }", ending: "subscription { a }" },
      waits: { quietMs: 5 },
    },
    only: [],
  });
  for (const wrong of [["--param", "a"], ["--quiet", "0"], ["--quiet", "x"], ["--unknown"], ["ws://a"]]) {
    expect(() => readOptions(["ws://a/b", ...wrong])).toThrow();
  }
});
