/**
 * What a conformance check works with: a server that answers as told, the real transport to it, and everything that
 * was asked and logged. It knows of no provider.
 */

import { existsSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import type { Exchange } from "../../../src/datasources/contract.ts";
import type { ManagedUpstream, UpstreamOptions } from "../../../src/datasources/http.ts";
import { isProblem, type Problem } from "../../../src/datasources/problems.ts";
import { startServer } from "../../support/http-server.ts";
import { testUpstream } from "../../support/upstream.ts";
import type { Observed, Received, Reply, Subject } from "./subject.ts";

export type Result = Observed | Problem;

/** One read or write of the work that reached the server; token requests and the like are answered aside and not in here. */
export interface Read {
  readonly received: Received;
  /** Resolves once its connection was closed before it was answered in full. */
  readonly closedEarly: Promise<void>;
}

export interface Bench {
  readonly upstream: ManagedUpstream;
  readonly reads: readonly Read[];
  /** Every line that the transport logged, unredacted. */
  readonly lines: readonly string[];
  /** Asks for the keys of these numbers. */
  ask(numbers: readonly number[], signal?: AbortSignal): Promise<readonly Result[]>;
  /** The same for one key. */
  askOne(signal?: AbortSignal): Promise<Result>;
  /** Sends a good write of this mutation. */
  write(mutation: string): Promise<Exchange<unknown>>;
  /** Closes the server alone. */
  closeServer(): Promise<void>;
}

/** Answers one read; a Reply is sent as it is. */
export type Answering = (
  received: Received,
  response: ServerResponse,
  request: IncomingMessage,
) => Reply | undefined | Promise<Reply | undefined>;

/** Sets up, works, and leaves nothing running. */
export async function onBench(
  subject: Subject,
  answering: Answering,
  work: (bench: Bench) => Promise<void>,
  overrides: Partial<UpstreamOptions> = {},
): Promise<void> {
  const reads: Read[] = [];
  const lines: string[] = [];
  const server = await startServer(async (received, response, request) => {
    const aside = subject.aside?.(received) ?? null;
    if (aside) {
      send(response, aside);
      return;
    }
    reads.push({ received, closedEarly: earlyClose(response) });
    const reply = await answering(received, response, request);
    if (reply) send(response, reply);
  });
  // The plain logger, so that no redaction stands between a leak and the one who looks for it.
  const log = pino({ level: "trace" }, { write: (line: string) => lines.push(line) });
  const upstream = testUpstream({ log, timeoutMs: 10_000, ...overrides });
  const client = subject.connect(server.origin, upstream);
  const ask: Bench["ask"] = (numbers, signal) =>
    client.ask(
      numbers.map((n) => subject.key(n)),
      { priority: "lookup", ...(signal ? { signal } : {}) },
    );
  const askOne: Bench["askOne"] = async (signal) => {
    const results = await ask([1], signal);
    const [result] = results;
    if (results.length !== 1 || !result) throw new Error(`Expected one value for one key; got ${results.length}.`);
    return result;
  };
  const write: Bench["write"] = async (mutation) => {
    if (!client.write)
      throw new Error(`An error of ${mutation} is documented, and the subject ${subject.id} can't write.`);
    return client.write(mutation, { priority: "write" });
  };
  try {
    await work({ upstream, reads, lines, ask, askOne, write, closeServer: () => server.dispose() });
  } finally {
    await upstream.dispose();
    await server.dispose();
  }
}

export function send(response: ServerResponse, { status = 200, headers = {}, body }: Reply): void {
  const type = typeof body === "string" ? "text/html" : "application/json";
  response.writeHead(status, { "content-type": type, ...headers });
  response.end(bodyText(body));
}

export function bodyText(body: unknown): string {
  return typeof body === "string" ? body : JSON.stringify(body);
}

function earlyClose(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once("close", () => {
      if (!response.writableFinished) resolve();
    });
  });
}

export function problemOf(result: Result): Problem {
  if (isProblem(result)) return result;
  throw new Error(`Expected a problem; got ${JSON.stringify(result)}.`);
}

export function observedOf(result: Result): Observed {
  if (!isProblem(result)) return result;
  throw new Error(`Expected a good answer; got ${JSON.stringify(result)}.`);
}

/** The subject of a registered provider, from <id>.ts beside this file. Rejects with a sentence where there is none. */
export async function loadSubject(id: string): Promise<Subject> {
  const file = new URL(`./${id}.ts`, import.meta.url);
  if (!existsSync(fileURLToPath(file))) {
    throw new Error(
      `The provider "${id}" is registered and has no subject. Write test/datasources/conformance/${id}.ts, exporting \`subject\`.`,
    );
  }
  const loaded: { readonly subject?: Subject } = await import(file.href);
  if (loaded.subject?.id !== id) throw new Error(`Expected ${id}.ts to export the subject "${id}"; it does not.`);
  return loaded.subject;
}
