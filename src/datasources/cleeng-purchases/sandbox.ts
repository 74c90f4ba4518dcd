/**
 * A Cleeng StoreKit 2 host to try things out on: takes purchases, works on them for a while, refuses what Cleeng
 * refuses. It shares no code with the client, so that a mistake in one is seen by the other. State lives in memory.
 */
import { randomUUID } from "node:crypto";
import { isIPv4 } from "node:net";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type Fault, findFault, sendFault } from "../../sandbox/faults.ts";
import { valueAt } from "../../sandbox/script.ts";
import type { MagicId, Sandbox, SandboxContext, Script } from "../contract.ts";
import type { PurchaseSettings } from "./index.ts";

/** The only publisher token that this sandbox takes. It opens nothing else, so it may be known. */
export const sandboxPublisherToken = "sandbox-publisher-token";

/** Past so many synchronizations, the oldest are forgotten. */
const kept = 50_000;

interface Ending {
  readonly accessGranted: boolean;
  readonly result?: string;
}

interface Synchronization {
  readonly id: string;
  readonly correlationId: string | null;
  readonly customerId: number;
  readonly transactionId: string;
  readonly transfer: boolean;
  readonly script: Script;
  readonly ending: Ending;
}

interface PurchaseBody {
  readonly cleengCustomerId: number;
  readonly transactionId: string;
  readonly ipAddress: string | null;
}

// ------------------------------------------------------------------ what the ids choose

/** Parts of a transaction id that choose how its work ends; the first that fits holds. */
const endings: ReadonlyArray<readonly [part: string, ending: Ending]> = [
  ["expired", { accessGranted: false, result: "RECEIVED_EXPIRED_PURCHASE" }],
  ["unknown-transaction", { accessGranted: false, result: "TRANSACTION_ID_NOT_FOUND" }],
  ["transferred", { accessGranted: true, result: "PURCHASE_OWNERSHIP_TRANSFERRED" }],
  ["unchanged", { accessGranted: true, result: "PURCHASE_OWNERSHIP_UNCHANGED" }],
  ["novel-result", { accessGranted: false, result: "SANDBOX_RESULT_NOBODY_KNOWS" }],
];
/** Customers whose purchases end without access, and without a reason. */
const withoutOffer = /13$/;
const unknownCustomer = /^404/;
const offerId = "S580476507";

const at = "registerPurchase.transactionId, transferPurchase.transactionId";
const magic: readonly MagicId[] = [
  ...endings.map(([id, { accessGranted, result }]) => ({
    argument: at,
    id,
    effect: `ends ${accessGranted ? "with" : "without"} access, result ${result}`,
  })),
  { argument: at, id: "retrying", effect: "goes through retrying once, for half of its time, as any other id does" },
  { argument: at, id: "straight", effect: "never goes through retrying" },
  { argument: at, id: "flapping", effect: "goes three times back and forth between processing and retrying" },
  { argument: at, id: "queued", effect: 'begins with the status "queued", which Cleeng does not document' },
  { argument: at, id: "never", effect: "never ends" },
  {
    argument: at,
    id: "locked",
    effect: "409 SK2C0101 at a register, SK2C0103 at a transfer, as if work were under way",
  },
  { argument: at, id: "migrating", effect: "422 SK2C0005: a migration is under way" },
  { argument: at, id: "switched-off", effect: "500 SK2C0004: the integration is not switched on" },
  {
    argument: at,
    id: "fault-… (purchaseSync.synchronizationId takes it too)",
    effect: "each read of the status fails so",
  },
  {
    argument: at,
    id: "fault-write-…",
    effect: "the write fails so; with 429, 500 and 503 nothing was accepted, with all others it was",
  },
  {
    argument: "registerPurchase.customerId, transferPurchase.customerId",
    id: "an id that begins with 404",
    effect: "422 SK2C0100: no such customer",
  },
  {
    argument: "registerPurchase.customerId, transferPurchase.customerId",
    id: "an id that ends in 13",
    effect: "a customer without the offer: ends without access and without a result",
  },
];

function endingOf({ transactionId, cleengCustomerId }: PurchaseBody): Ending {
  const chosen = endings.find(([part]) => transactionId.includes(part));
  return chosen?.[1] ?? { accessGranted: !withoutOffer.test(String(cleengCustomerId)) };
}

/**
 * What the work goes through, in steps of equal length until it settles. The plain story has two, so that each, 1.5 s
 * at the least while time is not sped up, is longer than a follower's wait between two looks.
 */
