/** ping and pong, from either side, at any time. */
import { type Audit, must, should } from "../audit.ts";
import { expectThat, isEqual, isObject, shown } from "../breach.ts";
import { isUsable } from "../operations.ts";
import { acknowledged, type Message, onConnection, onSocket, type Peer } from "../peer.ts";

async function pongOf(peer: Peer, ping: Message): Promise<Message> {
  peer.send(ping);
  const pong = await peer.message("a pong");
  expectThat(pong.type === "pong", `Expected a pong; got ${shown(pong)}.`);
  const { payload } = pong;
  const fits = payload === undefined || payload === null || isObject(payload);
  expectThat(fits, `Expected the pong's payload to be an object, null or nothing; got ${shown(payload)}.`);
  return pong;
}

const pongs: readonly Message[] = [
  { type: "pong" },
  { type: "pong", payload: null },
  { type: "pong", payload: { heartbeat: 1 } },
];

export const pings: readonly Audit[] = [
  must("40D9", "answer a ping with a pong", (target) =>
    onConnection(target, async (peer) => {
      await pongOf(peer, { type: "ping" });
    }),
  ),
  must("7E15", "answer a ping whose payload is null", (target) =>
    onConnection(target, async (peer) => {
      await pongOf(peer, { type: "ping", payload: null });
    }),
  ),
  must("E3B2", "answer a ping whose payload is an object", (target) =>
    onConnection(target, async (peer) => {
      await pongOf(peer, { type: "ping", payload: { count: 1 } });
    }),
  ),
  should("95CA", "give a ping's payload back in the pong", (target) =>
    onConnection(target, async (peer) => {
      const payload = { count: 1, nested: { list: [true, null, "ü"] } };
      const pong = await pongOf(peer, { type: "ping", payload });
      expectThat(isEqual(pong.payload, payload), `Expected the payload ${shown(payload)}; got ${shown(pong.payload)}.`);
    }),
  ),
  must("06F4", "answer a ping that comes before connection_init", (target) =>
    onSocket(target, async (peer) => {
      await pongOf(peer, { type: "ping" });
      await acknowledged(peer, target.connectionParams);
    }),
  ),
  must("A258", "answer each of several pings", (target) =>
    onConnection(target, async (peer) => {
      for (const _ of [1, 2, 3]) peer.send({ type: "ping" });
      for (const _ of [1, 2, 3]) {
        const pong = await peer.message("a pong for each ping");
        expectThat(pong.type === "pong", `Expected a pong; got ${shown(pong)}.`);
      }
    }),
  ),
  must("DB31", "take a pong that nobody asked for, and go on", (target) =>
    onConnection(target, async (peer) => {
      for (const pong of pongs) peer.send(pong);
      await isUsable(peer, target);
    }),
  ),
  must("1867", "take a pong that comes before connection_init, and go on", (target) =>
    onSocket(target, async (peer) => {
      for (const pong of pongs) peer.send(pong);
      await acknowledged(peer, target.connectionParams);
    }),
  ),
];
