/** A TCP proxy that a test can cut and mend: between a gateway and its database, say. */
import { connect, createServer, type Socket } from "node:net";

export interface TcpProxy {
  readonly port: number;
  /** Ends every connection, and each new one at once. */
  cut(): void;
  /** Nothing passes any more, in either direction, and nobody is told. */
  freeze(): void;
  /** Ends a cut or a freeze; what a freeze kept back goes on. */
  mend(): void;
  dispose(): Promise<void>;
}

export async function startProxy(target: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const pairs = new Set<readonly [near: Socket, far: Socket]>();
  let whole = true;
  let frozen = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((near) => {
    keep(near);
    if (!whole) {
      near.destroy();
      return;
    }
    const far = keep(connect(target.port, target.host));
    near.once("close", () => far.destroy());
    far.once("close", () => near.destroy());
    const pair = [near, far] as const;
    pairs.add(pair);
    near.once("close", () => pairs.delete(pair));
    if (!frozen) near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no TCP address.");
  const endAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    cut() {
      whole = false;
      endAll();
    },
    freeze() {
      frozen = true;
      for (const [near, far] of pairs) {
        near.unpipe(far).pause();
        far.unpipe(near).pause();
      }
    },
    mend() {
      whole = true;
      if (frozen) for (const [near, far] of pairs) near.pipe(far).pipe(near);
      frozen = false;
    },
    async dispose() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      endAll();
      await closed;
    },
  };
}