function plan(transactionId: string, context: SandboxContext): Script {
  const start = context.clock.now();
  const settleTime = context.settleTime();
  const first = transactionId.includes("queued") ? "queued" : "processing";
  if (transactionId.includes("never")) {
    return [
      [start, first],
      [start + settleTime, "retrying"],
    ];
  }
  const words = [first, ...troubleOf(transactionId), "finalized"];
  return words.map((word, index) => [start + Math.round((settleTime * index) / (words.length - 1)), word]);
}

/** What lies between the beginning and the end. */
function troubleOf(transactionId: string): readonly string[] {
  if (transactionId.includes("flapping")) return ["retrying", "processing", "retrying", "processing", "retrying"];
  return transactionId.includes("straight") && !transactionId.includes("retrying") ? [] : ["retrying"];
}

// ------------------------------------------------------------------ refusals

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}
const refusal = (status: number, code: string, message: string): Refusal => ({ status, code, message });

const refusals = {
  body: refusal(400, "REQ0001", "Invalid request body"),
  path: refusal(400, "REQ0003", "Invalid path parameters"),
  headers: refusal(400, "REQ0004", "Invalid headers"),
  absent: refusal(404, "REQ0100", "Entity not found"),
  unauthorised: refusal(401, "AUTH0001", "Missing authorization"),
  badToken: refusal(401, "AUTH0002", "Invalid token"),
  oldToken: refusal(401, "AUTH0003", "Token expired"),
  switchedOff: refusal(500, "SK2C0004", "Integration is not enabled"),
  migrating: refusal(422, "SK2C0005", "Migration in progress"),
  customer: refusal(422, "SK2C0100", "Customer not found"),
  registerLocked: refusal(409, "SK2C0101", "Purchase is being processed"),
  transferLocked: refusal(409, "SK2C0103", "Purchase is being processed"),
  transferring: refusal(409, "SK2C0104", "Purchase is being transferred"),
} as const;

const isRefusal = (value: object): value is Refusal => "status" in value && "code" in value;

function refuse(reply: FastifyReply, { status, code, message }: Refusal): FastifyReply {
  return reply.code(status).send({ code, message, errors: [message] });
}

// ------------------------------------------------------------------ who asks

type Caller = { readonly kind: "publisher" } | { readonly kind: "customer"; readonly customerId: string };

/** Publisher token or a customer's JWT, whose signature is not checked here: any three-part one with good claims will do. */
function identify({ headers }: FastifyRequest, now: number): Caller | Refusal {
  const token = headers["x-publisher-token"];
  if (token !== undefined) return token === sandboxPublisherToken ? { kind: "publisher" } : refusals.badToken;
  const bearer = /^Bearer (\S+)$/.exec(headers.authorization ?? "")?.[1];
  if (bearer === undefined) return refusals.unauthorised;
  const claims = readClaims(bearer);
  const { customerId, publisherId, exp } = claims ?? {};
  if (!isId(customerId) || !isId(publisherId) || typeof exp !== "number") return refusals.badToken;
  return exp * 1000 <= now ? refusals.oldToken : { kind: "customer", customerId: String(customerId) };
}

const isId = (value: unknown): value is string | number =>
  typeof value === "number" || (typeof value === "string" && value !== "");

