/**
 * Stands in front of one provider's sandbox: passes requests on or spoils them, and keeps the truth of what came. It
 * knows HTTP and which requests write, and nothing of gateways.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Agent, request as send } from "undici";
import type { Random } from "../random.ts";
import {
  type Fault,
  fair,
  type Hold,
  holding,
  type Seen,
  type SeenWrite,
  type UpstreamId,
  type Weather,
} from "./fault.ts";

export interface Front {
  /** One for each gateway, so that it is known who asked. */
  readonly origins: readonly string[];
  readonly requests: readonly Seen[];
  readonly holds: readonly Hold[];
  readonly writes: readonly SeenWrite[];
  readonly counts: ReadonlyMap<Fault, number>;
  weather(weather: Weather): void;
  dispose(): Promise<void>;
}

export interface FrontOptions {
  readonly id: UpstreamId;
  /** The sandbox. */
  readonly target: string;
  readonly random: Random;
  readonly nodes: number;
}

interface Passed {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  readonly text: string;
}

/** With a fraction, and never set back. */
export const now = (): number => performance.timeOrigin + performance.now();

const garbage: readonly [string, ...string[]] = [
  "<!doctype html><title>Maintenance</title><p>Back soon.</p>",
  "",
  "{",
  '{"surprise":[1,2,3]}',
  "null",
  "\u0000\ufffd\u0000",
  "[[[[]]]]",
  '"finalized"',
];

export async function startFront({ id, target, random, nodes }: FrontOptions): Promise<Front> {
  const agent = new Agent({ connections: 64 });
  const requests: Seen[] = [];
  const holds: Hold[] = [];
  const writes: SeenWrite[] = [];
  const counts = new Map<Fault, number>();
  const must: Fault[] = [];
  let weather = fair;

  const servers = Array.from({ length: nodes }, (_, node) =>
    createServer((request, response) => {
      const at = now();
      response.on("error", () => {});
      requests.push({ at, what: `${request.method} ${request.url}`, node });
      const fault = choose();
      if (fault) counts.set(fault, (counts.get(fault) ?? 0) + 1);
      void serve(request, response, fault, { at, node }).catch(() => response.destroy());
    }),
  );

  /** While a Retry-After holds, nobody should come: who does is answered as any other, so that it shows. */
  function choose(): Fault | null {
    const due = requests.length % 3 === 0 ? must[0] : undefined;
    if (due === undefined && !random.chance(weather.share)) return null;
    const fault = due ?? random.pick(weather.faults);
    // One hold at a time, or an upstream would be held for good; and a while between them, for work to be done.
    const last = holds.at(-1);
    if (holding.has(fault) && last !== undefined && now() < last.until + 2_000) return null;
    if (due !== undefined) must.shift();
    return fault;
  }

  async function serve(
    request: IncomingMessage,
    response: ServerResponse,
    fault: Fault | null,
    { at, node }: { readonly at: number; readonly node: number },
  ) {
    const body = await bodyOf(request);
    const work = isWrite(id, request) ? workOf(`${request.url} ${body}`) : null;
    const write = { at, upstream: id, work: work ?? "", fault };
    const noted = work === null ? null : writes.push({ ...write, taken: false }) - 1;
    const pass = async (): Promise<Passed> => {
      const passed = await passOn(request, body);
      // Taken by the sandbox, whatever its caller will hear.
      if (noted !== null && passed.status < 300) writes[noted] = { ...write, taken: true };
      return passed;
    };
    switch (fault) {
      case null:
        return answer(response, await pass());
      case "error":
        return answer(response, json(random.pick([500, 503, 500]), "{}"));
      case "gatewayError":
        if (random.chance(0.5)) await pass();
        return answer(response, {
          status: 502,
          headers: { "content-type": "text/html" },
          text: "<h1>Bad gateway</h1>",
        });
      case "hang":
        return;
      case "late":
        await pass();
        return;
      case "garbage":
        await pass();
        return answer(response, json(200, random.pick([garbage[0] ?? "", ...garbage])));
      case "truncated": {
        const { text } = await pass();
        response.writeHead(200, { "content-type": "application/json", "content-length": String(text.length + 64) });
        response.write(text.slice(0, text.length / 2), () => response.destroy());
        return;
      }
      case "cut":
        response.destroy();
        return;
      case "cutAfter":
        await pass();
        response.destroy();
        return;
      case "throttled":
      case "unavailable": {
        const seconds = random.between(1, 4);
        const status = fault === "throttled" ? 429 : 503;
        // From when it can have been read; until when it says, and not a millisecond more.
        response.once("finish", () => {
          const from = now();
          holds.push({ node, from, until: from + seconds * 1000, status });
        });
        return answer(response, { ...json(status, "{}"), headers: { "retry-after": String(seconds) } });
      }
    }
  }

  async function passOn(request: IncomingMessage, body: string): Promise<Passed> {
    const { host: _host, connection: _connection, "content-length": _length, ...headers } = request.headers;
    const {
      statusCode,
      headers: given,
      body: answered,
    } = await send(`${target}${request.url}`, {
      dispatcher: agent,
      method: (request.method ?? "GET") as "GET" | "POST" | "PUT",
      headers: Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => !!entry[1])),
      body: body === "" ? null : body,
    });
    const { connection: _, "content-length": __, "transfer-encoding": ___, "keep-alive": ____, ...kept } = given;
    const known = Object.entries(kept).filter((entry): entry is [string, string | string[]] => entry[1] !== undefined);
    return { status: statusCode, headers: Object.fromEntries(known), text: await answered.text() };
  }

  const origins: string[] = [];
  for (const server of servers) {
    // A caller's idle connection must not be closed just as it is used again: that would be a fault nobody asked for.
    server.keepAliveTimeout = 600_000;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    origins.push(`http://127.0.0.1:${port}`);
  }
  return {
    origins,
    requests,
    holds,
    writes,
    counts,
    weather: (next) => {
      weather = next;
      must.push(...(next.must ?? []));
    },
    async dispose() {
      for (const server of servers) {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()));
        server.closeAllConnections();
        await closed;
      }
      await agent.destroy();
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function answer(response: ServerResponse, { status, headers, text }: Passed): void {
  response.writeHead(status, headers).end(text);
}

function json(status: number, text: string): Passed {
  return { status, headers: { "content-type": "application/json" }, text };
}

function isWrite(id: UpstreamId, { method, url = "" }: IncomingMessage): boolean {
  if (method === "GET" || id === "cleeng-access") return false;
  return !url.startsWith("/oauth/");
}

/** Every piece of work bears its number in what it is about; floLIVE's subscribers are numbers themselves. */
export function workOf(text: string): string | null {
  const digits = /w(\d{6})/.exec(text)?.[1] ?? /"0010(\d{6})\d{5}"/.exec(text)?.[1];
  return digits === undefined ? null : `w${digits}`;
}
