/** connection_init and connection_ack: who speaks first, how often, and how long may be waited. */
import { type Audit, must, should } from "../audit.ts";
import { expectThat, isObject, shown } from "../breach.ts";
import { acknowledged, closedWith, initOf, onConnection, onSocket, subscribe, worded } from "../peer.ts";
import { type Target, waitsOf } from "../target.ts";

const forbidden = 4403;
/** For want of credentials: the protocol recommends the one, and some servers send the other. */
const refusals = [forbidden, 4401];

function isPayload(payload: unknown): boolean {
  return payload === undefined || payload === null || isObject(payload);
}

/** It is read: let in, or refused for want of credentials, but not for its form. */
async function isRead(target: Target, init: unknown): Promise<void> {
  await onSocket(target, async (peer) => {
    peer.send(init);
    const expected = `connection_ack, or the socket to close with ${refusals.join(" or ")}`;
    const answer = await Promise.race([
      peer.message(expected).catch(() => peer.closed(expected)),
      peer.closed(expected),
    ]);
    if ("type" in answer)
      return expectThat(answer.type === "connection_ack", `Expected ${expected}; got ${shown(answer)}.`);
    // A server that wants credentials may say so; one that has none to want has no reason.
    const mayRefuse = target.connectionParams !== undefined && refusals.includes(answer.code);
    expectThat(mayRefuse, `Expected ${expected}; it closed with ${worded(answer)}.`);
  });
}

export const connection: readonly Audit[] = [
  must("5F02", "answer connection_init with connection_ack, before anything else but pings and pongs", (target) =>
    onSocket(target, async (peer) => {
      await acknowledged(peer, target.connectionParams);
    }),
  ),
  must("C3A8", "send nothing but pings and pongs before connection_init", (target) =>
    onSocket(target, async (peer) => {
      const early = (await peer.quiet()).filter(({ type }) => type !== "pong");
      expectThat(early.length === 0, `Expected nothing before connection_init; got ${shown(early[0])}.`);
    }),
  ),
  must("71DE", "send connection_ack once", (target) =>
    onConnection(target, async (peer) => {
      const more = (await peer.quiet()).filter(({ type }) => type === "connection_ack");
      expectThat(more.length === 0, "Expected one connection_ack; got another.");
    }),
  ),
  must("0B96", "make the payload of connection_ack an object or null, or leave it out", (target) =>
    onSocket(target, async (peer) => {
      const { payload } = await acknowledged(peer, target.connectionParams);
      expectThat(isPayload(payload), `Expected the payload to be an object, null or nothing; got ${shown(payload)}.`);
    }),
  ),
  must("D427", "take a connection_init without a payload for well-formed", (target) =>
    isRead(target, { type: "connection_init" }),
  ),
  must("8A6C", "take a connection_init whose payload is null for well-formed", (target) =>
    isRead(target, { type: "connection_init", payload: null }),
  ),
  must("F19B", "close with 4408 where connection_init does not come in time", (target) =>
    onSocket(target, async (peer) => {
      const expected = "the socket to close with 4408 for want of connection_init";
      const closed = await peer.closed(expected, waitsOf(target).initMs);
      expectThat(closed.code === 4408, `Expected ${expected}; it closed with ${worded(closed)}.`);
    }),
  ),
  must("2D58", "close with 4429 where a second connection_init comes after connection_ack", (target) =>
    onConnection(target, async (peer) => {
      peer.send(initOf(target.connectionParams));
      await closedWith(peer, [4429], "for a second connection_init");
    }),
  ),
  must("A7E3", "close with 4429 where two connection_init come at once", (target) =>
    onSocket(target, async (peer) => {
      peer.send(initOf(target.connectionParams));
      peer.send(initOf(target.connectionParams));
      await closedWith(peer, [4429], "for a second connection_init");
    }),
  ),
  must("64B1", "close with 4401, and execute nothing, where subscribe comes before connection_init", (target) =>
    onSocket(target, async (peer) => {
      peer.send(subscribe("1", target.documents.query));
      await closedWith(peer, [4401], "for a subscribe before connection_init");
      expectThat(peer.left().length === 0, `Expected nothing to be sent; got ${shown(peer.left()[0])}.`);
    }),
  ),
  should(
    "1C0F",
    "close with 4403 where connection_init bears credentials that let nobody in",
    (target) =>
      onSocket(target, async (peer) => {
        peer.send(initOf(target.badConnectionParams));
        await closedWith(peer, [forbidden], "for credentials that are none");
        expectThat(peer.left().length === 0, `Expected no connection_ack; got ${shown(peer.left()[0])}.`);
      }),
    "bad-param",
  ),
  should(
    "BE74",
    "close with 4403 a socket whose credentials have ended, also while something is subscribed",
    async (target) => {
      const { expiringConnectionParams, documents } = target;
      if (!expiringConnectionParams) throw new Error("Only run with credentials that end.");
      const connectionParams = await expiringConnectionParams();
      await onConnection({ ...target, connectionParams }, async (peer) => {
        if (documents.subscription !== undefined) peer.send(subscribe("1", documents.subscription));
        const expected = `the socket to close with ${forbidden} once its credentials have ended`;
        const closed = await peer.closed(expected, waitsOf(target).expiryMs);
        expectThat(closed.code === forbidden, `Expected ${expected}; it closed with ${worded(closed)}.`);
      });
    },
    "expiring-param",
  ),
];
