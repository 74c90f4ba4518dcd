/**
 * Serves one provider's sandbox over real HTTP and keeps its journal. It knows the provider contract and nothing of
 * any one provider. A gateway talks to it as to the provider itself.
 */
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from "fastify";
import type { Clock } from "../clock.ts";
import type { AnyProvider, SandboxContext } from "../datasources/contract.ts";
import { createJournal, type Journal, type JournalWriter } from "./journal.ts";

export type { Journal, JournalChange, JournalRequest } from "./journal.ts";

/** What a sandbox needs of a logger; pino's has it. */
export interface SandboxLog {
  info(details: object, message: string): void;
  error(details: object, message: string): void;
}

export interface SandboxOptions {
  readonly clock: Clock;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  /** Divides every time of the sandbox; 10 settles ten times sooner. */
  readonly speed: number;
  /** 127.0.0.1 unless given. */
  readonly host?: string;
  /** Any free port unless given. */
  readonly port?: number;
  readonly log?: SandboxLog;
}

export interface RunningSandbox {
  /** The definition's id. */
  readonly id: string;
  /** Like http://127.0.0.1:50123, without a slash at the end. */
  readonly origin: string;
  readonly journal: Journal;
  /** Closes every connection at once, wakes whatever still waits, and frees the port. */
  dispose(): Promise<void>;
}

/** Where the sandbox speaks of itself; requests below it are not in the journal. */
const ownPrefix = "/__sandbox/";
const maxBodyBytes = 16 * 1024 * 1024;

/** Starts the sandbox of one provider. Rejects, in words, where the address can't be listened on. */
export async function startSandbox(definition: AnyProvider, options: SandboxOptions): Promise<RunningSandbox> {
  if (!(options.speed > 0 && Number.isFinite(options.speed))) {
    throw new RangeError(`A sandbox's speed must be a number above 0; got ${options.speed}.`);
  }
  const { host = "127.0.0.1", port = 0, log } = options;
  const disposed = new AbortController();
  const journal = createJournal(options.clock);
  const app = Fastify({ forceCloseConnections: true, bodyLimit: maxBodyBytes, frameworkErrors: answerError(log) });

  keepJournal(app, journal);
  app.setErrorHandler(answerError(log));
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({
      error: `The sandbox of ${definition.title} has nothing at ${request.method} ${request.url.split("?", 1)[0]}.`,
    }),
  );
  serveOwnRoutes(app, definition, journal);
  const context = createContext(options, journal, disposed.signal);
  app.register(async (routes) => definition.sandbox.routes(routes, context));

  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    const code = typeof error === "object" && error !== null && "code" in error ? ` (${error.code})` : "";
    throw new Error(
      `The sandbox of ${definition.title} could not be started at ${host}:${port}${code}. Name another address, or port 0 for any free one.`,
      { cause: error },
    );
  }
  const origin = originOf(app);
  log?.info({ sandbox: definition.id, origin }, `The sandbox of ${definition.title} listens`);
  return {
    id: definition.id,
    origin,
    journal,
    async dispose() {
      // Connections first: a route that wakes now must find nobody to answer.
      app.server.closeAllConnections();
      disposed.abort();
      await app.close();
    },
  };
}

function createContext(options: SandboxOptions, journal: JournalWriter, disposed: AbortSignal): SandboxContext {
  const { clock, random, speed } = options;
  const scaled = (ms: number) => ms / speed;
  return {
    // A sleeping route must not outlive its sandbox, nor keep the process up.
    clock: {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      sleep: (ms, signal) => clock.sleep(ms, signal ? AbortSignal.any([signal, disposed]) : disposed),
    },
    random,
    scaled,
    settleTime: () => scaled(3_000 + random() * 17_000),
    script: (entity, script) => journal.script(entity, script),
  };
}

/**
 * Listens below fastify, where every request passes, also one whose URL fastify refuses and one whose reply is
 * hijacked by a fault. It only watches.
 */
function keepJournal(app: FastifyInstance, journal: JournalWriter): void {
  const replies = new WeakMap<IncomingMessage, FastifyReply>();
  app.addHook("onRequest", async (request, reply) => {
    replies.set(request.raw, reply);
  });
  app.server.prependListener("request", (request, response) => {
    const url = request.url ?? "/";
    if (url.startsWith(ownPrefix)) return;
    const end = journal.begin(request.method ?? "GET", url);
    response.once("close", () => {
      const status = response.headersSent ? response.statusCode : null;
      // A hijacked reply counts as sent without having ended: then it was the sandbox that cut it.
      const hijacked = replies.get(request)?.sent === true && !response.writableEnded;
      end(response.writableFinished ? "answered" : hijacked ? "cut" : "closed", status);
    });
  });
}

function serveOwnRoutes(app: FastifyInstance, definition: AnyProvider, journal: Journal): void {
  app.get<{ Querystring: Record<string, unknown> }>(`${ownPrefix}journal`, async (request, reply) => {
    const { since: text = "0", entity } = request.query;
    const since = typeof text === "string" && /^\d+$/.test(text) ? Number(text) : null;
    if (since === null) return reply.code(400).send({ error: "since: expected milliseconds since 1970, such as 0." });
    if (entity !== undefined && typeof entity !== "string") {
      return reply.code(400).send({ error: "entity: expected one name; several came." });
    }
    return {
      requests: journal.requests({ since }),
      changes: journal.changes({ since, ...(entity === undefined ? {} : { entity }) }),
    };
  });
  app.get(`${ownPrefix}magic`, async () => ({ sandbox: definition.id, magic: definition.sandbox.magic }));
}

/** A caller's mistake is told in words; a mistake of the sandbox's own goes to the log, without its stack to the caller. */
function answerError(log: SandboxLog | undefined) {
  return (error: FastifyError | Error, _request: unknown, reply: FastifyReply): void => {
    const status = "statusCode" in error && error.statusCode ? error.statusCode : 500;
    if (status < 500) {
      void reply.code(status).send({ error: error.message });
      return;
    }
    log?.error({ err: error }, "A sandbox's route failed");
    void reply.code(status).send({ error: "The sandbox itself failed; its log says why." });
  };
}

function originOf(app: FastifyInstance): string {
  // A listening TCP server has an AddressInfo; the other shapes belong to pipes and closed servers.
  const { address, family, port } = app.server.address() as AddressInfo;
  if (address === "0.0.0.0" || address === "::") return `http://127.0.0.1:${port}`;
  return family === "IPv6" ? `http://[${address}]:${port}` : `http://${address}:${port}`;
}
