/** Frames that RFC 6455 forbids, and messages that graphql-transport-ws does; what each must be closed with. */
import { choose } from "../body/edits.ts";
import { closed, either, type Sent } from "./due.ts";
import { encode, type Frame, opcodes, textFrame } from "./frames.ts";

const frame = (opcode: number, payload: Buffer = Buffer.from("{}"), more: Partial<Frame> = {}): Frame => ({
  fin: true,
  reserved: 0,
  opcode,
  payload,
  ...more,
});

export function forbidden(variant: number, at: number): Sent {
  const text = Buffer.from('{"type":"ping"}');
  const all: ReadonlyArray<() => Sent> = [
    () => ({ bytes: encode(textFrame('{"type":"ping"}'), { masked: false }), due: closed(1002) }),
    () => ({ bytes: encode(frame(opcodes.text, text, { reserved: 1 + (at % 7) })), due: closed(1002) }),
    () => ({ bytes: encode(frame(3 + (at % 5), text)), due: closed(1002) }),
    () => ({ bytes: encode(frame(11 + (at % 5), text)), due: closed(1002) }),
    () => ({ bytes: encode(frame(opcodes.continuation, text)), due: closed(1002) }),
    () => ({ bytes: encode(frame(opcodes.ping, Buffer.alloc(126))), due: closed(1002) }),
    () => ({ bytes: encode(frame(opcodes.ping, text, { fin: false })), due: closed(1002) }),
    () => ({
      bytes: Buffer.concat([encode(frame(opcodes.text, text, { fin: false })), encode(frame(opcodes.text, text))]),
      due: closed(1002),
    }),
    () => ({ bytes: encode(frame(opcodes.text, Buffer.from([0x22, 0xc3, 0x28, 0x22]))), due: closed(1007) }),
    () => ({ bytes: encode(frame(opcodes.text, Buffer.from([0xed, 0xa0, 0x80]))), due: closed(1007) }),
    () => ({ bytes: encode(frame(opcodes.text, text), { says: 5_000_000 }), due: closed(1009) }),
    () => ({ bytes: encode(frame(opcodes.text, text), { says: 2 ** 40 }), due: closed(1009) }),
    () => ({ bytes: encode(frame(opcodes.text, Buffer.alloc(1_100_000, "x"))), due: closed(1009) }),
    () => ({ bytes: encode(frame(opcodes.text, Buffer.alloc(0))), due: closed(4400) }),
    // Whether they come at once is not ours to say.
    () => ({ bytes: Buffer.concat(Array.from({ length: 300 }, () => encode(frame(opcodes.ping)))), due: either }),
    () => ({
      bytes: encode(
        textFrame(
          choose(["{", "null", "[]", "7", '"ping"', "{}", '{"type":"nobody"}', '{"type":"subscribe","id":""}'], at),
        ),
      ),
      due: closed(4400),
    }),
    () => ({ bytes: encode(frame(opcodes.close, Buffer.from([3]))), due: closed(1002) }),
    () => ({ bytes: encode(frame(opcodes.close, Buffer.from([3, 232, 0xff, 0xfe]))), due: closed(1007) }),
    () => ({ bytes: encode(frame(opcodes.text, text)).subarray(0, 1 + (at % 18)), due: { type: "torn" } }),
    () => ({
      bytes: Buffer.from(Array.from({ length: 1 + (at % 300) }, (_, n) => (at * 31 + n * n * 17) & 0xff)),
      due: { type: "torn" },
    }),
    () => ({ bytes: Buffer.from("GET /graphql HTTP/1.1\r\nhost: a\r\n\r\n"), due: { type: "torn" } }),
  ];
  return choose(all, variant)();
}

/** A code that may be sent comes back, or 1005 for none; one that may not is a breach. */
export function close(n: number): Sent {
  const code = choose(
    [
      1000,
      1001,
      1003,
      1008,
      1011,
      1012,
      3000,
      4000,
      4400,
      4999,
      null,
      0,
      999,
      1004,
      1005,
      1006,
      1015,
      2999,
      5000,
      65_535,
    ],
    n,
  );
  if (code === null) return { bytes: encode(frame(opcodes.close, Buffer.alloc(0))), due: closed(1000, 1005, null) };
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  const legal = (code >= 3000 && code <= 4999) || [1000, 1001, 1003, 1008, 1011, 1012].includes(code);
  return { bytes: encode(frame(opcodes.close, payload)), due: closed(legal ? code : 1002) };
}
