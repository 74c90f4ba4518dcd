/**
 * A program for trying a gateway that shares a secret with its issuer (`npm run token`): it signs a token as that issuer
 * would. What a token may say is read by the gateway's own rules, so that one that is given out is one that is taken.
 */
import { parseArgs } from "node:util";
import { SignJWT } from "jose";
import { readConfig } from "../config.ts";
import { rights, rightsOf } from "../operations/rights.ts";
import { readClaims } from "../server/auth/claims.ts";

const usage = `Usage: AUTH_SECRET=… npm run --silent token -- --sub olga --scope "operations:read operations:write" [--tenant acme] [--customer 123456789] [--minutes 60]`;

function fail(...sentences: readonly string[]): never {
  for (const sentence of [...sentences, usage]) process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

function readArguments() {
  try {
    const options = { type: "string" } as const;
    return parseArgs({
      options: { sub: options, scope: options, tenant: options, customer: options, minutes: options },
    }).values;
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}.`);
  }
}

const { sub, scope = "", tenant, customer, minutes = "60" } = readArguments();
// The variables of authentication alone matter here, by the gateway's own rules.
const names = Object.keys(process.env).filter((name) => name.startsWith("AUTH"));
const read = readConfig(Object.fromEntries(names.map((name) => [name, process.env[name]])), []);
if (!read.ok) fail(...read.complaints);
const { auth } = read.config;
if (auth.mode !== "jwt" || auth.keys.type !== "secret") {
  fail(
    "AUTH_SECRET: expected the secret that the gateway was started with; with AUTH_JWKS_URL its issuer alone can sign.",
  );
}
if (!/^[1-9]\d{0,5}$/.test(minutes)) fail(`--minutes: expected a whole number from 1 to 999999; got "${minutes}".`);
const unknown = scope.split(/\s+/).filter((word) => word !== "" && rightsOf(word)?.size === 0);
if (unknown.length > 0) fail(`--scope: expected words of ${rights.join(", ")}; got "${unknown.join(" ")}".`);

const now = Math.floor(Date.now() / 1000);
const claims = {
  ...(sub === undefined ? {} : { sub }),
  scope,
  iat: now,
  exp: now + Number(minutes) * 60,
  ...(tenant === undefined ? {} : { [auth.tenantClaim]: tenant }),
  ...(customer === undefined ? {} : { [auth.customerClaim]: customer }),
  ...(auth.issuer === null ? {} : { iss: auth.issuer }),
  ...(auth.audience === null ? {} : { aud: auth.audience }),
};
const claimed = readClaims(claims, auth, Date.now());
if (claimed.type === "refused") fail(claimed.why);
const token = await new SignJWT(claims)
  .setProtectedHeader({ alg: "HS256", typ: "JWT" })
  .sign(new TextEncoder().encode(auth.keys.secret));
process.stdout.write(`${token}\n`);
