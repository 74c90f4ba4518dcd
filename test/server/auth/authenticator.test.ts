/** Tokens at the door: a shared secret, an issuer's keys, their outage and their change; and sessions that end while they run. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { exportJWK, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from "jose";
import { pino } from "pino";
import type { JwtConfig } from "../../../src/config/auth.ts";
import {
  type Authenticated,
  type Authenticator,
  createAuthenticator,
  type Session,
} from "../../../src/server/auth/authenticator.ts";
import { ManualClock } from "../../support/clock.ts";
import { sendJson, startServer, type TestServer } from "../../support/http-server.ts";
import { foreignSecret, secret, type TokenOptions, token } from "../../support/tokens.ts";
import { until } from "../../support/until.ts";

const log = pino({ level: "silent" });
const base: Omit<JwtConfig, "keys"> = {
  mode: "jwt",
  issuer: null,
  audience: null,
  clockToleranceSeconds: 30,
  tenantClaim: "tenant",
  customerClaim: "cleeng_customer_id",
};
let clock: ManualClock;
let revokedUntil: number;
const open: Authenticator[] = [];

beforeEach(() => {
  clock = new ManualClock();
  revokedUntil = -1;
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.dispose()));
  expect(clock.sleeping).toBe(0);
});

function authenticator(more: Partial<JwtConfig> = {}): Authenticator {
  const config = { ...base, keys: { type: "secret", secret } as const, ...more };
  const revocations = { isRevoked: ({ issuedAt }: { readonly issuedAt: number }) => issuedAt <= revokedUntil };
  const one = createAuthenticator({ config, revocations, clock, log });
  open.push(one);
  return one;
}
const sign = (options: TokenOptions = {}, key?: string) => token({ now: clock.now(), ...options }, key);
const present = async (one: Authenticator, text: string | Promise<string>) => one.authenticate(`Bearer ${await text}`);
function sessionIn(result: Authenticated): Session {
  if (result.type === "refused") throw new Error(`Expected a session; refused: ${result.sentence}`);
  return result.session;
}
function sentenceIn(result: Authenticated): string {
  if (result.type === "session") throw new Error("Expected a refusal; got a session.");
  return result.sentence;
}

test("AUTH=none: everybody is anonymous, of tenant default, with every right", async () => {
  const one = createAuthenticator({ config: { mode: "none" }, revocations: { isRevoked: () => true }, clock, log });
  const { identity, refusal } = sessionIn(await one.authenticate(undefined));
  expect(identity).toMatchObject({ tenant: "default", owner: "anonymous", expiresAt: null });
  expect(refusal()).toBeNull();
  expect(identity.rights.size).toBe(5);
  await one.dispose();
});

describe("by a shared secret", () => {
  test("a good token is taken, whatever the case of its scheme", async () => {
    const one = authenticator();
    const text = await sign({ sub: "olga", tenant: "acme", scope: "operations:read" });
    for (const credentials of [`Bearer ${text}`, `bearer  ${text}`]) {
      expect(sessionIn(await one.authenticate(credentials)).identity).toMatchObject({ owner: "olga", tenant: "acme" });
    }
  });

  test("what is no Bearer token is refused in words that hold nothing of it", async () => {
    const one = authenticator();
    const odd = [
      undefined,
      null,
      "",
      "hunter2",
      "Basic aHVudGVyMg==",
      "Bearer",
      "Bearer hunter2 x",
      7,
      ["Bearer hunter2"],
    ];
    for (const credentials of [...odd, `Bearer ${"x".repeat(20_000)}`, "Bearer hunter2"]) {
      const sentence = sentenceIn(await one.authenticate(credentials));
      expect(sentence).toMatch(/^Expected .*\.$/);
      expect(sentence).not.toMatch(/hunter2|aHVu|xxx/);
    }
  });

  test.each<[string, () => Promise<string>, RegExp]>([
    ["another secret", () => sign({}, foreignSecret), /signed by this gateway's issuer/],
    ["no signature", async () => new UnsecuredJWT({ sub: "x", exp: 9_999_999_999 }).encode(), /alg|compact form/],
    ["no end", () => sign({ expiresInSeconds: null }), /claim exp is missing/],
    ["no subject", () => sign({ sub: null }), /claim sub is missing/],
    ["a wrong tenant", () => sign({ claims: { tenant: 5 } }), /claim tenant /],
    ["an end in the past", () => sign({ expiresInSeconds: -31 }), /has ended/],
    ["a beginning in the future", () => sign({ notBeforeInSeconds: 90 }), /claim nbf does not fit/],
    ["a foreign issuer", () => sign({ issuer: "https://other.example", audience: "us" }), /claim iss does not fit/],
    ["no issuer", () => sign({ audience: "us" }), /claim iss is missing/],
    [
      "a foreign audience",
      () => sign({ issuer: "https://issuer.example", audience: "them" }),
      /claim aud does not fit/,
    ],
  ])("%s is refused", async (_name, make, expected) => {
    const strict = /claim (iss|aud)/.test(expected.source);
    const one = authenticator(strict ? { issuer: "https://issuer.example", audience: "us" } : {});
    expect(sentenceIn(await present(one, make()))).toMatch(expected);
  });

  test("issuer and audience that fit are taken, and so is a token that ended within the tolerance", async () => {
    const one = authenticator({ issuer: "https://issuer.example", audience: "us" });
    const fitting = { issuer: "https://issuer.example", audience: "us" };
    sessionIn(await present(one, sign(fitting)));
    sessionIn(await present(one, sign({ ...fitting, expiresInSeconds: -20 })));
    sessionIn(await present(one, sign({ ...fitting, notBeforeInSeconds: 20 })));
  });

  test("a session ends with its token, and with its revocation; and the same token is taken no more", async () => {
    const one = authenticator();
    const text = await sign({ expiresInSeconds: 60 });
    const session = sessionIn(await present(one, text));
    clock.set(89_999);
    expect(session.refusal()).toBeNull();
    clock.set(1);
    expect(session.refusal()).toMatch(/has ended/);
    expect(sentenceIn(await present(one, text))).toMatch(/has ended/);

    const other = await sign({ sub: "otto" });
    const running = sessionIn(await present(one, other));
    revokedUntil = clock.now();
    expect(running.refusal()).toMatch(/revoked/);
    expect(sentenceIn(await present(one, other))).toMatch(/revoked/);
  });
});

describe("by an issuer's keys", () => {
  interface Key {
    readonly jwk: JWK;
    sign(kid?: string | null): Promise<string>;
  }
  let issuer: TestServer;
  let published: unknown;
  let status: number;

  beforeEach(async () => {
    status = 200;
    issuer = await startServer((_received, response) => sendJson(response, published, status));
  });
  afterEach(() => issuer.dispose());

  async function makeKey(id: string, alg = "ES256"): Promise<Key> {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: id, alg, use: "sig" };
    return {
      jwk,
      sign: (kid = id) =>
        new SignJWT({ sub: "olga", exp: Math.floor(clock.now() / 1000) + 600 })
          .setProtectedHeader({ alg, ...(kid === null ? {} : { kid }) })
          .sign(privateKey),
    };
  }
  const publish = (...keys: readonly Key[]) => {
    published = { keys: keys.map(({ jwk }) => jwk) };
  };
  const byKeys = () => authenticator({ keys: { type: "jwks", url: `${issuer.origin}/jwks.json` } });

  test.each(["RS256", "PS256", "ES256", "EdDSA"])(
    "%s is taken; a shared-secret signature made from the public key is not",
    async (alg) => {
      const key = await makeKey("one", alg);
      publish(key);
      const one = byKeys();
      sessionIn(await present(one, key.sign()));
      const forged = await new SignJWT({ sub: "mallory", exp: 9_999_999_999 })
        .setProtectedHeader({ alg: "HS256", kid: "one" })
        .sign(new TextEncoder().encode(JSON.stringify(key.jwk)));
      expect(sentenceIn(await present(one, forged))).toMatch(/alg/);
    },
  );

  test("in an outage known keys keep working, for whatever token, and unknown ones are refused", async () => {
    const [known, fresh] = [await makeKey("known"), await makeKey("fresh")];
    publish(known);
    const one = byKeys();
    sessionIn(await present(one, known.sign()));
    status = 503;
    publish(known, fresh);
    for (let minute = 0; minute < 60; minute += 10) {
      await clock.advance(10 * 60_000);
      sessionIn(await present(one, known.sign()));
      expect(sentenceIn(await present(one, fresh.sign()))).toMatch(/no key of that issuer|can't be read/);
    }
    status = 200;
    await clock.advance(60_000);
    await until(async () => (await present(one, fresh.sign())).type === "session");
  });

  test("that never answered: everything is refused, and many unknown keys make few requests", async () => {
    status = 500;
    const one = byKeys();
    const key = await makeKey("one");
    const results = await Promise.all(Array.from({ length: 50 }, async (_, n) => present(one, key.sign(`kid-${n}`))));
    for (const result of results) expect(sentenceIn(result)).toMatch(/can't be read/);
    expect(issuer.received.length).toBeLessThanOrEqual(2);
    for (let n = 0; n < 20; n += 1) await present(one, key.sign(`more-${n}`));
    expect(issuer.received.length).toBeLessThanOrEqual(2);
  });

  test("a withdrawn key ends the sessions of its tokens, and a token that names no key is tried with each", async () => {
    const [old, other] = [await makeKey("old"), await makeKey("other")];
    publish(old, other);
    const one = byKeys();
    const text = await old.sign();
    const session = sessionIn(await present(one, text));
    const stays = [session.stay()];
    const unnamed = await other.sign(null);
    const staying = sessionIn(await present(one, unnamed));
    stays.push(staying.stay());
    publish(other);
    await clock.advance(5 * 60_000);
    await until(async () => {
      await clock.advance(1_000);
      return session.refusal() !== null;
    });
    expect(session.refusal()).toMatch(/key that the token was signed with is not the issuer's any more/);
    expect(staying.refusal()).toBeNull();
    expect((await present(one, text)).type).toBe("refused");
    sessionIn(await present(one, unnamed));
    for (const stay of stays) stay.end();
  });

  test.each<[string, unknown]>([
    ["no key set", { hello: 1 }],
    ["a redirect's body", "moved"],
  ])("%s is no set of keys, and takes none away", async (_name, odd) => {
    const key = await makeKey("one");
    publish(key);
    const one = byKeys();
    sessionIn(await present(one, key.sign()));
    published = odd;
    await clock.advance(5 * 60_000);
    await until(() => issuer.received.length >= 2);
    sessionIn(await present(one, key.sign()));
  });
});
