/** Bytes that are no HTTP request, or one and a half, or two that don't agree on where the first one ends. */
import { choose } from "../body/edits.ts";

const post = (more: string, body = "") =>
  `POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n${more}\r\n${body}`;
const good = '{"query":"{ __typename }"}';
const length = `content-length: ${good.length}\r\n`;

const variants: ReadonlyArray<readonly [name: string, make: (at: number) => string]> = [
  [
    "noise",
    (at) => Array.from({ length: at % 2_000 }, (_, n) => String.fromCharCode((at * 31 + n * n * 17) & 0xff)).join(""),
  ],
  ["cut", (at) => post(length, good).slice(0, at % 160)],
  ["no host", () => "GET /graphql HTTP/1.1\r\n\r\n"],
  ["two hosts", () => "GET /graphql HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n"],
  ["a method of its own", () => "FETCH /graphql HTTP/1.1\r\nhost: a\r\n\r\n"],
  ["CONNECT", () => "CONNECT 127.0.0.1:1 HTTP/1.1\r\nhost: a\r\n\r\n"],
  ["HTTP/0.9", () => "GET /graphql\r\n"],
  ["HTTP/1.0", () => "GET /graphql?query=%7B__typename%7D HTTP/1.0\r\n\r\n"],
  ["HTTP/3.0", () => "GET /graphql HTTP/3.0\r\nhost: a\r\n\r\n"],
  ["HTTP/2", () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"],
  ["TLS", () => "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
  ["a header without a colon", () => post(`${length}nothing\r\n`, good)],
  ["a space before the colon", () => post(`content-length : ${good.length}\r\n`, good)],
  ["a folded header", () => post(`${length}x-a: b\r\n c\r\n`, good)],
  ["NUL in a header", () => post(`${length}x-a: b\0c\r\n`, good)],
  ["lines of LF", () => post(length, good).replaceAll("\r\n", "\n")],
  ["two lengths", () => post(`${length}content-length: 3\r\n`, good)],
  ["a length and chunks", () => post(`${length}transfer-encoding: chunked\r\n`, `0\r\n\r\n${good}`)],
  ["a length below 0", () => post("content-length: -1\r\n", good)],
  ["a length of text", () => post("content-length: 1e3\r\n", good)],
  ["a length too long", (at) => post(`content-length: ${good.length + 1 + at}\r\n`, good)],
  ["a length too short", (at) => post(`content-length: ${at % good.length}\r\n`, good)],
  ["a length of 9 GB", () => post("content-length: 9000000000\r\n", good)],
  ["an unknown transfer encoding", () => post("transfer-encoding: gzip, chunked, identity\r\n", good)],
  [
    "bad chunks",
    (at) =>
      post(
        "transfer-encoding: chunked\r\n",
        choose(["zz\r\n", "-1\r\n", "ffffffffffffffffff\r\n", '5;a="\r\n', "1 a\r\n"], at),
      ),
  ],
  ["chunks without an end", () => post("transfer-encoding: chunked\r\n", `${good.length.toString(16)}\r\n${good}\r\n`)],
  [
    "a large trailer",
    () =>
      post(
        "transfer-encoding: chunked\r\n",
        `${good.length.toString(16)}\r\n${good}\r\n0\r\nx: ${"y".repeat(30_000)}\r\n\r\n`,
      ),
  ],
  ["large headers", () => post(`${length}x-a: ${"y".repeat(20_000)}\r\n`, good)],
  ["many headers", () => post(`${length}${"x: y\r\n".repeat(5_000)}`, good)],
  ["a long address", () => `GET /graphql?query=${"x".repeat(100_000)} HTTP/1.1\r\nhost: a\r\n\r\n`],
  ["two at once", () => `${post(length, good)}${post(length, good)}`],
  ["twenty at once", () => post(length, good).repeat(20)],
  [
    "something behind",
    (at) => `${post(length, good)}${choose(["\0", "GET", "}", "\r\n\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"], at)}`,
  ],
  ["empty lines first", () => `\r\n\r\n${post(length, good)}`],
  [
    "an upgrade to h2c",
    () => post(`${length}connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n`, good),
  ],
  [
    "an upgrade to a WebSocket without a key",
    () => "GET /graphql HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
  ],
  [
    "an upgrade elsewhere",
    () => "GET /elsewhere HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
  ],
  ["an answer", () => "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"],
  ["nothing", () => ""],
];

export function malformed(variant: number, at: number): { readonly name: string; readonly bytes: Buffer } {
  const [name, make] = choose(variants, variant);
  return { name, bytes: Buffer.from(make(at), "latin1") };
}
