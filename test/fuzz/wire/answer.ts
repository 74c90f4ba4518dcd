/**
 * An HTTP answer as bytes: a good body in a good frame, or either of them broken. Says as well what a reader that keeps to
 * HTTP may have read of it, which the judges go by.
 */
import fc from "fast-check";
import { type Body, body, kindsOf } from "../body/body.ts";
import { choose } from "../body/edits.ts";

const framings = [
  ...(["length", "chunked", "until the end", "HTTP/1.0", "after a 102", "many headers"] as const),
  ...(["length too long", "length too short", "another answer behind", "a length of 9 GB", "bad length"] as const),
  ...(["two lengths", "length and chunks", "bad chunks", "gzip, it says", "no HTTP", "half a head"] as const),
  ...(["no answer", "reset"] as const),
] as const;
export type Framing = (typeof framings)[number];

export interface Answer {
  readonly body: Body;
  /** Null: the one that the document came with. */
  readonly status: number | null;
  readonly type: number;
  /** Headers beside the usual ones; 0 for none. */
  readonly extra: number;
  readonly framing: Framing;
}

const statuses = [
  ...[200, 201, 202, 204, 205, 206, 207, 226, 299, 300, 301, 302, 304, 307, 308, 400, 401, 402, 403, 404, 405, 409],
  ...[410, 418, 422, 429, 451, 499, 500, 501, 502, 503, 504, 599, 600, 999],
] as const;
const types = [
  ...["application/json", "application/json; charset=utf-16", "text/html", "text/plain", "application/octet-stream"],
  ...["", "application/problem+json", "multipart/form-data; boundary=x", "application/json, text/html"],
] as const;

/** Beside the usual ones. */
const more: ReadonlyArray<Readonly<Record<string, string>>> = [
  {},
  { "retry-after": "1" },
  { "retry-after": "0" },
  { "retry-after": "-5" },
  { "retry-after": "99999999999999999999" },
  { "retry-after": "Fri, 31 Dec 1999 23:59:59 GMT" },
  { "retry-after": "soon" },
  { location: "http://127.0.0.1:1/elsewhere" },
  { "request-id": "" },
  { "request-id": "x".repeat(5_000) },
  { "request-id": "\u00e9\u00ff" },
  { "request-id": "{}" },
  { "set-cookie": "a=b; Path=/" },
  { "x-odd": "__proto__" },
  { __proto: "1" },
  { constructor: "1" },
  { connection: "close" },
  { "keep-alive": "timeout=0, max=0" },
  { trailer: "x-after" },
  { "content-disposition": "attachment" },
];

export const answer: fc.Arbitrary<Answer> = fc.record({
  body,
  status: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.constantFrom(...statuses) }),
  type: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(types.length - 1) }),
  extra: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(50) }),
  framing: fc.oneof(
    { weight: 12, arbitrary: fc.constant("length" as const) },
    { weight: 4, arbitrary: fc.constantFrom(...framings.slice(1, 6)) },
    { weight: 1, arbitrary: fc.constantFrom(...framings.slice(6)) },
  ),
});

/** Without a wish to wait, which would only put off what comes next. */
export function withoutWish(answer: Answer): Answer {
  const wishes = more[answer.extra % more.length]?.["retry-after"] !== undefined;
  return wishes ? { ...answer, extra: 0 } : answer;
}

export function kindsOfAnswer({ body, framing, status }: Answer): readonly string[] {
  const names = [...kindsOf(body)];
  if (framing !== "length") names.push(framing);
  if (status !== null) names.push(`HTTP ${String(status)[0]}xx`);
  return names;
}

/** What goes over the socket. */
export interface Reply {
  readonly bytes: Buffer;
  /** What becomes of the connection after it. */
  readonly after: "keep" | "end" | "reset";
}

/** And what a reader may make of it. */
export interface Written extends Reply {
  readonly told: Told;
}

