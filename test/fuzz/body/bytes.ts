/** Text to bytes, rightly or wrongly: encodings that were not asked for, texts that were cut, and what is no JSON at all. */
import { gzipSync } from "node:zlib";

export const spoilings = [
  ...(["plain", "byte order mark", "UTF-16 LE", "UTF-16 BE", "Latin-1", "bad UTF-8", "overlong UTF-8", "NUL"] as const),
  ...(["cut", "trailing garbage", "comment", "twice", "empty", "blank", "HTML", "JSONP", "single quotes"] as const),
  ...(["trailing comma", "gzip", "noise", "a flipped byte"] as const),
] as const;
export type Spoiling = (typeof spoilings)[number];

/** `at` chooses a place, or a variant. */
export function spoil(text: string, spoiling: Spoiling, at: number): Buffer {
  const bytes = Buffer.from(text);
  const place = at % (bytes.length + 1);
  const inserted = (...odd: number[]) =>
    Buffer.concat([bytes.subarray(0, place), Buffer.from(odd), bytes.subarray(place)]);
  switch (spoiling) {
    case "plain":
      return bytes;
    case "byte order mark":
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]);
    case "UTF-16 LE":
      return Buffer.from(at % 2 === 0 ? `\uFEFF${text}` : text, "utf16le");
    case "UTF-16 BE":
      return Buffer.from(`\uFEFF${text}`, "utf16le").swap16();
    case "Latin-1":
      return Buffer.from(`${text.slice(0, -1)}\u00e9${text.slice(-1)}`, "latin1");
    case "bad UTF-8":
      return inserted(...([[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80]][at % 4] ?? []));
    case "overlong UTF-8":
      return inserted(0xc0, 0xaf);
    case "NUL":
      return inserted(0);
    case "cut":
      return bytes.subarray(0, place);
    case "trailing garbage":
      return Buffer.from(`${text}${["x", "}", "]", "\n{}", "\0", ",", "<!-- -->"][at % 7]}`);
    case "comment":
      return Buffer.from(at % 2 === 0 ? `/* hello */${text}` : `${text} // hello`);
    case "twice":
      return Buffer.from(at % 2 === 0 ? `${text}${text}` : `${text}\n${text}`);
    case "empty":
      return Buffer.alloc(0);
    case "blank":
      return Buffer.from(" \r\n\t".repeat(1 + (at % 50)));
    case "HTML":
      return Buffer.from(`<!DOCTYPE html><html><body><pre>${text}</pre></body></html>`);
    case "JSONP":
      return Buffer.from(`callback(${text});`);
    case "single quotes":
      return Buffer.from(text.replaceAll('"', "'"));
    case "trailing comma":
      return Buffer.from(text.replace(/([}\]])$/, ",$1"));
    case "gzip":
      return gzipSync(bytes);
    case "noise":
      return Buffer.from(Array.from({ length: at % 300 }, (_, n) => (at * 31 + n * n * 17 + n * 7) & 0xff));
    case "a flipped byte":
      return Buffer.from(bytes.map((byte, n) => (n === place ? byte ^ (1 << (at % 8)) : byte)));
  }
}
