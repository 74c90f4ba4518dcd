/** What compose.yml and the Dockerfile set is what the programs know. No engine is needed: both are read as text. */
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { programs } from "../src/config/programs.ts";
import { readConfig, variables } from "../src/config.ts";
import { providers } from "../src/datasources/index.ts";
import { environmentOf } from "../src/sandbox/all.ts";

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
const compose = read("compose.yml");
const dockerfile = read("Dockerfile");
const known = new Set(variables(providers).map(({ name }) => name));

/** The lines below `key` that are indented deeper, comments left out. */
function block(lines: readonly string[], key: string, depth: number): string[] {
  const indent = " ".repeat(depth);
  const start = lines.indexOf(`${indent}${key}:`);
  if (start < 0) throw new Error(`Expected "${key}:" at depth ${depth} of compose.yml.`);
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => line.trim() !== "" && !line.startsWith(`${indent} `));
  return (end < 0 ? rest : rest.slice(0, end)).filter((line) => !line.trimStart().startsWith("#"));
}

/** Block style alone, as this file is written: `NAME: value`, the value plain or in double quotes. */
function environmentIn(service: string): Record<string, string> {
  const lines = block(block(block(compose.split("\n"), "services", 0), service, 2), "environment", 4);
  return Object.fromEntries(
    lines.map((line) => {
      const [, name = "", value = ""] = /^ {6}([A-Z0-9_]+): (?:"([^"]*)"|(\S.*))$/.exec(line)?.filter(Boolean) ?? [];
      if (name === "") throw new Error(`Expected "NAME: value"; got "${line}".`);
      return [name, value];
    }),
  );
}

test.each([
  ["gateway", 19],
  ["sandbox", 3],
])("every variable that the service %s is given is one that is read", (service, count) => {
  const names = Object.keys(environmentIn(service));
  expect(names).toHaveLength(count);
  expect(names.filter((name) => !known.has(name))).toEqual([]);
});

test("the gateways' environment is a right one, shares a PostgreSQL and a Redis, and asks the sandbox of each provider", () => {
  const env = environmentIn("gateway");
  const config = readConfig(env, providers);
  if (!config.ok) throw new Error(config.complaints.join(" "));
  // Compose fills it in, and starts nothing without it.
  expect(env.AUTH_SECRET).toMatch(/^\$\{AUTH_SECRET:\?/);
  expect(config.config.auth.mode).toBe("jwt");
  expect(config.config).toMatchObject({ database: { type: "postgres" }, redisUrl: "redis://redis:6379" });
  const { SANDBOX_PORT = "" } = environmentIn("sandbox");
  expect(SANDBOX_PORT).toBe(programs.sandboxPort.default);
  const offered = environmentOf(providers, (one) => `http://sandbox:${Number(SANDBOX_PORT) + providers.indexOf(one)}`);
  expect(env).toMatchObject(offered);
});

test("a gateway is given longer to stop than it takes", () => {
  const gateway = block(block(compose.split("\n"), "services", 0), "gateway", 2);
  const [, seconds] = /^ {4}stop_grace_period: (\d+)s$/m.exec(gateway.join("\n")) ?? [];
  expect(Number(seconds)).toBeGreaterThan(10);
  expect(environmentIn("gateway")).not.toHaveProperty("DRAIN_SECONDS");
});

test("the image sets what is known, is no superuser, and is asked whether it is ready", () => {
  const [, text = ""] = /^ENV ((?:.*\\\n)*.*)$/m.exec(dockerfile) ?? [];
  const names = [...text.matchAll(/([A-Z_]+)=/g)].map(([, name = ""]) => name);
  expect(names).toEqual(["NODE_ENV", "HOST", "PORT", "DATABASE_URL"]);
  expect(names.filter((name) => !known.has(name))).toEqual([]);
  expect(dockerfile).toMatch(/^USER node$/m);
  expect(dockerfile).toMatch(/^STOPSIGNAL SIGTERM$/m);
  expect(dockerfile).toMatch(/^HEALTHCHECK .*\\\n.*\/readyz/m);
});
