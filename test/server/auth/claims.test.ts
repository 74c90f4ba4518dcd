/** From a token's claims to who its bearer is: what is taken, and what is refused by a sentence that names the claim. */
import { describe, expect, test } from "@jest/globals";
import { holds, type Right, rights, rightsOf } from "../../../src/operations/rights.ts";
import { readClaims } from "../../../src/server/auth/claims.ts";

const config = { tenantClaim: "tenant", customerClaim: "cleeng_customer_id", clockToleranceSeconds: 30 };
const least = { sub: "olga", exp: 1_000, iat: 400 };
const read = (more: object, settings = config) => readClaims({ ...least, ...more }, settings, 500_000);

test("the least that a token says: nobody's rights, of the default tenant, until its end and the tolerance", () => {
  expect(read({})).toEqual({
    type: "identity",
    identity: {
      tenant: "default",
      owner: "olga",
      rights: new Set(),
      customer: null,
      expiresAt: 1_030_000,
      issuedAt: 400_000,
    },
  });
});

test("tenant and customer come from the claims that are configured, and from no others", () => {
  const settings = { ...config, tenantClaim: "https://example.com/tenant", customerClaim: "cid" };
  const claims = { tenant: "no", cleeng_customer_id: "no", "https://example.com/tenant": "acme", cid: 123 };
  expect(read(claims, settings)).toMatchObject({ identity: { tenant: "acme", customer: "123" } });
  // What an object inherits is no claim.
  expect(read({}, { ...config, tenantClaim: "constructor" })).toMatchObject({ identity: { tenant: "default" } });
});

test.each([
  ["a text of words", "operations:read other:thing  access:check", ["operations:read", "access:check"]],
  ["a list of them", ["service", "admin"], ["service", "admin"]],
  ["none that is known", "openid profile", []],
  ["words that only begin like one", "operations:reads services", []],
  ["null", null, []],
  ["a tab between them, which is no space", "service\tadmin", []],
] as const)("scope: %s", (_name, scope, expected) => {
  expect(rightsOf(scope)).toEqual(new Set(expected));
});

const long = "é".repeat(128);
test.each<[string, object]>([
  ["sub", { sub: undefined }],
  ["sub", { sub: "" }],
  ["sub", { sub: 5 }],
  ["sub", { sub: long }],
  ["sub", { sub: "a\0b" }],
  ["sub", { sub: "half \ud800" }],
  ["tenant", { tenant: "" }],
  ["tenant", { tenant: long }],
  ["tenant", { tenant: ["acme"] }],
  ["cleeng_customer_id", { cleeng_customer_id: "" }],
  ["cleeng_customer_id", { cleeng_customer_id: {} }],
  ["scope", { scope: 7 }],
  ["scope", { scope: ["operations:read", 7] }],
  ["exp", { exp: undefined }],
  ["exp", { exp: Number.POSITIVE_INFINITY }],
  ["iat", { iat: 531 }],
  ["iat", { iat: -1 }],
  ["tenant", { tenant: null }],
])("a wrong %s is refused by name, and not shown: %j", (claim, claims) => {
  const claimed = read(claims);
  if (claimed.type !== "refused") throw new Error("Expected the claims to be refused; they were taken.");
  expect(claimed.why).toContain(`claim ${claim} `);
  expect(claimed.why).not.toMatch(/é|half|acme/);
});

test("an issuer's clock may be ahead by the tolerance", () => {
  expect(read({ iat: 530 })).toMatchObject({ identity: { issuedAt: 530_000 } });
});

test("names of 255 bytes are taken: the store's indexes have room for them", () => {
  const name = `${"é".repeat(127)}x`;
  expect(read({ sub: name, tenant: name })).toMatchObject({ identity: { owner: name, tenant: name } });
});

describe("a right", () => {
  test("is held by whoever has it, and by admin; service is none of the others", () => {
    const table = rights.map(
      (granted) => [granted, rights.filter((right) => holds(new Set([granted]), right))] as const,
    );
    expect(Object.fromEntries(table)).toEqual({
      "operations:read": ["operations:read"],
      "operations:write": ["operations:write"],
      "access:check": ["access:check"],
      service: ["service"],
      admin: [...rights],
    } satisfies Record<Right, readonly Right[]>);
  });
});
