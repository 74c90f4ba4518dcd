/** "Receiving a message of a type or format which is not specified … 4400": each way to be no message. */
import { type Audit, must, should } from "../audit.ts";
import { Breach } from "../breach.ts";
import { closedWith, complete, onConnection, onSocket, type Peer, subscribe } from "../peer.ts";
import type { Target } from "../target.ts";

const badRequest = 4400;

type Sends = readonly [what: string, message: unknown];

/** Each on a socket of its own, and nothing is answered but the closing. */
async function eachClosed(
  target: Target,
  sends: readonly Sends[],
  codes: readonly number[] = [badRequest],
): Promise<void> {
  for (const [what, message] of sends) {
    await onConnection(target, async (peer) => {
      peer.send(message);
      await closedWith(peer, codes, `for ${what}`);
      onlyClosed(peer, what);
    });
  }
}

function onlyClosed(peer: Peer, what: string): void {
  const [answer] = peer.left();
  if (answer) throw new Breach(`Expected nothing but the closing for ${what}; got ${JSON.stringify(answer)}.`);
}

/** A text as it is. */
function textClosed(target: Target, texts: readonly string[]): Promise<void> {
  return texts.reduce(async (before, text) => {
    await before;
    await onConnection(target, async (peer) => {
      peer.sendFrame(text, { binary: false });
      await closedWith(peer, [badRequest], `for the text ${JSON.stringify(text)}`);
      onlyClosed(peer, text);
    });
  }, Promise.resolve());
}

/** The payload of a subscribe that is well-formed but for what is given. */
function requests(target: Target, name: string, values: readonly unknown[]): Sends[] {
  return values.map((value): Sends => {
    const shown = JSON.stringify(value);
    return [`a subscribe whose ${name} is ${shown}`, subscribe("1", target.documents.query, { [name]: value })];
  });
}

const withPayload = (type: string, values: readonly unknown[]): Sends[] =>
  values.map((payload) => [`a ${type} whose payload is ${JSON.stringify(payload)}`, { type, payload }]);

const notObjects = ["text", 1, true, []] as const;

export const invalidMessages: readonly Audit[] = [
  must("C60B", "close with 4400 where a message is no JSON", (target) =>
    textClosed(target, ["", "no json", "{", "{'type':'ping'}", `{"type":"ping"}{"type":"ping"}`]),
  ),
  must("3F9E", "close with 4400 where a message is JSON, but no object", (target) =>
    textClosed(target, ["[]", `[{"type":"ping"}]`, `"ping"`, "1", "true", "null"]),
  ),
  must("72A4", "close with 4400 where a message has no type, or one that is no text", (target) =>
    eachClosed(target, [
      ["a message without a type", { id: "1" }],
      ["an empty type", { type: "" }],
      ["a type that is a number", { type: 1 }],
      ["a type that is null", { type: null }],
      ["a type that is a list", { type: ["ping"] }],
    ]),
  ),
  must("D80C", "close with 4400 where a message's type is not one of the protocol's", (target) =>
    eachClosed(target, [
      ["an unknown type", { type: "hello" }],
      ["another protocol's type", { type: "start", id: "1", payload: { query: target.documents.query } }],
      ["a type in capitals", { type: "PING" }],
      ["a name that every object has", { type: "constructor" }],
    ]),
  ),
  should("59E7", "close with 4400 where a message comes that only a server sends", (target) =>
    eachClosed(target, [
      ["a connection_ack from a client", { type: "connection_ack" }],
      ["a next from a client", { type: "next", id: "1", payload: { data: {} } }],
      ["an error from a client", { type: "error", id: "1", payload: [{ message: "No." }] }],
    ]),
  ),
  must("04BD", "close with 4400 where an invalid message comes before connection_init", (target) =>
    onSocket(target, async (peer) => {
      peer.sendFrame("no json", { binary: false });
      await closedWith(peer, [badRequest], "for what is no JSON");
    }),
  ),
  must("AE16", "close with 4400 where the payload of connection_init is no object", async (target) => {
    for (const [what, message] of withPayload("connection_init", notObjects)) {
      await onSocket(target, async (peer) => {
        peer.send(message);
        await closedWith(peer, [badRequest], `for ${what}`);
        onlyClosed(peer, what);
      });
    }
  }),
  must("6D73", "close with 4400 where the payload of a ping or a pong is no object", (target) =>
    eachClosed(target, [...withPayload("ping", notObjects), ...withPayload("pong", notObjects)]),
  ),
  must("F0A5", "close with 4400 where a subscribe has no id, or one that is no text", (target) =>
    eachClosed(target, [
      ["a subscribe without an id", { type: "subscribe", payload: { query: target.documents.query } }],
      ["a subscribe whose id is a number", subscribe(1, target.documents.query)],
      ["a subscribe whose id is null", subscribe(null, target.documents.query)],
    ]),
  ),
  must("2B4C", "close with 4400 where a subscribe's id is empty", (target) =>
    eachClosed(target, [["a subscribe whose id is empty", subscribe("", target.documents.query)]]),
  ),
  must("87D1", "close with 4400 where a subscribe has no payload, or one that is no object", (target) =>
    eachClosed(
      target,
      [undefined, null, ...notObjects].map(
        (payload): Sends => [
          `a subscribe whose payload is ${JSON.stringify(payload) ?? "missing"}`,
          { type: "subscribe", id: "1", payload },
        ],
      ),
    ),
  ),
  must("E56A", "close with 4400 where a subscribe's query is no text", (target) =>
    eachClosed(target, requests(target, "query", [null, 1, ["{ __typename }"], { kind: "Document" }])),
  ),
  must("4913", "close with 4400 where a subscribe's variables are no object", (target) =>
    eachClosed(target, requests(target, "variables", notObjects)),
  ),
  must("BC28", "close with 4400 where a subscribe's operationName is no text", (target) =>
    eachClosed(target, requests(target, "operationName", [1, true, [], {}])),
  ),
  must("107F", "close with 4400 where a subscribe's extensions are no object", (target) =>
    eachClosed(target, requests(target, "extensions", notObjects)),
  ),
  must("9AD6", "close with 4400 where a complete has no id, or one that is no text, or empty", (target) =>
    eachClosed(target, [
      ["a complete without an id", { type: "complete" }],
      ["a complete whose id is a number", complete(1)],
      ["a complete whose id is empty", complete("")],
    ]),
  ),
  must("63E0", "close with 4400, 1003 or 1007 where a binary frame holds no message", (target) =>
    onConnection(target, async (peer) => {
      peer.sendFrame(Uint8Array.from([0, 255, 1, 254]), { binary: true });
      await closedWith(peer, [badRequest, 1003, 1007], "for binary noise");
      onlyClosed(peer, "binary noise");
    }),
  ),
  should("0E95", "close with 1007 or 4400 where a text frame is no UTF-8", (target) =>
    onConnection(target, async (peer) => {
      const bytes = Uint8Array.from(Buffer.from(`{"type":"ping","payload":{"text":"\u00ff"}}`, "latin1"));
      peer.sendFrame(bytes, { binary: false });
      await closedWith(peer, [1007, badRequest], "for bytes that are no text");
      onlyClosed(peer, "bytes that are no text");
    }),
  ),
];