export interface Told {
  readonly status: number;
  /** The body as UTF-8, which JSON is in; null where the frame is broken, so that nothing can be concluded from it. */
  readonly text: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Documented {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** The body of another answer, which nobody asked for, comes behind this one in one of the framings. */
export function write(answer: Answer, content: Buffer, documented: Documented, foreign: string): Written {
  const status = answer.status ?? documented.status;
  const headers = { ...documented.headers, ...typeOf(answer.type), ...choose(more, answer.extra) };
  const empty = status === 204 || status === 304;
  const frame = frameOf(answer.framing, status, headers, empty ? Buffer.alloc(0) : content, foreign);
  // A redirect is not followed, and of a 429 nothing is read.
  const read = status >= 300 && status < 400 ? null : frame.visible;
  const text = read === null ? null : new TextDecoder().decode(read);
  return { bytes: frame.bytes, after: frame.after, told: { status, text, headers } };
}

function typeOf(n: number): Record<string, string> {
  const type = types[n];
  return type ? { "content-type": type } : {};
}

interface Frame extends Reply {
  /** The bytes of the body as HTTP has it; null where the answer is none. */
  readonly visible: Buffer | null;
}

function frameOf(
  framing: Framing,
  status: number,
  fields: Documented["headers"],
  body: Buffer,
  foreign: string,
): Frame {
  const head = (more: Readonly<Record<string, string | number>>, version = "1.1") =>
    Buffer.from(
      `HTTP/${version} ${status} Fine\r\n${Object.entries({ ...fields, ...more })
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join("")}\r\n`,
      "latin1",
    );
  const whole = (...parts: readonly Buffer[]): Frame => ({ bytes: Buffer.concat(parts), after: "keep", visible: body });
  const broken = (...parts: readonly Buffer[]): Frame => ({ bytes: Buffer.concat(parts), after: "end", visible: null });
  const length = { "content-length": body.length };
  const chunked = { "transfer-encoding": "chunked" };
  switch (framing) {
    case "length":
      return whole(head(length), body);
    case "chunked":
      return whole(head(chunked), chunks(body));
    case "until the end":
      return { ...whole(head({ connection: "close" }), body), after: "end" };
    case "HTTP/1.0":
      return { ...whole(head({}, "1.0"), body), after: "end" };
    case "after a 102":
      return whole(Buffer.from("HTTP/1.1 102 Processing\r\nx-early: 1\r\n\r\n"), head(length), body);
    case "many headers": {
      const many = Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`x-${n}`, "y".repeat(100)]));
      return { ...whole(head({ ...many, ...length }), body), after: "end" };
    }
    case "length too long":
      return broken(head({ "content-length": body.length + 10 }), body);
    case "length too short": {
      const visible = body.subarray(0, Math.floor(body.length / 2));
      return { bytes: Buffer.concat([head({ "content-length": visible.length }), body]), after: "keep", visible };
    }
    case "another answer behind": {
      const second = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(foreign)}\r\n\r\n`;
      return whole(head(length), body, Buffer.from(second + foreign));
    }
    case "a length of 9 GB":
      return broken(head({ "content-length": 9_000_000_000 }), body);
    case "bad length":
      return broken(
        head({ "content-length": choose(["-1", "abc", "1e3", "0x10", "18446744073709551617"], body.length) }),
        body,
      );
    case "two lengths":
      return broken(head({ "content-length": `${body.length}\r\ncontent-length: ${body.length + 1}` }), body);
    case "length and chunks":
      return broken(head({ ...length, ...chunked }), chunks(body));
    case "bad chunks":
      return broken(
        head(chunked),
        Buffer.from(choose(["zz\r\n", "-1\r\n", "ffffffffffffffffff\r\n", "5 \n"], body.length)),
        body,
      );
    case "gzip, it says":
      return { ...broken(head({ ...length, "content-encoding": "gzip" }), body), after: "keep" };
    case "no HTTP":
      return broken(
        Buffer.from(choose(["", "HTP/9 200\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "\0\0\r\n\r\n"], body.length)),
        body,
      );
    case "half a head":
      return broken(head(length).subarray(0, 20));
    case "no answer":
      return broken();
    case "reset":
      return { bytes: head({ "content-length": body.length + 10 }), after: "reset", visible: null };
  }
}

function chunks(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  const step = Math.max(1, Math.ceil(body.length / 3));
  for (let from = 0; from < body.length; from += step) {
    const part = body.subarray(from, from + step);
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n"));
  }
  return Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
}
