/** When a gateway starts without authentication, when it refuses to, and what it says. */
import { describe, expect, test } from "@jest/globals";
import { type Environment, readConfig } from "../../src/config.ts";
import { providers } from "../../src/datasources/index.ts";

const secret = "a-secret-of-the-tests-of-32-bytes-or-more";
const jwks = "https://login.example.com/jwks.json";
const read = (env: Environment) => readConfig(env, providers);
function complaintsOf(env: Environment): readonly string[] {
  const result = read(env);
  return result.ok ? [] : result.complaints;
}
function authOf(env: Environment) {
  const result = read(env);
  if (!result.ok) throw new Error(`Expected the environment to be right; got ${result.complaints.join(" ")}`);
  return { auth: result.config.auth, warnings: result.config.warnings };
}

describe("without authentication", () => {
  test.each<Environment>([
    {},
    { HOST: "127.0.0.1" },
    { HOST: "::1" },
    { HOST: "localhost" },
    { AUTH: "none" },
    { HOST: "127.8.9.1" },
  ])("on this machine, outside production, and loudly: %j", (env) => {
    const { auth, warnings } = authOf(env);
    expect(auth).toEqual({ mode: "none" });
    expect(warnings.filter((warning) => warning.startsWith("AUTH=none: there is no authentication."))).toHaveLength(1);
  });

  test.each<[Environment, RegExp]>([
    [{ HOST: "0.0.0.0" }, /^AUTH_JWKS_URL: .*at HOST=0\.0\.0\.0, which other machines reach/],
    [{ HOST: "::" }, /^AUTH_JWKS_URL: .*at HOST=::/],
    [{ HOST: "192.168.1.2" }, /^AUTH_JWKS_URL: /],
    [{ HOST: "gateway.example" }, /^AUTH_JWKS_URL: /],
    [{ NODE_ENV: "production" }, /^AUTH_JWKS_URL: .*in production/],
    [{ HOST: "0.0.0.0", AUTH: "none" }, /^AUTH: expected jwt at HOST=0\.0\.0\.0/],
    [{ NODE_ENV: "production", AUTH: "none" }, /^AUTH: expected jwt in production/],
    [{ AUTH: "none", AUTH_SECRET: secret }, /^AUTH: expected jwt, for keys are set/],
    [{ AUTH: "jwt" }, /^AUTH_JWKS_URL: expected an address of keys, or AUTH_SECRET, for AUTH is jwt/],
  ])("the start is refused, in one line: %j", (env, expected) => {
    expect(complaintsOf(env)).toEqual([expect.stringMatching(expected)]);
  });
});

describe("with tokens", () => {
  const defaults = {
    mode: "jwt",
    issuer: null,
    audience: null,
    clockToleranceSeconds: 30,
    tenantClaim: "tenant",
    customerClaim: "cleeng_customer_id",
  };

  test.each<[Environment, object]>([
    [{ AUTH_SECRET: secret }, { type: "secret", secret }],
    [
      { AUTH_JWKS_URL: jwks, NODE_ENV: "production" },
      { type: "jwks", url: jwks },
    ],
    [
      { AUTH_JWKS_URL: "http://127.0.0.1:9/keys", HOST: "0.0.0.0" },
      { type: "jwks", url: "http://127.0.0.1:9/keys" },
    ],
  ])("keys alone say so: %j", (env, keys) => {
    const { auth, warnings } = authOf(env);
    expect(auth).toEqual({ ...defaults, keys });
    expect(warnings.join()).not.toContain("AUTH=none");
    expect(warnings).toContainEqual(expect.stringMatching(/^AUTH_ISSUER and AUTH_AUDIENCE unset/));
  });

  test("issuer, audience, tolerance and claims are read", () => {
    const env = {
      AUTH_SECRET: secret,
      AUTH_ISSUER: "https://i/",
      AUTH_AUDIENCE: "us",
      AUTH_CLOCK_TOLERANCE_SECONDS: "0",
    };
    const claims = { AUTH_TENANT_CLAIM: "https://x/tenant", AUTH_CUSTOMER_CLAIM: "cid" };
    const { auth, warnings } = authOf({ ...env, ...claims });
    const read = {
      issuer: "https://i/",
      audience: "us",
      clockToleranceSeconds: 0,
      tenantClaim: "https://x/tenant",
      customerClaim: "cid",
    };
    expect(auth).toMatchObject(read);
    expect(warnings.join()).not.toContain("AUTH_");
  });

  test.each<[string, Environment]>([
    ["AUTH_SECRET", { AUTH_SECRET: "short-secret" }],
    ["AUTH_SECRET", { AUTH_SECRET: secret, AUTH_JWKS_URL: jwks }],
    ["AUTH_JWKS_URL", { AUTH_JWKS_URL: "http://login.example.com/jwks.json" }],
    ["AUTH_JWKS_URL", { AUTH_JWKS_URL: "https://user:password@login.example.com/" }],
    ["AUTH_JWKS_URL", { AUTH_JWKS_URL: "file:///keys" }],
    ["AUTH", { AUTH: "basic", AUTH_SECRET: secret }],
    ["AUTH_CLOCK_TOLERANCE_SECONDS", { AUTH_SECRET: secret, AUTH_CLOCK_TOLERANCE_SECONDS: "-1" }],
    ["AUTH_TENANT_CLAIM", { AUTH_SECRET: secret, AUTH_TENANT_CLAIM: "a b" }],
  ])("a wrong %s is one line, and shows no secret: %j", (name, env) => {
    const complaints = complaintsOf(env);
    expect(complaints).toEqual([expect.stringMatching(new RegExp(`^${name}: expected `))]);
    expect(complaints.join()).not.toMatch(/short-secret|password|bytes-or-more"/);
  });
});
