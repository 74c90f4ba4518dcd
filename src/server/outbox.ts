/**
 * What leaves by one socket: events, whose payload is made once for all who get it, and other messages between them. Events
 * of one tick are written together, for the write is most of what an event costs. It knows frames (RFC 6455), and nothing of
 * what is in them.
 */
import type { Socket } from "node:net";
import type { WebSocket } from "ws";

/** As a text: bytes of their own would hold eight kilobytes of the pool that they are taken from. */
export interface Beginning {
  readonly text: string;
  readonly bytes: number;
}

export interface Outbox {
  /**
   * A message of two parts, neither of which is changed any more; dropped where the socket closes. Whoever sends one after
   * the other waits while it is blocked.
   */
  send(beginning: Beginning, ending: Uint8Array): void;
  /** A message for itself, after those before it. Resolves when it has left the process, or never will. */
  sendText(text: string): Promise<void>;
  /** Whether something waits for the peer to read. */
  readonly isBlocked: boolean;
  /** Resolves when what waits now, and what has been gathered, has left the process, or never will. */
  freed(): Promise<void>;
  /** Another one each time that what was gathered has been written. */
  readonly turn: number;
}

/** `connection` is what carries `socket`, which has no extension: frames are written as they are. */
export function createOutbox(socket: WebSocket, connection: Socket): Outbox {
  return new SocketOutbox(socket, connection);
}

/** So much is written before its tick ends: what a tick may bring has no bound. */
const mostGathered = 65_536;
/** A longer ending is not copied for each of those who get it. */
const mostCopied = 4_096;
/** RFC 6455 5.2: a whole message of text, not masked. */
const wholeText = 0x81;
const nothing = new Uint8Array();

interface Part {
  readonly beginning: Beginning;
  readonly ending: Uint8Array;
}

/** Those that have something to write at the end of this tick. */
let gathering: SocketOutbox[] = [];

function writeAll(): void {
  const outboxes = gathering;
  gathering = [];
  for (const outbox of outboxes) outbox.write();
}

/** A class, for there are as many as sockets. */
class SocketOutbox implements Outbox {
  readonly #socket: WebSocket;
  readonly #connection: Socket;
  #parts: Part[] = [];
  #gathered = 0;
  /** How many bytes of it are copied: headers, beginnings and short endings. */
  #copied = 0;
  /** Who waits for what is gathered. */
  #waiting: Array<() => void> = [];
  turn = 0;

  constructor(socket: WebSocket, connection: Socket) {
    this.#socket = socket;
    this.#connection = connection;
  }

  send(beginning: Beginning, ending: Uint8Array): void {
    if (this.#parts.length === 0 && gathering.push(this) === 1) process.nextTick(writeAll);
    this.#parts.push({ beginning, ending });
    const size = beginning.bytes + ending.length;
    const framed = headerOf(size) + size;
    this.#gathered += framed;
    this.#copied += ending.length > mostCopied ? framed - ending.length : framed;
    if (this.#gathered >= mostGathered) this.write();
  }

  sendText(text: string): Promise<void> {
    this.write();
    return new Promise((resolve) => {
      if (this.#isOpen) this.#socket.send(text, () => resolve());
      else resolve();
    });
  }

  get isBlocked(): boolean {
    return this.#connection.writableLength > 0;
  }

  freed(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#parts.length > 0) this.#waiting.push(resolve);
      else this.#afterAll(resolve);
    });
  }

  write(): void {
    const [parts, copied, waiting] = [this.#parts, this.#copied, this.#waiting];
    if (parts.length === 0) return;
    this.#parts = [];
    this.#gathered = 0;
    this.#copied = 0;
    this.turn += 1;
    // After the frame that closes a socket none may follow.
    if (this.#isOpen) {
      const chunks = framed(parts, copied);
      if (chunks.length > 1) this.#connection.cork();
      for (const chunk of chunks) this.#connection.write(chunk);
      if (chunks.length > 1) this.#connection.uncork();
    }
    if (waiting.length === 0) return;
    this.#waiting = [];
    this.#afterAll(() => {
      for (const resolve of waiting) resolve();
    });
  }

  /** Its turn comes after all that is waiting. */
  #afterAll(done: () => void): void {
    if (this.#isOpen && this.isBlocked) this.#connection.write(nothing, () => done());
    else done();
  }

  get #isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }
}

/** The frames one after the other, in one chunk but for the endings that are too long to be copied. */
function framed(parts: readonly Part[], copied: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  const bytes = Buffer.allocUnsafe(copied);
  let begun = 0;
  let at = 0;
  for (const { beginning, ending } of parts) {
    at = writeHeader(bytes, at, beginning.bytes + ending.length);
    at += bytes.write(beginning.text, at);
    if (ending.length > mostCopied) {
      chunks.push(bytes.subarray(begun, at), ending);
      begun = at;
    } else {
      bytes.set(ending, at);
      at += ending.length;
    }
  }
  if (at > begun) chunks.push(begun === 0 ? bytes : bytes.subarray(begun, at));
  return chunks;
}

function headerOf(size: number): number {
  if (size < 126) return 2;
  return size < 65_536 ? 4 : 10;
}

/** Gives where the header ends. */
function writeHeader(bytes: Buffer, at: number, size: number): number {
  bytes[at] = wholeText;
  if (size < 126) {
    bytes[at + 1] = size;
    return at + 2;
  }
  if (size < 65_536) {
    bytes[at + 1] = 126;
    return bytes.writeUInt16BE(size, at + 2);
  }
  bytes[at + 1] = 127;
  return bytes.writeBigUInt64BE(BigInt(size), at + 2);
}
