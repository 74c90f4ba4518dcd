/** Subscriptions: events under their id, and an end that is one, from either side. */
import { randomUUID } from "node:crypto";
import { type Audit, must, should } from "../audit.ts";
import { Breach, expectThat, isObject, shown } from "../breach.ts";
import { dataOf, isUsable, outcomeOf } from "../operations.ts";
import { complete, type Message, nextButPong, onConnection, type Peer, subscribe } from "../peer.ts";
import { documentOf, type Target, waitsOf } from "../target.ts";

/** While `run` waits for events, they are made to come: on a socket of its own, so that ids and order stay plain. */
function stirred<T>(target: Target, run: () => Promise<T>): Promise<T> {
  const pauseMs = waitsOf(target).quietMs / 4;
  return onConnection(target, async (peer) => {
    let over = false;
    const stir = async (): Promise<void> => {
      while (!over) {
        const n = randomUUID();
        peer.send(subscribe(n, documentOf(target, "trigger"), { variables: { n } }));
        await dataOf(peer, n);
        if (!over) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    };
    const stirring = stir();
    const waiting = run().finally(() => {
      over = true;
    });
    // Without the trigger it would be waited for in vain.
    await Promise.race([waiting, stirring]);
    await stirring;
    return waiting;
  });
}

/** The next event of this subscription; others' are passed over. */
async function eventOf(peer: Peer, id: string): Promise<Message> {
  const message = await peer.find(`an event of ${shown(id)}`, (one) => one.id === id);
  expectThat(message.type === "next", `Expected an event of ${shown(id)}; got ${shown(message)}.`);
  return message;
}

export const streams: readonly Audit[] = [
  must(
    "F48D",
    "send each event as next under the subscription's id, with a result as its payload",
    (target) =>
      onConnection(target, async (peer) => {
        peer.send(subscribe("1", documentOf(target, "subscription")));
        const { payload } = await stirred(target, () => eventOf(peer, "1"));
        const fits = isObject(payload) && ("data" in payload || "errors" in payload);
        expectThat(fits, `Expected a result with data or errors; got ${shown(payload)}.`);
      }),
    "subscription",
    "trigger",
  ),
  must(
    "1E62",
    "send events of several subscriptions on one socket, each under its own id",
    (target) =>
      onConnection(target, async (peer) => {
        const ids = ["one", "two", "three"];
        for (const id of ids) peer.send(subscribe(id, documentOf(target, "subscription")));
        await stirred(target, async () => {
          for (const id of ids) await eventOf(peer, id);
        });
      }),
    "subscription",
    "trigger",
  ),
  must(
    "A0C7",
    "answer queries while a subscription is active",
    (target) =>
      onConnection(target, async (peer) => {
        peer.send(subscribe("watch", documentOf(target, "subscription")));
        await peer.quiet();
        peer.send(subscribe("1", target.documents.query));
        for (const type of ["next", "complete"]) {
          const message = await peer.find(`${type} for the query`, ({ id }) => id !== "watch");
          const fits = message.id === "1" && message.type === type;
          expectThat(fits, `Expected ${type} for the query; got ${shown(message)}.`);
        }
      }),
    "subscription",
  ),
  must(
    "5D3B",
    "send nothing for a subscription after the client's complete, while others get theirs",
    (target) =>
      onConnection(target, async (peer) => {
        for (const id of ["left", "stays"]) peer.send(subscribe(id, documentOf(target, "subscription")));
        await stirred(target, () => eventOf(peer, "left"));
        peer.send(complete("left"));
        // What had been sent before the complete was read comes before the pong.
        await peer.fence();
        await stirred(target, async () => {
          for (const _ of [1, 2, 3]) {
            const message = await nextButPong(peer, `an event of "stays"`);
            expectThat(message.id === "stays", `Expected nothing after the client's complete; got ${shown(message)}.`);
          }
        });
      }),
    "subscription",
    "trigger",
  ),
  // SHOULD, as for 56CD.
  should(
    "F2B9",
    "end, with the client's complete, a subscription whose id was used again at once",
    (target) =>
      onConnection(target, async (peer) => {
        for (const id of ["reused", "stays"]) peer.send(subscribe(id, documentOf(target, "subscription")));
        await stirred(target, () => eventOf(peer, "stays"));
        peer.send(complete("reused"));
        peer.send(subscribe("reused", documentOf(target, "subscription")));
        await peer.quiet();
        peer.send(complete("reused"));
        await peer.fence();
        await stirred(target, async () => {
          for (const _ of [1, 2, 3]) {
            const message = await nextButPong(peer, `an event of "stays"`);
            expectThat(message.id === "stays", `Expected nothing after the client's complete; got ${shown(message)}.`);
          }
        });
      }),
    "subscription",
    "trigger",
  ),
  must(
    "E7F0",
    "end a subscription with complete where its source has ended, after all of its events",
    (target) =>
      onConnection(target, async (peer) => {
        peer.send(subscribe("1", documentOf(target, "ending")));
        const { results, end } = await outcomeOf(peer, "1");
        expectThat(end.type === "complete", `Expected complete; got ${shown(end)}.`);
        expectThat(results.length > 0, "Expected an event before complete; there was none.");
      }),
    "ending",
  ),
  must(
    "482A",
    "send nothing for a subscription after the server's complete, and let its id be used again",
    (target) =>
      onConnection(target, async (peer) => {
        for (const _ of [1, 2]) {
          peer.send(subscribe("1", documentOf(target, "ending")));
          await outcomeOf(peer, "1");
          const more = (await peer.quiet()).filter(({ id }) => id === "1");
          expectThat(more.length === 0, `Expected nothing after complete; got ${shown(more[0])}.`);
        }
        await isUsable(peer, target, "1");
      }),
    "ending",
  ),
  must("0BC4", "answer a subscription that is not valid with error, and keep the socket open", (target) =>
    onConnection(target, async (peer) => {
      peer.send(subscribe("1", "subscription { aFieldThatNobodyHas }"));
      const { results, end } = await outcomeOf(peer, "1");
      if (end.type !== "error" || results.length > 0) throw new Breach(`Expected error alone; got ${shown(end)}.`);
      await isUsable(peer, target);
    }),
  ),
];
