/**
 * A Liberis to try things out on: gives tokens, takes batches of clients, works on them for a while and judges each by
 * the vendor's rules. It shares no code with the client, so that a mistake in one is seen by the other. State lives in
 * memory.
 */
import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type Fault, faults, findFault, sendFault } from "../../sandbox/faults.ts";
import { valueAt } from "../../sandbox/script.ts";
import type { MagicId, Sandbox, SandboxContext, Script } from "../contract.ts";
import type { LiberisSettings } from "./index.ts";
import { idOf, judge, type Verdict } from "./sandbox-rules.ts";

/** The only client that this sandbox knows. Its secret opens nothing else, so it may be known. */
export const sandboxClient = { id: "sandbox-client", secret: "sandbox-client-secret" } as const;

/** Real seconds, whatever SANDBOX_SPEED is. */
const TOKEN_SECONDS = 3600;
/** Past so many, the oldest are forgotten. */
const KEPT_BATCHES = 2_000;
const KEPT_RECORDS = 200_000;
const MAX_BODY_BYTES = 64 * 1024 * 1024;

// ------------------------------------------------------------------ what the ids choose

const anyClient = "createPartnerClients.clients.partnerClientId";
const firstClient = `${anyClient} (of the first client)`;
const magic: readonly MagicId[] = [
  { argument: anyClient, id: "never-settles", effect: "stays Pending, and the batch with it" },
  { argument: anyClient, id: "left-pending", effect: "stays Pending though the batch completes: PARTIAL" },
  { argument: anyClient, id: "unknown-state", effect: 'ends in the state "Deferred", which Liberis does not document' },
  { argument: anyClient, id: "broken-row", effect: "has a row without a readable state" },
  {
    argument: firstClient,
    id: "without-items",
    effect: "the batch completes with an empty result, and so never settles",
  },
  {
    argument: firstClient,
    id: "foreign-uri",
    effect: "status_check_uri leads to another host, where it must not be followed",
  },
  ...Object.entries(faults).flatMap(([name, effect]) => [
    {
      argument: `${firstClient}, followPartnerBatch.statusCheckId`,
      id: `fault-${name}`,
      effect: `each status read: ${effect}`,
    },
    {
      argument: firstClient,
      id: `fault-write-${name}`,
      effect: `the create: ${effect}; nothing was taken with 429, 500 and 503, with all others it was`,
    },
  ]),
];
const takesNothing: ReadonlySet<Fault> = new Set<Fault>(["429", "500", "503"]);

// ------------------------------------------------------------------ batches

interface Batch {
  readonly clients: readonly unknown[];
  readonly verdicts: readonly Verdict[];
  readonly start: number;
  readonly duration: number;
  readonly script: Script;
}

/** Each client is done at its own time, in their order; the last one with the batch. */
function scriptOf({ clients, verdicts, start, duration }: Omit<Batch, "script">, position: number): Script {
  const id = idOf(clients[position]);
  const verdict = verdicts[position];
  if (!verdict || id.includes("left-pending") || id.includes("never-settles")) return [[start, "Pending"]];
  const doneAt = Math.ceil(start + (duration * (position + 1)) / clients.length);
  return [
    [start, "Pending"],
    [doneAt, id.includes("unknown-state") ? "Deferred" : verdict.state],
  ];
}

function rowsOf(batch: Batch, now: number) {
  return batch.clients.map((data, position) => {
    const state = valueAt(scriptOf(batch, position), now);
    if (state === "Pending") return { data, status: { state, validation_errors: null } };
    if (idOf(data).includes("broken-row")) return { data, status: "?" };
    const errors = state === "Deferred" ? null : (batch.verdicts[position]?.validation_errors ?? null);
    return { data, status: { state, validation_errors: errors } };
  });
}

/** What is past `limit` goes, oldest first. */
function trim(kept: Map<string, unknown> | Set<string>, limit: number): void {
  for (const oldest of kept.keys()) {
    if (kept.size <= limit) return;
    kept.delete(oldest);
  }
}

function error(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply.code(status).send({ code, message });
}

