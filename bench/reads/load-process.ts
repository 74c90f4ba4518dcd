/**
 * Sends requests over plain sockets, one at a time on each, as fast as they are answered. It knows just so much of HTTP/1.1
 * as to see an answer's end, for its core must have room where the server's has none.
 */
import { connect, type Socket } from "node:net";

export interface Order {
  readonly port: number;
  readonly connections: number;
  /** One a connection, in turns. */
  readonly headers: ReadonlyArray<Readonly<Record<string, string>>>;
  /** Sent in turns. */
  readonly bodies: readonly string[];
  /** How many are sent in all; null: as many as `seconds` allow. */
  readonly count: number | null;
  readonly seconds: number;
}

export interface Sent {
  readonly answers: number;
  readonly ms: number;
  /** The first answer's body. */
  readonly sample: string;
  /** Answers that were not 200, or had errors in the sample. */
  readonly refused: number;
  /** Milliseconds of its own core. */
  readonly cpuMs: number;
}

const headEnd = Buffer.from("\r\n\r\n");

process.on("message", (order: Order) => {
  send(order).then(
    (sent) => process.send?.(sent),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on("disconnect", () => process.exit());
process.send?.({ ready: true });

async function send({ port, connections, headers, bodies, count, seconds }: Order): Promise<Sent> {
  const heads = headers.map((some) => {
    const lines = Object.entries(some).map(([name, value]) => `${name}: ${value}\r\n`);
    return `POST /graphql HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\n${lines.join("")}`;
  });
  const rests = bodies.map((body) => `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)));
  const cpu = process.cpuUsage();
  const began = performance.now();
  const until = began + seconds * 1000;
  let [begun, answers, refused, sample] = [0, 0, 0, ""];
  const isOver = () => (count === null ? performance.now() >= until : begun >= count);
  const ended = sockets.map(
    (socket, index) =>
      new Promise<void>((resolve, reject) => {
        const next = () => {
          if (isOver()) return resolve();
          const rest = rests[begun % rests.length];
          begun += 1;
          socket.write(`${heads[index % heads.length]}${rest}`, "latin1");
        };
        let missing = 0;
        let head: Buffer | null = null;
        let whole: Buffer[] = [];
        socket.on("data", (chunk: Buffer) => {
          if (sample === "") whole.push(chunk);
          if (missing > 0) missing -= chunk.length;
          else {
            const read: Buffer = head ? Buffer.concat([head, chunk]) : chunk;
            const end = read.indexOf(headEnd);
            if (end < 0) {
              head = read;
              return;
            }
            head = null;
            const text = read.toString("latin1", 0, end);
            if (!text.startsWith("HTTP/1.1 200")) refused += 1;
            const at = text.toLowerCase().indexOf("content-length: ");
            missing = end + 4 + Number.parseInt(text.slice(at + 16, at + 26), 10) - read.length;
          }
          if (missing > 0) return;
          answers += 1;
          if (sample === "") {
            const all = Buffer.concat(whole).toString();
            sample = all.slice(all.indexOf("\r\n\r\n") + 4);
            if (sample.includes('"errors"')) refused += 1;
          }
          whole = [];
          next();
        });
        socket.on("error", reject);
        socket.on("close", () => reject(new Error("The server closed a connection.")));
        next();
      }),
  );
  await Promise.all(ended);
  const ms = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  for (const socket of sockets) socket.removeAllListeners("close").destroy();
  return { answers, ms, sample, refused, cpuMs: (user + system) / 1000 };
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => resolve(socket));
    socket.once("error", reject);
  });
}
