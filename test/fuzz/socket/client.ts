/** A peer that writes its frames itself, and keeps what comes in order. */
import { connect, type Socket } from "node:net";
import { acceptOf, decode, type Frame, key, opcodes } from "./frames.ts";

export interface Message {
  readonly type?: unknown;
  readonly id?: unknown;
  readonly payload?: unknown;
}

export interface Peer {
  /** The status of the answer to the upgrade. */
  readonly status: number;
  send(bytes: Buffer): void;
  halfClose(): void;
  /** Resolves true once it holds, or false when the connection is over or the time is. It is looked at whenever something came. */
  until(holds: () => boolean, patienceMs: number): Promise<boolean>;
  readonly frames: readonly Frame[];
  /** The text messages, read; null for one that is no JSON. */
  readonly messages: ReadonlyArray<Message | null>;
  /** The code of the close frame: 1005 where it has none, null where none came. */
  readonly code: number | null;
  readonly over: boolean;
  /** What the server sent that it may not; null where nothing. */
  readonly breach: string | null;
  destroy(): void;
}

export function open(port: number, protocol: string, patienceMs: number): Promise<Peer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
    const timer = setTimeout(() => socket.destroy(new Error("The upgrade was not answered in time.")), patienceMs);
    let head = Buffer.alloc(0);
    const onData = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) return;
      clearTimeout(timer);
      socket.off("data", onData);
      socket.off("error", reject);
      const text = head.toString("latin1", 0, end);
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]);
      const proven = text.toLowerCase().includes(`sec-websocket-accept: ${acceptOf(key).toLowerCase()}`);
      resolve(
        createPeer(
          socket,
          status,
          head.subarray(end + 4),
          status === 101 && !proven ? "its accept does not fit the key" : null,
        ),
      );
    };
    socket.once("error", reject);
    socket.on("data", onData);
    const asked = protocol === "" ? "" : `sec-websocket-protocol: ${protocol}\r\n`;
    socket.write(
      `GET /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n` +
        `sec-websocket-key: ${key}\r\n${asked}\r\n`,
    );
  });
}

function createPeer(socket: Socket, status: number, first: Buffer, wrong: string | null): Peer {
  const frames: Frame[] = [];
  const messages: Array<Message | null> = [];
  let rest = Buffer.alloc(0);
  let code: number | null = null;
  let over = false;
  let breach = wrong;
  let wake = (): void => {};

  const take = (chunk: Buffer) => {
    const read = decode(Buffer.concat([rest, chunk]));
    if (read === null) breach ??= "a frame of the server is masked, or has reserved bits";
    else {
      rest = Buffer.from(read.rest);
      for (const frame of read.frames) note(frame);
    }
    wake();
  };
  const note = (frame: Frame) => {
    if (code !== null) breach ??= "something came after the close frame";
    frames.push(frame);
    const { opcode, payload, fin } = frame;
    if (opcode === opcodes.close) code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
    if (opcode !== opcodes.text) return;
    if (!fin) breach ??= "a message came in fragments";
    messages.push(parsed(payload));
  };
  const end = () => {
    over = true;
    wake();
  };
  socket.on("data", take);
  socket.on("error", () => {});
  socket.once("end", () => {
    socket.end();
    end();
  });
  socket.once("close", end);
  take(first);

  return {
    status,
    frames,
    messages,
    get code() {
      return code;
    },
    get over() {
      return over;
    },
    get breach() {
      return breach;
    },
    send(bytes) {
      if (!socket.destroyed && bytes.length > 0) socket.write(bytes);
    },
    halfClose: () => void socket.end(),
    until: (holds, patienceMs) =>
      new Promise((resolve) => {
        const look = () => {
          const held = holds();
          if (!held && !over) return;
          finish(held);
        };
        const finish = (held: boolean) => {
          clearTimeout(timer);
          wake = () => {};
          resolve(held);
        };
        const timer = setTimeout(() => finish(holds()), patienceMs);
        wake = look;
        look();
      }),
    destroy: () => socket.destroy(),
  };
}

function parsed(payload: Buffer): Message | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
    return typeof value === "object" && value !== null ? value : null;
  } catch {
    return null;
  }
}
