/**
 * Cleeng's entitlement endpoints to try things out on: JSON-RPC, single and batched, and the REST successor. It shares
 * no code with the client, so that a mistake in one is seen by the other. State lives in memory.
 */
import { isIPv4 } from "node:net";
import type { FastifyInstance, FastifyReply } from "fastify";
import { type Fault, sendFault } from "../../sandbox/faults.ts";
import type { MagicId, Sandbox, SandboxContext } from "../contract.ts";
import type { AccessSettings } from "./index.ts";

const largestBatch = 25;
const addressesPerCustomer = 4;
const addressHeldMs = 3 * 3_600_000;
const dayMs = 86_400_000;
/** Past so many customers, the oldest are forgotten. */
const kept = 10_000;

// ------------------------------------------------------------------ what the ids choose

const offerForm = /^[SPEAR][1-9]\d{8}(_[A-Z]{2})?$/;
const unknownOffer = "S404404404";

/** The offer whose check makes the whole request fail so. Offer ids are numbers, so faults have numbers here. */
const faultOffers: Record<Fault, string> = {
  slow: "S500000001",
  truncated: "S500000002",
  cut: "S500000003",
  html: "S500000004",
  empty: "S500000005",
  shape: "S500000006",
  "429": "S500000429",
  "500": "S500000500",
  "503": "S500000503",
};
const faultByOffer = new Map(
  // The keys of a Record over faults are faults.
  Object.entries(faultOffers).map(([fault, offerId]) => [offerId, fault as Fault]),
);

const offerArgument = "access.offerId, accessMany.offerIds, accessChanged.offerIds";
const tokenArgument = "access.customerToken, accessMany.customerToken, accessChanged.customerToken";
const magic: readonly MagicId[] = [
  { argument: offerArgument, id: unknownOffer, effect: "error 4: offer not found (REST: 404)" },
  ...Object.entries(faultOffers).map(([fault, id]) => ({
    argument: offerArgument,
    id,
    effect: `the whole request, so its whole batch, fails as fault-${fault} does`,
  })),
  { argument: tokenArgument, id: "sandbox-customer-…", effect: "a valid token; this customer may see every offer" },
  { argument: tokenArgument, id: "sandbox-customer-…without…", effect: "a valid token; no access to any offer" },
  { argument: tokenArgument, id: "sandbox-customer-…lapsed…", effect: "access, with an expiresAt in the past" },
  { argument: tokenArgument, id: "sandbox-customer-…soon…", effect: "no access at first; it comes 3 to 20 s later" },
  { argument: tokenArgument, id: "sandbox-customer-…ending…", effect: "access at first; it goes 3 to 20 s later" },
  {
    argument: tokenArgument,
    id: "sandbox-customer-…expiring…",
    effect: "valid at first; 3 to 20 s later it is refused as an expired one is",
  },
  {
    argument: tokenArgument,
    id: "any other, such as sandbox-expired",
    effect: "error 1: invalid customer token (REST: 401 AUTH0002)",
  },
  {
    argument: "access.ipAddress, accessMany.ipAddress",
    id: "a fifth address of one customer within 3 h (divided by SANDBOX_SPEED)",
    effect: "error 14: limit of addresses exceeded, until one ages out",
  },
];

// ------------------------------------------------------------------ customers

interface Decision {
  readonly accessGranted: boolean;
  readonly grantType: string | null;
  /** Unix seconds. */
  readonly expiresAt: number | null;
  readonly purchasedDirectly: boolean;
}

/** What becomes of a customer's checks: a decision either way, or none, for the token is no longer good. */
type Treatment = "granted" | "denied" | "refused";

const good = /^sandbox-customer-/;
const turning = /^sandbox-customer-.*(?:soon|ending|expiring)/;

function treatmentOf(token: string, turned: boolean): Treatment {
  if (!good.test(token) || (token.includes("expiring") && turned)) return "refused";
  if (token.includes("without")) return "denied";
  if (token.includes("soon")) return turned ? "granted" : "denied";
  return token.includes("ending") && turned ? "denied" : "granted";
}

interface Customers {
  isValid(token: string): boolean;
  decide(token: string): Decision;
  /** Marks the address as used by the customer; false where it would be one too many. */
  takesAddress(token: string, address: string): boolean;
}

function createCustomers(context: SandboxContext): Customers {
  const { clock } = context;
  const opened = clock.now();
  /** When a customer that changes does so, set when it is first seen. */
  const turns = new Map<string, number>();
  /** Tokens stay out of the journal, so there each customer that changes has a number, in the order of coming. */
  let numbered = 0;
  /** For each customer, until when each of its addresses is held. */
  const addresses = new Map<string, Map<string, number>>();

  function hasTurned(token: string): boolean {
    const now = clock.now();
    const known = turns.get(token);
    const turn = known ?? now + context.settleTime();
    if (known === undefined) {
      turns.set(token, turn);
      forgetOldest(turns);
      numbered += 1;
      context.script(`customer-${numbered}`, [
        [now, treatmentOf(token, false)],
        [turn, treatmentOf(token, true)],
      ]);
    }
    return now >= turn;
  }

  const treats = (token: string): Treatment => treatmentOf(token, turning.test(token) && hasTurned(token));

  return {
    isValid: (token) => treats(token) !== "refused",

    decide(token) {
      if (treats(token) !== "granted")
        return { accessGranted: false, grantType: null, expiresAt: null, purchasedDirectly: false };
      // The same at each check: a new one each time would be a change each time.
      const end = opened + (token.includes("lapsed") ? -dayMs : 30 * dayMs);
      return {
        accessGranted: true,
        grantType: "direct-purchase",
        expiresAt: Math.floor(end / 1000),
        purchasedDirectly: true,
      };
    },

    takesAddress(token, address) {
      const now = clock.now();
      const held = new Map([...(addresses.get(token) ?? [])].filter(([, until]) => until > now));
      addresses.set(token, held);
      forgetOldest(addresses);
      if (!held.has(address) && held.size >= addressesPerCustomer) return false;
      held.set(address, now + context.scaled(addressHeldMs));
      return true;
    },
  };
}

