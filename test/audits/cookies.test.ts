/**
 * There are no cookies (docs/decisions/0010): a browser sends them wherever a page tells it to, so a gateway that heeded
 * them would need protection that this one does not have. Whatever a cookie holds changes nothing, and none is ever set.
 */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { WebSocket } from "ws";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { openSockets } from "../support/sockets.ts";
import { bearer, jwtEnv, token } from "../support/tokens.ts";
import { type SendOptions, type Sent, send } from "./send.ts";

let gateway: TestGateway;
let good: string;
const seen: Sent[] = [];

beforeAll(async () => {
  gateway = await startTestGateway({ env: jwtEnv });
  good = await token({ sub: "owner", scope: ["admin"] });
});
afterAll(() => gateway.dispose());

async function ask(path: string, options: SendOptions = {}): Promise<Sent> {
  const sent = await send(`${gateway.url}${path}`, options);
  seen.push(sent);
  return sent;
}

const json = { "content-type": "application/json" };
const query = "{ operations { totalCount } }";
const body = JSON.stringify({ query });

/** As front ends and frameworks name them. */
function cookiesOf(text: string): string[] {
  const names = [
    "token",
    "authorization",
    "Authorization",
    "jwt",
    "access_token",
    "session",
    "sid",
    "__Host-token",
    "id",
  ];
  return [
    ...names.map((name) => `${name}=${text}`),
    `authorization=${encodeURIComponent(`Bearer ${text}`)}`,
    `authorization="Bearer ${text}"`,
    `Bearer ${text}`,
  ];
}

test("nobody comes in by one, over HTTP", async () => {
  const bare = await ask("/graphql", { headers: json, body });
  expect([bare.status, JSON.parse(bare.body)]).toEqual([
    401,
    { errors: [{ message: expect.any(String), extensions: { code: "UNAUTHENTICATED" } }] },
  ]);
  for (const cookie of cookiesOf(good)) {
    const { status, body: answer } = await ask("/graphql", { headers: { ...json, cookie }, body });
    expect([cookie, status, answer]).toEqual([cookie, bare.status, bare.body]);
  }
  // The same token in its place is good.
  const { status } = await ask("/graphql", { headers: { ...json, authorization: `Bearer ${good}` }, body });
  expect(status).toBe(200);
});

test("nobody becomes somebody else, or somebody's customer, by one", async () => {
  const mine = await bearer({ sub: "somebody", scope: ["operations:read"] });
  const follow = `mutation { followSurveyTransaction(surveyId: "s", transactionId: "open") { __typename } }`;
  await gateway.request(follow, {}, { authorization: `Bearer ${good}` });
  const without = await ask("/graphql", { headers: { ...json, ...mine }, body });
  expect(JSON.parse(without.body)).toEqual({ data: { operations: { totalCount: 0 } } });
  for (const cookie of [...cookiesOf(good), "x-cleeng-customer-token=t", "tenant=default", "sub=owner"]) {
    const { status, body: answer } = await ask("/graphql", { headers: { ...json, ...mine, cookie }, body });
    expect([cookie, status, answer]).toEqual([cookie, without.status, without.body]);
  }
});

test("nobody comes in by one, over WebSocket", async () => {
  const closed = async (headers: Record<string, string>): Promise<unknown> => {
    class WithHeaders extends WebSocket {
      constructor(url: string | URL, protocols: string | string[]) {
        super(url, protocols, { headers });
        this.on("upgrade", (response) => seen.push({ status: 101, headers: response.headers, body: "" }));
      }
    }
    const sockets = openSockets(gateway, { webSocketImpl: WithHeaders });
    try {
      return await sockets.watch(query).result();
    } catch (error) {
      return error instanceof Object && "code" in error ? error.code : error;
    } finally {
      await sockets.dispose();
    }
  };
  expect(await closed({})).toBe(4403);
  for (const cookie of cookiesOf(good)) expect([cookie, await closed({ cookie })]).toEqual([cookie, 4403]);
});

test("none is set, at any address, by any answer", async () => {
  const authorization = `Bearer ${good}`;
  const before = seen.length;
  for (const path of [
    "/graphql",
    "/graphiql",
    "/graphiql/explorer.json",
    "/graphiql/assets/boot.js",
    "/healthz",
    "/readyz",
    "/metrics",
    "/",
  ]) {
    for (const headers of [{}, { authorization }, { cookie: "session=1" }, { authorization, cookie: "session=1" }]) {
      for (const method of ["GET", "HEAD", "OPTIONS", "POST"]) await ask(path, { method, headers });
    }
  }
  for (const text of [body, "{", "[]", JSON.stringify({ query: "{" }), JSON.stringify({ query: "{ nothing }" })]) {
    await ask("/graphql", { headers: { ...json, authorization, cookie: "session=1" }, body: text });
  }
  expect(seen.length).toBeGreaterThan(before + 100);
  expect(new Set(seen.map(({ status }) => status)).size).toBeGreaterThan(5);
  expect(seen.filter(({ headers }) => "set-cookie" in headers)).toEqual([]);
});
