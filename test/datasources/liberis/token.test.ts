/** The token: asked for once whoever waits, early, and never seen in a problem. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createTokenSource, type TokenSource } from "../../../src/datasources/liberis/token.ts";
import { ManualClock } from "../../support/clock.ts";
import { type Handler, sendJson, startServer, type TestServer } from "../../support/http-server.ts";
import { testUpstream } from "../../support/upstream.ts";

const secret = "s3cret&=+ ü";
const lookup = { priority: "lookup" } as const;

let server: TestServer;
let upstream: ReturnType<typeof testUpstream>;
let clock: ManualClock;
let tokens: TokenSource;
let answer: Handler;

beforeEach(async () => {
  let issued = 0;
  answer = (_received, response) => {
    issued += 1;
    sendJson(response, { access_token: `token-${issued}`, token_type: "Bearer", expires_in: 3600 });
  };
  server = await startServer((...call) => answer(...call));
  clock = new ManualClock();
  upstream = testUpstream({ timeoutMs: 20_000 });
  const tokenUrl = new URL("/oauth/token?audience=partner", server.origin);
  tokens = createTokenSource({ tokenUrl, clientId: "id 1", clientSecret: secret }, upstream, clock);
});
afterEach(async () => {
  await upstream.dispose();
  await server.dispose();
});

const token = (value: string) => ({ type: "token", token: value });

test("is asked for by a form with the credentials", async () => {
  expect(await tokens.get(lookup)).toEqual(token("token-1"));
  expect(server.received).toHaveLength(1);
  const [{ method, url, headers, body } = { body: "" }] = server.received;
  expect({ method, url }).toEqual({ method: "POST", url: "/oauth/token?audience=partner" });
  expect(headers?.["content-type"]).toBe("application/x-www-form-urlencoded");
  expect(headers?.authorization).toBeUndefined();
  expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
    client_id: "id 1",
    client_secret: secret,
    grant_type: "client_credentials",
  });
});

test("is asked for once by 20 callers at a time, and again only near its end", async () => {
  const all = await Promise.all(Array.from({ length: 20 }, () => tokens.get(lookup)));
  expect(all).toEqual(Array.from({ length: 20 }, () => token("token-1")));
  expect(server.received).toHaveLength(1);

  await clock.advance(3_539_999);
  expect(await tokens.get(lookup)).toEqual(token("token-1"));
  await clock.advance(1);
  const again = await Promise.all(Array.from({ length: 20 }, () => tokens.get(lookup)));
  expect(again).toEqual(Array.from({ length: 20 }, () => token("token-2")));
  expect(server.received).toHaveLength(2);
});

test("of a short life is refreshed at 90 % of it", async () => {
  answer = (_received, response) => sendJson(response, { access_token: "short", expires_in: "100" });
  await tokens.get(lookup);
  await clock.advance(89_999);
  await tokens.get(lookup);
  expect(server.received).toHaveLength(1);
  await clock.advance(1);
  await tokens.get(lookup);
  expect(server.received).toHaveLength(2);
});

test("that was refused is asked for once more, by all who were refused together", async () => {
  await tokens.get(lookup);
  const renew = () => {
    tokens.refused("token-1");
    return tokens.get(lookup);
  };
  const all = await Promise.all(Array.from({ length: 20 }, renew));
  expect(all).toEqual(Array.from({ length: 20 }, () => token("token-2")));
  // One who hears of the old token's refusal late does not throw the new one away.
  expect(await renew()).toEqual(token("token-2"));
  expect(server.received).toHaveLength(2);
});

test("in hand serves to its end while its endpoint is down", async () => {
  await tokens.get(lookup);
  answer = (_received, response) => sendJson(response, {}, 500);
  await clock.advance(3_599_999);
  expect(await tokens.get(lookup)).toEqual(token("token-1"));
  await clock.advance(1);
  expect(await tokens.get(lookup)).toMatchObject({ type: "none", problem: { code: "PROVIDER_ERROR" } });
});

test("that failed is asked for anew by the next caller", async () => {
  const good = answer;
  answer = (_received, response) => sendJson(response, { error: "invalid_client" }, 401);
  expect((await tokens.get(lookup)).type).toBe("none");
  answer = good;
  expect(await tokens.get(lookup)).toEqual(token("token-1"));
});

describe("is withheld, and the problem says why without a secret:", () => {
  test.each<[string, Handler, string]>([
    [
      "401",
      (_r, response) => sendJson(response, { error: "invalid_client", error_description: secret }, 401),
      "invalid_client",
    ],
    ["400", (_r, response) => sendJson(response, { error: "unauthorized_client" }, 400), "unauthorized_client"],
    [
      "403 with an echo",
      (_r, response) => sendJson(response, { error: "s3cret", code: secret }, 403),
      "PROVIDER_ERROR",
    ],
    ["404", (_r, response) => sendJson(response, {}, 404), "PROVIDER_ERROR"],
    ["500", (_r, response) => sendJson(response, { error: secret }, 500), "PROVIDER_ERROR"],
    ["a page", (_r, response) => response.end("<html>"), "UNREADABLE_ANSWER"],
    ["no token", (_r, response) => sendJson(response, { token: secret }), "UNREADABLE_ANSWER"],
    ["a header's end", (_r, response) => sendJson(response, { access_token: "a\r\nb" }), "UNREADABLE_ANSWER"],
  ])("%s", async (_name, handler, code) => {
    answer = handler;
    const result = await tokens.get(lookup);
    expect(result).toMatchObject({ type: "none", problem: { type: "ProviderUnavailable", provider: "LIBERIS", code } });
    expect(JSON.stringify(result)).not.toContain(secret);
    expect(JSON.stringify(result)).not.toContain(server.origin);
  });

  test("429 is the transport's to judge", async () => {
    answer = (_r, response) => sendJson(response, {}, 429, { "retry-after": "7" });
    expect(await tokens.get(lookup)).toMatchObject({ type: "none", problem: { type: "RateLimited" } });
  });
});

describe("waited for by several", () => {
  test("comes to those who stay when one gives up", async () => {
    const good = answer;
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    answer = async (...call) => {
      arrive();
      await released;
      await good(...call);
    };
    const impatient = new AbortController();
    const first = tokens.get({ ...lookup, signal: impatient.signal });
    const second = tokens.get(lookup);
    await arrived;
    impatient.abort();
    expect(await first).toMatchObject({ type: "none", problem: { type: "ProviderUnavailable" } });
    release();
    expect(await second).toEqual(token("token-1"));
    expect(server.received).toHaveLength(1);
  });

  test("is given up when all give up, and the next caller begins anew", async () => {
    const good = answer;
    const { promise: closed, resolve: close } = Promise.withResolvers<void>();
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    answer = (_received, response) => {
      response.once("close", close);
      arrive();
    };
    const impatient = new AbortController();
    const all = [1, 2, 3].map(() => tokens.get({ ...lookup, signal: impatient.signal }));
    await arrived;
    impatient.abort();
    expect((await Promise.all(all)).map(({ type }) => type)).toEqual(["none", "none", "none"]);
    await closed;
    answer = good;
    expect(await tokens.get(lookup)).toEqual(token("token-1"));
  });

  test("is not asked for by one who gave up before", async () => {
    expect((await tokens.get({ ...lookup, signal: AbortSignal.abort() })).type).toBe("none");
    expect(server.received).toHaveLength(0);
  });
});