function readClaims(jwt: string): Record<string, unknown> | null {
  const [, payload, ...rest] = jwt.split(".");
  if (payload === undefined || rest.length !== 1) return null;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    return isRecord(claims) ? claims : null;
  } catch {
    return null;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

function readPurchase(body: unknown): PurchaseBody | Refusal {
  if (!isRecord(body)) return refusals.body;
  const { cleengCustomerId: id, transactionId, ipAddress } = body;
  if (typeof id !== "number" || !Number.isInteger(id) || id < 100_000_000 || id > 9_999_999_999) return refusals.body;
  if (typeof transactionId !== "string" || transactionId === "") return refusals.body;
  // Cleeng wants one from a server. The gateway sees to that itself (input.ts), but on a developer's own machine, where it
  // has none to send: there a purchase should still be one.
  if (ipAddress === undefined || ipAddress === null) return { cleengCustomerId: id, transactionId, ipAddress: null };
  if (typeof ipAddress !== "string" || !isIPv4(ipAddress)) return refusals.body;
  return { cleengCustomerId: id, transactionId, ipAddress };
}

// ------------------------------------------------------------------ routes

function routes(app: FastifyInstance, context: SandboxContext): void {
  const byId = new Map<string, Synchronization>();
  const latestOf = new Map<string, Synchronization>();
  const running = ({ script }: Synchronization) => valueAt(script, context.clock.now()) !== "finalized";

  function refusedFor(purchase: PurchaseBody, caller: Caller, transfer: boolean): Refusal | null {
    const { cleengCustomerId, transactionId } = purchase;
    const customerId = String(cleengCustomerId);
    if (caller.kind === "customer" && caller.customerId !== customerId) return refusals.badToken;
    if (transactionId.includes("switched-off")) return refusals.switchedOff;
    if (unknownCustomer.test(customerId)) return refusals.customer;
    if (transactionId.includes("migrating")) return refusals.migrating;
    const latest = latestOf.get(transactionId);
    const locked = transactionId.includes("locked") || (latest !== undefined && running(latest));
    if (!locked) return null;
    if (!transfer) return refusals.registerLocked;
    return latest?.transfer ? refusals.transferring : refusals.transferLocked;
  }

  function accept(id: string, correlationId: string | null, purchase: PurchaseBody, transfer: boolean): void {
    const { cleengCustomerId: customerId, transactionId } = purchase;
    const script = plan(transactionId, context);
    const ending = endingOf(purchase);
    const synchronization = { id, correlationId, customerId, transactionId, transfer, script, ending };
    byId.set(id, synchronization);
    latestOf.set(transactionId, synchronization);
    context.script(id, script);
    forgetOldest(byId);
    forgetOldest(latestOf);
  }

  function write(transfer: boolean) {
    return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const caller = identify(request, context.clock.now());
      if (isRefusal(caller)) return refuse(reply, caller);
      const correlationId = request.headers["correlation-id"] ?? null;
      if (Array.isArray(correlationId) || (correlationId !== null && !/^.{1,256}$/.test(correlationId))) {
        return refuse(reply, refusals.headers);
      }
      // What Cleeng does with a Correlation-Id that was used before is not published (assumed: it refuses).
      if (correlationId !== null && byId.has(correlationId)) return refuse(reply, refusals.headers);
      const purchase = readPurchase(request.body);
      if (isRefusal(purchase)) return refuse(reply, purchase);
      const refused = refusedFor(purchase, caller, transfer);
      if (refused !== null) return refuse(reply, refused);

      const fault = findFault(purchase.transactionId, "write");
      const synchronizationId = correlationId ?? randomUUID();
      if (fault === null || acceptsBefore(fault)) accept(synchronizationId, correlationId, purchase, transfer);
      if (fault !== null) {
        await sendFault(reply, fault, context);
        return reply;
      }
      return reply.code(202).send({ synchronizationId });
    };
  }

  async function read(
    request: FastifyRequest<{ Params: { "*": string } }>,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const caller = identify(request, context.clock.now());
    if (isRefusal(caller)) return refuse(reply, caller);
    const id = request.params["*"];
    if (id.length > 256) return refuse(reply, refusals.path);
    const synchronization = byId.get(id);
    const fault = findFault(id, "read") ?? findFault(synchronization?.transactionId ?? "", "read");
    if (fault !== null) {
      await sendFault(reply, fault, context);
      return reply;
    }
    const visible =
      synchronization !== undefined &&
      (caller.kind === "publisher" || caller.customerId === String(synchronization.customerId));
    return visible ? reply.send(describe(synchronization, context.clock.now())) : refuse(reply, refusals.absent);
  }

  app.setErrorHandler((error: FastifyError, _request, reply) => {
    if ((error.statusCode ?? 500) >= 500) throw error;
    return refuse(reply, refusals.body);
  });
  app.post("/storekit2/purchases", write(false));
  app.post("/storekit2/purchases/transfers", write(true));
  // A wildcard, for fastify refuses a named parameter of more than 100 characters, and an id may have 256.
  app.get("/storekit2/purchases/synchronizations/*", read);
}

/** A write that is cut or garbled may have been accepted: here it always was, so that following it can be tried. */
const acceptsBefore = (fault: Fault): boolean => fault !== "429" && fault !== "500" && fault !== "503";

function describe({ script, ending, correlationId }: Synchronization, now: number): object {
  const status = valueAt(script, now);
  return {
    status,
    ...(correlationId === null ? {} : { correlationId }),
    ...(status === "finalized" ? { ...ending, ...(ending.accessGranted ? { offerId } : {}) } : {}),
  };
}

function forgetOldest(map: Map<string, unknown>): void {
  if (map.size <= kept) return;
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}

export const sandbox: Sandbox<PurchaseSettings> = {
  magic,
  routes,
  settings: (origin) => ({
    CLEENG_INAPP_URL: `${origin}/storekit2`,
    CLEENG_PUBLISHER_TOKEN: sandboxPublisherToken,
  }),
};
