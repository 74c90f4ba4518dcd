/** Persisted documents over WebSocket: how an id gets past graphql-ws, and that a mode holds there too. */
import { once } from "node:events";
import { afterEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { buildSchema, parse } from "graphql";
import { makeServer } from "graphql-ws";
import { WebSocket, WebSocketServer } from "ws";
import { createPersisted, type PersistedOptions } from "../../src/server/persisted/documents.ts";
import type { PersistedDocuments } from "../../src/server/persisted/manifest.ts";
import { withQuery } from "../../src/server/persisted/websocket.ts";

const text = "query Echo($text: String) { echo(text: $text) }";
const documents: PersistedDocuments = new Map([["echo", { id: "echo", text, document: parse(text) }]]);

describe("a message's text", () => {
  const subscribe = (payload: unknown, id: unknown = "1") => JSON.stringify({ id, type: "subscribe", payload });

  test("that subscribes by an id alone gets an empty query, and is else the same", () => {
    for (const rest of [
      {},
      { query: null },
      { variables: { a: [1, { b: "ü" }] }, operationName: "A", extensions: {} },
    ]) {
      const message = subscribe({ documentId: "echo", ...rest });
      expect(JSON.parse(withQuery(message))).toEqual({
        id: "1",
        type: "subscribe",
        payload: { documentId: "echo", ...rest, query: "" },
      });
    }
    // Whatever the id is: it is judged with all others.
    for (const documentId of [null, 1, ["x"], "unknown"])
      expect(JSON.parse(withQuery(subscribe({ documentId }))).payload).toEqual({ documentId, query: "" });
  });

  test.each([
    ["has a document as well", subscribe({ documentId: "echo", query: "{ a }" })],
    ["has a document that is none", subscribe({ documentId: "echo", query: 1 })],
    ["has a document and the word in a variable", subscribe({ query: "{ a }", variables: { documentId: "x" } })],
    ["has the word in a variable alone", subscribe({ variables: { documentId: "x" } })],
    ["has the word in a document", subscribe({ query: '{ a(x: "documentId") }' })],
    ["has the word in its id", subscribe({ query: "{ a }" }, '"documentId"')],
    ["is no subscription", JSON.stringify({ type: "ping", payload: { documentId: "echo" } })],
    ["is the connection's first", JSON.stringify({ type: "connection_init", payload: { documentId: "echo" } })],
    ["holds a subscription further in", JSON.stringify({ payload: JSON.parse(subscribe({ documentId: "echo" })) })],
    ["has a payload that is a list", subscribe(["documentId", { documentId: "echo" }])],
    ["has a payload that is null", '{"type":"subscribe","id":"\\"documentId\\"","payload":null}'],
    ["is a list", `[${subscribe({ documentId: "echo" })}]`],
    ["is no JSON", '{"type":"subscribe","payload":{"documentId":'],
    ["is the word", '"documentId"'],
    ["is nested too deeply to be written", `{"documentId":${"[".repeat(100_000)}${"]".repeat(100_000)}}`],
    [
      "subscribes, nested too deeply to be written",
      `{"type":"subscribe","id":"1","payload":{"documentId":"x","variables":{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}}}`,
    ],
  ])("that %s comes out as it came", (_name, message) => {
    expect(withQuery(message) === message).toBe(true);
  });

  test("whatever it is, means the same but for the empty query", () => {
    const json = fc.jsonValue({ maxDepth: 4 });
    const number = fc.oneof(
      fc.constantFrom("-0", "1e999", "-1e999", "0.1", "1E400", "123456789012345678901"),
      fc.string(),
    );
    const message = fc.tuple(json, json, number).map(([variables, id, digits]) => {
      const body = JSON.stringify({ type: "subscribe", id, payload: { documentId: "x", variables } });
      return /^-?\d/.test(digits)
        ? body.replace('"documentId"', `"n":[${digits}],"__proto__":{"a":1},"documentId"`)
        : body;
    });
    let changed = 0;
    fc.assert(
      fc.property(
        fc.oneof(
          message,
          fc.string(),
          json.map((value) => JSON.stringify({ documentId: value })),
        ),
        (came) => {
          const went = withQuery(came);
          if (went === came) return;
          changed += 1;
          const expected = JSON.parse(came);
          expected.payload.query = "";
          // Of -0 and 0, too: by Object.is.
          expect(JSON.parse(went)).toStrictEqual(expected);
        },
      ),
      { numRuns: 2000 },
    );
    expect(changed).toBeGreaterThan(500);
  });
});

const undo: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

interface Started {
  /** Sends a subscribe message with this payload, and gives what comes back: messages, or the code that the socket closed with. */
  ask(payload: unknown): Promise<unknown>;
  readonly executed: string[];
}

/** As the gateway's own door is built: the text on its way in, the judgement in onSubscribe. */
async function start(options: PersistedOptions): Promise<Started> {
  const executed: string[] = [];
  const persisted = createPersisted(options);
  const schema = buildSchema("type Query { echo(text: String): String }");
  const transport = makeServer({
    schema,
    roots: { query: { echo: ({ text }: { text: string }) => text } },
    onSubscribe(_ctx, _id, payload) {
      const resolved = persisted.resolve(payload);
      if (resolved.type === "refused") return [resolved.error];
      const source = resolved.type === "document" ? resolved.text : "";
      executed.push(source);
      return { schema, document: parse(source), variableValues: payload.variables ?? null };
    },
  });
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  server.on("connection", (socket) => {
    const closed = transport.opened(
      {
        protocol: socket.protocol,
        send: async (data) => socket.send(data),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (heed) =>
          socket.on("message", (data) => {
            heed(withQuery(String(data))).catch(() => socket.close(4500, "broken"));
          }),
      },
      undefined,
    );
    socket.once("close", (code) => void closed(code));
  });
  undo.push(async () => {
    for (const socket of server.clients) socket.terminate();
    server.close();
    await once(server, "close");
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("Expected a TCP address; there is none.");
  return {
    executed,
    async ask(payload) {
      const socket = new WebSocket(`ws://127.0.0.1:${address.port}`, "graphql-transport-ws");
      const answer = new Promise((resolve, reject) => {
        socket.on("error", reject);
        socket.on("close", (code) => resolve(code));
        socket.on("message", (data) => {
          const message = JSON.parse(String(data));
          if (message.type === "connection_ack") socket.send(JSON.stringify({ id: "1", type: "subscribe", payload }));
          else resolve(message.payload);
        });
      });
      await once(socket, "open");
      socket.send(JSON.stringify({ type: "connection_init" }));
      const got = await answer;
      socket.terminate();
      return got;
    },
  };
}

const refusedWith = (code: string) => [{ message: expect.stringMatching(/^Expected /), extensions: { code } }];
const byId = { documentId: "echo", variables: { text: "x" } };
const byText = { query: '{ echo(text: "y") }' };

describe("a subscribe message", () => {
  test("that names its document executes it, with its variables", async () => {
    for (const mode of ["on", "only"] as const) {
      const started = await start({ mode, documents });
      expect(await started.ask(byId)).toEqual({ data: { echo: "x" } });
      expect(started.executed).toEqual([text]);
    }
  });

  test("with the document itself is refused where persisted ones are all that is taken, and else executed", async () => {
    const only = await start({ mode: "only", documents });
    const hash = { persistedQuery: { version: 1, sha256Hash: "x" } };
    for (const payload of [byText, { ...byText, documentId: null }, { ...byText, extensions: hash }, { query: "" }])
      expect([payload, await only.ask(payload)]).toEqual([payload, refusedWith("PERSISTED_DOCUMENT_REQUIRED")]);
    expect(only.executed).toEqual([]);
    for (const options of [{ mode: "on", documents }, { mode: "off" }] as const) {
      const started = await start(options);
      expect(await started.ask(byText)).toEqual({ data: { echo: "y" } });
    }
  });

  test("that names one that is unknown, or both, or none, is refused, and the socket stays", async () => {
    for (const mode of ["on", "only"] as const) {
      const started = await start({ mode, documents });
      for (const documentId of ["unknown", "__proto__", "constructor", ""])
        expect(await started.ask({ documentId })).toEqual(refusedWith("PERSISTED_DOCUMENT_NOT_FOUND"));
      expect(await started.ask({ ...byText, documentId: "echo" })).toEqual(refusedWith("BAD_USER_INPUT"));
      expect(await started.ask({ documentId: 1 })).toEqual(refusedWith("BAD_USER_INPUT"));
      expect(started.executed).toEqual([]);
    }
    const off = await start({ mode: "off" });
    expect(await off.ask(byId)).toEqual(refusedWith("PERSISTED_DOCUMENT_NOT_FOUND"));
    expect(off.executed).toEqual([]);
  });

  test("with neither breaks the protocol, as ever", async () => {
    const started = await start({ mode: "only", documents });
    expect(await started.ask({ variables: {} })).toBe(4400);
    expect(await started.ask({ documentId: "echo", query: 1 })).toBe(4400);
    expect(started.executed).toEqual([]);
  });
});
