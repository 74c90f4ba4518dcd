/** Where figures are read: at /metrics of the gateway's own port, behind whatever is asked of a caller, or at a port of theirs. */
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Registry } from "prom-client";
import { inGraphQLForm, type Refusal } from "./answers.ts";
import { registerHeaders } from "./headers.ts";

export type Figures = Pick<Registry, "contentType" | "metrics">;

export interface MetricsRefusal extends Refusal {
  readonly status: 401 | 403;
  /** Such as WWW-Authenticate. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface MetricsAccess {
  /** Null where the caller may read them. Open to everybody where there is no such question. */
  readonly authorize?: (request: FastifyRequest) => Promise<MetricsRefusal | null>;
}

export function addMetricsRoute(app: FastifyInstance, figures: Figures, { authorize }: MetricsAccess = {}): void {
  app.get("/metrics", async (request, reply) => {
    const refusal = (await authorize?.(request)) ?? null;
    if (refusal === null) return sendFigures(reply, figures);
    return reply
      .code(refusal.status)
      .headers(refusal.headers ?? {})
      .send(inGraphQLForm(refusal));
  });
}

async function sendFigures(reply: FastifyReply, figures: Figures): Promise<FastifyReply> {
  return reply
    .header("cache-control", "no-store")
    .type(figures.contentType)
    .send(await figures.metrics());
}

export interface MetricsServer {
  /** Like http://127.0.0.1:9464, without a slash at the end. */
  readonly url: string;
  dispose(): Promise<void>;
}

/** The port of the figures can't be had; the message says so in a sentence. */
export class MetricsPortError extends Error {
  override readonly name = "MetricsPortError";
}

/** Rejects with a MetricsPortError where it can't listen. */
export async function serveMetrics({
  host,
  port,
  figures,
}: {
  readonly host: string;
  readonly port: number;
  readonly figures: Figures;
}): Promise<MetricsServer> {
  const app = Fastify({
    // A scrape that is cut off is made again; nothing at the end waits for it.
    forceCloseConnections: true,
    exposeHeadRoutes: false,
  });
  registerHeaders(app);
  addMetricsRoute(app, figures);
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).type("text/plain").send("Figures are at GET /metrics.\n"),
  );
  app.setErrorHandler((_error, _request, reply) =>
    reply.code(500).type("text/plain").send("The figures could not be gathered.\n"),
  );
  try {
    const url = await app.listen({ host, port });
    return { url, dispose: () => app.close() };
  } catch (error) {
    await app.close();
    throw new MetricsPortError(reasonOf(error, host, port), { cause: error });
  }
}

function reasonOf(error: unknown, host: string, port: number): string {
  // Not by `instanceof`: errors of Node's own may come from another realm.
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : null;
  switch (code) {
    case "EADDRINUSE":
      return `METRICS_PORT: expected a free port; ${host}:${port} is in use. Example: METRICS_PORT=${port + 1}`;
    case "EACCES":
      return `METRICS_PORT: expected a port that this user may open; got ${port}. Example: METRICS_PORT=9464`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `METRICS_HOST: expected an address of this machine; got "${host}". Example: METRICS_HOST=127.0.0.1`;
    default:
      return `METRICS_PORT: expected to listen at ${host}:${port}; got ${code ?? "a failure"}. Example: METRICS_PORT=9464`;
  }
}
