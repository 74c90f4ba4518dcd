/** What a server has to outlast: peers that leave, large messages, and its own way of speaking. */
import { type Audit, must, should } from "../audit.ts";
import { Breach, expectThat, isObject, shown } from "../breach.ts";
import { areErrors, isUsable, outcomeOf } from "../operations.ts";
import { acknowledged, type Frame, onConnection, onSocket, subscribe, worded } from "../peer.ts";
import type { Target } from "../target.ts";

/** Some clients later somebody else is answered. */
function othersAreAnswered(target: Target): Promise<void> {
  return onConnection(target, (peer) => isUsable(peer, target));
}

const isOptionalObject = (value: unknown) => value === undefined || value === null || isObject(value);
const isId = (value: unknown) => typeof value === "string" && value !== "";
const isResult = (value: unknown) => isObject(value) && ("data" in value || "errors" in value);

type Fields = Readonly<Record<string, unknown>>;
/** By the type of a server's message: whether it has what the protocol says. */
const forms: ReadonlyMap<unknown, (message: Fields) => boolean> = new Map([
  ["connection_ack", ({ payload }: Fields) => isOptionalObject(payload)],
  ["ping", ({ payload }: Fields) => isOptionalObject(payload)],
  ["pong", ({ payload }: Fields) => isOptionalObject(payload)],
  ["next", ({ id, payload }: Fields) => isId(id) && isResult(payload)],
  ["error", ({ id, payload }: Fields) => isId(id) && areErrors(payload)],
  ["complete", ({ id }: Fields) => isId(id)],
]);

function judgeForm({ text, binary }: Frame): void {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    throw new Breach(`Expected JSON; got ${shown(text)}.`);
  }
  expectThat(!binary, `Expected text frames alone; this one is binary: ${shown(text)}.`);
  const fits = isObject(message) && forms.get(message.type)?.(message) === true;
  expectThat(fits, `Expected a message of the protocol that a server sends; got ${shown(message)}.`);
}

export const endurance: readonly Audit[] = [
  must("D5B3", "send text frames alone, each a message of the protocol in its own form", (target) =>
    onConnection(target, async (peer) => {
      const { subscription } = target.documents;
      if (subscription !== undefined) peer.send(subscribe("watch", subscription));
      for (const query of [target.documents.query, "{ aFieldThatNobodyHas }"]) {
        peer.send(subscribe("1", query));
        let end = false;
        while (!end) {
          const { id, type } = await peer.message("the end of an operation");
          end = id === "1" && type !== "next";
        }
      }
      await peer.quiet();
      for (const frame of peer.frames) judgeForm(frame);
    }),
  ),
  must("70A9", "answer the client's closing with its own, and serve others well afterwards", async (target) => {
    await onConnection(target, async (peer) => {
      const { subscription } = target.documents;
      if (subscription !== undefined) peer.send(subscribe("1", subscription));
      const closed = await peer.close(1000);
      expectThat(closed.code === 1000, `Expected the closing with 1000 to be answered so; got ${worded(closed)}.`);
    });
    await othersAreAnswered(target);
  }),
  must("3D1C", "serve others well after clients have gone without a word", async (target) => {
    for (const _ of [1, 2, 3, 4, 5]) {
      await onConnection(target, async (peer) => {
        peer.send(subscribe("1", target.documents.subscription ?? target.documents.query));
        await peer.drop();
      });
      await onSocket(target, (peer) => peer.drop());
    }
    await othersAreAnswered(target);
  }),
  must("BA86", "answer others while a socket that breaks the protocol is closed", (target) =>
    onConnection(target, async (bystander) => {
      await onConnection(target, async (peer) => {
        peer.sendFrame("no json", { binary: false });
        await peer.closed("the socket to close for what is no JSON");
      });
      await isUsable(bystander, target);
    }),
  ),
  should(
    "91E5",
    "close with 1009 or 4400 where a message is larger than it takes, and serve others well afterwards",
    async (target) => {
      const { messageLimitBytes = 0 } = target;
      await onConnection(target, async (peer) => {
        peer.send(subscribe("1", `${target.documents.query} #${"x".repeat(messageLimitBytes)}`));
        const expected = "the socket to close with 1009 or 4400 for a message that is too large";
        const closed = await peer.closed(expected);
        expectThat(closed.code === 1009 || closed.code === 4400, `Expected ${expected}; got ${worded(closed)}.`);
      });
      await othersAreAnswered(target);
    },
    "message-limit",
  ),
  must("2C70", "read a document of some kilobytes, in a frame of its own size", (target) =>
    onConnection(target, async (peer) => {
      peer.send(subscribe("1", `${target.documents.query} #${"x".repeat(20_000)}`));
      const { end } = await outcomeOf(peer, "1");
      expectThat(end.type === "complete", `Expected the query to be answered; got ${shown(end)}.`);
    }),
  ),
  must("FC18", "let clients come one after the other, each acknowledged", async (target) => {
    for (const _ of [1, 2, 3, 4, 5]) {
      await onSocket(target, async (peer) => {
        await acknowledged(peer, target.connectionParams);
      });
    }
  }),
];
