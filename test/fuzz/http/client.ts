/**
 * Bytes over a socket of their own, and every whole HTTP answer that came back. Node's own clients would mend what is sent,
 * and forgive what comes.
 */
import { connect } from "node:net";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

export interface Conversation {
  readonly answers: readonly HttpAnswer[];
  /** What came and is no whole answer. */
  readonly rest: Buffer;
  /** From the first byte sent to the last answer, or to the end. */
  readonly ms: number;
  /** Whether the time was over before as many answers as expected had come, or the server had closed. */
  readonly late: boolean;
}

export interface Sending {
  readonly bytes: Buffer;
  /** How many answers there must be; it is waited for them, or for the server to close. */
  readonly answers: number;
  /** Methods whose answers have no body. */
  readonly isHead: boolean;
  /** Whether our side is closed once all is sent. */
  readonly ends: boolean;
  readonly patienceMs: number;
}

export function converse(port: number, { bytes, answers, isHead, ends, patienceMs }: Sending): Promise<Conversation> {
  return new Promise((resolve) => {
    const began = performance.now();
    const chunks: Buffer[] = [];
    let late = false;
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    const timer = setTimeout(() => {
      late = true;
      socket.destroy();
    }, patienceMs);
    const read = () => readAnswers(Buffer.concat(chunks), isHead);
    socket.on("connect", () => {
      if (ends) socket.end(bytes);
      else socket.write(bytes);
    });
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      if (answers > 0 && read().answers.length >= answers) socket.destroy();
    });
    // A server that closes on what it can't read may do so while we still write.
    socket.on("error", () => {});
    socket.once("end", () => socket.destroy());
    socket.once("close", () => {
      clearTimeout(timer);
      resolve({ ...read(), ms: performance.now() - began, late });
    });
  });
}

/** Strictly: a status line, lines that end in CRLF, and a body as long as it is said to be. */
export function readAnswers(bytes: Buffer, isHead: boolean): Pick<Conversation, "answers" | "rest"> {
  const answers: HttpAnswer[] = [];
  let rest = bytes;
  for (;;) {
    const one = readAnswer(rest, isHead);
    if (one === null) return { answers, rest };
    if (one.answer.status >= 200) answers.push(one.answer);
    rest = one.rest;
  }
}

function readAnswer(bytes: Buffer, isHead: boolean): { readonly answer: HttpAnswer; readonly rest: Buffer } | null {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const [line = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(line)?.[1]);
  if (Number.isNaN(status)) return null;
  const headers = new Map(
    lines.map((one) => [one.slice(0, one.indexOf(":")).toLowerCase(), one.slice(one.indexOf(":") + 1).trim()] as const),
  );
  const after = bytes.subarray(end + 4);
  if (isHead || status < 200 || status === 204 || status === 304) {
    return { answer: { status, headers, body: Buffer.alloc(0) }, rest: after };
  }
  if (headers.get("transfer-encoding") === "chunked") {
    const whole = readChunks(after);
    return whole && { answer: { status, headers, body: whole.body }, rest: whole.rest };
  }
  const length = Number(headers.get("content-length") ?? Number.NaN);
  // Without a length the answer ends with the connection; of all answers here only Node's own refusals are such.
  if (Number.isNaN(length)) return { answer: { status, headers, body: after }, rest: Buffer.alloc(0) };
  if (after.length < length) return null;
  return { answer: { status, headers, body: after.subarray(0, length) }, rest: after.subarray(length) };
}

function readChunks(bytes: Buffer): { readonly body: Buffer; readonly rest: Buffer } | null {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const line = bytes.indexOf("\r\n", at);
    if (line < 0) return null;
    const size = Number.parseInt(bytes.toString("latin1", at, line), 16);
    if (Number.isNaN(size) || bytes.length < line + 2 + size + 2) return null;
    if (size === 0) return { body: Buffer.concat(parts), rest: bytes.subarray(line + 4) };
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}
