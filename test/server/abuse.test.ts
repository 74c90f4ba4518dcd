/** What costs its sender little and others much: it is refused, or its connection ends. */
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { WebSocket } from "ws";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { openSockets } from "../support/sockets.ts";
import { bearer, jwtEnv } from "../support/tokens.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ env: { ...jwtEnv, LIMIT_REQUESTS_PER_MINUTE: "20" } });
});
afterAll(() => gateway.dispose());

const signed = (sub: string) => bearer({ sub, scope: "operations:read service" });

test("long lists of conditions are refused at both doors, by their cost or by the limit on what they name", async () => {
  const headers = await signed("lists");
  const query = `query ($f: OperationFilter) { ${Array.from({ length: 90 }, (_, n) => `a${n}: operations(filter: $f, first: 1) { totalCount }`).join(" ")} }`;
  const one = "query ($f: OperationFilter) { operations(filter: $f, first: 1) { totalCount } }";
  const cases: ReadonlyArray<readonly [string, object, string]> = [
    [query, { kinds: Array(60_000).fill("BULK_CALL") }, "cost"],
    [query, { tags: Array(30_000).fill("a") }, "cost"],
    [one, { ids: Array.from({ length: 501 }, (_, n) => `${n}`) }, "ids"],
    [one, { tags: Array.from({ length: 11 }, (_, n) => `${n}`) }, "tags"],
  ];
  const sockets = openSockets(gateway, { connectionParams: headers });
  for (const [text, f, limit] of cases) {
    const limited = [{ extensions: { code: "LIMIT_EXCEEDED", limit } }];
    expect((await gateway.request(text, { f }, headers)).errors).toMatchObject(limited);
    const watch = sockets.watch(text, { f });
    const told = await watch
      .result()
      .then(({ errors }) => errors)
      .catch((error: unknown) => error);
    expect(told).toMatchObject(limited);
  }
  const many = `subscription ($f: OperationFilter) { operationsChanged(filter: $f) { kind } }`;
  const ids = Array.from({ length: 501 }, (_, n) => `${n}`);
  expect(await sockets.watch(many, { f: { ids } }).failure()).toMatchObject([
    { extensions: { limit: "ids", asked: 501 } },
  ]);
  const long = `subscription ($x: String) { operationsChanged(filter: { correlationId: $x }) { kind } }`;
  expect(await sockets.watch(long, { x: "x".repeat(70_000) }).failure()).toMatchObject([
    { extensions: { code: "LIMIT_EXCEEDED", limit: "subscription size", value: 65_536 } },
  ]);
  await sockets.dispose();
});

test("the same value many times over counts once", async () => {
  const { data } = await gateway.request(
    "query ($f: OperationFilter) { operations(filter: $f) { totalCount } }",
    { f: { kinds: Array(5_000).fill("BULK_CALL"), ids: Array(600).fill("x") } },
    await signed("same"),
  );
  expect(data).toEqual({ operations: { totalCount: 0 } });
});

test("who goes on after a hundred refusals is closed, with the reason", async () => {
  const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  let refused = 0;
  socket.on("message", (data) => {
    if (String(data).includes("RATE_LIMITED")) refused += 1;
  });
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "connection_init", payload: await signed("flood") }));
  await once(socket, "message");
  const closed = once(socket, "close");
  for (let n = 0; n < 400; n += 1) {
    socket.send(JSON.stringify({ id: `${n}`, type: "subscribe", payload: { query: "{ __typename }" } }));
  }
  const [code, reason] = await closed;
  expect([code, String(reason)]).toEqual([1013, expect.stringMatching(/^Expected requests a minute to be at most 20/)]);
  expect(refused).toBeLessThanOrEqual(101);
});

/** What comes until the gateway closes the connection. */
async function answerTo(request: string): Promise<string> {
  const { hostname, port } = new URL(gateway.url);
  const raw = connect(Number(port), hostname);
  raw.on("error", () => {});
  let answer = "";
  raw.setEncoding("utf8").on("data", (text: string) => {
    answer += text;
  });
  raw.write(request);
  await once(raw, "close");
  return answer;
}

test("a body that is refused before it was read is not read on", async () => {
  const answer = await answerTo(
    `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"que\r\n`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  expect(answer.toLowerCase()).toContain("\r\nconnection: close\r\n");
});

test("what is no HTTP is refused in GraphQL's form", async () => {
  const answer = await answerTo("NO SUCH THING\r\n\r\n");
  expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(JSON.parse(answer.slice(answer.indexOf("\r\n\r\n")))).toMatchObject({
    errors: [{ extensions: { code: "BAD_USER_INPUT" } }],
  });
});
