/** `npm run token`: what it prints is a token that a gateway with the same variables takes; what it can't sign it says. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { type Build, buildProgram, startProgram } from "../support/program.ts";
import { jwtEnv } from "../support/tokens.ts";

const env = { ...jwtEnv, AUTH_ISSUER: "https://issuer.example", AUTH_AUDIENCE: "us", AUTH_TENANT_CLAIM: "org" };
let build: Build;
let gateway: TestGateway;
beforeAll(async () => {
  [build, gateway] = await Promise.all([buildProgram(), startTestGateway({ env })]);
});
afterAll(async () => {
  await gateway.dispose();
  await build.dispose();
});

const run = async (args: readonly string[], given: Readonly<Record<string, string>> = env) => {
  const { code, stdout, stderr } = await startProgram(build, "token/main.js", given, () => {}, args).ended;
  return { code, stdout: stdout.trim(), stderr };
};

test("the gateway takes what it prints, with the claims that were asked for", async () => {
  const { code, stdout, stderr } = await run(["--sub", "olga", "--scope", "operations:read", "--tenant", "acme"]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(decodeJwt(stdout)).toMatchObject({ sub: "olga", org: "acme", scope: "operations:read" });
  const { status, data } = await gateway.request(
    "{ operations { totalCount } }",
    {},
    { authorization: `Bearer ${stdout}` },
  );
  expect([status, data]).toEqual([200, { operations: { totalCount: 0 } }]);
});

test.each<[string, readonly string[], Readonly<Record<string, string>>, RegExp]>([
  ["no subject", ["--scope", "admin"], env, /claim sub /],
  ["a scope that nobody knows", ["--sub", "a", "--scope", "root"], env, /--scope: .*got "root"/],
  ["a time that is none", ["--sub", "a", "--minutes", "soon"], env, /--minutes: .*got "soon"/],
  ["an option that nobody knows", ["--subject", "a"], env, /--subject/],
  ["no secret", ["--sub", "a"], {}, /AUTH_SECRET: expected the secret/],
  [
    "somebody else's keys",
    ["--sub", "a"],
    { AUTH_JWKS_URL: "https://login.example.com/keys" },
    /AUTH_JWKS_URL its issuer alone/,
  ],
])("without a stack: %s", async (_name, args, given, expected) => {
  const { code, stdout, stderr } = await run(args, given);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(expected);
  expect(stderr).toContain("Usage: ");
  expect(stderr).not.toMatch(/\n\s+at /);
});
