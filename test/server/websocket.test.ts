/** The WebSocket door: whatever comes, nothing breaks; and what is refused bears the same codes as over HTTP. */
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, expect, jest, test } from "@jest/globals";
import { WebSocket } from "ws";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { openSockets, type Sockets } from "../support/sockets.ts";

let gateway: TestGateway;
let sockets: Sockets;
const opened: WebSocket[] = [];

/** What libraries print past the log. */
const printed = jest.spyOn(console, "error").mockImplementation(() => {});

beforeAll(async () => {
  gateway = await startTestGateway();
  sockets = openSockets(gateway);
});
afterEach(async () => {
  for (const socket of opened.splice(0)) socket.terminate();
  // Whatever a test did to the door, it is open.
  expect((await gateway.request("{ __typename }")).data).toEqual({ __typename: "Query" });
  expect(gateway.logged()).not.toMatch(/"level":"(error|fatal)"/);
  expect(printed).not.toHaveBeenCalled();
});
afterAll(async () => {
  await sockets.dispose();
  await gateway.dispose();
});

function open(path = "/graphql", protocol: string | null = "graphql-transport-ws"): WebSocket {
  const url = `${gateway.url.replace("http", "ws")}${path}`;
  const socket = protocol === null ? new WebSocket(url) : new WebSocket(url, protocol);
  socket.on("error", () => {});
  opened.push(socket);
  return socket;
}

/** Opens, sends what is given, and gives the code that the gateway closes with. */
async function closedWith(...frames: Array<string | Buffer>): Promise<number> {
  const socket = open();
  const closed = once(socket, "close");
  await once(socket, "open");
  for (const frame of frames) {
    socket.send(frame);
    if (frame === init && socket.readyState === WebSocket.OPEN) await Promise.race([once(socket, "message"), closed]);
  }
  const [code] = await closed;
  return code;
}

const init = JSON.stringify({ type: "connection_init" });
const subscribe = (query: string, id = "1") => JSON.stringify({ id, type: "subscribe", payload: { query } });

test("without the subprotocol, or with the old one, the socket is closed with a code that says so", async () => {
  const bare = open("/graphql", null);
  expect((await once(bare, "close"))[0]).toBe(4406);
  const old = open("/graphql", "graphql-ws");
  const [error] = await once(old, "error");
  expect(error.message).toMatch(/subprotocol/);
});

test("an unknown path is refused in words", async () => {
  const socket = open("/other");
  const [, response] = await once(socket, "unexpected-response");
  expect(response.statusCode).toBe(404);
  response.setEncoding("utf8");
  let text = "";
  for await (const chunk of response) text += chunk;
  expect(text).toContain("/graphql");
});

