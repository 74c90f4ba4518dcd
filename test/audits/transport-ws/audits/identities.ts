/** The ids of operations: whose they are, how long, and that they are nothing but texts. */
import { type Audit, must, should } from "../audit.ts";
import { expectThat, shown } from "../breach.ts";
import { dataOf, errorOf, isUsable } from "../operations.ts";
import { closedWith, complete, onConnection, type Peer, subscribe } from "../peer.ts";
import { documentOf, type Target } from "../target.ts";

/** At any server, for `__typename` has no fields. */
const invalid = "{ __typename { aField } }";

/** Once it is known to be active, for a server may take a while to begin. */
async function active(peer: Peer, target: Target, id: string): Promise<void> {
  peer.send(subscribe(id, documentOf(target, "subscription")));
  await peer.quiet();
}

async function endedOnes(peer: Peer, id: string): Promise<void> {
  const ends = (await peer.quiet()).filter((message) => message.id === id && message.type !== "next");
  expectThat(ends.length === 0, `Expected the subscription to go on; got ${shown(ends[0])}.`);
}

export const identities: readonly Audit[] = [
  must(
    "D19F",
    "close with 4409 where a subscription comes under the id of one that is active",
    (target) =>
      onConnection(target, async (peer) => {
        await active(peer, target, "1");
        peer.send(subscribe("1", documentOf(target, "subscription")));
        await closedWith(peer, [4409], "for an id that is in use");
      }),
    "subscription",
  ),
  must(
    "7C5E",
    "close with 4409 where a query comes under the id of a subscription that is active",
    (target) =>
      onConnection(target, async (peer) => {
        await active(peer, target, "1");
        peer.send(subscribe("1", target.documents.query));
        await closedWith(peer, [4409], "for an id that is in use");
      }),
    "subscription",
  ),
  must(
    "3AB8",
    "close with 4409 where two subscriptions come under one id at once",
    (target) =>
      onConnection(target, async (peer) => {
        peer.send(subscribe("1", documentOf(target, "subscription")));
        peer.send(subscribe("1", documentOf(target, "subscription")));
        await closedWith(peer, [4409], "for an id that is in use");
      }),
    "subscription",
  ),
  should(
    "E20D",
    "close with 4409 also where the id is too long for the reason of a closing",
    (target) =>
      onConnection(target, async (peer) => {
        const id = "long".repeat(64);
        await active(peer, target, id);
        peer.send(subscribe(id, target.documents.query));
        await closedWith(peer, [4409], "for a long id that is in use");
      }),
    "subscription",
  ),
  must("85F1", "let an id be used again after the server's complete", (target) =>
    onConnection(target, async (peer) => {
      for (const _ of [1, 2, 3]) await isUsable(peer, target, "1");
    }),
  ),
  must("0A47", "let an id be used again after its error", (target) =>
    onConnection(target, async (peer) => {
      peer.send(subscribe("1", invalid));
      await errorOf(peer, "1");
      await isUsable(peer, target, "1");
    }),
  ),
  must(
    "B87A",
    "let an id be used again after the client's complete",
    (target) =>
      onConnection(target, async (peer) => {
        await active(peer, target, "1");
        peer.send(complete("1"));
        await peer.quiet();
        await active(peer, target, "1");
        await endedOnes(peer, "1");
      }),
    "subscription",
  ),
  // SHOULD, for a client can't tell what was sent for the old one from what is sent for the new.
  should(
    "56CD",
    "let an id be used again at once after the client's complete, and not end the new one for the old",
    (target) =>
      onConnection(target, async (peer) => {
        await active(peer, target, "1");
        peer.send(complete("1"));
        peer.send(subscribe("1", documentOf(target, "subscription")));
        await endedOnes(peer, "1");
      }),
    "subscription",
  ),
  must("9F34", "take any text for an id, and give it back unchanged", (target) =>
    onConnection(target, async (peer) => {
      for (const id of ["__proto__", "constructor", "toString", " ", "0", "ü 🦉 \n", `"`, "x".repeat(500)]) {
        peer.send(subscribe(id, target.documents.query));
        await dataOf(peer, id);
      }
    }),
  ),
  must("23E9", "ignore a complete for an id that it doesn't know", (target) =>
    onConnection(target, async (peer) => {
      peer.send(complete("nobody's"));
      peer.send(complete("__proto__"));
      await isUsable(peer, target);
    }),
  ),
  must("C076", "ignore a complete for an operation that has ended", (target) =>
    onConnection(target, async (peer) => {
      await isUsable(peer, target, "1");
      peer.send(subscribe("2", invalid));
      await errorOf(peer, "2");
      for (const id of ["1", "2", "1"]) peer.send(complete(id));
      await isUsable(peer, target);
    }),
  ),
  must("6E9B", "keep the ids of two sockets apart", (target) =>
    onConnection(target, (one) =>
      onConnection(target, async (other) => {
        for (const peer of [one, other]) peer.send(subscribe("1", target.documents.query));
        for (const peer of [one, other]) await dataOf(peer, "1");
      }),
    ),
  ),
];
