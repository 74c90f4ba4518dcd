/** RFC 6455's frames, as bytes: good ones, and such as no library would send. */
import { createHash, randomBytes } from "node:crypto";

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface Frame {
  readonly fin: boolean;
  /** The three reserved bits. */
  readonly reserved: number;
  readonly opcode: number;
  readonly payload: Buffer;
}

/** A client's frames are masked; `masked: false` breaks the protocol. `says`: another length than the payload has. */
export function encode(
  frame: Frame,
  { masked = true, says = frame.payload.length }: { masked?: boolean; says?: number } = {},
): Buffer {
  const { fin, reserved, opcode, payload } = frame;
  const first = (fin ? 0x80 : 0) | ((reserved & 7) << 4) | (opcode & 15);
  const mask = masked ? 0x80 : 0;
  let head: Buffer;
  if (says < 126) head = Buffer.from([first, mask | says]);
  else if (says < 65_536) head = Buffer.from([first, mask | 126, says >> 8, says & 0xff]);
  else {
    head = Buffer.alloc(10);
    head[0] = first;
    head[1] = mask | 127;
    head.writeBigUInt64BE(BigInt(says), 2);
  }
  if (!masked) return Buffer.concat([head, payload]);
  const key = randomBytes(4);
  return Buffer.concat([head, key, Buffer.from(payload.map((byte, n) => byte ^ (key[n % 4] ?? 0)))]);
}

export const textFrame = (text: string): Frame => ({
  fin: true,
  reserved: 0,
  opcode: opcodes.text,
  payload: Buffer.from(text),
});

/** Every whole frame in the bytes, and what is left. Null: what came is no frame that a server may send. */
export function decode(bytes: Buffer): { readonly frames: readonly Frame[]; readonly rest: Buffer } | null {
  const frames: Frame[] = [];
  let at = 0;
  for (;;) {
    if (bytes.length - at < 2) return { frames, rest: bytes.subarray(at) };
    const [first = 0, second = 0] = bytes.subarray(at, at + 2);
    if ((second & 0x80) !== 0 || (first & 0x70) !== 0) return null;
    const short = second & 0x7f;
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length - at < head) return { frames, rest: bytes.subarray(at) };
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    if (bytes.length - at < head + length) return { frames, rest: bytes.subarray(at) };
    frames.push({
      fin: (first & 0x80) !== 0,
      reserved: 0,
      opcode: first & 15,
      payload: bytes.subarray(at + head, at + head + length),
    });
    at += head + length;
  }
}

/** The key of every handshake here, and what a server makes of it. */
export const key = Buffer.alloc(16, 7).toString("base64");
export const acceptOf = (text: string): string =>
  createHash("sha1").update(`${text}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
