/** Over HTTP: an answer from memory can't be told from Apollo's, and passes the same judges. */
import { Agent, request } from "node:http";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";
import { bearer, jwtEnv } from "../../support/tokens.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ env: { ...jwtEnv, LIMIT_REQUESTS_PER_MINUTE: "40" } });
});
afterAll(() => gateway.dispose());

const query = '{ operations { nodes { id } } node(id: "x") { id } }';
const body = JSON.stringify({ query });

function post(headers: Record<string, string>, sent = body): Promise<Response> {
  const url = `${gateway.url}/graphql`;
  return fetch(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: sent });
}

/** Without what counts, and what is of the time. */
async function told(response: Response) {
  const headers = Object.fromEntries(response.headers);
  const { date: _date, "ratelimit-remaining": remaining, "ratelimit-reset": _reset, ...rest } = headers;
  return {
    remaining: Number(remaining),
    told: { status: response.status, headers: rest, text: await response.text() },
  };
}

test.each([
  ["whatever", {}],
  ["GraphQL's own form", { accept: "application/graphql-response+json" }],
  ["a page that is let in", { origin: "http://127.0.0.1:1" }],
])("the same bytes and headers, and each request counts: %s", async (name, headers) => {
  const authorization = await bearer({ sub: name, scope: "operations:read" });
  // Apollo's, from which the form is learned; then those from memory.
  const sent = { ...headers, ...authorization };
  if ("origin" in sent) sent.origin = gateway.url;
  const first = await told(await post(sent));
  expect(first.told.status).toBe(200);
  for (let time = 1; time < 4; time += 1) {
    const next = await told(await post(sent));
    expect(next.told).toEqual(first.told);
    expect(next.remaining).toBe(first.remaining - time);
  }
});

/** As they came over the wire: in their order and case, each as often as it was sent. */
function rawHead(sent: string, headers: Record<string, string>, agent: Agent): Promise<readonly string[]> {
  const { resolve, reject, promise } = Promise.withResolvers<readonly string[]>();
  const all = { "content-type": "application/json", "content-length": `${Buffer.byteLength(sent)}`, ...headers };
  const asking = request(`${gateway.url}/graphql`, { method: "POST", headers: all, agent }, (response) => {
    response.resume().on("end", () => resolve(response.rawHeaders));
  });
  asking.on("error", reject).end(sent);
  return promise;
}

test("every header is there once, under the same name, with the same value", async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const authorization = await bearer({ sub: "raw", scope: "operations:read" });
  const pairs = (raw: readonly string[]) =>
    raw
      .flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${raw[at + 1]}`] : []))
      .filter((line) => !/^(date|ratelimit-remaining|ratelimit-reset): /i.test(line))
      .sort();
  const first = pairs(await rawHead(body, authorization, agent));
  expect(first.length).toBeGreaterThan(10);
  for (let time = 0; time < 4; time += 1) expect(pairs(await rawHead(body, authorization, agent))).toEqual(first);
  agent.destroy();
});

test("what turns out not to be answered from memory is answered as ever, and counted once", async () => {
  const authorization = await bearer({ sub: "unusual", scope: "operations:read" });
  for (let time = 0; time < 2; time += 1) await post(authorization);
  const others = ['{ operations(after: "x") { nodes { id } } }', "{ providers { provider } }", "{"].map((text) =>
    JSON.stringify({ query: text }),
  );
  for (const sent of [...others, "", "[]", "no JSON"]) {
    const first = await told(await post(authorization, sent));
    for (let time = 1; time < 4; time += 1) {
      const next = await told(await post(authorization, sent));
      expect([sent, next]).toEqual([sent, { told: first.told, remaining: first.remaining - time }]);
    }
  }
});

test("a body in several pieces, and one that is too long, go the ordinary way", async () => {
  const authorization = await bearer({ sub: "pieces", scope: "operations:read" });
  const first = await (await post(authorization)).text();
  await post(authorization);
  const { resolve, reject, promise } = Promise.withResolvers<string>();
  const headers = { "content-type": "application/json", "content-length": `${body.length}`, ...authorization };
  const asking = request(`${gateway.url}/graphql`, { method: "POST", headers }, (response) => {
    let text = "";
    response.on("data", (more) => {
      text += more;
    });
    response.on("end", () => resolve(text));
  });
  asking.on("error", reject).write(body.slice(0, 10));
  await new Promise((done) => setTimeout(done, 50));
  asking.end(body.slice(10));
  expect(await promise).toBe(first);
  expect((await post(authorization, JSON.stringify({ query: " ".repeat(2_000_000) }))).status).toBe(413);
  expect(await (await post(authorization)).text()).toBe(first);
});

test("by GET as by POST", async () => {
  const headers = await bearer({ sub: "getter", scope: "operations:read" });
  const ask = () => fetch(`${gateway.url}/graphql?query=${encodeURIComponent(query)}`, { headers });
  const first = await told(await ask());
  expect((await told(await ask())).told).toEqual(first.told);
  expect(first.told.text).toBe(await (await post(headers)).text());
});

test("without a token, with an ended one, with fewer rights, and past the limit: refused as any other", async () => {
  const good = await bearer({ sub: "refused", scope: "operations:read" });
  for (let time = 0; time < 3; time += 1) expect((await post(good)).status).toBe(200);
  expect((await post({})).status).toBe(401);
  expect((await post(await bearer({ sub: "refused", scope: "operations:read", expiresInSeconds: -60 }))).status).toBe(
    401,
  );
  const poorer = (await (await post(await bearer({ sub: "refused", scope: "operations:write" }))).json()) as {
    errors: Array<{ extensions: { code: string } }>;
  };
  expect(poorer.errors[0]?.extensions.code).toBe("FORBIDDEN");
  for (const evil of [{ origin: "https://elsewhere.example" }, { "sec-fetch-site": "cross-site" }])
    expect((await post({ ...good, ...evil })).status).toBe(403);
  expect((await post({ ...good, "content-type": "text/plain" })).status).toBe(415);
  expect((await post({ ...good, accept: "image/png" })).status).toBe(406);
  let last = 200;
  for (let time = 0; time < 45 && last === 200; time += 1) last = (await post(good)).status;
  expect(last).toBe(429);
});

test("a token that was revoked is refused within its two seconds, whatever was kept for it", async () => {
  const good = await bearer({ sub: "leaver", scope: "operations:read" });
  for (let time = 0; time < 3; time += 1) expect((await post(good)).status).toBe(200);
  const admin = await bearer({ sub: "root", scope: "admin" });
  const revoke = JSON.stringify({ query: 'mutation { revokeTokens(subject: "leaver") }' });
  expect((await post(admin, revoke)).status).toBe(200);
  expect((await post(good)).status).toBe(401);
});