function forgetOldest(map: Map<string, unknown>): void {
  if (map.size <= kept) return;
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}

// ------------------------------------------------------------------ JSON-RPC

interface RpcError {
  readonly code: number;
  readonly message: string;
}
const rpcErrors = {
  token: { code: 1, message: "Invalid customer token" },
  offer: { code: 4, message: "Offer not found" },
  addresses: { code: 14, message: "IP address limit exceeded" },
  arguments: { code: 16, message: "Invalid arguments" },
  method: { code: -32601, message: "Method not found" },
} as const satisfies Record<string, RpcError>;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** Ids come back as text, as Cleeng's do, whatever they were sent as. */
function answer(id: unknown, outcome: Decision | RpcError): object {
  const text = typeof id === "string" || typeof id === "number" ? String(id) : null;
  return "code" in outcome
    ? { result: null, id: text, error: outcome, jsonrpc: "2.0" }
    : { result: outcome, id: text, error: null, jsonrpc: "2.0" };
}

function judge(call: unknown, customers: Customers): Decision | RpcError {
  if (!isRecord(call)) return rpcErrors.arguments;
  if (call.method !== "getAccessStatus") return rpcErrors.method;
  const { customerToken: token, offerId, ipAddress = null } = isRecord(call.params) ? call.params : {};
  if (typeof token !== "string" || typeof offerId !== "string" || !offerForm.test(offerId)) return rpcErrors.arguments;
  if (ipAddress !== null && (typeof ipAddress !== "string" || !isIPv4(ipAddress))) return rpcErrors.arguments;
  if (!customers.isValid(token)) return rpcErrors.token;
  if (withoutCountry(offerId) === unknownOffer) return rpcErrors.offer;
  if (ipAddress !== null && !customers.takesAddress(token, ipAddress)) return rpcErrors.addresses;
  return customers.decide(token);
}

const withoutCountry = (offerId: string): string => offerId.replace(/_[A-Z]{2}$/, "");

function faultOf(call: unknown): Fault | null {
  const offerId = isRecord(call) && isRecord(call.params) ? call.params.offerId : null;
  return typeof offerId === "string" ? (faultByOffer.get(withoutCountry(offerId)) ?? null) : null;
}

// ------------------------------------------------------------------ routes

function routes(app: FastifyInstance, context: SandboxContext): void {
  const customers = createCustomers(context);

  app.post("/api/3.0/json-rpc", async (request, reply): Promise<FastifyReply> => {
    const { body } = request;
    const calls: readonly unknown[] = Array.isArray(body) ? body : [body];
    const fault = calls.map(faultOf).find((one) => one !== null);
    if (fault !== undefined) {
      await sendFault(reply, fault, context);
      return reply;
    }
    // A batch that fails as a whole is answered by one object.
    if (calls.length === 0 || calls.length > largestBatch) return reply.send(answer(null, rpcErrors.arguments));
    const answers = calls.map((call) => answer(isRecord(call) ? call.id : null, judge(call, customers)));
    return reply.send(Array.isArray(body) ? answers : answers[0]);
  });

  app.get<{ Params: { offerId: string } }>("/entitlements/:offerId", async (request, reply): Promise<FastifyReply> => {
    const { offerId } = request.params;
    const fault = faultByOffer.get(withoutCountry(offerId));
    if (fault !== undefined) {
      await sendFault(reply, fault, context);
      return reply;
    }
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1];
    if (token === undefined) return refuse(reply, 401, "AUTH0001", "Missing authorization");
    if (!customers.isValid(token)) return refuse(reply, 401, "AUTH0002", "Invalid token");
    if (!offerForm.test(offerId) || withoutCountry(offerId) === unknownOffer) {
      return refuse(reply, 404, "REQ0100", "Entity not found");
    }
    const { accessGranted, expiresAt } = customers.decide(token);
    return reply.send({ responseData: { accessGranted, expiresAt }, errors: [] });
  });
}

function refuse(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply.code(status).send({ responseData: null, errors: [{ code, message }] });
}

export const sandbox: Sandbox<AccessSettings> = {
  magic,
  routes,
  settings: (origin) => ({
    CLEENG_API_URL: `${origin}/api/3.0/json-rpc`,
    CLEENG_ACCESS_TRANSPORT: "json-rpc",
    CLEENG_ENTITLEMENTS_URL: origin,
  }),
};