function routes(app: FastifyInstance, context: SandboxContext): void {
  const { clock } = context;
  /** When each token ends. */
  const tokens = new Map<string, number>();
  const batches = new Map<string, Batch>();
  /** The partner_client_id of every client that was saved. */
  const stored = new Set<string>();

  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))));
  });

  app.post<{ Body: unknown }>("/oauth/token", async ({ body }, reply) => {
    const form: Record<string, unknown> = typeof body === "object" && body !== null ? { ...body } : {};
    if (form.grant_type !== "client_credentials") return reply.code(400).send({ error: "unsupported_grant_type" });
    if (form.client_id !== sandboxClient.id || form.client_secret !== sandboxClient.secret) {
      return reply.code(401).send({ error: "invalid_client" });
    }
    for (const [token, end] of tokens) if (end <= clock.now()) tokens.delete(token);
    const token = randomUUID();
    tokens.set(token, clock.now() + TOKEN_SECONDS * 1000);
    return reply.send({ access_token: token, token_type: "Bearer", expires_in: TOKEN_SECONDS });
  });

  /** Answers 401, and true, where the request bears no token in force. */
  function refusesToken({ headers }: FastifyRequest, reply: FastifyReply): boolean {
    const token = /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1] ?? "";
    if (clock.now() < (tokens.get(token) ?? 0)) return false;
    error(reply, 401, "UNAUTHORIZED", "The access token is missing, unknown or expired.");
    return true;
  }

  function take(clients: readonly unknown[]): string {
    const verdicts = judge(clients, stored);
    verdicts.forEach(({ state }, index) => {
      if (state === "Completed") stored.add(idOf(clients[index]));
    });
    const id = randomUUID();
    const start = clock.now();
    const duration = context.settleTime();
    const script: Script = clients.some((client) => idOf(client).includes("never-settles"))
      ? [[start, "Pending"]]
      : [
          [start, "Pending"],
          [start + duration, "Completed"],
        ];
    const work = { clients, verdicts, start, duration };
    batches.set(id, { ...work, script });
    trim(batches, KEPT_BATCHES);
    trim(stored, KEPT_RECORDS);
    context.script(id, script);
    clients.forEach((_, position) => {
      context.script(`${id}/${position}`, scriptOf(work, position));
    });
    return id;
  }

  app.post<{ Body: unknown }>("/api/v1/Clients", { bodyLimit: MAX_BODY_BYTES }, async (request, reply) => {
    if (refusesToken(request, reply)) return reply;
    const { body } = request;
    if (!Array.isArray(body) || body.length === 0) {
      return error(reply, 400, "INVALID_BODY", "The body must be an array of at least one client.");
    }
    const first = idOf(body[0]);
    const fault = findFault(first, "write");
    if (fault !== null) {
      if (!takesNothing.has(fault)) take(body);
      await sendFault(reply, fault, context);
      return reply;
    }
    const id = take(body);
    const path = `/api/v1/Clients/Status/${id}`;
    const uri = first.includes("foreign-uri") ? `https://elsewhere.example${path}` : path;
    return reply.code(202).send({ status_check_id: id, status_check_uri: uri });
  });

  app.get<{ Params: { id: string } }>("/api/v1/Clients/Status/:id", async (request, reply) => {
    if (refusesToken(request, reply)) return reply;
    const batch = batches.get(request.params.id);
    const first = idOf(batch?.clients[0]);
    const fault = findFault(`${request.params.id} ${first}`, "read");
    if (fault !== null) {
      await sendFault(reply, fault, context);
      return reply;
    }
    if (!batch) return error(reply, 404, "NOT_FOUND", "There is no such status check.");
    const now = clock.now();
    const status = valueAt(batch.script, now);
    const isEmpty = status === "Completed" && first.includes("without-items");
    return reply.send({ status, result: isEmpty ? [] : rowsOf(batch, now) });
  });
}

export const sandbox = {
  magic,
  routes,
  settings: (origin: string): LiberisSettings => ({
    LIBERIS_URL: origin,
    LIBERIS_TOKEN_URL: `${origin}/oauth/token`,
    LIBERIS_CLIENT_ID: sandboxClient.id,
    LIBERIS_CLIENT_SECRET: sandboxClient.secret,
  }),
} satisfies Sandbox<LiberisSettings>;