const breaches: ReadonlyArray<readonly [name: string, frames: Array<string | Buffer>, code: number]> = [
  ["no JSON", ["not json"], 4400],
  ["JSON that is no message", ["[]"], 4400],
  ["an unknown type", [`{"type":"hello"}`], 4400],
  ["binary noise", [Buffer.from([0, 255, 1, 254])], 4400],
  ["a second connection_init", [init, init], 4429],
  ["subscribe before init", [subscribe("{ __typename }")], 4401],
  ["subscribe without a query", [init, `{"id":"1","type":"subscribe","payload":{}}`], 4400],
  [
    "two subscriptions under one id",
    [
      init,
      subscribe("subscription { operationsChanged { kind } }"),
      subscribe("subscription { operationsChanged { kind } }"),
    ],
    4409,
  ],
  ["an id that is too long to be sent with each event", [init, subscribe("{ __typename }", "x".repeat(1_025))], 4400],
  ["a message that servers send", [init, `{"type":"connection_ack"}`], 4400],
  ["one with an id that is none", [init, `{"type":"next","id":1}`], 4400],
  [
    "a ping too deep to be answered",
    [init, `{"type":"ping","payload":${`{"a":`.repeat(9_000)}1${"}".repeat(9_000)}}`],
    4400,
  ],
  ["a message above 1 MiB", [init, subscribe(`{ __typename } #${"x".repeat(1024 * 1024)}`)], 1009],
];
test.each(breaches)("%s closes the socket with its code", async (_name, frames, code) => {
  expect(await closedWith(...frames)).toBe(code);
});

test("frames that are no WebSocket frames end that socket alone", async () => {
  const { hostname, port } = new URL(gateway.url);
  const raw = connect(Number(port), hostname);
  raw.on("error", () => {});
  raw.write(
    "GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n",
  );
  await once(raw, "data");
  raw.write(Buffer.alloc(64, 0xff));
  raw.resume();
  await once(raw, "close");
});

test("a peer that goes away in the middle of the upgrade, or while it is refused, harms nobody", async () => {
  const { hostname, port } = new URL(gateway.url);
  const rest = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  // A refusal is written to a socket that may be gone: without a listener that ended the process within some thirty tries.
  const tries = [["/graphql", ""], ...Array.from({ length: 60 }, () => ["/nope", rest])];
  for (const [path, end] of tries) {
    const raw = connect(Number(port), hostname);
    raw.on("error", () => {});
    await once(raw, "connect");
    raw.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${end}`);
    setImmediate(() => raw.resetAndDestroy());
    await once(raw, "close");
  }
  expect((await gateway.request("{ providers { provider } }")).status).toBe(200);
});

test("a page of another origin is refused; one of the gateway's own, or of the same machine, is let in", async () => {
  const { host, hostname, port } = new URL(gateway.url);
  const answer = async (origin: string) => {
    const raw = connect(Number(port), hostname);
    raw.write(
      `GET /graphql HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        "Sec-WebSocket-Protocol: graphql-transport-ws\r\nSec-WebSocket-Version: 13\r\n" +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    const [data] = await once(raw, "data");
    raw.destroy();
    return String(data).split("\r\n", 1)[0];
  };
  expect(await answer("https://elsewhere.example")).toBe("HTTP/1.1 403 Forbidden");
  expect(await answer("null")).toBe("HTTP/1.1 403 Forbidden");
  expect(await answer(gateway.url)).toBe("HTTP/1.1 101 Switching Protocols");
  expect(await answer("http://localhost:5173")).toBe("HTTP/1.1 101 Switching Protocols");
});

test("queries and mutations come over the socket, too", async () => {
  expect(await sockets.watch("{ providers { provider } }").rest()).toEqual([{ providers: expect.any(Array) }]);
  const follow = `mutation { followSurveyTransaction(surveyId: "s", transactionId: "final") { ... on SurveyTransaction { statusCode } } }`;
  expect(await sockets.watch(follow).rest()).toEqual([{ followSurveyTransaction: { statusCode: 21 } }]);
});

const refused: ReadonlyArray<readonly [query: string, variables: Record<string, unknown>, code: string]> = [
  ["{ providers {", {}, "GRAPHQL_PARSE_FAILED"],
  ["{ nothing }", {}, "GRAPHQL_VALIDATION_FAILED"],
  ["fragment F on Query { __typename }", {}, "GRAPHQL_VALIDATION_FAILED"],
  ["query A { __typename } query B { __typename }", {}, "BAD_USER_INPUT"],
  ["query ($id: ID!) { node(id: $id) { id } }", {}, "BAD_USER_INPUT"],
  [
    "query ($s: [OperationState!]) { operations(filter: { states: $s }) { totalCount } }",
    { s: ["LOST"] },
    "BAD_USER_INPUT",
  ],
  [`query ($id: ID = "a") { node(id: $id) { id } }`, { id: null }, "BAD_USER_INPUT"],
  ["{ operations(first: -1) { totalCount } }", {}, "BAD_USER_INPUT"],
  ["{ operations(first: 501) { totalCount } }", {}, "LIMIT_EXCEEDED"],
  [`{ operations(after: "x") { totalCount } }`, {}, "INVALID_CURSOR"],
];
test.each(refused)("the same error over both doors: %s", async (query, variables, code) => {
  const http = (await gateway.request(query, variables)).errors ?? [];
  expect(http.map(({ extensions }) => extensions.code)).toEqual([code]);
  expect((await errorsOf(query, variables)).map(({ extensions }) => extensions.code)).toEqual([code]);
});

/** From an error message, or from an event that bears errors. */
async function errorsOf(query: string, variables: Record<string, unknown>) {
  const watch = sockets.watch(query, variables);
  try {
    const { errors } = await watch.result();
    return (errors ?? []) as Awaited<ReturnType<typeof watch.failure>>;
  } catch (error) {
    if (Array.isArray(error)) return error as Awaited<ReturnType<typeof watch.failure>>;
    throw error;
  }
}

const changed = "subscription ($ids: [ID!]!, $after: Cursor) { operationChanged(ids: $ids, after: $after) { kind } }";
const unknown = "018f0000-0000-7000-8000-000000000000";
const refusedStreams: ReadonlyArray<
  readonly [name: string, query: string, variables: Record<string, unknown>, extensions: object]
> = [
  ["ids that nobody has", changed, { ids: [unknown, "x", unknown] }, { code: "NOT_FOUND", ids: [unknown, "x"] }],
  ["no ids", changed, { ids: [] }, { code: "BAD_USER_INPUT" }],
  ["a variable that is missing", changed, {}, { code: "BAD_USER_INPUT" }],
  ["a cursor that is none", changed, { ids: [unknown], after: "nonsense" }, { code: "INVALID_CURSOR" }],
  ["an empty cursor", changed, { ids: [unknown], after: "" }, { code: "INVALID_CURSOR" }],
  ["a cursor that is a number", changed, { ids: [unknown], after: 1 }, { code: "BAD_USER_INPUT" }],
  [
    "a cursor for all",
    `subscription { operationsChanged(after: "nonsense") { kind } }`,
    {},
    { code: "INVALID_CURSOR" },
  ],
  [
    "a bad filter",
    "subscription ($f: OperationFilter) { operationsChanged(filter: $f) { kind } }",
    { f: { states: ["LOST"] } },
    { code: "BAD_USER_INPUT" },
  ],
  [
    "more ids than 500",
    changed,
    { ids: Array.from({ length: 501 }, (_, n) => `${n}`) },
    { code: "LIMIT_EXCEEDED", value: 500, asked: 501 },
  ],
  [
    "two fields",
    "subscription { a: operationsChanged { kind } b: operationsChanged { kind } }",
    {},
    { code: "GRAPHQL_VALIDATION_FAILED" },
  ],
  [
    "offers that are none",
    `subscription { accessChanged(offerIds: ["x"], customerToken: "t") { kind } }`,
    {},
    { code: "BAD_USER_INPUT" },
  ],
  ["no customer", `subscription { accessChanged(offerIds: ["S580476507"]) { kind } }`, {}, { code: "BAD_USER_INPUT" }],
];
test.each(refusedStreams)(
  "a subscription fails before anything is sent: %s",
  async (_name, query, variables, extensions) => {
    const errors = await sockets.watch(query, variables).failure();
    expect(errors.map((error) => error.extensions)).toEqual([expect.objectContaining(extensions)]);
  },
);
