/** The same over WebSocket: how a connection begins, what is sent on it, and how it ends. */
import { foreignSecret, token } from "../support/tokens.ts";
import type { Caller, Headers, Message, Socket } from "./caller.ts";
import type { Scene } from "./scene.ts";
import { fields, fresh, given, note, type Walker } from "./walk.ts";

const init = (payload?: unknown) => ({ type: "connection_init", payload });
const subscribe = (payload: unknown, id = "1") => ({ type: "subscribe", id, payload });
const settled = ({ id, type }: Message) =>
  id !== undefined && (type === "error" || type === "complete" || type === "next");

/** Signs in, with secrets beside what is asked for. */
export async function signIn(scene: Scene, { caller, headers, customerToken }: Walker): Promise<Socket> {
  const { markers } = scene;
  const socket = caller.open({
    headers: [
      ["cookie", `session=${markers.plant(`a cookie of ${fresh()}`)}`],
      ["authorization", `Bearer ${markers.plant(`an upgrade's token, ${fresh()}`)}`],
      ["referer", `http://user:${encodeURIComponent(markers.plant(`an upgrade's referer, ${fresh()}`))}@a.example/`],
    ],
  });
  socket.send(
    init({
      Authorization: headers[0]?.[1],
      "x-cleeng-customer-token": customerToken,
      password: markers.plant(`an unknown parameter of ${fresh()}`, "text"),
      inner: { token: [markers.plant(`an inner parameter of ${fresh()}`, "text")] },
    }),
  );
  await socket.heard(({ type }) => type === "connection_ack");
  return socket;
}

/**
 * Every subscription until something came, while `stir` makes something happen; half of them are left in the middle, the
 * others by the client's word. Then each wrongly.
 */
export async function subscribeToAll(scene: Scene, walker: Walker, stir: () => Promise<void>): Promise<void> {
  const socket = await signIn(scene, walker);
  const secret = scene.markers.plant(`a subscription's literal of ${fresh()}`, "text");
  let place = 0;
  for (const field of fields.filter(({ root }) => root === "subscription")) {
    const id = fresh();
    socket.send(subscribe({ query: field.document, variables: field.variables(given(walker)) }, id));
    // One that tells of what changes from now on has nothing to say before something does.
    const first = socket.heard((message) => message.id === id && settled(message));
    let over = false;
    const done = first.finally(() => {
      over = true;
    });
    while (!over) {
      await stir();
      await Promise.race([done, new Promise((resolve) => setTimeout(resolve, 100))]);
    }
    const message = await first;
    note(walker, field, message.type === "next" ? message.payload : { errors: [message.payload] });
    place += 1;
    if (place % 2 === 1) socket.send({ type: "complete", id });
    const wrong = [
      {
        query: `subscription { ${field.name}(${field.args.map((arg) => `${arg}: ${JSON.stringify(secret)}`).join(", ")}, x: 1) { __typename } }`,
      },
      { query: `subscription { ${field.name}(x ${JSON.stringify(secret)}` },
      { query: field.document, variables: field.wrongVariables(secret) },
      { query: "{ providers { provider } }", extensions: { token: secret }, documentId: "sha256:0123" },
    ];
    for (const payload of wrong) {
      const one = fresh();
      socket.send(subscribe(payload, one));
      await socket.heard((answer) => answer.id === one && settled(answer));
    }
  }
  socket.terminate();
  await socket.closed;
}

/** Connections that are refused, or end by what is sent on them. */
export async function connectWrongly(scene: Scene, { caller, headers }: Walker): Promise<void> {
  const { markers, authSecret } = scene;
  const secret = (name: string) => markers.plant(name, "text");
  const authorization = headers[0]?.[1] ?? "";
  const expired = await token({ sub: "a", expiresInSeconds: -600, claims: { jti: fresh() } }, authSecret);
  const foreign = await token({ sub: "a", scope: "admin", claims: { jti: fresh() } }, foreignSecret);
  const beginnings: unknown[] = [
    init({ authorization: `Bearer ${scene.addToken("a socket's expired token", expired)}` }),
    init({ authorization: `Bearer ${scene.addToken("a socket's foreign token", foreign)}` }),
    init({ authorization: secret("a socket's odd token") }),
    init({ authorization: { token: secret("a socket's token in an object") } }),
    init({ token: secret("a socket's token by another name") }),
    init(secret("parameters that are a text")),
    init([secret("parameters that are a list")]),
    { type: secret("a message's type") },
    { type: "ping", payload: secret("a ping that is a text") },
    { type: "error", id: "1", payload: { token: secret("an error that is none") } },
    { type: "subscribe", id: 3, payload: { query: secret("an id that is a number") } },
    subscribe({ query: secret("before connection_init") }),
    `{"type": "connection_init", "payload": {"token": ${JSON.stringify(secret("broken JSON over a socket"))}`,
    secret("no JSON over a socket"),
    Buffer.from(secret("bytes over a socket")),
    secret("a long message over a socket").padEnd(70_000, "x"),
  ];
  for (const beginning of beginnings) {
    const socket = caller.open();
    socket.send(beginning);
    await socket.closed;
  }
  const after: unknown[] = [
    init({ token: secret("a second connection_init") }),
    subscribe({ query: { a: secret("a query that is an object") } }),
    subscribe({ query: "{ a }", variables: secret("variables that are a text over a socket") }),
    subscribe(secret("a payload that is a text")),
    secret("no JSON later"),
    secret("a long message later").padEnd(70_000, "x"),
  ];
  for (const message of after) {
    const socket = caller.open();
    socket.send(init({ authorization }));
    await socket.heard(({ type }) => type === "connection_ack");
    socket.send(message);
    await socket.closed;
  }
  const upgrades: ReadonlyArray<{ readonly headers?: Headers; readonly protocols?: readonly string[] }> = [
    { protocols: ["graphql-transport-ws", markers.plant("a token among the protocols", "name")] },
    { protocols: [markers.plant("a token as the protocol", "name")] },
    { headers: [["origin", `http://user:${encodeURIComponent(markers.plant("an upgrade's Origin"))}@evil.example`]] },
    { headers: [["host", `user:${encodeURIComponent(markers.plant("an upgrade's Host"))}@127.0.0.1`]] },
  ];
  for (const upgrade of upgrades) {
    const socket = caller.open(upgrade);
    socket.send(init());
    await socket.closed;
  }
  await upgradeRaw(caller, `/graphql?access_token=${markers.plant("an upgrade's address", "name")}`);
  await upgradeRaw(caller, `/nowhere?access_token=${markers.plant("an upgrade's address elsewhere", "name")}`);
}

/** The handshake alone: what it is answered with, and then no more. */
async function upgradeRaw(caller: Caller, path: string): Promise<void> {
  await caller.request({
    path,
    headers: [
      ["upgrade", "websocket"],
      ["connection", "upgrade"],
      ["sec-websocket-version", "13"],
      ["sec-websocket-key", "AQIDBAUGBwgJCgsMDQ4PEA=="],
      ["sec-websocket-protocol", "graphql-transport-ws"],
    ],
  });
}
