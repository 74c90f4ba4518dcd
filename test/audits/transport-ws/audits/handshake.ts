/** The handshake: one subprotocol, and no other. */
import { type Audit, must, should } from "../audit.ts";
import { Breach, expectThat, shown } from "../breach.ts";
import { acknowledged, type Handshake, initOf, shake, subprotocol, worded } from "../peer.ts";
import type { Target } from "../target.ts";

const notAcceptable = 4406;

async function chosenOf(target: Target, protocols: readonly string[]): Promise<void> {
  const handshake = await shake(target, protocols);
  if (handshake.type !== "open") throw new Breach(`Expected a socket; ${whyNot(handshake)}.`);
  const { peer, dispose } = handshake;
  try {
    expectThat(peer.protocol === subprotocol, `Expected ${subprotocol} to be chosen; got ${shown(peer.protocol)}.`);
    await acknowledged(peer, target.connectionParams);
  } finally {
    await dispose();
  }
}

function whyNot(handshake: Exclude<Handshake, { type: "open" }>): string {
  return handshake.type === "refused" ? `got status ${handshake.status}` : handshake.sentence;
}

/** By a status, by choosing none (which a client has to take for a failure), or by closing the socket. */
async function refusedWith(target: Target, protocols: readonly string[]): Promise<void> {
  const expected = `a status from 400 to 499, or the socket to close with ${notAcceptable}`;
  const handshake = await shake(target, protocols);
  if (handshake.type === "broken") return;
  if (handshake.type === "refused") {
    const { status } = handshake;
    return expectThat(status >= 400 && status < 500, `Expected ${expected}; got status ${status}.`);
  }
  const { peer, dispose } = handshake;
  try {
    peer.send(initOf(target.connectionParams));
    const closed = await peer.closed(expected);
    expectThat(closed.code === notAcceptable, `Expected ${expected}; it closed with ${worded(closed)}.`);
    expectThat(peer.frames.length === 0, `Expected nothing to be sent; got ${shown(peer.frames[0]?.text)}.`);
  } finally {
    await dispose();
  }
}

export const handshake: readonly Audit[] = [
  must("9E41", `choose the subprotocol ${subprotocol} where it is the one that the client offers`, (target) =>
    chosenOf(target, [subprotocol]),
  ),
  must("3C7A", `choose the subprotocol ${subprotocol} where the client offers others before it`, (target) =>
    chosenOf(target, ["graphql-ws", "another", subprotocol]),
  ),
  should("B5D0", "refuse with 4406, or in the handshake, a client that offers no subprotocol", (target) =>
    refusedWith(target, []),
  ),
  should("E81F", "refuse with 4406, or in the handshake, a client that offers other subprotocols alone", (target) =>
    refusedWith(target, ["graphql-ws"]),
  ),
];
