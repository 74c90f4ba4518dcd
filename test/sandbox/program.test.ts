/** The sandbox as a program: what it prints makes a gateway use it, and wrong values are told in one line. */
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { readConfig } from "../../src/config.ts";
import { providers } from "../../src/datasources/index.ts";
import { environmentOf } from "../../src/sandbox/all.ts";
import { type Build, buildProgram, type Started, startProgram } from "../support/program.ts";
import { until } from "../support/until.ts";

let build: Build;
const started: Started[] = [];

beforeAll(async () => {
  build = await buildProgram();
}, 120_000);
afterEach(async () => {
  for (const { process, ended } of started.splice(0)) {
    process.kill("SIGKILL");
    await ended;
  }
});
afterAll(() => build.dispose());

function run(env: Readonly<Record<string, string>>): Started {
  const program = startProgram(build, "sandbox/main.js", env);
  started.push(program);
  return program;
}

test("it prints an environment that configures every provider with its sandbox, and ends by a signal", async () => {
  const program = run({ SANDBOX_PORT: "0", SANDBOX_SPEED: "100" });
  await until(() => /PURESPECTRUM_ACCESS_TOKEN=.*\n/.test(program.output()));
  const lines = program.output().trimEnd().split("\n");
  const env = Object.fromEntries(
    lines
      .filter((line) => !line.startsWith("#"))
      .map((line) => [line.split("=", 1)[0], line.slice(line.indexOf("=") + 1)]),
  );
  const read = readConfig(env, providers);
  if (!read.ok) throw new Error(read.complaints.join(" "));
  for (const { id, sandbox, configuredBy } of providers) {
    const mode = read.config.providers.get(id);
    if (mode?.mode !== "configured") throw new Error(`Expected ${id} to be configured; it is ${mode?.mode}.`);
    const { origin } = new URL(env[configuredBy] ?? "");
    expect(mode.settings).toEqual(sandbox.settings(origin));
    expect(await (await fetch(`${origin}/__sandbox/magic`)).json()).toMatchObject({ sandbox: id });
  }
  program.process.kill("SIGTERM");
  expect((await program.ended).code).toBe(0);
}, 120_000);

test.each([
  [{ SANDBOX_PORT: "none" }, /^SANDBOX_PORT: expected a whole number .* Example: SANDBOX_PORT=4100\n$/],
  [{ SANDBOX_HOST: "http://x" }, /^SANDBOX_HOST: expected a host name .*\n$/],
  [{ SANDBOX_SPEED: "0" }, /^SANDBOX_SPEED: expected a number .*\n$/],
  [
    { SANDBOX_HOST: "203.0.113.1" },
    /^The sandbox of .* could not be started at 203\.0\.113\.1:4100 \(EADDRNOTAVAIL\).*\n$/,
  ],
])(
  "%j is told in one line",
  async (env, sentence) => {
    const { code, stdout, stderr } = await run(env).ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(sentence);
  },
  120_000,
);

test("the environment holds what each definition says of its sandbox, and nothing of one that is left out", () => {
  const [first] = providers;
  if (!first) throw new Error("There is no provider.");
  expect(environmentOf(providers, ({ id }) => (id === first.id ? "http://127.0.0.1:1" : undefined))).toEqual(
    first.sandbox.settings("http://127.0.0.1:1"),
  );
});
