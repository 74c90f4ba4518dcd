/**
 * Secrets that can be found again: each has a name and a text that is nowhere else in the world, and is looked for whole
 * or cut, as it is or in any encoding that a program may bring it into. It knows bytes, and not where they come from.
 */
import { randomBytes } from "node:crypto";

/** What may stand in the middle of a secret, so that its encodings differ: by where the secret has to go. */
const specials = {
  /** A JSON string, a variable of the environment, a password of an address. */
  text: `"\\/%& ü`,
  /** A header: visible ASCII. */
  header: `"\\/%&+=`,
  /** A bearer token: RFC 6750. */
  token: "/+~._-",
  /** Wherever a name may stand, and many a provider's code. */
  name: "_",
} as const;
/** "code": as short as a code of the providers' that goes into a problem, and in capitals like one. */
export type Alphabet = keyof typeof specials | "code";

export interface Hit {
  readonly marker: string;
  /** Such as "base64 of its beginning". */
  readonly form: string;
  /** What stands around it. */
  readonly excerpt: string;
}

export interface Markers {
  /** A new secret. */
  plant(name: string, alphabet?: Alphabet): string;
  /** One that was made elsewhere: 24 characters or more. */
  add(name: string, text: string): string;
  readonly names: ReadonlySet<string>;
  /** Each place in these bytes at which a secret is, or a third of one. */
  find(bytes: Uint8Array): Hit[];
}

/** A cut secret of twice that many characters has one of its pieces whole. */
const pieceLength = 12;
const pieces = { code: 2, other: 3 } as const;

export function createMarkers(): Markers {
  const names = new Set<string>();
  const needles = new Map<string, Omit<Hit, "excerpt">>();
  let search: ((bytes: Uint8Array) => Hit[]) | null = null;

  function add(name: string, text: string): string {
    if (text.length < 2 * pieceLength)
      throw new Error(`Expected a longer secret for ${name}; "${text}" can't be told.`);
    if (names.has(name)) throw new Error(`Expected a name for each secret; ${name} is another one's.`);
    names.add(name);
    for (let start = 0; start + pieceLength <= text.length; start += pieceLength) {
      const piece = text.slice(start, start + pieceLength);
      for (const [form, encoded] of formsOf(piece)) {
        if (!needles.has(encoded)) needles.set(encoded, { marker: name, form: `${form}, from character ${start} on` });
      }
    }
    search = null;
    return text;
  }

  return {
    names,
    add,
    plant(name, alphabet = "token") {
      if (alphabet !== "code") {
        return add(name, Array.from({ length: pieces.other }, () => pieceOf(specials[alphabet])).join(""));
      }
      return add(name, Array.from({ length: pieces.code }, () => pieceOf(specials.name).toUpperCase()).join(""));
    },
    find(bytes) {
      search ??= searchFor(needles);
      return search(bytes);
    },
  };
}

/** Letters and digits, with one special character among them. */
function pieceOf(special: string): string {
  const plain = randomBytes(12)
    .toString("hex")
    .slice(0, pieceLength - 1);
  const characters = [...special];
  const one = characters[randomBytes(1).readUInt8() % characters.length] ?? "_";
  return `x${plain.slice(1, 6)}${one}${plain.slice(6)}`;
}

/** How a text may look when it was written. */
function* formsOf(piece: string): Generator<readonly [form: string, encoded: string]> {
  yield ["as it is", piece];
  yield ["in an address", encodeURIComponent(piece)];
  yield ["as a form's field", new URLSearchParams({ a: piece }).toString().slice(2)];
  const inJson = JSON.stringify(piece).slice(1, -1);
  yield ["in JSON", inJson];
  yield ["in JSON, slashes escaped", inJson.replaceAll("/", "\\/")];
  yield ["in JSON, by its numbers", numbered(piece)];
  yield ["in JSON in JSON", JSON.stringify(inJson).slice(1, -1)];
  yield ["in JSON in JSON, by its numbers", numbered(piece).replaceAll("\\", "\\\\")];
  const bytes = Buffer.from(piece);
  yield ["in hexadecimal", bytes.toString("hex")];
  yield ["in hexadecimal", bytes.toString("hex").toUpperCase()];
  yield ["as numbers", bytes.join(",")];
  yield ["as UTF-16", Buffer.from(piece, "utf16le").toString("latin1").replace(/\0$/, "")];
  for (const shift of [0, 1, 2]) {
    const base64 = within(bytes, shift);
    yield ["in base64", base64];
    yield ["in base64url", base64.replaceAll("+", "-").replaceAll("/", "_")];
    yield ["in base64, in an address", encodeURIComponent(base64)];
  }
}

function numbered(text: string): string {
  return [...text].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
}

/** What stays the same of its base64 whatever stands before (so many bytes after a multiple of three) and behind it. */
function within(bytes: Buffer, shift: number): string {
  const all = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64");
  return all.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6));
}

const tableBits = 20;
/** A suite's globals are looked up each time, at ten times the cost of all the rest of the search. */
const { imul } = Math;

/** All of them in one pass: the first four bytes decide whether there is anything to compare. */
function searchFor(needles: ReadonlyMap<string, Omit<Hit, "excerpt">>): (bytes: Uint8Array) => Hit[] {
  const table = new Uint8Array(1 << tableBits);
  const byStart = new Map<number, Array<readonly [Buffer, Omit<Hit, "excerpt">]>>();
  for (const [text, what] of needles) {
    const needle = Buffer.from(text);
    const start = needle.readInt32LE(0);
    table[placeOf(start)] = 1;
    byStart.set(start, [...(byStart.get(start) ?? []), [needle, what]]);
  }
  return (given) => {
    const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
    const hits: Hit[] = [];
    for (let at = 0; at + 4 <= bytes.length; at += 1) {
      const start =
        (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
      if (table[placeOf(start)] === 0) continue;
      for (const [needle, what] of byStart.get(start) ?? []) {
        if (!bytes.subarray(at, at + needle.length).equals(needle)) continue;
        const excerpt = bytes.subarray(Math.max(0, at - 120), at + 120).toString("latin1");
        hits.push({ ...what, excerpt });
      }
    }
    return hits;
  };
}

function placeOf(start: number): number {
  return imul(start, 0x9e3779b1) >>> (32 - tableBits);
}
