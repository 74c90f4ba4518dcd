/**
 * What stands in the gateway's place: by ws alone, by ws with the frames of a tick in one write, or by graphql-ws with the
 * pub/sub of graphql-yoga over the gateway's own schema. All send what they are told to, and the same bytes.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { buildSchema } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { createPubSub } from "graphql-yoga";
import { type WebSocket, WebSocketServer } from "ws";

export type Manner = "plain" | "corked" | "stock";

export interface Round {
  /** What goes to each socket: its message in the round's turn. Socket n gets those of list n, modulo their number. */
  readonly texts: ReadonlyArray<readonly string[]>;
  /** The same as events of a pub/sub, by the operation's id. */
  readonly events: ReadonlyArray<readonly [id: string, event: unknown]>;
}

const manner = process.argv[2] as Manner;
const server = createServer();
const sockets = new WebSocketServer({ server, path: "/graphql", perMessageDeflate: false });
const connections = new Map<WebSocket, Socket>();
if (manner !== "stock") sockets.on("connection", (socket, request) => connections.set(socket, request.socket));

/** Change by change, as a loop over those who watch it would. */
function sendAll({ texts }: Round): void {
  const most = Math.max(...texts.map(({ length }) => length));
  for (let turn = 0; turn < most; turn += 1) {
    let index = 0;
    for (const socket of connections.keys()) {
      const text = texts[index % texts.length]?.[turn];
      if (text !== undefined) socket.send(text);
      index += 1;
    }
  }
}

const manners: Record<Manner, () => (round: Round) => void> = {
  plain: () => sendAll,
  corked: () => (round) => {
    for (const connection of connections.values()) connection.cork();
    sendAll(round);
    for (const connection of connections.values()) connection.uncork();
  },
  stock() {
    const pubSub = createPubSub<Record<string, [unknown]>>();
    const schema = buildSchema(readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8"));
    const field = schema.getSubscriptionType()?.getFields().operationChanged;
    if (!field) throw new Error("Expected the schema to have operationChanged.");
    field.subscribe = (_source, { ids }: { ids: readonly string[] }) => pubSub.subscribe(ids[0] ?? "");
    field.resolve = (event: unknown) => event;
    useServer({ schema }, sockets);
    return ({ events }) => {
      for (const [id, event] of events) pubSub.publish(id, event);
    };
  },
};

const send = manners[manner]();
process.on("message", (round: Round) => send(round));
process.on("disconnect", () => process.exit());
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
