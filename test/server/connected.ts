/** Both ends of real WebSockets, without a gateway: what the parts of src/server that know only sockets are tested on. */
import { once } from "node:events";
import type { Socket } from "node:net";
import { type ClientOptions, WebSocket, WebSocketServer } from "ws";

export interface Connected {
  /** The gateway's end. */
  readonly socket: WebSocket;
  readonly connection: Socket;
  readonly peer: WebSocket;
  /** What the peer got, in order. */
  readonly got: string[];
  /** The code that the peer was closed with, once it was. */
  readonly closed: Promise<number>;
  /** The peer's program hangs: it reads nothing, the system underneath takes what it can hold. */
  stall(): void;
  goOn(): void;
}

export interface Switchboard {
  readonly clients: ReadonlySet<WebSocket>;
  connect(options?: ClientOptions): Promise<Connected>;
  dispose(): Promise<void>;
}

export async function startSwitchboard(): Promise<Switchboard> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The switchboard has no TCP address.");
  const peers: WebSocket[] = [];
  return {
    clients: server.clients,
    async connect(options = {}) {
      const accepted = once(server, "connection");
      const peer = new WebSocket(`ws://127.0.0.1:${address.port}`, options);
      peers.push(peer);
      peer.on("error", () => {});
      const got: string[] = [];
      peer.on("message", (data) => got.push(String(data)));
      const closed = new Promise<number>((resolve) => peer.once("close", resolve));
      const [socket, request] = await accepted;
      await (peer.readyState === peer.OPEN ? null : once(peer, "open"));
      socket.on("error", () => {});
      // Not by the connection underneath: ws itself resumes that, when it has emptied its own buffer.
      const stall = () => peer.pause();
      const goOn = () => peer.resume();
      return { socket, connection: request.socket, peer, got, closed, stall, goOn };
    },
    async dispose() {
      for (const peer of peers) peer.terminate();
      for (const socket of server.clients) socket.terminate();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
